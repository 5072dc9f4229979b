//! Compiles and runs one block in another language than Rust.
//!
//! The sources lie in one temporary folder, and the program runs in another,
//! empty one, under [`Limits::guest`]. What a tool prints names its files without
//! their folder, so that it is the same on every machine.

mod go;
mod tool;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use sandbox::{Ending, Limits, Outcome, Program};
use tempfile::TempDir;

use self::tool::{find, java_tool, node, tool};

/// The code with which a sanitizer ends the program that it stops; none that a
/// program of the book would choose.
pub const STOPPED: i32 = 86;

/// A language that the book compares Rust with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// GNU C17 under AddressSanitizer (with LeakSanitizer on Linux) and
    /// UndefinedBehaviorSanitizer.
    C,
    /// GNU C++20 under the same.
    Cpp,
    /// An ES module for node, with `gc` in scope.
    JavaScript,
    /// A program of one file with a class `Main`.
    Java,
    /// A script for CPython 3.
    Python,
    /// A package `main` of one file, in the language of Go 1.19.
    Go,
}

/// What a program in C, C++ or Go is watched for while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Watch {
    /// Mistakes with memory. (Go and the others make none.)
    #[default]
    Memory,
    /// Data races: by ThreadSanitizer, or Go's race detector. It stops the program
    /// at the first.
    Races,
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
pub fn missing_tool(language: Language, watch: Watch) -> Option<&'static str> {
    needed(language, watch)
        .iter()
        .copied()
        .find(|tool| find(tool).is_none())
}

/// The programs that the language needs, where `PATH` has them.
pub fn tools(language: Language, watch: Watch) -> Vec<PathBuf> {
    needed(language, watch)
        .iter()
        .filter_map(|tool| find(tool))
        .collect()
}

fn needed(language: Language, watch: Watch) -> &'static [&'static str] {
    match language {
        Language::C => &["cc"],
        Language::Cpp => &["g++"],
        Language::JavaScript => &["node"],
        Language::Java => &["javac", "java"],
        Language::Python => &["python3"],
        Language::Go if watch == Watch::Races => &["go", "cc"],
        Language::Go => &["go"],
    }
}

/// Compiles a block and, if it compiles, runs it. With `may_warn` false, a block
/// that the compiler warns of is not run.
///
/// # Errors
/// The machine failed, not the block: a tool is missing, the disk is full.
pub fn judge(language: Language, watch: Watch, code: &str, may_warn: bool) -> Result<GuestRun> {
    judge_within(&Limits::guest(), language, watch, code, may_warn)
}

/// The same with other limits on the program than the book's.
///
/// # Errors
/// As for [`judge`].
pub fn judge_within(
    limits: &Limits,
    language: Language,
    watch: Watch,
    code: &str,
    may_warn: bool,
) -> Result<GuestRun> {
    let place = Place {
        language,
        watch,
        limits: *limits,
        sources: sandbox::folder()?,
        room: sandbox::folder()?,
    };
    match language {
        Language::C => place.c(code, may_warn),
        Language::JavaScript => place.javascript(code),
        Language::Cpp => place.cpp(code, may_warn),
        Language::Java => place.java(code, may_warn),
        Language::Python => place.python(code),
        Language::Go => place.go(code, may_warn),
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

/// What tells the judge that an exception ended the program, in each language.
const THROWN_CPP: &str = include_str!("../runtime/thrown.cpp");
const THROWN_JAVA: &str = include_str!("../runtime/Thrown.java");
const THROWN_JAVASCRIPT: &str = include_str!("../runtime/thrown.cjs");
const THROWN_PYTHON: &str = include_str!("../runtime/thrown.py");

/// Where a block is made into a program, and where that runs.
struct Place {
    language: Language,
    watch: Watch,
    limits: Limits,
    sources: TempDir,
    room: TempDir,
}

impl Place {
    fn c(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("main.c", code)?;
        let mut cc = tool("cc")?;
        cc.args(["-std=gnu17", "-Wall", "main.c", "report.c"]);
        self.compiled(cc, may_warn)
    }

    fn cpp(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("main.cpp", code)?;
        self.write("thrown.cpp", THROWN_CPP)?;
        let mut cc = tool("g++")?;
        cc.args(["-std=gnu++20", "-Wall", "-Wextra"])
            .args(["main.cpp", "thrown.cpp"]);
        self.compiled(cc, may_warn)
    }

    /// For a compiler of C or C++: watches the program, and runs it.
    fn compiled(&self, mut cc: Program, may_warn: bool) -> Result<GuestRun> {
        self.write("terminal.c", AS_ON_A_TERMINAL)?;
        self.write("report.c", REPORT)?;
        cc.args(["-g", "-o", "main", "terminal.c"]);
        match self.watch {
            Watch::Memory => cc
                .arg("-fsanitize=address,undefined")
                .arg("-fno-sanitize-recover=all"),
            Watch::Races => cc.args(["-fsanitize=thread", "-pthread"]),
        };
        cc.reads("/usr/include").reads("/usr/local/include");
        let mut main = Program::new(self.sources.path().join("main"));
        main.reports()
            .env("ASAN_OPTIONS", asan_options())
            // What a dead stack frame or a register still happens to hold keeps a
            // leak from being found, and differs between compilers. Without them,
            // what no global reaches at the end of the program is a leak.
            .env("LSAN_OPTIONS", "use_stacks=0:use_registers=0")
            .env("TSAN_OPTIONS", races_options(":"))
            .env("UBSAN_OPTIONS", format!("color=never:exitcode={STOPPED}"));
        self.compile_and_run(cc, main, may_warn)
    }

    fn java(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("Main.java", code)?;
        self.write("Thrown.java", THROWN_JAVA)?;
        let mut javac = java_tool("javac")?;
        // The first two options halve the time that it takes.
        javac
            .args(["-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1"])
            .args(["-J-Xmx512m", "-J-XX:-UsePerfData"])
            .args(["-J-Duser.language=en", "-encoding", "UTF-8"])
            .args(["Main.java", "Thrown.java"]);
        let mut java = java_tool("java")?;
        java.args(["-XX:+UseSerialGC", "-Xmx256m", "-Xshare:auto"])
            // Or it leaves a file in the system's temporary folder.
            .arg("-XX:-UsePerfData")
            .args(["-Duser.language=en", "-Dfile.encoding=UTF-8"])
            .args(["-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8"])
            .arg("-cp")
            .arg(self.sources.path())
            .args(["--add-opens", "java.base/java.io=ALL-UNNAMED", "Thrown"])
            .reports();
        self.compile_and_run(javac, java, may_warn)
    }

    fn python(&self, code: &str) -> Result<GuestRun> {
        let file = self.write("main.py", code)?;
        let thrown = self.write("thrown.py", THROWN_PYTHON)?;
        // Apart from the user's packages; each line comes out when it is printed.
        let options = ["-I", "-B", "-u", "-X", "utf8"];
        let mut program = tool("python3")?;
        program.args(options).arg(&thrown).arg(&file).reports();
        let parse = "import sys; compile(open(sys.argv[1]).read(), 'main.py', 'exec')";
        let mut check = tool("python3")?;
        check.args(options).args(["-c", parse]).arg(&file);
        self.interpreted(program, check)
    }

    fn javascript(&self, code: &str) -> Result<GuestRun> {
        let file = self.write("main.mjs", code)?;
        let thrown = self.write("thrown.cjs", THROWN_JAVASCRIPT)?;
        let mut program = node()?;
        program
            .args(["--expose-gc", "--max-old-space-size=256", "--no-warnings"])
            .arg("--require")
            .arg(&thrown)
            .arg(&file)
            .reports();
        let mut check = node()?;
        check
            .args(["--max-old-space-size=256", "--check"])
            .arg(&file);
        self.interpreted(program, check)
    }

    /// Runs a program that no compiler made. One that does not parse never starts,
    /// so one that ended well needs no second look, by `check`.
    fn interpreted(&self, program: Program, check: Program) -> Result<GuestRun> {
        let run = self.run(program)?;
        if let Ending::Exit(1..) = run.ending
            && let Err(refusal) = self.compile(check)?
        {
            return Ok(GuestRun::rejected(refusal));
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
        self.warned_and_run(warnings, program, may_warn)
    }

    /// Runs a program that was compiled, unless it was warned of.
    fn warned_and_run(
        &self,
        warnings: String,
        program: Program,
        may_warn: bool,
    ) -> Result<GuestRun> {
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
        let mut outcome = sandbox::run(&program, &self.limits())?;
        outcome.output = self.without_folders(&outcome.output);
        Ok(outcome)
    }

    /// The limits on a program, as its language needs them.
    fn limits(&self) -> Limits {
        const GIB: u64 = 1024 * 1024 * 1024;
        let mut limits = self.limits;
        match (self.language, self.watch) {
            // Where its own means end, a detector of races lays out its memory anew,
            // and needs addresses that are where it expects them.
            (_, Watch::Races) => limits.random_addresses = false,
            (Language::Python, _) => limits.address_space = Some(GIB),
            // Its runtime reserves as much before it starts.
            (Language::Go, _) => limits.address_space = Some(4 * GIB),
            _ => {}
        }
        limits
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
        if self.language == Language::Go {
            // Go names the package first, and files by where they are from here.
            text = text.replace("# main\n", "").replace("./main.go", "main.go");
            text = text.replace("vet: main.go", "main.go");
        }
        text
    }
}

/// For ThreadSanitizer, and Go's race detector, which is made of it.
fn races_options(between: &str) -> String {
    let options = [
        "halt_on_error=1",
        "color=never",
        "hard_rss_limit_mb=512",
        "symbolize=1",
        &format!("exitcode={STOPPED}"),
    ];
    options.join(between)
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
