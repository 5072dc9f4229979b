//! Compiles and runs one block in another language than Rust.
//!
//! The sources lie in one temporary folder, and the program runs in another,
//! empty one, under [`Limits::guest`]. What a tool prints names its files without
//! their folder, so that it is the same on every machine.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use sandbox::{Ending, Limits, Outcome, Program};
use tempfile::TempDir;

use crate::asan;

/// The code with which a sanitizer ends the program that it stops; none that a
/// program of the book would choose.
pub const STOPPED: i32 = 86;

/// A language that the book compares Rust with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// GNU C17 under AddressSanitizer (with LeakSanitizer on Linux) and
    /// UndefinedBehaviorSanitizer.
    C,
    /// An ES module for node, with `gc` in scope.
    JavaScript,
    /// A program of one file with a class `Main`.
    Java,
}

/// What came of a block.
#[derive(Clone, Debug)]
pub struct GuestRun {
    /// Whether it compiles, else the compiler's text. For JavaScript: whether it
    /// parses.
    pub compiled: Result<(), String>,
    /// What the compiler said of a block that compiles; empty if nothing.
    pub warnings: String,
    /// What the program did, if it came to run.
    pub run: Option<Outcome>,
    /// How the compiler ended, where a limit or a signal ended it.
    pub stopped: Option<Ending>,
}

impl GuestRun {
    fn rejected(refusal: Refusal) -> Self {
        Self {
            compiled: Err(refusal.text),
            warnings: String::new(),
            run: None,
            stopped: refusal.stopped,
        }
    }
}

/// What a compiler said that made no program.
struct Refusal {
    text: String,
    stopped: Option<Ending>,
}

/// The first program that the language needs and `PATH` does not have.
pub fn missing_tool(language: Language) -> Option<&'static str> {
    needed(language)
        .iter()
        .copied()
        .find(|tool| find(tool).is_none())
}

/// The programs that the language needs, where `PATH` has them.
pub fn tools(language: Language) -> Vec<PathBuf> {
    needed(language)
        .iter()
        .filter_map(|tool| find(tool))
        .collect()
}

fn needed(language: Language) -> &'static [&'static str] {
    match language {
        Language::C => &["cc"],
        Language::JavaScript => &["node"],
        Language::Java => &["javac", "java"],
    }
}

/// Compiles a block and, if it compiles, runs it. With `may_warn` false, a block
/// that the compiler warns of is not run.
///
/// # Errors
/// The machine failed, not the block: a tool is missing, the disk is full.
pub fn judge(language: Language, code: &str, may_warn: bool) -> Result<GuestRun> {
    judge_within(&Limits::guest(), language, code, may_warn)
}

/// The same with other limits on the program than the book's.
///
/// # Errors
/// As for [`judge`].
pub fn judge_within(
    limits: &Limits,
    language: Language,
    code: &str,
    may_warn: bool,
) -> Result<GuestRun> {
    let place = Place {
        language,
        limits: *limits,
        sources: sandbox::folder()?,
        room: sandbox::folder()?,
    };
    match language {
        Language::C => place.c(code, may_warn),
        Language::JavaScript => place.javascript(code),
        Language::Java => place.java(code, may_warn),
    }
}

/// Makes C's stdout flush at the end of each line even when it is a pipe, as it
/// does on a terminal. Otherwise all that a program printed before AddressSanitizer
/// stops it would be lost.
const AS_ON_A_TERMINAL: &str = "\
#include <stdio.h>
__attribute__((constructor)) static void as_on_a_terminal(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
";

/// Tells the judge that a sanitizer stopped the program.
const REPORT: &str = include_str!("../runtime/report.c");

/// Where a block is made into a program, and where that runs.
struct Place {
    language: Language,
    limits: Limits,
    sources: TempDir,
    room: TempDir,
}

impl Place {
    fn c(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write(asan::FILE, code)?;
        self.write("terminal.c", AS_ON_A_TERMINAL)?;
        self.write("report.c", REPORT)?;
        let mut cc = tool("cc")?;
        cc.args(["-std=gnu17", "-g", "-Wall", "-fsanitize=address,undefined"])
            .args(["-fno-sanitize-recover=all", "-o", "main"])
            .args([asan::FILE, "terminal.c", "report.c"]);
        cc.reads("/usr/include").reads("/usr/local/include");
        let mut main = Program::new(self.sources.path().join("main"));
        main.reports()
            .env("ASAN_OPTIONS", asan_options())
            // What a dead stack frame or a register still happens to hold keeps a
            // leak from being found, and differs between compilers. Without them,
            // what no global reaches at the end of the program is a leak.
            .env("LSAN_OPTIONS", "use_stacks=0:use_registers=0")
            .env("UBSAN_OPTIONS", format!("color=never:exitcode={STOPPED}"));
        self.compile_and_run(cc, main, may_warn)
    }

    fn java(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("Main.java", code)?;
        let mut javac = java_tool("javac")?;
        // The first two options halve the time that it takes.
        javac
            .args(["-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"])
            .args(["-J-Xmx512m", "-J-XX:-UsePerfData"])
            .args(["-J-Duser.language=en", "-encoding", "UTF-8", "Main.java"]);
        let mut java = java_tool("java")?;
        java.args(["-XX:+UseSerialGC", "-Xmx256m", "-Xshare:auto"])
            // Or it leaves a file in the system's temporary folder.
            .arg("-XX:-UsePerfData")
            .args(["-Duser.language=en", "-Dfile.encoding=UTF-8"])
            .args(["-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8"])
            .arg("-cp")
            .arg(self.sources.path())
            .arg("Main");
        self.compile_and_run(javac, java, may_warn)
    }

    fn javascript(&self, code: &str) -> Result<GuestRun> {
        let file = self.write("main.mjs", code)?;
        let mut program = node()?;
        program
            .args(["--expose-gc", "--max-old-space-size=256", "--no-warnings"])
            .arg(&file);
        let run = self.run(program)?;
        // A module that does not parse never starts, so one that ended well needs
        // no second look.
        if let Ending::Exit(1..) = run.ending {
            let mut check = node()?;
            check
                .args(["--max-old-space-size=256", "--check"])
                .arg(&file);
            if let Err(refusal) = self.compile(check)? {
                return Ok(GuestRun::rejected(refusal));
            }
        }
        Ok(GuestRun {
            compiled: Ok(()),
            warnings: String::new(),
            run: Some(run),
            stopped: None,
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        Ok(sandbox::put(self.sources.path(), name, text)?)
    }

    fn compile_and_run(
        &self,
        compiler: Program,
        program: Program,
        may_warn: bool,
    ) -> Result<GuestRun> {
        let warnings = match self.compile(compiler)? {
            Ok(warnings) => warnings,
            Err(refusal) => return Ok(GuestRun::rejected(refusal)),
        };
        let run = if warnings.is_empty() || may_warn {
            Some(self.run(program)?)
        } else {
            None
        };
        Ok(GuestRun {
            compiled: Ok(()),
            warnings,
            run,
            stopped: None,
        })
    }

    /// What the compiler said: of a block that compiles, or of one that does not.
    fn compile(&self, mut compiler: Program) -> Result<Result<String, Refusal>> {
        compiler.folder(self.sources.path());
        // A virtual machine reserves far more than it uses, and has limits of its own.
        let reserves = matches!(self.language, Language::Java | Language::JavaScript);
        let limits = Limits::compiler();
        let limits = Limits {
            address_space: limits.address_space.filter(|_| !reserves),
            ..limits
        };
        let outcome = sandbox::run(&compiler, &limits)?;
        let text = self.without_folders(&outcome.output);
        match outcome.ending {
            Ending::Exit(0) => Ok(Ok(text)),
            ending => Ok(Err(Refusal {
                text,
                stopped: (!matches!(ending, Ending::Exit(_))).then_some(ending),
            })),
        }
    }

    fn run(&self, mut program: Program) -> Result<Outcome> {
        sandbox::share(self.sources.path())?;
        program.room(self.room.path()).reads(self.sources.path());
        let mut outcome = sandbox::run(&program, &self.limits)?;
        outcome.output = self.without_folders(&outcome.output);
        Ok(outcome)
    }

    fn without_folders(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for folder in [&self.sources, &self.room] {
            let given = folder.path().to_path_buf();
            // macOS: /var is a link to /private/var, and tools follow it.
            let real = fs::canonicalize(&given).unwrap_or_else(|_| given.clone());
            for folder in [real, given] {
                let folder = format!("{}/", folder.display());
                text = text
                    .replace(&format!("file://{folder}"), "")
                    .replace(&folder, "");
            }
        }
        text
    }
}

fn asan_options() -> String {
    let mut options = vec![
        "abort_on_error=0".to_owned(),
        "color=never".to_owned(),
        // Where a compiler offers it at all, some have it on and some off.
        "detect_stack_use_after_return=1".to_owned(),
        format!("exitcode={STOPPED}"),
        "hard_rss_limit_mb=512".to_owned(),
        "print_legend=0".to_owned(),
        "symbolize=1".to_owned(),
    ];
    if cfg!(target_os = "linux") {
        options.push("detect_leaks=1".to_owned());
    }
    options.join(":")
}

/// A tool from `PATH`, which may read its own installation.
fn tool(name: &str) -> Result<Program> {
    let path = find(name).with_context(|| format!("`{name}` is not in PATH; install it"))?;
    let path = installed(path);
    let mut tool = Program::new(&path);
    if let Some(home) = path.parent().and_then(Path::parent)
        && home != Path::new("/usr")
        && home != Path::new("/")
    {
        tool.reads(home);
    }
    Ok(tool)
}

/// A tool that starts a Java virtual machine, which finds out about its system.
fn java_tool(name: &str) -> Result<Program> {
    let mut tool = tool(name)?;
    tool.reads("/proc");
    if let Some(home) = tool
        .path()
        .parent()
        .and_then(Path::parent)
        .map(Path::to_owned)
    {
        // Debian keeps a JDK's settings below `/etc`, and links to them.
        for settings in ["conf", "lib/jvm.cfg"] {
            let settings = fs::canonicalize(home.join(settings)).unwrap_or_default();
            let folder = if settings.is_dir() {
                Some(&*settings)
            } else {
                settings.parent()
            };
            if let Some(folder) = folder.filter(|folder| folder.is_absolute()) {
                tool.reads(folder);
            }
        }
    }
    Ok(tool)
}

/// node; Debian keeps parts of it in a folder of their own.
fn node() -> Result<Program> {
    let mut node = tool("node")?;
    node.reads("/proc")
        .reads("/usr/share/nodejs")
        // Its settings for encryption are the machine's.
        .env("OPENSSL_CONF", "/dev/null");
    Ok(node)
}

/// The program itself, where `PATH` has a link to it, or a version manager's
/// script, which looks below `HOME` for it.
fn installed(path: PathBuf) -> PathBuf {
    let path = fs::canonicalize(&path).unwrap_or(path);
    static KNOWN: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(path)
        .or_insert_with_key(|path| real(path).unwrap_or_else(|| path.clone()))
        .clone()
}

/// What a script in a tool's place starts. No block has a part in this.
fn real(path: &Path) -> Option<PathBuf> {
    if !fs::read(path).ok()?.starts_with(b"#!") {
        return None;
    }
    let name = path.file_name()?.to_str()?;
    let arguments: &[&str] = match name {
        "node" => &["-p", "process.execPath"],
        "java" => &["-XshowSettings:properties", "-version"],
        "javac" => &["-J-XshowSettings:properties", "-version"],
        _ => return None,
    };
    let output = Command::new(path).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let found = match name {
        "node" => PathBuf::from(text.trim()),
        _ => Path::new(
            text.lines()
                .find_map(|line| line.trim().strip_prefix("java.home = "))?,
        )
        .join("bin")
        .join(name),
    };
    found.is_file().then_some(found)
}

fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
