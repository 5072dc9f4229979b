//! Runs one program so that nothing it does reaches past its folder, for root and
//! for an ordinary user.
//!
//! [`Program`] says what is to be run and what it needs to read; [`Limits`] says how
//! much it may use; [`run`] runs it to its end, and ends what it started. There is
//! no other way to start a `Program`.
//!
//! ```
//! # #[cfg(target_os = "linux")] {
//! use sandbox::{Ending, Limits, Program};
//!
//! let room = sandbox::folder()?;
//! let mut program = Program::new("/bin/sh");
//! program
//!     .args(["-c", "echo mine > file; cat file; cat /etc/passwd"])
//!     .room(room.path());
//! let outcome = sandbox::run(&program, &Limits::guest())?;
//! assert_eq!(outcome.ending, Ending::Exit(1));
//! assert_eq!(
//!     outcome.output,
//!     "mine\ncat: /etc/passwd: Permission denied\n"
//! );
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What holds a program, on Linux
//!
//! | it cannot | because of | and where the kernel has no such thing |
//! |---|---|---|
//! | read files but its own, its toolchain's and the system's libraries and programs | Landlock | `reads` is a [`Gap`]; for root's guests, a user of their own |
//! | write outside its folders, `/tmp` and `/dev/shm` included | Landlock; mounts that can only be read | either of the two; for root's guests, a user of their own |
//! | change modes and dates of the user's files | mounts that can only be read | `modes`; for root's guests, a user of their own |
//! | open a socket, of any kind | a filter of system calls | `network` |
//! | signal, slow down or trace other processes | a process namespace; Landlock; filters | each of the three |
//! | outlive its run, or the judge | a process namespace, whose first process ends with them | whoever inherits what it leaves kills it |
//! | start more processes than [`Limits::processes`] | a limit that counts its user, or its user namespace, alone | a limit on all that the user runs, else `processes` |
//! | fill the disk | a file system in memory for its [`room`](Program::room), and a look at its folders ten times a second | the looks; files that it deletes while they are open do not count (`unlinked`) |
//! | use more memory or time than it may | limits on resources; a clock | |
//! | learn anything from the environment | it has none | |
//!
//! Namespaces take root's rights, or a user namespace, which some systems keep
//! from ordinary users (Ubuntu 24.04, and most containers). [`gaps`] tries once what this
//! machine lets us do, and tells what is left open.
//!
//! Root's guests (see [`Limits::processes`]) each run as a user that nobody else
//! is, and compilers as a root without root's rights. Where a guest's program lies
//! in a folder that others cannot reach (below `/root`, say), the guest runs as
//! such a root, too, and the limit on processes does not hold
//! ([`Outcome::processes_limited`] tells).
//!
//! Not held: what a program reads of the system's own programs and libraries
//! (`/usr/lib/os-release` is among them), how many processors there are, what
//! time it is, the kernel's name; and memory in sum, since each of its processes
//! has the whole of [`Limits::address_space`]. Where the system runs short, the
//! program is the first to be killed.
//!
//! # Elsewhere
//!
//! A run has its limits (but for processes and address space), an empty
//! environment and a process group. Nothing else holds it: run there only what
//! you would run by hand.

mod ending;
mod folder;
mod gap;
mod limits;
mod output;
#[cfg_attr(not(target_os = "linux"), path = "own_user_elsewhere.rs")]
mod own_user;
#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod platform;
mod program;
mod run;
#[cfg_attr(not(target_os = "linux"), path = "tasks_elsewhere.rs")]
mod tasks;
mod toolchain;

pub use ending::Ending;
pub use folder::{folder, put, read_back, share};
pub use gap::Gap;
pub use limits::Limits;
#[cfg(all(feature = "uncontained", target_os = "linux"))]
pub use platform::UNCONTAINED;
pub use platform::gaps;
pub use program::Program;
pub use run::{Outcome, run};
pub use toolchain::Rustc;

pub(crate) const MIB: u64 = 1024 * 1024;

/// The example of the README runs, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
