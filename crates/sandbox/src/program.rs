//! What is to be run: a description that nothing but [`run`](crate::run) can start.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A program, its arguments, and what it may reach.
///
/// Unlike [`std::process::Command`] it cannot start itself, so that nothing runs
/// outside the sandbox by mistake. Its environment holds a minimal `PATH`,
/// `TMPDIR` (the working folder), `RUST_BACKTRACE=0`, and what [`env`](Self::env)
/// adds: nothing of ours.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) program: PathBuf,
    pub(crate) name: Option<OsString>,
    pub(crate) args: Vec<OsString>,
    pub(crate) envs: Vec<(OsString, OsString)>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) reads: Vec<PathBuf>,
    pub(crate) writes: Vec<PathBuf>,
    pub(crate) discards: bool,
    pub(crate) apart: bool,
    pub(crate) reports: bool,
}

impl Program {
    /// The program in the file `program`; a bare name is looked for in the
    /// minimal `PATH`. It may read its own file.
    pub fn new(program: impl Into<PathBuf>) -> Program {
        Program {
            program: program.into(),
            name: None,
            args: Vec::new(),
            envs: Vec::new(),
            folder: None,
            reads: Vec::new(),
            writes: Vec::new(),
            discards: false,
            apart: false,
            reports: false,
        }
    }

    /// Adds an argument.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Program {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Program {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// What the program sees as its own name (its first argument), if not its path.
    pub fn named(&mut self, name: impl AsRef<OsStr>) -> &mut Program {
        self.name = Some(name.as_ref().to_owned());
        self
    }

    /// Sets a variable of its environment.
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Program {
        self.envs
            .push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The folder that it works in, which it may read and write. A guest (see
    /// [`Limits::processes`](crate::Limits::processes)) needs one from
    /// [`folder`](crate::folder()), which it comes to own.
    pub fn folder(&mut self, folder: impl AsRef<Path>) -> &mut Program {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// The same for an empty folder, of whose later contents nobody has a use: they
    /// may be gone when the run ends, and are limited by
    /// [`Limits::written`](crate::Limits::written) to the byte.
    pub fn room(&mut self, folder: impl AsRef<Path>) -> &mut Program {
        self.discards = true;
        self.folder(folder)
    }

    /// A file or folder (with all below it) that it may read and execute, besides
    /// the system's libraries and programs: its toolchain, its sources, a cache.
    /// `/proc`, which guests may read anyhow, shows the run's own processes alone.
    pub fn reads(&mut self, path: impl AsRef<Path>) -> &mut Program {
        self.reads.push(path.as_ref().to_owned());
        self
    }

    /// A folder that it may also write to. Another run can read what it leaves
    /// there, so this is for a cache that is filled before any block is judged.
    pub fn writes(&mut self, path: impl AsRef<Path>) -> &mut Program {
        self.writes.push(path.as_ref().to_owned());
        self
    }

    /// Keeps stderr apart from stdout, as [`Outcome::errors`](crate::Outcome::errors).
    pub fn apart(&mut self) -> &mut Program {
        self.apart = true;
        self
    }

    /// Gives the program a way to report besides its output, and a word that tells
    /// a report from others: the variable `JUDGE_REPORT`, a descriptor's number and
    /// the word with a colon between them. Whether the word came through,
    /// [`Outcome::reported`](crate::Outcome::reported) tells. It is for a runtime
    /// that hides both from the program before its first instruction.
    pub fn reports(&mut self) -> &mut Program {
        self.reports = true;
        self
    }

    /// The program's file, as given.
    pub fn path(&self) -> &Path {
        &self.program
    }
}
