//! The processes: the compiler, and the traced program.

use crate::{Options, TraceError};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What a process did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The time limit ended it.
    pub timed_out: bool,
}

/// Runs a command whose program, arguments and folder are set, with no input.
///
/// The default, [`run_with_limit`], has a time limit only; a book can put its
/// sandbox here.
pub type Run<'a> = &'a (dyn Fn(Command) -> std::io::Result<Ran> + Sync);

/// Runs a command, and ends it after `limit`.
pub fn run_with_limit(mut command: Command, limit: Duration) -> std::io::Result<Ran> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    fn reader(
        pipe: Option<impl std::io::Read + Send + 'static>,
    ) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                // What was read before an error is kept.
                let _ = pipe.read_to_end(&mut bytes);
            }
            bytes
        })
    }
    let stdout = reader(child.stdout.take());
    let stderr = reader(child.stderr.take());
    let start = Instant::now();
    let mut timed_out = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > limit {
            timed_out = true;
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |h: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&h.join().unwrap_or_default()).into_owned()
    };
    Ok(Ran {
        stdout: text(stdout),
        stderr: text(stderr),
        code: status.code(),
        timed_out,
    })
}

pub(crate) struct Tools<'a> {
    options: &'a Options<'a>,
}

pub(crate) struct Compiled {
    pub success: bool,
    pub stderr: String,
}

impl<'a> Tools<'a> {
    pub fn new(options: &'a Options<'a>) -> Self {
        Tools { options }
    }

    /// The compiler, with the options that every call has.
    pub fn rustc(&self) -> Command {
        let mut command = Command::new(match &self.options.rustc {
            Some(rustc) => rustc.clone().into_os_string(),
            None => std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()),
        });
        command.args(["--edition=2024", "-A", "warnings", "-C", "debuginfo=0"]);
        command
    }

    pub fn compile(&self, command: Command) -> Result<Compiled, TraceError> {
        let name = command.get_program().to_string_lossy().into_owned();
        let ran = run_with_limit(command, Duration::from_secs(120))
            .map_err(|error| missing(&name, &error))?;
        Ok(Compiled {
            success: ran.code == Some(0),
            stderr: ran.stderr,
        })
    }

    pub fn run(&self, command: Command) -> Result<Ran, TraceError> {
        let done = match self.options.run {
            Some(run) => run(command),
            None => run_with_limit(command, self.options.limit),
        };
        done.map_err(|error| TraceError {
            line: 1,
            message: format!("cannot run the traced program: {error}"),
        })
    }

    /// The runtime, compiled once for each compiler and kept.
    pub fn runtime(&self) -> Result<PathBuf, TraceError> {
        const TEXT: &str = include_str!("../runtime/lib.rs");
        static KNOWN: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());
        let root = self
            .options
            .cache
            .clone()
            .unwrap_or_else(std::env::temp_dir);
        let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(path) = known.get(&root).filter(|p| p.exists()) {
            return Ok(path.clone());
        }
        let mut command = self.rustc();
        command.arg("-vV");
        let name = command.get_program().to_string_lossy().into_owned();
        let version = run_with_limit(command, Duration::from_secs(20))
            .map_err(|error| missing(&name, &error))?;
        let mut hasher = std::hash::DefaultHasher::new();
        (TEXT, &version.stdout).hash(&mut hasher);
        let folder = root.join(format!("memory-trace-{:016x}", hasher.finish()));
        let path = folder.join("lib__mt.rlib");
        if !path.exists() {
            std::fs::create_dir_all(&folder).map_err(|e| disk(&folder, &e))?;
            // Built aside and renamed: whole or not at all, whoever else builds it.
            let aside = tempfile::tempdir_in(&folder).map_err(|e| disk(&folder, &e))?;
            std::fs::write(aside.path().join("runtime.rs"), TEXT).map_err(|e| disk(&folder, &e))?;
            let mut command = self.rustc();
            command.current_dir(aside.path()).args([
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
        known.insert(root, path.clone());
        Ok(path)
    }
}

/// A folder for one trace, removed at its end.
pub(crate) fn folder() -> Result<tempfile::TempDir, TraceError> {
    tempfile::Builder::new()
        .prefix("memory-trace-")
        .tempdir()
        .map_err(|e| disk(&std::env::temp_dir(), &e))
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

fn missing(name: &str, error: &std::io::Error) -> TraceError {
    TraceError {
        line: 1,
        message: format!("cannot run the compiler `{name}`: {error}; install Rust or set RUSTC"),
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
