//! Runs one program under limits, so that nothing a block does can harm the
//! machine, hang the judge or reach the next block.
//!
//! A guest (a program that a block became) works in a [`folder`] of its own,
//! has no standard input and no environment but a minimal one, and is ended
//! together with everything that it started.
//!
//! Where the limit on processes holds ([`Outcome::processes_limited`] tells):
//!
//! * Linux, as root: `RLIMIT_NPROC` does not bind root, so each run gets a user
//!   id of its own that nobody else uses. The limit counts this run alone, and
//!   at the end every process of that user is killed, whatever session it fled
//!   to. Needs the capabilities that root commonly has (not the root of a user
//!   namespace that maps one id alone), a folder that others can reach (see
//!   [`folder`]) and a program that others may run (see [`share`]).
//! * Linux, as a user: the limit is what the user runs now, and as much more as
//!   [`Limits::processes`] says. It does not hold in a container that hides a
//!   part of that user's processes: there it would keep threads from starting.
//!   A process that leaves the group of its run *and* closes its output is not
//!   found at the end; the limits on processes, memory and time still bind it.
//! * Elsewhere there is no such limit. The limit on address space holds on Linux
//!   only, too.

use std::fmt;
use std::fs;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

const MIB: u64 = 1024 * 1024;

/// How the name of every [`folder`] begins. [`run`] gives a folder away to
/// the guest's user and so takes no other.
const PREFIX: &str = "proofread-";

/// Where programs are looked for when the caller sets no `PATH`.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What one run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take, by the clock on the wall.
    pub wall: Duration,
    /// How much it may print, in bytes, stdout and stderr together.
    pub output: usize,
    /// How much address space each of its processes may map, in bytes.
    pub address_space: Option<u64>,
    /// How many processes and threads it may have. `Some` also makes it a guest:
    /// it then needs a working folder from [`folder`], which it comes to own.
    pub processes: Option<u64>,
    /// How long a file may be that it writes, in bytes.
    pub file_size: Option<u64>,
}

impl Limits {
    /// For a compiled Rust block: 10 s, 64 KiB, 1 GiB of address space.
    pub fn rust() -> Self {
        Self {
            address_space: Some(1024 * MIB),
            ..Self::guest()
        }
    }

    /// For a block in another language. A program under AddressSanitizer, node
    /// and the JVM reserve far more address space than they use, so their memory
    /// is limited by their own means.
    pub fn guest() -> Self {
        Self {
            wall: Duration::from_secs(10),
            output: 64 * 1024,
            address_space: None,
            processes: Some(64),
            file_size: Some(64 * MIB),
        }
    }

    /// For a compiler: 120 s, 4 MiB of messages, nothing else.
    pub fn compiler() -> Self {
        Self {
            wall: Duration::from_secs(120),
            output: 4 * MIB as usize,
            address_space: None,
            processes: None,
            file_size: None,
        }
    }
}

/// How a run ended. In words, it follows "the program …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ending {
    /// It ended by itself, with this code.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
    /// It still ran after this time.
    TimedOut(Duration),
    /// It printed more than this many bytes.
    TooMuchOutput(usize),
}

impl Ending {
    /// Whether it ended by itself with code 0.
    pub fn success(self) -> bool {
        self == Self::Exit(0)
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exit(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Exit(-1),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exit(code) => write!(f, "exited with code {code}"),
            Self::Signal(number) => {
                let Ok(signal) = Signal::try_from(number) else {
                    return write!(f, "was ended by signal {number}");
                };
                write!(f, "was ended by {signal}")?;
                match signal {
                    Signal::SIGABRT => write!(f, " (abort)"),
                    Signal::SIGSEGV | Signal::SIGBUS => write!(f, " (invalid memory access)"),
                    Signal::SIGILL => write!(f, " (invalid instruction)"),
                    Signal::SIGFPE => write!(f, " (invalid arithmetic)"),
                    Signal::SIGTRAP => write!(f, " (trap)"),
                    Signal::SIGKILL => write!(f, " (killed, as a system short of memory does)"),
                    Signal::SIGXCPU => write!(f, " (used too much processor time)"),
                    Signal::SIGXFSZ => write!(f, " (wrote a file that is too long)"),
                    _ => Ok(()),
                }
            }
            Self::TimedOut(wall) if wall.subsec_millis() == 0 => {
                write!(f, "did not end within {} s and was stopped", wall.as_secs())
            }
            Self::TimedOut(wall) => {
                write!(f, "did not end within {wall:?} and was stopped")
            }
            Self::TooMuchOutput(bytes) if bytes % 1024 == 0 => {
                write!(f, "printed more than {} KiB and was stopped", bytes / 1024)
            }
            Self::TooMuchOutput(bytes) => {
                write!(f, "printed more than {bytes} bytes and was stopped")
            }
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it printed, stdout and stderr through one pipe, in the order in which
    /// it wrote; bytes that are not UTF-8 as U+FFFD. Never longer than
    /// [`Limits::output`] bytes of the program's.
    pub output: String,
    /// Whether [`Limits::processes`] was in force; the module's text says where
    /// it cannot be.
    pub processes_limited: bool,
}

/// An empty folder for one block, deleted when dropped.
///
/// It lies where `TMPDIR` says; but for root, whose guests run as another user,
/// never where others have no way in (a `TMPDIR` below `/root`).
pub fn folder() -> io::Result<TempDir> {
    let configured = std::env::temp_dir();
    let elsewhere = [Path::new("/tmp"), Path::new("/var/tmp")];
    let parent = if !own_user::possible() || own_user::others_reach(&configured) {
        configured.as_path()
    } else {
        elsewhere
            .into_iter()
            .find(|path| own_user::others_reach(path))
            .unwrap_or(&configured)
    };
    tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(parent)
        .map_err(|error| {
            let at = parent.display();
            io::Error::new(
                error.kind(),
                format!("cannot make a temporary folder in {at}: {error}; TMPDIR names another"),
            )
        })
}

/// Lets every user read the folder and what lies right in it, and run what its
/// owner may run. For a program that a guest finds outside its own folder.
pub fn share(folder: &Path) -> io::Result<()> {
    let open = |path: &Path| {
        let mode = fs::symlink_metadata(path)?.permissions().mode() & 0o777;
        // Reading for all; running, or passing through, where the owner may.
        let mode = mode | 0o444 | (mode & 0o100) >> 3 | (mode & 0o100) >> 6;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_symlink() {
            open(&entry.path())?;
        }
    }
    open(folder)
}

/// Runs a program under limits, and ends everything that it started.
///
/// The caller sets program, arguments, working folder and what the environment
/// needs beyond a minimal `PATH`, `TMPDIR` (the working folder) and
/// `RUST_BACKTRACE=0`. Standard input is empty.
///
/// # Errors
/// When the program cannot be started, or a guest (see [`Limits::processes`]) has
/// no working folder from [`folder`].
pub fn run(mut command: Command, limits: &Limits) -> io::Result<Outcome> {
    let user = match limits.processes {
        Some(_) => User::for_guest(&command)?,
        None => User::Same { binds: false },
    };
    let (mut reader, writer) = io::pipe()?;
    minimal_environment(&mut command);
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
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
        let program = command.get_program().to_string_lossy();
        io::Error::new(error.kind(), format!("cannot run {program}: {error}"))
    })?;
    // The command holds our copies of the pipe's writing end.
    drop(command);

    let mut guest = Guest {
        child,
        user,
        ended: false,
    };
    let mut output = Vec::new();
    let stopped = thread::scope(|scope| {
        let (exit, at_exit) = io::pipe()?;
        let pid = guest.child.id();
        thread::Builder::new().spawn_scoped(scope, move || {
            await_exit(pid);
            drop(at_exit);
        })?;
        let stopped = collect(&mut reader, &exit, limits, &mut output);
        // The thread above ends with the guest, and this scope with the thread.
        guest.end();
        stopped
    })?;
    let status = guest.child.wait()?;
    let flooded = drain(&mut reader, limits, &mut output)?;
    Ok(Outcome {
        ending: stopped.or(flooded).unwrap_or_else(|| status.into()),
        output: String::from_utf8_lossy(&output).into_owned(),
        processes_limited: match guest.user {
            User::Own(_) => true,
            User::Same { binds } => binds,
        },
    })
}

/// The user that a program runs as.
enum User {
    /// A user id, and group id, that only this run has.
    Own(own_user::Id),
    /// Whoever runs us. `binds` tells whether `RLIMIT_NPROC` can work for them.
    Same { binds: bool },
}

impl User {
    fn for_guest(command: &Command) -> io::Result<Self> {
        let folder = command
            .get_current_dir()
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
        if !own_user::others_run(Path::new(command.get_program()), folder) {
            return Ok(Self::Same { binds: false });
        }
        let id = own_user::Id::take();
        own_user::give(folder, id.number)?;
        Ok(Self::Own(id))
    }
}

/// Clears the environment but for what the caller set and what a program needs.
fn minimal_environment(command: &mut Command) {
    let set: Vec<_> = command
        .get_envs()
        .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
        .collect();
    command.env_clear();
    command.env("PATH", PATH).env("RUST_BACKTRACE", "0");
    if let Some(folder) = command.get_current_dir().map(Path::to_owned) {
        command.env("TMPDIR", folder);
    }
    command.envs(set);
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

/// Reads what the program prints until it has ended (`None`) or has to be stopped.
/// `exit` is a pipe that closes when the program ends.
fn collect(
    reader: &mut PipeReader,
    exit: &PipeReader,
    limits: &Limits,
    output: &mut Vec<u8>,
) -> io::Result<Option<Ending>> {
    let deadline = Instant::now() + limits.wall;
    let mut open = true;
    loop {
        let fds = [if open { reader.as_raw_fd() } else { -1 }, exit.as_raw_fd()];
        let [printed, ended] = ready(fds, deadline)?;
        if printed {
            match read_some(reader, limits, output)? {
                Read::Some => {}
                Read::End => open = false,
                Read::TooMuch => return Ok(Some(Ending::TooMuchOutput(limits.output))),
            }
        } else if ended {
            return Ok(None);
        }
        // A flood or a closed output must not put off the deadline.
        if !ended && Instant::now() >= deadline {
            return Ok(Some(Ending::TimedOut(limits.wall)));
        }
    }
}

/// Reads what is left in the pipe once everything is killed, for a bounded time:
/// a process that left the group may still hold the pipe, and is then killed.
fn drain(
    reader: &mut PipeReader,
    limits: &Limits,
    output: &mut Vec<u8>,
) -> io::Result<Option<Ending>> {
    for (attempt, patience) in [20, 1000].into_iter().enumerate() {
        if attempt > 0 {
            tasks::kill_holders(reader);
        }
        let deadline = Instant::now() + Duration::from_millis(patience);
        loop {
            let [printed, _] = ready([reader.as_raw_fd(), -1], deadline)?;
            if !printed {
                break;
            }
            match read_some(reader, limits, output)? {
                Read::Some => {}
                Read::End => return Ok(None),
                Read::TooMuch => return Ok(Some(Ending::TooMuchOutput(limits.output))),
            }
        }
    }
    Ok(None)
}

enum Read {
    Some,
    End,
    TooMuch,
}

/// Reads once, and keeps no more than the limit.
fn read_some(reader: &mut PipeReader, limits: &Limits, output: &mut Vec<u8>) -> io::Result<Read> {
    let mut buffer = [0; 16 * 1024];
    let read = match reader.read(&mut buffer) {
        Ok(0) => return Ok(Read::End),
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Read::Some),
        Err(error) => return Err(error),
    };
    let room = limits.output - output.len();
    output.extend_from_slice(&buffer[..read.min(room)]);
    Ok(if read > room {
        Read::TooMuch
    } else {
        Read::Some
    })
}

/// Waits until one of the descriptors can be read or is at its end, or until the
/// deadline (then none is ready). A descriptor of -1 is never ready.
fn ready(fds: [RawFd; 2], deadline: Instant) -> io::Result<[bool; 2]> {
    let mut polled = fds.map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up, so as not to spin through the last millisecond.
        let left = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // SAFETY: the pointer and the length are those of one array of pollfd.
        let found = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, left) };
        match Errno::result(found) {
            Ok(_) => return Ok(polled.map(|polled| polled.revents != 0)),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// A user of its own for each run, for root on Linux.
#[cfg(target_os = "linux")]
mod own_user {
    use std::os::unix::fs::{MetadataExt as _, lchown};
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    use std::{fs, io};

    use nix::libc;

    /// First ids and lengths of ranges to take users from, the best one first.
    const RANGES: [(u32, u32); 2] = [
        // Unused by systemd's table of ids; 64 for each of 2^22 process ids.
        (1_879_048_192, 1 << 28),
        // A container without root's rights outside has ids below 65 536 only.
        (20_000, 40_000),
    ];

    /// Whether we may take another user's place, and from which range.
    fn range() -> Option<(u32, u32)> {
        static RANGE: OnceLock<Option<(u32, u32)>> = OnceLock::new();
        *RANGE.get_or_init(|| {
            let status = fs::read_to_string("/proc/self/status").ok()?;
            let users = fs::read_to_string("/proc/self/uid_map").ok()?;
            let groups = fs::read_to_string("/proc/self/gid_map").ok()?;
            let root = super::tasks::effective_user() == 0;
            if !root || !has_capabilities(&status) {
                return None;
            }
            RANGES
                .into_iter()
                .find(|&range| is_mapped(&users, range) && is_mapped(&groups, range))
        })
    }

    /// Reads the line `CapEff` of `/proc/self/status`.
    pub(super) fn has_capabilities(status: &str) -> bool {
        // CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID, CAP_SETUID
        const NEEDED: u64 = 1 | 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7;
        status
            .lines()
            .find_map(|line| line.strip_prefix("CapEff:"))
            .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
            .is_some_and(|effective| effective & NEEDED == NEEDED)
    }

    /// Whether one line (first id inside, first id outside, length) of a
    /// `/proc/self/uid_map` holds the range.
    pub(super) fn is_mapped(map: &str, (first, length): (u32, u32)) -> bool {
        map.lines().any(|line| {
            let numbers: Vec<u64> = line
                .split_whitespace()
                .filter_map(|number| number.parse().ok())
                .collect();
            let &[inside, _, mapped] = numbers.as_slice() else {
                return false;
            };
            let (first, end) = (u64::from(first), u64::from(first) + u64::from(length));
            inside <= first && end <= inside + mapped
        })
    }

    pub fn possible() -> bool {
        range().is_some()
    }

    /// Runs of this process that have a user, a bit for each.
    static TAKEN: AtomicU64 = AtomicU64::new(0);

    /// An id that no run beside this one has, in this process or another; given
    /// back when dropped. (Reused while its run goes on, it would have the end
    /// of another run kill this one.)
    pub struct Id {
        bit: u32,
        pub number: u32,
    }

    impl Id {
        /// Waits for one where 64 runs of this process go on. They are taken in
        /// turn: what was just killed still counts as its user's for a moment.
        pub fn take() -> Id {
            static TURN: AtomicU32 = AtomicU32::new(0);
            let (first, length) = range().unwrap_or(RANGES[0]);
            loop {
                let bit = TURN.fetch_add(1, Ordering::Relaxed) % u64::BITS;
                if TAKEN.fetch_or(1 << bit, Ordering::AcqRel) & (1 << bit) == 0 {
                    let number = first + (std::process::id().wrapping_mul(64) + bit) % length;
                    return Id { bit, number };
                }
                std::thread::yield_now();
            }
        }
    }

    impl Drop for Id {
        fn drop(&mut self) {
            TAKEN.fetch_and(!(1 << self.bit), Ordering::AcqRel);
        }
    }

    /// Whether a user without rights can pass through all folders down to here.
    pub fn others_reach(path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| path.ancestors().all(|at| others_may(at, 0o001)))
    }

    fn others_may(path: &Path, mode: u32) -> bool {
        fs::metadata(path).is_ok_and(|data| data.mode() & mode == mode)
    }

    /// Whether a user without rights, given this folder, can run the program there.
    pub fn others_run(program: &Path, folder: &Path) -> bool {
        if !folder.parent().is_some_and(others_reach) {
            return false;
        }
        // A bare name is looked up in PATH, by the system.
        if program.components().count() == 1 {
            return true;
        }
        let program = folder.join(program);
        program.starts_with(folder) || others_reach(&program) && others_may(&program, 0o005)
    }

    /// Makes the user the owner of the folder and of all in it.
    pub fn give(folder: &Path, id: u32) -> io::Result<()> {
        lchown(folder, Some(id), Some(id))?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                give(&entry.path(), id)?;
            } else {
                lchown(entry.path(), Some(id), Some(id))?;
            }
        }
        Ok(())
    }

    /// Kills every process of the user. One `kill` of all that a user may kill
    /// cannot be outrun by forking, as going through a list of them can.
    pub fn end_all(id: u32) {
        let mut killer = Command::new("/");
        killer.uid(id).gid(id);
        // SAFETY: getuid, geteuid, kill and _exit are async-signal-safe. The kill
        // reaches every process that we may kill, so it comes only after proof
        // that we have become the user: we are it, and may not signal process 1.
        unsafe {
            killer.pre_exec(move || {
                let is_user = libc::getuid() == id && libc::geteuid() == id;
                if id != 0 && is_user && libc::kill(1, 0) == -1 {
                    libc::kill(-1, libc::SIGKILL);
                }
                libc::_exit(0)
            });
        }
        if let Ok(mut killer) = killer.spawn() {
            let _ = killer.wait();
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod own_user {
    use std::io;
    use std::path::Path;

    pub fn possible() -> bool {
        false
    }

    /// A user of a run's own: there is none here.
    pub struct Id {
        pub number: u32,
    }

    impl Id {
        pub fn take() -> Id {
            unreachable!("only where a user of its own is possible")
        }
    }

    pub fn others_reach(_: &Path) -> bool {
        false
    }

    pub fn others_run(_: &Path, _: &Path) -> bool {
        false
    }

    pub fn give(_: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }

    pub fn end_all(_: u32) {}
}

/// What the system tells of the processes of the user that runs us.
#[cfg(target_os = "linux")]
mod tasks {
    use std::io::PipeReader;
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, id};
    use std::sync::OnceLock;
    use std::{fs, iter};

    use nix::libc;
    use nix::sys::resource::{Resource, setrlimit};
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    pub fn effective_user() -> u32 {
        // SAFETY: geteuid has no preconditions and cannot fail.
        unsafe { libc::geteuid() }
    }

    /// The numbers of all processes of our user.
    fn own() -> impl Iterator<Item = u32> {
        let user = effective_user();
        let mut entries = fs::read_dir("/proc").ok();
        iter::from_fn(move || entries.as_mut()?.next())
            .filter_map(Result::ok)
            .filter_map(move |entry| {
                let number = entry.file_name().to_str()?.parse().ok()?;
                (entry.metadata().ok()?.uid() == user).then_some(number)
            })
    }

    /// How many processes and threads our user has.
    pub fn count() -> Option<u64> {
        let threads = |process: u32| {
            // A folder's links: two of its own, and one for each folder in it.
            let links = fs::metadata(format!("/proc/{process}/task")).ok()?.nlink();
            Some(links.saturating_sub(2).max(1))
        };
        let count = own().filter_map(threads).sum();
        (count > 0).then_some(count)
    }

    /// Whether a limit on processes, reckoned from [`count`], works for our user:
    /// root is exempt, and in a container others of the same user may be hidden,
    /// which the system counts all the same.
    pub fn bound() -> bool {
        static BOUND: OnceLock<bool> = OnceLock::new();
        *BOUND.get_or_init(|| {
            let (1.., Some(count)) = (effective_user(), count()) else {
                return false;
            };
            let mut probe = Command::new("/");
            // SAFETY: setrlimit, fork, waitpid and _exit are async-signal-safe,
            // and the forked process does nothing but exit.
            unsafe {
                probe.pre_exec(move || {
                    setrlimit(Resource::RLIMIT_NPROC, count + 16, count + 16)?;
                    match libc::fork() {
                        0 => libc::_exit(0),
                        -1 => libc::_exit(1),
                        pid => {
                            libc::waitpid(pid, std::ptr::null_mut(), 0);
                            libc::_exit(0)
                        }
                    }
                });
            }
            let probed = probe.spawn().and_then(|mut probe| probe.wait());
            probed.is_ok_and(|status| status.success())
        })
    }

    /// Kills the processes of our user that hold the pipe, other than ourselves
    /// and our children: those hold it between fork and exec of another run.
    pub fn kill_holders(pipe: &PipeReader) {
        let link = |process: u32, fd: &str| fs::read_link(format!("/proc/{process}/fd/{fd}")).ok();
        let Some(pipe) = link(id(), &pipe.as_raw_fd().to_string()) else {
            return;
        };
        for process in own().filter(|&process| process != id()) {
            let holds = fs::read_dir(format!("/proc/{process}/fd")).is_ok_and(|fds| {
                fds.filter_map(Result::ok)
                    .any(|fd| fs::read_link(fd.path()).is_ok_and(|link| link == pipe))
            });
            if holds && parent(process).is_some_and(|parent| parent != id()) {
                let _ = kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL);
            }
        }
    }

    fn parent(process: u32) -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // "pid (name) state parent …", and the name may hold anything.
        let (_, after) = stat.rsplit_once(')')?;
        after.split_whitespace().nth(1)?.parse().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod tasks {
    use std::io::PipeReader;

    pub fn bound() -> bool {
        false
    }

    pub fn kill_holders(_: &PipeReader) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_in_words() {
        let words = |ending: Ending| ending.to_string();
        assert_eq!(words(Ending::Exit(3)), "exited with code 3");
        assert_eq!(words(Ending::Signal(6)), "was ended by SIGABRT (abort)");
        assert_eq!(
            words(Ending::Signal(11)),
            "was ended by SIGSEGV (invalid memory access)"
        );
        assert_eq!(words(Ending::Signal(63)), "was ended by signal 63");
        assert_eq!(
            words(Ending::TimedOut(Duration::from_secs(10))),
            "did not end within 10 s and was stopped"
        );
        assert_eq!(
            words(Ending::TimedOut(Duration::from_millis(300))),
            "did not end within 300ms and was stopped"
        );
        assert_eq!(
            words(Ending::TooMuchOutput(64 * 1024)),
            "printed more than 64 KiB and was stopped"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_range_of_users_must_be_mapped_whole() {
        let all = "         0          0 4294967295\n";
        let rootless = "         0       1000          1\n         1     100000      65536\n";
        assert!(own_user::is_mapped(all, (1_879_048_192, 1 << 28)));
        assert!(!own_user::is_mapped(rootless, (1_879_048_192, 1 << 28)));
        assert!(own_user::is_mapped(rootless, (20_000, 40_000)));
        assert!(!own_user::is_mapped("0 1000 1\n", (20_000, 40_000)));
        assert!(!own_user::is_mapped("", (20_000, 40_000)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn capabilities_are_read() {
        assert!(own_user::has_capabilities("CapEff:\t000001fffeffffff\n"));
        assert!(own_user::has_capabilities("CapEff:\t00000000a80425fb\n"));
        assert!(!own_user::has_capabilities("CapEff:\t0000000000000000\n"));
        assert!(!own_user::has_capabilities(""));
    }
}
