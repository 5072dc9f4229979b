//! One run, from start to end.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, PipeWriter};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, getrlimit};

use crate::folder::PREFIX;
use crate::output::{self, Output};
use crate::{Ending, Limits, MIB, Program, own_user, platform};

/// Where programs are looked for.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it printed, stdout and stderr through one pipe, in the order in which
    /// it wrote; bytes that are not UTF-8 as U+FFFD. Never longer than
    /// [`Limits::output`] bytes of the program's.
    pub output: String,
    /// Whether all that it printed is UTF-8.
    pub is_text: bool,
    /// What it printed on stderr, where [`Program::apart`] was asked for; else empty.
    pub errors: String,
    /// Whether a report came (see [`Program::reports`]).
    pub reported: bool,
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
        Some(_) => guests_user(program)?,
        None => None,
    };
    let (stdout, writer) = io::pipe()?;
    let mut pipes = vec![stdout];
    let errors = if program.apart {
        let (stderr, writer) = io::pipe()?;
        pipes.push(stderr);
        writer
    } else {
        writer.try_clone()?
    };
    let (report, word) = if program.reports {
        let (reader, writer) = io::pipe()?;
        pipes.push(reader);
        // Keyed at random.
        let word = RandomState::new().build_hasher().finish();
        (Some(writer), format!("{word:016x}"))
    } else {
        (None, String::new())
    };
    let streams = Streams {
        stdout: writer,
        stderr: errors,
        report: report.map(|writer| (writer, word.clone())),
    };
    let running = platform::start(program, limits, user, resources(limits), streams)?;
    let mut guest = Guest {
        running,
        ended: false,
    };
    let mut output = Output::new(pipes, program, limits);
    let stopped = thread::scope(|scope| {
        let (exit, at_exit) = io::pipe()?;
        let pid = guest.running.id();
        thread::Builder::new().spawn_scoped(scope, move || {
            await_exit(pid);
            drop(at_exit);
        })?;
        let stopped = output.collect(&exit);
        // The thread above ends with the guest, and this scope with the thread.
        guest.running.let_go();
        if !output::closes(&exit, PATIENCE)? {
            guest.running.kill();
        }
        stopped
    })?;
    guest.ended = true;
    let status = guest.running.wait()?;
    let flooded = output.drain()?;
    let is_text = output.is_text();
    let mut texts = output.texts();
    let printed = texts.next().unwrap_or_default();
    let errors = program.apart.then(|| texts.next()).flatten();
    let report = program.reports.then(|| texts.next()).flatten();
    Ok(Outcome {
        ending: stopped.or(flooded).unwrap_or_else(|| status.into()),
        output: printed,
        is_text,
        errors: errors.unwrap_or_default(),
        reported: report
            .is_some_and(|report| !report.is_empty() && report.replace(&word, "").is_empty()),
        processes_limited: guest.running.processes_limited,
    })
}

/// The ends of pipes that a program writes to.
pub(crate) struct Streams {
    pub stdout: PipeWriter,
    pub stderr: PipeWriter,
    /// With the word that reports are told by.
    pub report: Option<(PipeWriter, String)>,
}

/// The number under which a program finds the pipe for its reports: none that it
/// would get for a file of its own.
pub(crate) const REPORT: i32 = 200;

/// The variable that tells of it.
pub(crate) fn report_variable(word: &str) -> (&'static str, String) {
    ("JUDGE_REPORT", format!("{REPORT}:{word}"))
}

/// How long a run may take to end, once it is told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// The user of its own that a guest gets, where it can have one. The folder
/// becomes that user's.
fn guests_user(program: &Program) -> io::Result<Option<own_user::Id>> {
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
    if !own_user::possible() || !own_user::others_run(&program.program, folder) {
        return Ok(None);
    }
    let id = own_user::Id::take();
    own_user::give(folder, id.number)?;
    Ok(Some(id))
}

/// Each resource with its soft and its hard limit.
fn resources(limits: &Limits) -> Vec<(Resource, u64, u64)> {
    // The time of all processors for as long as the run may last is more than a
    // process can use; one that slipped away does not spin for ever.
    let processors = thread::available_parallelism().map_or(64, |n| n.get() as u64);
    let seconds = (limits.wall.as_secs() + 1) * (processors + 1);
    let mut wanted = vec![
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, 1024),
        (Resource::RLIMIT_CPU, seconds),
        // What systems commonly set, wherever a stack overflow is the lesson.
        (Resource::RLIMIT_STACK, 8 * MIB),
    ];
    wanted.extend(limits.file_size.map(|n| (Resource::RLIMIT_FSIZE, n)));
    // Elsewhere it is not kept, or breaks what is there already.
    if cfg!(target_os = "linux") {
        wanted.extend(limits.address_space.map(|n| (Resource::RLIMIT_AS, n)));
    }
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
    running: platform::Running,
    ended: bool,
}

impl Drop for Guest {
    fn drop(&mut self) {
        if !self.ended {
            self.running.let_go();
            let _ = self.running.wait();
        }
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
