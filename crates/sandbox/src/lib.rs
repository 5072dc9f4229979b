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
pub use platform::gaps;
pub use program::Program;
pub use run::{Outcome, run};
pub use toolchain::Rustc;

pub(crate) const MIB: u64 = 1024 * 1024;
