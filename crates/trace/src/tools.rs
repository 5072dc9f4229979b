//! The processes: the compiler, and the traced program, both in the sandbox.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sandbox::{Ending, Limits, Outcome, Program, Rustc};

use crate::{Options, TraceError};

pub(crate) struct Tools {
    rustc: Rustc,
    cache: PathBuf,
    limits: Limits,
}

pub(crate) struct Compiled {
    pub success: bool,
    pub stderr: String,
}

impl Tools {
    pub fn new(options: &Options) -> Result<Self, TraceError> {
        let found = match &options.rustc {
            Some(rustc) => Ok(rustc.clone()),
            None => Rustc::find(Path::new(".")),
        };
        Ok(Tools {
            rustc: found.map_err(|error| TraceError {
                line: 1,
                message: format!("there is no compiler: {error}"),
            })?,
            cache: options.cache.clone().unwrap_or_else(std::env::temp_dir),
            limits: Limits {
                wall: options.limit,
                ..Limits::rust()
            },
        })
    }

    /// The compiler, with the options that every call has.
    pub fn rustc(&self) -> Program {
        let mut rustc = self.rustc.compiler();
        rustc.args(["--edition=2024", "-A", "warnings", "-C", "debuginfo=0"]);
        rustc
    }

    pub fn compile(&self, mut rustc: Program) -> Result<Compiled, TraceError> {
        let ran = sandbox::run(rustc.apart(), &Limits::compiler()).map_err(|error| TraceError {
            line: 1,
            message: format!("{error}; install Rust or set RUSTC"),
        })?;
        match ran.ending {
            Ending::Exit(code) => Ok(Compiled {
                success: code == 0,
                stderr: ran.errors,
            }),
            ending => Err(TraceError {
                line: 1,
                message: format!("the compiler {ending}"),
            }),
        }
    }

    pub fn run(&self, mut program: Program) -> Result<Outcome, TraceError> {
        sandbox::run(program.apart(), &self.limits).map_err(|error| TraceError {
            line: 1,
            message: format!("cannot run the traced program: {error}"),
        })
    }

    /// The runtime, compiled once for each compiler and kept.
    pub fn runtime(&self) -> Result<PathBuf, TraceError> {
        const TEXT: &str = include_str!("../runtime/lib.rs");
        static KNOWN: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());
        let root = &self.cache;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = known.get(root).filter(|p| p.exists()) {
            return Ok(path.clone());
        }
        let version = self.rustc.version().map_err(|error| TraceError {
            line: 1,
            message: error.to_string(),
        })?;
        let mut hasher = std::hash::DefaultHasher::new();
        (TEXT, &version).hash(&mut hasher);
        let folder = root.join(format!("memory-trace-{:016x}", hasher.finish()));
        let path = folder.join("lib__mt.rlib");
        if !path.exists() {
            std::fs::create_dir_all(&folder).map_err(|e| disk(&folder, &e))?;
            // Built aside and renamed: whole or not at all, whoever else builds it.
            let aside = tempfile::tempdir_in(&folder).map_err(|e| disk(&folder, &e))?;
            std::fs::write(aside.path().join("runtime.rs"), TEXT).map_err(|e| disk(&folder, &e))?;
            let mut command = self.rustc();
            command.folder(aside.path()).args([
                "--crate-name=__mt",
                "--crate-type=rlib",
                "-C",
                "opt-level=1",
                "runtime.rs",
            ]);
            let done = self.compile(command)?;
            if !done.success {
                return Err(rustc_failure(&done.stderr));
            }
            std::fs::rename(aside.path().join("lib__mt.rlib"), &path)
                .map_err(|e| disk(&folder, &e))?;
        }
        known.insert(root.clone(), path.clone());
        Ok(path)
    }
}

/// A folder for one trace, removed at its end.
pub(crate) fn folder() -> Result<tempfile::TempDir, TraceError> {
    sandbox::folder().map_err(|error| TraceError {
        line: 1,
        message: error.to_string(),
    })
}

/// A file could not be read or written.
pub(crate) fn disk(folder: &Path, error: &std::io::Error) -> TraceError {
    TraceError {
        line: 1,
        message: format!(
            "cannot work in {}: {error}; make room, or set TMPDIR",
            folder.display()
        ),
    }
}

/// The compiler failed where it should not.
pub(crate) fn rustc_failure(stderr: &str) -> TraceError {
    let text: String = stderr.chars().take(2000).collect();
    TraceError {
        line: 1,
        message: format!("the compiler failed: {text}"),
    }
}
