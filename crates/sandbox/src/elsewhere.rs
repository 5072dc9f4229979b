//! Elsewhere than on Linux, a run has its limits and a process group, and
//! nothing else holds it.

use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::run::{PATH, REPORT, Streams, report_variable};
use crate::{Gap, Limits, Program, own_user};

pub fn gaps() -> Vec<Gap> {
    vec![
        Gap::Reads,
        Gap::Writes,
        Gap::Modes,
        Gap::Network,
        Gap::Signals,
        Gap::Processes,
        Gap::Unlinked,
    ]
}

pub struct Running {
    child: Child,
    pub processes_limited: bool,
}

pub fn start(
    program: &Program,
    _: &Limits,
    _: Option<own_user::Id>,
    resources: Vec<(Resource, u64, u64)>,
    streams: Streams,
) -> io::Result<Running> {
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .env_clear()
        .env("PATH", PATH)
        .env("RUST_BACKTRACE", "0")
        .stdin(std::process::Stdio::null())
        .stdout(streams.stdout)
        .stderr(streams.stderr)
        .process_group(0);
    if let Some(name) = &program.name {
        command.arg0(name);
    }
    if let Some(folder) = &program.folder {
        command.current_dir(folder).env("TMPDIR", folder);
    }
    command.envs(program.envs.iter().map(|(key, value)| (key, value)));
    let mut pipe = None;
    if let Some((writer, word)) = streams.report {
        let (name, value) = report_variable(&word);
        command.env(name, value);
        pipe = Some(writer);
    }
    // SAFETY: between fork and exec the closure makes nothing but dup2 and setrlimit
    // calls, which are async-signal-safe, and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if let Some(pipe) = &pipe {
                Errno::result(libc::dup2(pipe.as_raw_fd(), REPORT))?;
            }
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
    Ok(Running {
        child,
        processes_limited: false,
    })
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn let_go(&mut self) {
        self.kill();
    }

    pub fn kill(&mut self) {
        // An error means that the whole group is gone already.
        let _ = killpg(Pid::from_raw(self.id().cast_signed()), Signal::SIGKILL);
    }

    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}
