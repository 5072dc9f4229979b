//! Judges Rust: one process of rustc for a block, one for its program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::Result;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};
use regex::{Captures, Regex};
use sandbox::{Ending, Limits, Program, Rustc};
use serde::Deserialize;

use crate::evidence::{Ask, Compilation, Evidence, Run, Task};

/// The file that a block is compiled as; the name that readers know from Cargo.
const SOURCE: &str = "src/main.rs";

/// The object that tells of panics.
const REPORT: &str = "report.o";

/// A rustc, found once.
pub struct Toolchain {
    rustc: Rustc,
    limits: Limits,
    /// A sysroot without the library's sources, where they are installed.
    bare: Option<tempfile::TempDir>,
}

impl Toolchain {
    /// The rustc that Cargo would use in the folder `dir` (see [`Rustc::find`]).
    ///
    /// # Errors
    ///
    /// There is none, or it does not answer.
    pub fn find(dir: &Path) -> Result<Toolchain> {
        let rustc = Rustc::find(dir)?;
        let bare = bare_sysroot(rustc.sysroot())?;
        Ok(Toolchain {
            rustc,
            limits: Limits::compiler(),
            bare,
        })
    }

    /// The same compiler with other limits than [`Limits::compiler`].
    pub fn within(self, limits: Limits) -> Toolchain {
        Toolchain { limits, ..self }
    }

    /// Runs the compiler.
    pub(crate) fn run(&self, rustc: &Program) -> Result<sandbox::Outcome> {
        Ok(sandbox::run(rustc, &self.limits)?)
    }

    /// `rustc 1.95.0`, without hash and date.
    ///
    /// # Errors
    ///
    /// The compiler does not answer.
    pub fn version(&self) -> Result<String> {
        let version = self.rustc.version()?;
        Ok(version.split(" (").next().unwrap_or(&version).to_owned())
    }

    /// The compiler that was found.
    pub fn rustc(&self) -> &Rustc {
        &self.rustc
    }

    /// The compiler's own program.
    pub fn program(&self) -> &Path {
        self.rustc.program()
    }

    /// What tells this compiler from others, without starting it.
    pub fn fingerprint(&self) -> String {
        crate::memory::fingerprint(self.program())
    }

    /// Compiles the task's program, and runs it if asked.
    ///
    /// # Errors
    ///
    /// The machine failed (no disk, no rustc), not the program.
    pub fn judge(&self, task: &Task) -> Result<Evidence> {
        let dir = sandbox::folder()?;
        let (source, wrapped) = wrap(&task.code);
        sandbox::put(dir.path(), SOURCE, source)?;
        put_report(dir.path())?;

        let mut compilation = match task.ask {
            // Borrow errors come without code generation, in half the time.
            Ask::Reject => self.compile(dir.path(), task, wrapped, "metadata")?,
            _ => Compilation {
                accepted: true,
                ..Compilation::default()
            },
        };
        if compilation.accepted {
            compilation = self.compile(dir.path(), task, wrapped, "link")?;
        }
        let mut evidence = Evidence {
            compilation,
            ..Evidence::default()
        };
        if task.ask == Ask::Run && evidence.compilation.accepted {
            let run = start(dir.path(), None)?;
            evidence.run = Some(settled(run, wrapped));
        }
        Ok(evidence)
    }

    /// rustc for a block in the folder `dir`, where [`put_report`] was.
    pub(crate) fn block(&self, dir: &Path, source: &str, emit: &str, unused: bool) -> Program {
        let mut rustc = self.command(dir, source, &["--crate-type=bin", "--crate-name=main"]);
        rustc
            .args(["--error-format=json", "--diagnostic-width=140"])
            .arg(format!("--emit={emit}"))
            .args(["-o", "main"]);
        if emit == "link" {
            rustc.arg("-C").arg(format!("link-arg={REPORT}"));
        }
        if !unused {
            rustc.args(["-A", "unused"]);
        }
        rustc
    }

    /// rustc in the folder `dir`, with all that every call has in common.
    pub(crate) fn command(&self, dir: &Path, source: &str, arguments: &[&str]) -> Program {
        let mut rustc = self.rustc.compiler();
        rustc
            .folder(dir)
            .arg(source)
            .arg("--edition=2024")
            .args(arguments);
        if let Some(bare) = &self.bare {
            rustc.arg("--sysroot").arg(bare.path()).reads(bare.path());
        }
        rustc
    }

    fn compile(&self, dir: &Path, task: &Task, wrapped: bool, emit: &str) -> Result<Compilation> {
        let rustc = self.block(dir, SOURCE, emit, task.warnings_matter);
        let outcome = self.run(&rustc)?;
        let accepted = outcome.ending.success();
        let said = Said::read(&outcome.output, wrapped);
        // One that rejects a program says why, and exits.
        let spoke = said.uncoded || !said.errors.is_empty();
        let judged = matches!(outcome.ending, Ending::Exit(_)) && (accepted || spoke);
        Ok(Compilation {
            stopped: (!judged).then_some(outcome.ending),
            ..said.compilation(accepted)
        })
    }
}

/// Writes the object that is linked with each block into its folder.
pub(crate) fn put_report(dir: &Path) -> Result<()> {
    let object = include_bytes!(concat!(env!("OUT_DIR"), "/report.o"));
    sandbox::put(dir, REPORT, object)?;
    Ok(())
}

/// Runs `main` of the folder, in an empty folder of its own. `name` is what the
/// program sees as its own name, if not its path.
pub(crate) fn start(dir: &Path, name: Option<&str>) -> Result<sandbox::Outcome> {
    let room = sandbox::folder()?;
    // The program may run as another user, who must find it.
    sandbox::share(dir)?;
    let mut main = Program::new(dir.join("main"));
    main.room(room.path()).reads(dir).reports();
    if let Some(name) = name {
        main.named(name);
    }
    Ok(sandbox::run(&main, &Limits::rust())?)
}

/// Where the component `rust-src` is installed, rustc quotes the library's
/// source in its messages. A sysroot that lacks just this folder keeps them
/// the same for everyone.
#[cfg(unix)]
fn bare_sysroot(sysroot: &Path) -> Result<Option<tempfile::TempDir>> {
    let rustlib = sysroot.join("lib/rustlib");
    if !rustlib.join("src").exists() {
        return Ok(None);
    }
    let bare = sandbox::folder()?;
    let twin = bare.path().join("lib/rustlib");
    fs::create_dir_all(&twin)?;
    for entry in fs::read_dir(&rustlib)? {
        let entry = entry?;
        if entry.file_name() != "src" {
            std::os::unix::fs::symlink(entry.path(), twin.join(entry.file_name()))?;
        }
    }
    Ok(Some(bare))
}

#[cfg(not(unix))]
fn bare_sysroot(_: &Path) -> Result<Option<tempfile::TempDir>> {
    Ok(None)
}

/// The program to compile, and whether a `fn main` was put around it, one
/// line above the code, as mdBook and rustdoc do: unless it has a function of
/// that name itself.
///
/// ```
/// use proofread::rust::wrap;
/// assert_eq!(wrap("let x = 1;\n"), ("fn main() {\nlet x = 1;\n\n}\n".to_owned(), true));
/// assert_eq!(wrap("fn main() {}\n"), ("fn main() {}\n".to_owned(), false));
/// ```
pub fn wrap(code: &str) -> (String, bool) {
    if has_main(code) {
        return (code.to_owned(), false);
    }
    // rustdoc's sign that the block uses `?`.
    let program = if code.trim_end().ends_with("(())") {
        format!(
            "fn main() {{ fn inner() -> core::result::Result<(), impl core::fmt::Debug> {{\n{code}\n}} inner().unwrap() }}\n"
        )
    } else {
        format!("fn main() {{\n{code}\n}}\n")
    };
    (program, true)
}

/// Whether the code has a function `main` of its own, outside all braces. (The
/// words in a text or a comment are none.)
///
/// ```
/// use proofread::rust::has_main;
/// assert!(has_main("#[test]\npub fn /* the */ main() {}\n"));
/// assert!(!has_main("// no fn main\nlet text = \"fn main() {}\";\nfn main_menu() {}\n"));
/// ```
pub fn has_main(code: &str) -> bool {
    let (mut at, mut depth, mut after_fn) = (0, 0usize, false);
    for token in tokenize(code, FrontmatterAllowed::No) {
        let text = &code[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::Whitespace
            | TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. } => continue,
            TokenKind::Ident if after_fn && depth == 0 && text == "main" => return true,
            TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        after_fn = token.kind == TokenKind::Ident && text == "fn";
    }
    false
}

/// One of rustc's diagnostics, as its JSON has it.
#[derive(Deserialize)]
pub(crate) struct Diagnostic {
    message: String,
    code: Option<Code>,
    level: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
    explanation: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    is_primary: bool,
}

impl Diagnostic {
    /// The file that it is about; none for rustc's closing lines.
    pub(crate) fn file(&self) -> Option<&str> {
        let primary = self.spans.iter().find(|span| span.is_primary)?;
        Some(&primary.file_name)
    }

    fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }
}

/// What rustc said, summed up.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) errors: BTreeSet<String>,
    pub(crate) uncoded: bool,
    warnings: BTreeSet<String>,
    text: String,
}

/// rustc's JSON: its diagnostics, one a line, and lines that are not its own
/// (the linker's, say).
pub(crate) fn diagnostics(json: &str) -> (Vec<Diagnostic>, String) {
    let mut foreign = String::new();
    let diagnostics = json
        .lines()
        .filter_map(|line| match serde_json::from_str(line) {
            Ok(diagnostic) => Some(diagnostic),
            Err(_) => {
                foreign.push_str(line);
                foreign.push('\n');
                None
            }
        })
        .collect();
    (diagnostics, foreign)
}

impl Said {
    fn read(json: &str, wrapped: bool) -> Said {
        let (diagnostics, foreign) = diagnostics(json);
        let mut said = Said {
            text: foreign,
            ..Said::default()
        };
        for diagnostic in &diagnostics {
            said.add(diagnostic, |text| {
                if wrapped { lift(text) } else { text.to_owned() }
            });
        }
        said
    }

    /// Adds a diagnostic, its text changed by `with`.
    fn add(&mut self, diagnostic: &Diagnostic, with: impl Fn(&str) -> String) {
        let closing = diagnostic.message.starts_with("aborting due to");
        match &diagnostic.code {
            Some(code) if diagnostic.is_error() => {
                self.errors.insert(code.code.clone());
            }
            None if diagnostic.is_error() => self.uncoded |= !closing,
            Some(code) if diagnostic.level == "warning" => {
                self.warnings.insert(code.code.clone());
            }
            _ => {}
        }
        self.say(&with(
            diagnostic.rendered.as_ref().unwrap_or(&diagnostic.message),
        ));
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push_str("\n\n");
    }

    /// What rustc would have said had it been asked about these diagnostics
    /// alone: they, and its closing lines.
    pub(crate) fn alone(diagnostics: &[&Diagnostic], with: impl Fn(&str) -> String) -> Said {
        let mut said = Said::default();
        for diagnostic in diagnostics {
            said.add(diagnostic, &with);
        }
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        let warnings = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == "warning")
            .count();
        let number = |count: usize, thing: &str| match count {
            1 => format!("1 {thing}"),
            count => format!("{count} {thing}s"),
        };
        let emitted = format!("{} emitted", number(warnings, "warning"));
        match (errors, warnings) {
            (0, 0) => {}
            (0, _) => said.say(&format!("warning: {emitted}")),
            (_, 0) => said.say(&format!(
                "error: aborting due to {}",
                number(errors, "previous error")
            )),
            _ => said.say(&format!(
                "error: aborting due to {}; {emitted}",
                number(errors, "previous error")
            )),
        }
        let explained: BTreeSet<&str> = diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.code.as_ref())
            .filter(|code| code.explanation.is_some())
            .map(|code| code.code.as_str())
            .collect();
        if let Some(first) = explained.first() {
            let which = if explained.len() == 1 { "this" } else { "an" };
            if explained.len() > 1 {
                let all: Vec<&str> = explained.iter().copied().collect();
                said.say(&format!(
                    "Some errors have detailed explanations: {}.",
                    all.join(", ")
                ));
                // rustc prints these two lines without a blank one between them.
                said.text.pop();
            }
            said.say(&format!(
                "For more information about {which} error, try `rustc --explain {first}`."
            ));
        }
        said
    }

    /// The same as a fact about a block.
    pub(crate) fn compilation(self, accepted: bool) -> Compilation {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push('\n');
        }
        Compilation {
            accepted,
            errors: self.errors,
            uncoded: self.uncoded,
            warnings: self.warnings,
            text: settle(&text),
            stopped: None,
        }
    }
}

/// A run's outcome, made the same on every machine.
pub(crate) fn settled(run: sandbox::Outcome, wrapped: bool) -> Run {
    let output = if wrapped {
        unwrap_positions(&run.output)
    } else {
        run.output
    };
    Run {
        output: settle(&output),
        is_text: run.is_text,
        ending: run.ending,
        reported: run.reported,
    }
}

/// Takes the wrapper's line out of a diagnostic's line numbers, and out of
/// the width of their column.
///
/// ```
/// let wrapped = "error: x\n  --> src/main.rs:10:1\n   |\n 9 |  a\n10 |  b\n   = note: n\n";
/// let lifted = "error: x\n --> src/main.rs:9:1\n  |\n8 |  a\n9 |  b\n  = note: n\n";
/// assert_eq!(proofread::rust::lift(wrapped), lifted);
/// ```
pub fn lift(rendered: &str) -> String {
    static NUMBERED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^( *)(\d+)( [|+~-].*)$").expect("a constant pattern"));
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^( *)(-->|:::) src/main\.rs:(\d+):").expect("a constant pattern")
    });

    let mut old_width = 0;
    let mut highest = 0usize;
    for line in rendered.lines() {
        let number = if let Some(found) = NUMBERED.captures(line) {
            old_width = found[1].len() + found[2].len();
            found[2].parse().unwrap_or(0)
        } else if let Some(found) = HEADER.captures(line) {
            old_width = old_width.max(found[1].len());
            found[3].parse().unwrap_or(0)
        } else {
            0
        };
        highest = highest.max(number);
    }
    let narrower =
        old_width > 1 && highest.saturating_sub(1).to_string().len() < highest.to_string().len();
    let width = old_width - usize::from(narrower);
    let margin = " ".repeat(old_width);
    let mut lifted: String = rendered
        .lines()
        .map(|line| {
            let line = if let Some(found) = NUMBERED.captures(line) {
                let number = found[2].parse::<usize>().unwrap_or(1).saturating_sub(1);
                format!("{number:>width$}{}", &found[3])
            } else if narrower && line.starts_with(&margin) {
                line[1..].to_owned()
            } else {
                line.to_owned()
            };
            let line = HEADER.replace(&line, |found: &Captures<'_>| {
                let number = found[3].parse::<usize>().unwrap_or(1).saturating_sub(1);
                format!("{}{} {SOURCE}:{number}:", &found[1], &found[2])
            });
            format!("{line}\n")
        })
        .collect();
    if !rendered.ends_with('\n') {
        lifted.pop();
    }
    lifted
}

/// The same for the positions that panics print.
fn unwrap_positions(output: &str) -> String {
    static POSITION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"panicked at src/main\.rs:(\d+):").expect("a constant pattern")
    });
    POSITION
        .replace_all(output, |found: &Captures<'_>| {
            let line = found[1].parse::<usize>().unwrap_or(1).saturating_sub(1);
            format!("panicked at {SOURCE}:{line}:")
        })
        .into_owned()
}

/// Makes a text the same on every machine and run: the hash in the library's
/// paths and the number of a panicking thread are not the program's doing.
///
/// ```
/// let said = "thread 'main' (4711) panicked at src/main.rs:2:5:\nlate\n";
/// assert_eq!(proofread::rust::settle(said), "thread 'main' panicked at src/main.rs:2:5:\nlate\n");
/// ```
pub fn settle(text: &str) -> String {
    static HASH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"/rustc/[0-9a-f]{40}/").expect("a constant pattern"));
    static THREAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^thread ('.*?'|<unnamed>) \(\d+\) ").expect("a constant pattern")
    });
    // Where a long type's whole name went to.
    static LONG_TYPE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"long-type-\d+\.txt").expect("a constant pattern"));
    let text = HASH.replace_all(text, "/rustc/HASH/");
    let text = LONG_TYPE.replace_all(&text, "long-type-HASH.txt");
    THREAD.replace_all(&text, "thread $1 ").into_owned()
}

/// Splits what a panicking program printed: its own output, and the panic's
/// message, from `thread '…' panicked at` to the note on backtraces.
///
/// ```
/// let all = "one\nthread 'main' panicked at src/main.rs:3:5:\nlate\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\ndropped\n";
/// let (own, panic) = proofread::rust::split_panic(all).unwrap();
/// assert_eq!(own, "one\ndropped\n");
/// assert!(panic.starts_with("thread 'main' panicked") && panic.contains("late"));
/// ```
pub fn split_panic(output: &str) -> Option<(String, String)> {
    static PANIC: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?ms)^\n?thread [^\n]* panicked at .*?(^note: run with [^\n]*backtrace\n|\z)")
            .expect("a constant pattern")
    });
    let found = PANIC.find(output)?;
    let own = format!("{}{}", &output[..found.start()], &output[found.end()..]);
    Some((own, found.as_str().trim_start_matches('\n').to_owned()))
}
