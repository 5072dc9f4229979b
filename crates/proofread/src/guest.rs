//! Compiles and runs one block in another language than Rust.
//!
//! The sources lie in one temporary folder, and the program runs in another,
//! empty one, under [`Limits::guest`]. What a tool prints names its files without
//! their folder, so that it is the same on every machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
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
}

impl GuestRun {
    fn rejected(text: String) -> Self {
        Self {
            compiled: Err(text),
            warnings: String::new(),
            run: None,
        }
    }
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
/// The machine failed, not the block: a tool is missing or hangs, the disk is full.
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

/// Where a block is made into a program, and where that runs.
struct Place {
    limits: Limits,
    sources: TempDir,
    room: TempDir,
}

impl Place {
    fn c(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write(asan::FILE, code)?;
        self.write("terminal.c", AS_ON_A_TERMINAL)?;
        let mut cc = tool("cc")?;
        cc.args(["-std=gnu17", "-g", "-Wall", "-fsanitize=address,undefined"])
            .args(["-fno-sanitize-recover=all", "-o", "main"])
            .args([asan::FILE, "terminal.c"]);
        let mut main = Program::new(self.sources.path().join("main"));
        // Clang's runtime looks there for its symbolizer; GCC's needs none.
        pass_on(&mut main, "PATH");
        main.env("ASAN_OPTIONS", asan_options())
            // What a dead stack frame or a register still happens to hold keeps a
            // leak from being found, and differs between compilers. Without them,
            // what no global reaches at the end of the program is a leak.
            .env("LSAN_OPTIONS", "use_stacks=0:use_registers=0")
            .env("UBSAN_OPTIONS", format!("color=never:exitcode={STOPPED}"));
        self.compile_and_run(cc, main, may_warn)
    }

    fn java(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("Main.java", code)?;
        let mut javac = tool("javac")?;
        // The first two options halve the time that it takes.
        javac
            .args(["-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"])
            .args(["-J-Duser.language=en", "-encoding", "UTF-8", "Main.java"]);
        let mut java = tool("java")?;
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
        let mut node = tool("node")?;
        node.args(["--expose-gc", "--max-old-space-size=256", "--no-warnings"])
            .arg(&file);
        let run = self.run(node)?;
        // A module that does not parse never starts, so one that ended well needs
        // no second look.
        if let Ending::Exit(1..) = run.ending {
            let mut check = tool("node")?;
            check.arg("--check").arg(&file);
            if let Err(text) = self.compile(check)? {
                return Ok(GuestRun::rejected(text));
            }
        }
        Ok(GuestRun {
            compiled: Ok(()),
            warnings: String::new(),
            run: Some(run),
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.sources.path().join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    fn compile_and_run(
        &self,
        compiler: Program,
        program: Program,
        may_warn: bool,
    ) -> Result<GuestRun> {
        let warnings = match self.compile(compiler)? {
            Ok(warnings) => warnings,
            Err(text) => return Ok(GuestRun::rejected(text)),
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
        })
    }

    /// What the compiler said: of a block that compiles, or of one that does not.
    fn compile(&self, mut compiler: Program) -> Result<Result<String, String>> {
        compiler.folder(self.sources.path());
        let name = compiler.file().to_string_lossy().into_owned();
        let outcome = sandbox::run(&compiler, &Limits::compiler())?;
        let text = self.without_folders(&outcome.output);
        match outcome.ending {
            Ending::Exit(0) => Ok(Ok(text)),
            Ending::Exit(_) => Ok(Err(text)),
            ending => bail!("{name} {ending}\n{text}"),
        }
    }

    fn run(&self, mut program: Program) -> Result<Outcome> {
        sandbox::share(self.sources.path())?;
        program.folder(self.room.path());
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

/// A tool from `PATH`, with the little that it needs of our environment: version
/// managers put a program into `PATH` that looks below `HOME` for the real one.
fn tool(name: &str) -> Result<Program> {
    let path = find(name).with_context(|| format!("`{name}` is not in PATH; install it"))?;
    let mut command = Program::new(path);
    pass_on(&mut command, "PATH");
    pass_on(&mut command, "HOME");
    Ok(command)
}

fn pass_on(command: &mut Program, variable: &str) {
    if let Some(value) = env::var_os(variable) {
        command.env(variable, value);
    }
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
