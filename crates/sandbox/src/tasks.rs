//! What the system tells of the processes of the user that runs us.

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

pub fn effective_group() -> u32 {
    // SAFETY: getegid has no preconditions and cannot fail.
    unsafe { libc::getegid() }
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
