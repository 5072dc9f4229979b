//! Which files a program may reach: a Landlock ruleset.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, Scope,
};
use nix::libc;

use crate::Program;

/// The newest version that we know; an older kernel gets what it has of it.
const NEWEST: ABI = ABI::V7;

/// What every program reads: the loader, the system's libraries and programs.
/// Nothing of a user, nothing that tells one machine from another.
const SYSTEM: [&str; 14] = [
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/lib",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
];

/// Devices that are the same everywhere, and hold nothing.
const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// The version of Landlock that this kernel has; 0 for none.
pub fn version() -> i64 {
    static VERSION: LazyLock<i64> = LazyLock::new(|| {
        const ASK_VERSION: libc::c_uint = 1;
        let nothing = std::ptr::null::<libc::c_void>();
        // SAFETY: with this flag the call takes no attributes and answers a number.
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0, ASK_VERSION) }.max(0)
    });
    *VERSION
}

/// Rights to a folder of the program's own, as far as this kernel knows them.
pub fn all() -> BitFlags<AccessFs> {
    // The only right of a newer version is for devices, of which there are none.
    AccessFs::from_all(match version() {
        0 | 1 => ABI::V1,
        2 => ABI::V2,
        _ => ABI::V3,
    })
}

/// Rights to what a program only reads and runs.
pub fn read() -> BitFlags<AccessFs> {
    AccessFs::from_read(NEWEST)
}

/// The rules for a program, but for those to what is mounted for it alone;
/// none where the kernel knows no Landlock.
pub fn ruleset(program: &Program) -> io::Result<Option<OwnedFd>> {
    if version() == 0 {
        return Ok(None);
    }
    let made = || -> Result<Option<OwnedFd>, landlock::RulesetError> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?;
        let mut allow = |path: &Path, rights: BitFlags<AccessFs>| {
            // What is not there needs no rule.
            let Ok(opened) = PathFd::new(path) else {
                return Ok(());
            };
            let rights = if path.is_dir() {
                rights
            } else {
                rights & AccessFs::from_file(NEWEST)
            };
            ruleset
                .as_mut()
                .add_rule(PathBeneath::new(opened, rights))
                .map(|_| ())
        };
        for path in SYSTEM {
            allow(Path::new(path), read())?;
        }
        for path in DEVICES {
            allow(Path::new(path), AccessFs::ReadFile | AccessFs::WriteFile)?;
        }
        allow(&program.program, read())?;
        for path in &program.reads {
            allow(path, read())?;
        }
        for path in writable(program) {
            allow(&path, all())?;
        }
        Ok(ruleset.into())
    };
    made().map_err(io::Error::other)
}

/// The folders that a program may write to, without links on their way.
pub fn writable(program: &Program) -> Vec<PathBuf> {
    program
        .folder
        .iter()
        .chain(&program.writes)
        .filter_map(|path| path.canonicalize().ok())
        .collect()
}
