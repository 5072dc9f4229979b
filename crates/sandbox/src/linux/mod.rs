//! How a run is contained on Linux: with what the kernel has for everybody,
//! and with what root has besides.

mod calls;
mod files;
mod inside;

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::io::{self, PipeReader, PipeWriter, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::ptr;
use std::sync::LazyLock;

use nix::libc;
use nix::sys::resource::Resource;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use self::calls::{Filters, Held};
use self::inside::{Job, Spaces, Step, User};
use crate::run::{PATH, Streams, report_variable};
use crate::{Gap, Limits, Program, own_user, tasks};

/// What this machine lets us do for a run.
#[derive(Clone, Copy, Debug)]
struct Means {
    /// Namespaces of its own, with a `/proc` of its own.
    spaces: bool,
    /// A limit on processes binds a run alone.
    counts: bool,
    /// Landlock's version, or 0.
    landlock: i64,
    /// Filters of calls.
    filters: bool,
}

impl Means {
    fn held(self) -> Held {
        if self.spaces {
            Held::All
        } else if self.landlock >= 6 {
            Held::Signals
        } else {
            Held::Nothing
        }
    }
}

fn means() -> Means {
    static MEANS: LazyLock<Means> = LazyLock::new(|| {
        let landlock = files::version();
        let filters = Filters::known() && calls::filters(Held::All).is_some();
        let with = |spaces, counts| Means {
            spaces,
            counts,
            landlock,
            filters,
        };
        // A user's processes count by the namespace in newer kernels only.
        let tried = [(true, true), (true, false), (false, false)];
        let works = |&(spaces, counts): &(bool, bool)| tries(with(spaces, counts));
        let (spaces, counts) = tried
            .iter()
            .find(|means| works(means))
            .copied()
            .unwrap_or_default();
        with(spaces, counts || own_user::possible())
    });
    #[cfg(feature = "uncontained")]
    if UNCONTAINED.load(std::sync::atomic::Ordering::Relaxed) {
        return Means {
            spaces: false,
            counts: own_user::possible(),
            landlock: 0,
            filters: false,
        };
    }
    *MEANS
}

/// Whether runs go without all of it, so that a benchmark can tell its cost.
#[cfg(feature = "uncontained")]
pub static UNCONTAINED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether a run with these means comes to start a process.
fn tries(means: Means) -> bool {
    let mut program = Program::new("/");
    let room = crate::folder();
    let Ok(room) = room else { return false };
    program.room(room.path());
    let Ok((job, _control, _status)) = job(&program, &Limits::guest(), None, means, true) else {
        return false;
    };
    let started = spawn(job, Stdio::null(), Stdio::null());
    started.is_ok_and(|mut child| child.wait().is_ok_and(|status| status.success()))
}

/// What is not enforced on this machine.
pub fn gaps() -> Vec<Gap> {
    let means = means();
    let mut gaps = Vec::new();
    let mut unless = |held: bool, gap| {
        if !held {
            gaps.push(gap);
        }
    };
    unless(means.landlock > 0, Gap::Reads);
    // Older versions let a program cut files short.
    unless(means.landlock >= 3 || means.spaces, Gap::Writes);
    unless(means.spaces || own_user::possible(), Gap::Modes);
    unless(means.filters, Gap::Network);
    unless(means.held() != Held::Nothing || means.filters, Gap::Signals);
    unless(means.counts || tasks::bound(), Gap::Processes);
    unless(means.spaces, Gap::Unlinked);
    gaps
}

/// A program that runs, and the keeper that ends with it.
pub struct Running {
    child: Child,
    control: Option<PipeWriter>,
    status: PipeReader,
    /// Whether the limit on processes binds it.
    pub processes_limited: bool,
    user: Option<own_user::Id>,
}

/// Starts a program whose output goes into the two ends of pipes.
pub fn start(
    program: &Program,
    limits: &Limits,
    user: Option<own_user::Id>,
    resources: Vec<(Resource, u64, u64)>,
    streams: Streams,
) -> io::Result<Running> {
    let means = means();
    let (mut job, control, mut status) = job(program, limits, user.as_ref(), means, false)?;
    let processes_limited = !job.resources.is_empty();
    job.resources.extend(resources);
    if let Some((pipe, word)) = streams.report {
        let (name, value) = report_variable(&word);
        job.add_variable(text(&format!("{name}={value}").into())?);
        job.report = Some(pipe.into());
    }
    let spaces = job.spaces.is_some();
    let child = spawn(job, streams.stdout.into(), streams.stderr.into()).map_err(|error| {
        let step = step(&mut status);
        let doing = match step {
            None | Some(Step::Execute) => String::new(),
            Some(step) => format!(" in the sandbox ({step:?})"),
        };
        let program = program.program.display();
        io::Error::new(
            error.kind(),
            format!("cannot run {program}{doing}: {error}"),
        )
    })?;
    Ok(Running {
        child,
        control: Some(control),
        status,
        processes_limited,
        // Where number 1 of its namespace ends, nothing of the run is left.
        user: user.filter(|_| !spaces),
    })
}

fn step(status: &mut PipeReader) -> Option<Step> {
    let mut words = [0; 8];
    status.read_exact(&mut words).ok()?;
    let steps = [
        Step::Namespaces,
        Step::UserMap,
        Step::Keeper,
        Step::Mounts,
        Step::Proc,
        Step::Folder,
        Step::User,
        Step::Files,
        Step::Calls,
        Step::Limits,
        Step::Execute,
        Step::Fork,
    ];
    steps
        .into_iter()
        .find(|step| (*step as i32).to_ne_bytes() == words[..4])
}

impl Running {
    /// The number of the process that ends when all of the run has.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells the keeper to end the run.
    pub fn let_go(&mut self) {
        self.control = None;
    }

    /// Kills keeper and program where that has not helped. Call it before `wait`.
    pub fn kill(&mut self) {
        // An error means that the whole group is gone already.
        let _ = killpg(Pid::from_raw(self.id().cast_signed()), Signal::SIGKILL);
    }

    /// Reaps the run, and tells how the program ended; with none, something
    /// else ended it before it could say.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.control = None;
        let outer = self.child.wait()?;
        if let Some(id) = self.user.take() {
            own_user::end_all(id.number);
        }
        let mut raw = [0; 4];
        use std::os::unix::process::ExitStatusExt as _;
        Ok(match self.status.read_exact(&mut raw) {
            Ok(()) => ExitStatus::from_raw(i32::from_ne_bytes(raw)),
            // The keeper was killed with it.
            Err(_) if outer.success() => ExitStatus::from_raw(libc::SIGKILL),
            Err(_) => outer,
        })
    }
}

fn spawn(mut job: Job, stdout: Stdio, stderr: Stdio) -> io::Result<Child> {
    // Never executed: the closure ends with the run, or with an error.
    let mut command = Command::new("/");
    command
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0);
    // SAFETY: `enter` is made for the child of a fork, and allocates nothing.
    unsafe {
        command.pre_exec(move || Err(job.enter()));
    }
    command.spawn()
}

/// All that the processes need between fork and exec, and our ends of the two
/// pipes to the keeper.
fn job(
    program: &Program,
    limits: &Limits,
    user: Option<&own_user::Id>,
    means: Means,
    probe: bool,
) -> io::Result<(Job, PipeWriter, PipeReader)> {
    let (control, our_control) = io::pipe()?;
    let (our_status, status) = io::pipe()?;
    let path = found(&program.program)?;
    let name = program.name.clone().unwrap_or_else(|| path.clone().into());
    let arguments = [&name].into_iter().chain(&program.args).map(text);
    let arguments = arguments.collect::<io::Result<Vec<_>>>()?;
    let environment = environment(program)?;
    let pointers = |texts: &[CString]| {
        let pointers = texts.iter().map(|text| text.as_ptr());
        pointers.chain([ptr::null()]).collect::<Vec<_>>()
    };
    let root = tasks::effective_user() == 0;
    let folder = program
        .folder
        .as_deref()
        .map(Path::canonicalize)
        .transpose()?;
    let writable = files::writable(program);
    let covered = program.discards && means.spaces;
    let others = match user {
        Some(_) => Some(0),
        None if root => None,
        // The outer process and the keeper.
        None if means.spaces => means.counts.then_some(2),
        None => tasks::bound()
            .then(tasks::count)
            .flatten()
            .map(|count| count + 2),
    };
    let processes = limits
        .processes
        .zip(others)
        .map(|(more, others)| more + others);
    let processes = processes.map(|count| (Resource::RLIMIT_NPROC, count, count));
    let job = Job {
        program: text(&path.into_os_string())?,
        arguments: pointers(&arguments),
        environment: pointers(&environment),
        texts: arguments.into_iter().chain(environment).collect(),
        room: covered.then(|| room(limits, user)).transpose()?,
        writable: writable
            .into_iter()
            .filter(|path| !covered || Some(path) != folder.as_ref())
            .map(|path| text(&path.into_os_string()))
            .collect::<io::Result<_>>()?,
        folder: folder
            .map(|path| text(&path.into_os_string()))
            .transpose()?,
        spaces: means.spaces.then(|| spaces(root)).transpose()?,
        user: match user {
            Some(id) => User::Own(id.number),
            None if root && own_user::possible() => User::BareRoot,
            None => User::Same,
        },
        rules: match means.landlock {
            0 => None,
            _ => files::ruleset(program)?,
        },
        rights: (files::all().bits(), files::read().bits()),
        proc: limits.processes.is_some()
            || program.reads.iter().any(|path| path == Path::new("/proc")),
        filters: means
            .filters
            .then(|| calls::filters(means.held()))
            .flatten(),
        resources: processes.into_iter().collect(),
        fixed_addresses: !limits.random_addresses,
        control: control.into(),
        status: status.into(),
        report: None,
        probe,
        failed: None,
        stacks: Job::new_stacks(),
    };
    Ok((job, our_control, our_status))
}

/// Where the program is: a bare name is looked for in the minimal `PATH`.
fn found(program: &Path) -> io::Result<PathBuf> {
    if program.components().count() > 1 || program.is_absolute() {
        return Ok(program.to_owned());
    }
    let mut folders = PATH
        .split(':')
        .map(|folder| Path::new(folder).join(program));
    folders.find(|path| path.is_file()).ok_or_else(|| {
        let name = program.display();
        let text = format!("cannot run {name}: it is in none of {PATH}");
        io::Error::new(io::ErrorKind::NotFound, text)
    })
}

fn environment(program: &Program) -> io::Result<Vec<CString>> {
    let pair = |key: &str, value: &str| (OsString::from(key), OsString::from(value));
    let mut variables: BTreeMap<OsString, OsString> =
        [pair("PATH", PATH), pair("RUST_BACKTRACE", "0")].into();
    if let Some(folder) = &program.folder {
        variables.insert("TMPDIR".into(), folder.into());
    }
    variables.extend(program.envs.iter().cloned());
    let joined = variables.into_iter().map(|(key, value)| {
        let mut both = key;
        both.push("=");
        both.push(value);
        text(&both)
    });
    joined.collect()
}

/// Options of the file system in memory that covers a working folder.
fn room(limits: &Limits, user: Option<&own_user::Id>) -> io::Result<CString> {
    let mut options = "mode=0700".to_owned();
    if let Some(bytes) = limits.written {
        // A file takes a page at least.
        options += &format!(",size={bytes},nr_inodes={}", bytes / 4096 + 2);
    }
    if let Some(id) = user {
        options += &format!(",uid={0},gid={0}", id.number);
    }
    text(&options.into())
}

fn spaces(root: bool) -> io::Result<Spaces> {
    if root {
        return Ok(Spaces::AsRoot);
    }
    // The user keeps its number, so that files stay whose they are.
    let map = |number: u32| text(&format!("{number} {number} 1").into());
    Ok(Spaces::AsUser {
        users: map(tasks::effective_user())?,
        groups: map(tasks::effective_group())?,
    })
}

fn text(text: &OsString) -> io::Result<CString> {
    CString::new(text.clone().into_vec()).map_err(|_| {
        let text = format!("{} holds a zero byte", text.display());
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })
}
