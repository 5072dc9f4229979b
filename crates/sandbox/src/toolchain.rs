//! The Rust compiler, and what it reads.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::Program;
use crate::run::PATH;

/// A rustc and its sysroot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rustc {
    program: PathBuf,
    sysroot: PathBuf,
}

impl Rustc {
    /// The rustc that Cargo would use in the folder `dir`: `$RUSTC`, or the
    /// one on PATH (rustup's `rust-toolchain.toml` and `+toolchain` count).
    /// Found once for each folder.
    ///
    /// # Errors
    ///
    /// There is none, or it does not answer.
    pub fn find(dir: &Path) -> io::Result<Rustc> {
        static FOUND: Mutex<BTreeMap<PathBuf, Rustc>> = Mutex::new(BTreeMap::new());
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = found.get(dir) {
            return Ok(known.clone());
        }
        let new = Rustc::look_for(dir)?;
        found.insert(dir.to_owned(), new.clone());
        Ok(new)
    }

    fn look_for(dir: &Path) -> io::Result<Rustc> {
        let name = format!("rustc{}", env::consts::EXE_SUFFIX);
        // Under Cargo, the compiler beside it is the one, and rustup, whose
        // proxies cost 20 ms a call, need not be asked.
        let beside_cargo = env::var_os("CARGO").and_then(|cargo| {
            let bin = Path::new(&cargo).parent()?;
            let sysroot = bin.parent()?;
            (bin.join(&name).is_file() && sysroot.join("lib/rustlib").is_dir())
                .then(|| sysroot.to_owned())
        });
        let asked = env::var_os("RUSTC").map(PathBuf::from);
        let sysroot = match (&asked, beside_cargo) {
            (None, Some(sysroot)) => sysroot,
            _ => {
                let rustc = asked.clone().unwrap_or_else(|| PathBuf::from("rustc"));
                PathBuf::from(answer(&rustc, &["--print", "sysroot"], dir)?)
            }
        };
        let direct = sysroot.join("bin").join(&name);
        let program = match asked {
            Some(asked) => asked,
            None if direct.is_file() => direct,
            None => PathBuf::from("rustc"),
        };
        Ok(Rustc { program, sysroot })
    }

    /// The compiler's own program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The folder of its libraries.
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// What it answers to `--version`.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn version(&self) -> io::Result<String> {
        answer(&self.program, &["--version"], &self.sysroot)
    }

    /// The compiler, to be run.
    pub fn compiler(&self) -> Program {
        let mut rustc = Program::new(&self.program);
        rustc
            .reads(&self.sysroot)
            // Where a block could ask for it, it must be the same everywhere.
            .env("TMPDIR", ".");
        if let Some(cc) = linker() {
            let mut option = OsString::from("linker=");
            option.push(&cc);
            rustc.arg("-C").arg(option).reads(cc);
        }
        rustc
    }
}

/// The C compiler that rustc links with, where it is not where rustc finds it by
/// itself.
fn linker() -> Option<PathBuf> {
    let within = |folders: &OsStr| {
        let mut found = env::split_paths(folders).map(|folder| folder.join("cc"));
        found.find(|cc| cc.is_absolute() && cc.is_file())
    };
    match within(OsStr::new(PATH)) {
        Some(_) => None,
        None => within(&env::var_os("PATH")?),
    }
}

/// Asks the compiler a question that no block has a part in.
fn answer(rustc: &Path, args: &[&str], dir: &Path) -> io::Result<String> {
    let output = Command::new(rustc)
        .args(args)
        .current_dir(dir)
        .output()
        .map_err(|error| {
            let rustc = rustc.display();
            let text = format!("{rustc} did not start: {error}; install Rust with rustup");
            io::Error::new(error.kind(), text)
        })?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "`{} {}` failed: {}",
            rustc.display(),
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
