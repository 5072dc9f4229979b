//! From fork to exec: what a run's own processes do before the program's first
//! instruction, and the one that ends with it.
//!
//! ```text
//! the judge ─fork─► the outer process ─► the keeper ─► the program
//!                   enters namespaces,   number 1 of    locks itself in,
//!                   waits                 them; waits    executes
//! ```
//!
//! The keeper lives as long as the program, and no longer than the judge: it
//! waits for the end of either (that of a judge, even a killed one, closes a
//! pipe). With number 1 of a process namespace everything in it ends, which
//! nothing in it can prevent. Without namespaces the keeper is who inherits
//! what the program leaves behind, and kills it.
//!
//! Outer process, keeper and program share one memory until the program is
//! executed, each waiting for the next: as with `vfork`, nothing is copied.
//! Everything here runs in a fork of a process with threads, so it may only do
//! what is async-signal-safe: system calls, and nothing that allocates.

use std::ffi::CString;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::ptr;

use nix::errno::Errno;
use nix::libc::{self, c_char, c_int, c_ulong, c_void};
use nix::sys::resource::{Resource, setrlimit};

use super::calls::Filters;
use crate::run::REPORT;

/// How large the stacks of keeper and program are, until it is executed.
const STACK: usize = 64 * 1024;

/// All that is needed between fork and exec, made before it.
pub struct Job {
    pub program: CString,
    /// Ends with a null pointer, as the kernel wants it; points into `texts`.
    pub arguments: Vec<*const c_char>,
    pub environment: Vec<*const c_char>,
    /// Kept for the pointers into it.
    pub texts: Vec<CString>,
    pub folder: Option<CString>,
    /// The folders that stay writable.
    pub writable: Vec<CString>,
    /// Options of a file system in memory that covers the working folder.
    pub room: Option<CString>,
    pub spaces: Option<Spaces>,
    pub user: User,
    pub rules: Option<OwnedFd>,
    /// Rights, in Landlock's bits, to the working folder and below `/proc`.
    pub rights: (u64, u64),
    /// Whether the program may read below `/proc`.
    pub proc: bool,
    pub filters: Option<Filters>,
    pub resources: Vec<(Resource, u64, u64)>,
    pub fixed_addresses: bool,
    /// Closes when the judge lets go of the run, or dies.
    pub control: OwnedFd,
    /// Takes the program's status, or the step that failed and why.
    pub status: OwnedFd,
    /// The pipe for reports.
    pub report: Option<OwnedFd>,
    /// Only tries whether all of this works; nothing is executed.
    pub probe: bool,
    pub failed: Option<(Step, i32)>,
    pub stacks: [Vec<u8>; 2],
}

// SAFETY: the pointers lead into texts that the job itself holds and never
// changes.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

/// Namespaces that a run has for itself.
pub enum Spaces {
    /// Entered with root's rights.
    AsRoot,
    /// Entered through a user namespace, in which the user keeps its number:
    /// the texts for its maps.
    AsUser { users: CString, groups: CString },
}

/// Who the program runs as.
#[derive(Clone, Copy)]
pub enum User {
    /// The user and group of this number, without others.
    Own(u32),
    /// Root, without root's rights.
    BareRoot,
    /// Whoever runs us.
    Same,
}

/// What can fail on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Step {
    Namespaces = 1,
    UserMap,
    Keeper,
    Mounts,
    Proc,
    Folder,
    User,
    Files,
    Calls,
    Limits,
    Execute,
    Fork,
}

type Done = Result<(), (Step, i32)>;

/// The result of a system call, named after the step that it belongs to.
fn ok(step: Step, result: impl Into<i64>) -> Done {
    if result.into() == -1 {
        return Err((step, Errno::last_raw()));
    }
    Ok(())
}

impl Job {
    /// Adds a variable to the environment.
    pub fn add_variable(&mut self, variable: CString) {
        self.environment.insert(0, variable.as_ptr());
        self.texts.push(variable);
    }

    pub fn new_stacks() -> [Vec<u8>; 2] {
        [Vec::with_capacity(STACK), Vec::with_capacity(STACK)]
    }

    /// Starts the program behind a keeper, and never returns but with an error;
    /// the process ends with the run.
    ///
    /// # Safety
    ///
    /// Only in the child of a fork.
    pub unsafe fn enter(&mut self) -> std::io::Error {
        // SAFETY: see each step; the caller vouches for the fork.
        let done = unsafe { self.outer() };
        let (step, errno) = match (done, self.failed) {
            (Err(failed), _) | (Ok(()), Some(failed)) => failed,
            // SAFETY: leaves without running anything of the parent's.
            (Ok(()), None) => unsafe { libc::_exit(0) },
        };
        let words = [step as i32, errno];
        // SAFETY: writes the bytes of a live array.
        unsafe { libc::write(self.status.as_raw_fd(), words.as_ptr().cast(), 8) };
        std::io::Error::from_raw_os_error(errno)
    }

    unsafe fn outer(&mut self) -> Done {
        let spaces = libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC;
        // SAFETY: system calls on texts and descriptors that the job holds.
        unsafe {
            match &self.spaces {
                Some(Spaces::AsRoot) => ok(Step::Namespaces, libc::unshare(spaces))?,
                Some(Spaces::AsUser { users, groups }) => {
                    ok(
                        Step::Namespaces,
                        libc::unshare(spaces | libc::CLONE_NEWUSER),
                    )?;
                    put(c"/proc/self/setgroups", c"deny")?;
                    put(c"/proc/self/uid_map", users)?;
                    put(c"/proc/self/gid_map", groups)?;
                }
                None => {}
            }
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_FILES | libc::SIGCHLD;
            let keeper = self.clone(0, keep, flags);
            ok(Step::Keeper, keeper)?;
            let mut status = 0;
            while libc::waitpid(keeper, &raw mut status, 0) == -1 && Errno::last() == Errno::EINTR {
            }
        }
        Ok(())
    }

    /// A child that shares our memory, on a stack of its own. Ours stands still
    /// until it has executed a program or ended.
    unsafe fn clone(
        &mut self,
        stack: usize,
        body: extern "C" fn(*mut c_void) -> c_int,
        flags: c_int,
    ) -> c_int {
        let job: *mut Job = self;
        let bottom = self.stacks[stack].as_mut_ptr();
        // SAFETY: the stack has `STACK` bytes, its end is rounded down to what
        // every processor asks for, and lives as long as the job.
        unsafe {
            let top = bottom.add(STACK);
            let top = top.sub(top as usize % 16);
            libc::clone(body, top.cast(), flags, job.cast())
        }
    }

    /// The mounts of a run: everything can only be read, but for its folders.
    unsafe fn mount(&self) -> Done {
        let none = ptr::null::<c_char>();
        let bind = |path: &CString| {
            // SAFETY: both texts are live.
            unsafe {
                libc::mount(
                    path.as_ptr(),
                    path.as_ptr(),
                    none,
                    libc::MS_BIND,
                    ptr::null(),
                )
            }
        };
        let private = libc::MS_REC | libc::MS_PRIVATE;
        // SAFETY: system calls on live texts.
        unsafe {
            ok(
                Step::Mounts,
                libc::mount(none, c"/".as_ptr(), none, private, ptr::null()),
            )?;
            for path in &self.writable {
                ok(Step::Mounts, bind(path))?;
            }
            set_readonly(c"/", libc::AT_RECURSIVE, true)?;
            for path in &self.writable {
                set_readonly(path, 0, false)?;
            }
            if let (Some(options), Some(folder)) = (&self.room, &self.folder) {
                let kind = c"tmpfs".as_ptr();
                let flags = libc::MS_NOSUID | libc::MS_NODEV;
                let options = options.as_ptr().cast();
                ok(
                    Step::Mounts,
                    libc::mount(kind, folder.as_ptr(), kind, flags, options),
                )?;
            }
            let kind = c"proc".as_ptr();
            let flags = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
            ok(
                Step::Proc,
                libc::mount(kind, c"/proc".as_ptr(), kind, flags, ptr::null()),
            )
        }
    }

    /// What the keeper does until the program runs.
    unsafe fn prepare(&mut self) -> Result<c_int, (Step, i32)> {
        // SAFETY: system calls on live texts and values.
        unsafe {
            if self.spaces.is_some() {
                self.mount()?;
            } else {
                libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1);
            }
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            // So that waiting for it ends when the program does.
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as usize;
            libc::sigaction(libc::SIGCHLD, &raw const action, ptr::null_mut());
            let mut block: libc::sigset_t = std::mem::zeroed();
            libc::sigaddset(&raw mut block, libc::SIGCHLD);
            libc::sigprocmask(libc::SIG_BLOCK, &raw const block, ptr::null_mut());
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            let program = self.clone(1, begin, flags);
            ok(Step::Fork, program)?;
            match self.failed {
                Some(failed) => Err(failed),
                None => Ok(program),
            }
        }
    }

    /// What the program's process does until it executes it.
    unsafe fn lock_in(&mut self) -> Done {
        // SAFETY: system calls on live texts and values.
        unsafe {
            libc::setpgid(0, 0);
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
            // Whatever we had open stays ours.
            const CLOSE_ON_EXEC: u32 = 4;
            libc::syscall(libc::SYS_close_range, 3, u32::MAX, CLOSE_ON_EXEC);
            if let Some(report) = &self.report {
                ok(Step::Limits, libc::dup2(report.as_raw_fd(), REPORT))?;
            }
            if let Some(folder) = &self.folder {
                ok(Step::Folder, libc::chdir(folder.as_ptr()))?;
            }
            // Where the system runs out of memory, the program goes first.
            let _ = put(c"/proc/self/oom_score_adj", c"1000");
            if let Some(rules) = &self.rules {
                let rules = rules.as_raw_fd();
                if self.folder.is_some() {
                    allow(rules, c".", self.rights.0)?;
                }
                if self.proc {
                    allow(rules, c"/proc", self.rights.1)?;
                }
            }
            self.become_user()?;
            ok(
                Step::Files,
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
            )?;
            if let Some(rules) = &self.rules {
                let rules = rules.as_raw_fd();
                ok(
                    Step::Files,
                    libc::syscall(libc::SYS_landlock_restrict_self, rules, 0),
                )?;
            }
            for &(resource, soft, hard) in &self.resources {
                setrlimit(resource, soft, hard).map_err(|errno| (Step::Limits, errno as i32))?;
            }
            if self.fixed_addresses {
                let fixed = libc::ADDR_NO_RANDOMIZE as c_ulong;
                ok(Step::Limits, libc::personality(fixed))?;
            }
            if let Some(filters) = &mut self.filters {
                filters.enter().map_err(|errno| (Step::Calls, errno))?;
            }
            if self.probe {
                return probe();
            }
            libc::execve(
                self.program.as_ptr(),
                self.arguments.as_ptr(),
                self.environment.as_ptr(),
            );
        }
        Err((Step::Execute, Errno::last_raw()))
    }

    unsafe fn become_user(&self) -> Done {
        // SAFETY: the raw calls, since the library's would tell all threads of a
        // process whose memory we only share.
        unsafe {
            match self.user {
                User::Same => Ok(()),
                User::Own(id) => {
                    let none = ptr::null::<libc::gid_t>();
                    ok(Step::User, libc::syscall(libc::SYS_setgroups, 0, none))?;
                    ok(Step::User, libc::syscall(libc::SYS_setresgid, id, id, id))?;
                    ok(Step::User, libc::syscall(libc::SYS_setresuid, id, id, id))
                }
                User::BareRoot => {
                    // SECBIT_NOROOT and its lock: executing gives root nothing back.
                    ok(Step::User, libc::prctl(libc::PR_SET_SECUREBITS, 0b11))?;
                    // _LINUX_CAPABILITY_VERSION_3, for ourselves: no capability.
                    let head: [u32; 2] = [0x2008_0522, 0];
                    let none = [0_u32; 6];
                    let done = libc::syscall(libc::SYS_capset, head.as_ptr(), none.as_ptr());
                    ok(Step::User, done)
                }
            }
        }
    }

    /// Waits for the program's end, or for the judge's; tells the status.
    unsafe fn wait(&self, program: c_int) {
        // SAFETY: system calls on live values.
        unsafe {
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            loop {
                let mut control = libc::pollfd {
                    fd: 0,
                    events: libc::POLLIN,
                    revents: 0,
                };
                libc::ppoll(&raw mut control, 1, ptr::null(), &raw const none);
                loop {
                    let mut status: c_int = 0;
                    let ended = libc::waitpid(-1, &raw mut status, libc::WNOHANG);
                    if ended == program {
                        libc::write(1, (&raw const status).cast(), 4);
                        return;
                    }
                    if ended <= 0 {
                        break;
                    }
                }
                if control.revents != 0 {
                    return;
                }
            }
        }
    }
}

extern "C" fn nothing(_: c_int) {}

/// The keeper.
extern "C" fn keep(job: *mut c_void) -> c_int {
    // SAFETY: the pointer comes from `clone`, whose caller stands still.
    let job = unsafe { &mut *job.cast::<Job>() };
    // SAFETY: we are in the child of a fork; what follows are system calls.
    unsafe {
        let program = match job.prepare() {
            Ok(program) => program,
            Err(failed) => {
                job.failed = Some(failed);
                libc::_exit(1)
            }
        };
        // All that is open in us and in the outer process, the program's output
        // above all, is closed; the two pipes take the numbers 0 and 1.
        let (control, status) = (job.control.as_raw_fd(), job.status.as_raw_fd());
        let status = libc::fcntl(status, libc::F_DUPFD, 3);
        libc::dup2(control, 0);
        libc::dup2(status, 1);
        libc::syscall(libc::SYS_close_range, 2, u32::MAX, 0);
        // Nobody reads what we still hold of the judge's memory.
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        job.wait(program);
        if job.spaces.is_none() {
            end_descendants(program);
        }
        libc::_exit(0)
    }
}

/// The program's process.
extern "C" fn begin(job: *mut c_void) -> c_int {
    // SAFETY: as in `keep`.
    let job = unsafe { &mut *job.cast::<Job>() };
    // SAFETY: as in `keep`.
    unsafe {
        if let Err(failed) = job.lock_in() {
            job.failed = Some(failed);
        }
        libc::_exit(0)
    }
}

/// Whether a process may start another within its limits.
unsafe fn probe() -> Done {
    // SAFETY: the forked process does nothing but exit.
    unsafe {
        // Not the library's fork, which would first take its locks.
        match libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) {
            0 => libc::_exit(0),
            -1 => Err((Step::Fork, Errno::last_raw())),
            child => {
                libc::waitpid(child as c_int, ptr::null_mut(), 0);
                Ok(())
            }
        }
    }
}

/// Kills what has no other parent left than us, until there is nothing left.
unsafe fn end_descendants(program: c_int) {
    // SAFETY: system calls on live values.
    unsafe {
        libc::kill(-program, libc::SIGKILL);
        for _ in 0..10_000 {
            let children = libc::open(c"/proc/thread-self/children".as_ptr(), libc::O_RDONLY);
            let mut text = [0_u8; 4096];
            let length = libc::read(children, text.as_mut_ptr().cast(), text.len());
            libc::close(children);
            let mut number = 0;
            for &byte in text.iter().take(length.max(0).cast_unsigned()) {
                if byte.is_ascii_digit() {
                    number = number * 10 + c_int::from(byte - b'0');
                } else {
                    if number > 1 {
                        libc::kill(number, libc::SIGKILL);
                    }
                    number = 0;
                }
            }
            while libc::waitpid(-1, ptr::null_mut(), libc::WNOHANG) > 0 {}
            if length <= 0 && libc::waitpid(-1, ptr::null_mut(), libc::WNOHANG) == -1 {
                return;
            }
            libc::usleep(1000);
        }
    }
}

/// Writes a text into a file of `/proc`.
fn put(path: &std::ffi::CStr, text: &std::ffi::CStr) -> Done {
    // SAFETY: system calls on live texts.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        ok(Step::UserMap, file)?;
        let bytes = text.to_bytes();
        let written = libc::write(file, bytes.as_ptr().cast(), bytes.len());
        let done = ok(Step::UserMap, written as i64);
        libc::close(file);
        done
    }
}

/// Makes a mount (with `AT_RECURSIVE`, all below it) one that can only be read,
/// or takes that back.
fn set_readonly(path: &std::ffi::CStr, flags: c_int, readonly: bool) -> Done {
    // SAFETY: all zeros is a valid set of attributes, and it lives through the call.
    unsafe {
        let mut attributes: libc::mount_attr = std::mem::zeroed();
        if readonly {
            attributes.attr_set = libc::MOUNT_ATTR_RDONLY;
        } else {
            attributes.attr_clr = libc::MOUNT_ATTR_RDONLY;
        }
        let size = size_of::<libc::mount_attr>();
        let path = path.as_ptr();
        let attributes = &raw const attributes;
        let call = libc::SYS_mount_setattr;
        ok(
            Step::Mounts,
            libc::syscall(call, libc::AT_FDCWD, path, flags, attributes, size),
        )
    }
}

/// Adds a rule to a Landlock ruleset: these rights to all below the path.
fn allow(rules: RawFd, path: &std::ffi::CStr, rights: u64) -> Done {
    #[repr(C, packed)]
    struct PathBeneath {
        rights: u64,
        parent: i32,
    }
    const PATH_BENEATH: c_int = 1;
    // SAFETY: the struct has the kernel's layout and lives through the call.
    unsafe {
        let parent = libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC);
        ok(Step::Files, parent)?;
        let rule = PathBeneath { rights, parent };
        let call = libc::SYS_landlock_add_rule;
        let done = ok(
            Step::Files,
            libc::syscall(call, rules, PATH_BENEATH, &raw const rule, 0),
        );
        libc::close(parent);
        done
    }
}
