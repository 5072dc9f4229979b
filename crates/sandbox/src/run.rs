//! One run, from start to end.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::folder::PREFIX;
use crate::output::Output;
use crate::{Ending, Limits, MIB, Program, own_user, tasks};

/// Where programs are looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it printed, stdout and stderr through one pipe, in the order in which
    /// it wrote; bytes that are not UTF-8 as U+FFFD. Never longer than
    /// [`Limits::output`] bytes of the program's.
    pub output: String,
    /// What it printed on stderr, where [`Program::apart`] was asked for; else empty.
    pub errors: String,
    /// Whether [`Limits::processes`] was in force; the crate's text says where
    /// it cannot be.
    pub processes_limited: bool,
}

/// Runs a program under limits, and ends everything that it started. Standard
/// input is empty.
///
/// # Errors
///
/// The program cannot be started, or a guest (see [`Limits::processes`]) has
/// no working folder from [`folder`](crate::folder()).
pub fn run(program: &Program, limits: &Limits) -> io::Result<Outcome> {
    let user = match limits.processes {
        Some(_) => User::for_guest(program)?,
        None => User::Same { binds: false },
    };
    let mut command = command(program);
    let (stdout, writer) = io::pipe()?;
    let mut pipes = vec![stdout];
    let errors = if program.apart {
        let (stderr, writer) = io::pipe()?;
        pipes.push(stderr);
        writer
    } else {
        writer.try_clone()?
    };
    command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(errors)
        .process_group(0);
    if let User::Own(id) = &user {
        command.uid(id.number).gid(id.number);
    }
    let resources = resources(limits, &user);
    // SAFETY: between fork and exec the closure makes nothing but setrlimit calls,
    // which are async-signal-safe, and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            for &(resource, soft, hard) in &resources {
                setrlimit(resource, soft, hard)?;
            }
            Ok(())
        });
    }
    let child = command.spawn().map_err(|error| {
        let program = program.program.display();
        io::Error::new(error.kind(), format!("cannot run {program}: {error}"))
    })?;
    // The command holds our copies of the pipes' writing ends.
    drop(command);

    let mut guest = Guest {
        child,
        user,
        ended: false,
    };
    let mut output = Output::new(pipes, limits);
    let stopped = thread::scope(|scope| {
        let (exit, at_exit) = io::pipe()?;
        let pid = guest.child.id();
        thread::Builder::new().spawn_scoped(scope, move || {
            await_exit(pid);
            drop(at_exit);
        })?;
        let stopped = output.collect(&exit);
        // The thread above ends with the guest, and this scope with the thread.
        guest.end();
        stopped
    })?;
    let status = guest.child.wait()?;
    let flooded = output.drain()?;
    let mut texts = output.texts();
    Ok(Outcome {
        ending: stopped.or(flooded).unwrap_or_else(|| status.into()),
        output: texts.next().unwrap_or_default(),
        errors: texts.next().unwrap_or_default(),
        processes_limited: match guest.user {
            User::Own(_) => true,
            User::Same { binds } => binds,
        },
    })
}

/// The program with its arguments and a minimal environment.
fn command(program: &Program) -> Command {
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .env_clear()
        .env("PATH", PATH)
        .env("RUST_BACKTRACE", "0");
    if let Some(name) = &program.name {
        command.arg0(name);
    }
    if let Some(folder) = &program.folder {
        command.current_dir(folder).env("TMPDIR", folder);
    }
    command.envs(program.envs.iter().map(|(key, value)| (key, value)));
    command
}

/// The user that a program runs as.
enum User {
    /// A user id, and group id, that only this run has.
    Own(own_user::Id),
    /// Whoever runs us. `binds` tells whether `RLIMIT_NPROC` can work for them.
    Same { binds: bool },
}

impl User {
    fn for_guest(program: &Program) -> io::Result<Self> {
        let folder = program
            .folder
            .as_deref()
            .filter(|folder| {
                folder
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
            })
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a guest runs in a folder of its own, from sandbox::folder()",
                )
            })?;
        if !own_user::possible() {
            return Ok(Self::Same {
                binds: tasks::bound(),
            });
        }
        if !own_user::others_run(&program.program, folder) {
            return Ok(Self::Same { binds: false });
        }
        let id = own_user::Id::take();
        own_user::give(folder, id.number)?;
        Ok(Self::Own(id))
    }
}

/// Each resource with its soft and its hard limit.
fn resources(limits: &Limits, user: &User) -> Vec<(Resource, u64, u64)> {
    // The time of all processors for as long as the run may last is more than a
    // process can use; one that slipped away does not spin for ever.
    let processors = thread::available_parallelism().map_or(64, |n| n.get() as u64);
    let seconds = (limits.wall.as_secs() + 1) * (processors + 1);
    let mut wanted = vec![
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_CPU, seconds),
        // What systems commonly set, wherever a stack overflow is the lesson.
        (Resource::RLIMIT_STACK, 8 * MIB),
    ];
    wanted.extend(limits.file_size.map(|n| (Resource::RLIMIT_FSIZE, n)));
    #[cfg(target_os = "linux")]
    {
        wanted.extend(limits.address_space.map(|n| (Resource::RLIMIT_AS, n)));
        let others = match user {
            User::Own(_) => Some(0),
            User::Same { binds: true } => tasks::count(),
            User::Same { binds: false } => None,
        };
        if let (Some(others), Some(more)) = (others, limits.processes) {
            wanted.push((Resource::RLIMIT_NPROC, others + more));
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = user;
    wanted
        .into_iter()
        .filter_map(|(resource, value)| {
            // Only root may raise a hard limit. The stack's stays, since programs
            // set their threads' stacks by it.
            let (_, hard) = getrlimit(resource).ok()?;
            let value = value.min(hard);
            let keep = resource == Resource::RLIMIT_STACK;
            Some((resource, value, if keep { hard } else { value }))
        })
        .collect()
}

/// A running program; ended and reaped when dropped, whatever happened.
struct Guest {
    child: Child,
    user: User,
    ended: bool,
}

impl Guest {
    /// Kills the program and what it started. The program is not reaped yet, so
    /// that its number still names its group and nobody else's.
    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        // An error means that the whole group is gone already.
        let _ = killpg(
            Pid::from_raw(self.child.id().cast_signed()),
            Signal::SIGKILL,
        );
        if let User::Own(id) = &self.user {
            own_user::end_all(id.number);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.end();
        let _ = self.child.wait();
    }
}

/// Returns when the process has ended, and leaves it to be reaped.
fn await_exit(pid: u32) {
    loop {
        // SAFETY: all zeros is a valid siginfo_t, and waitid writes to nothing else.
        let waited = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_PID, pid, &mut info, libc::WEXITED | libc::WNOWAIT)
        };
        if waited == 0 || Errno::last() != Errno::EINTR {
            return;
        }
    }
}
