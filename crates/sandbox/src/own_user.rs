//! A user of its own for each run, for root on Linux.

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
        let root = crate::tasks::effective_user() == 0;
        if !root || !has_capabilities(&status) {
            return None;
        }
        RANGES
            .into_iter()
            .find(|&range| is_mapped(&users, range) && is_mapped(&groups, range))
    })
}

/// Reads the line `CapEff` of `/proc/self/status`.
pub(crate) fn has_capabilities(status: &str) -> bool {
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
pub(crate) fn is_mapped(map: &str, (first, length): (u32, u32)) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_users_must_be_mapped_whole() {
        let all = "         0          0 4294967295\n";
        let rootless = "         0       1000          1\n         1     100000      65536\n";
        assert!(is_mapped(all, (1_879_048_192, 1 << 28)));
        assert!(!is_mapped(rootless, (1_879_048_192, 1 << 28)));
        assert!(is_mapped(rootless, (20_000, 40_000)));
        assert!(!is_mapped("0 1000 1\n", (20_000, 40_000)));
        assert!(!is_mapped("", (20_000, 40_000)));
    }

    #[test]
    fn capabilities_are_read() {
        assert!(has_capabilities("CapEff:\t000001fffeffffff\n"));
        assert!(has_capabilities("CapEff:\t00000000a80425fb\n"));
        assert!(!has_capabilities("CapEff:\t0000000000000000\n"));
        assert!(!has_capabilities(""));
    }
}
