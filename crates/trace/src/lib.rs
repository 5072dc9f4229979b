//! Memory pictures drawn from real runs of Rust programs, on stable Rust.
//!
//! A program goes in, with marks: trailing comments `// ①` to `// ⑳`, each on
//! the line on which a statement ends. Out come its stacks and its heap after
//! each marked statement, as text, as JSON or as mermaid.
//!
//! ```
//! let source = "fn main() {
//!     let s1 = String::from(\"hello\"); // ①
//!     let s2 = s1; // ②
//!     println!(\"{s2}\");
//! }";
//! let trace = trace::trace(source, &trace::Options::default())?;
//! assert_eq!(
//!     trace::text(&trace),
//!     "\
//! ── after ① line 2 ──
//! main
//!   s1: String = len 5, cap 5
//! heap
//!   h1: 5 bytes = \"hello\"
//! arrows
//!   s1 owns h1.
//!
//! ── after ② line 3 ──
//! main
//!   s1: String = len 5, cap 5  [moved to `s2` on line 3]
//!   s2: String = len 5, cap 5
//! heap
//!   h1: 5 bytes = \"hello\"
//! arrows
//!   s2 owns h1.
//!
//! "
//! );
//! assert_eq!(trace.output, "hello\n");
//!
//! let (head, picture) = &trace::mermaid(&trace)[1];
//! assert_eq!(head, "%% after ② line 3");
//! assert!(picture.contains("main_s1[\"s1: String<br/>len 5, cap 5<br/>✗ moved to s2, line 3\"]"));
//! assert!(picture.contains("main_s2 --> h1"));
//! # Ok::<(), trace::TraceError>(())
//! ```
//!
//! A mark in a loop, or in a function that is called several times, draws each
//! pass; `// ① pass 3` draws the third only. Without marks there is one picture
//! at the end of `main`, or one after each statement
//! ([`Options::each_statement`]). [`borrows()`] draws one chart of who lends what
//! to whom, for programs that compile and for those that the borrow checker
//! refuses.
//!
//! # How it knows
//!
//! - **Values and places**: the program is parsed with `syn`, and calls are put
//!   in that report each variable as it gets its value. A small runtime, linked
//!   as a crate, reads them at the marks; code made for each struct and enum of
//!   the program walks its fields. No line is added, and columns in what the
//!   program prints are put right again.
//! - **The heap**: a counting allocator knows every live block. It always moves
//!   a block that grows, and uses no address twice, so pictures do not hang on
//!   the system's allocator.
//! - **Closures and adapters of iterators**: what lies in them, and where, stands in
//!   the debug information of the compiled program, which is read before it runs. The
//!   type behind a `dyn Fn` is found by its table of methods.
//! - **Permissions**: the compiler is asked what may be read, changed or moved,
//!   and who holds a loan. Each question stands alone in a copy of its function,
//!   such as `let _ = &mut x;` behind the statement, because the compiler judges
//!   every function by itself: so questions cannot disturb each other, in loops
//!   neither. A call of the compiler answers up to 250 of them. `tests/oracle`
//!   holds the answers against the compiler asked one question a call.
//!
//! # What is traced
//!
//! Numbers, `bool`, `char`, `()`, tuples up to six, arrays, slices, `str`,
//! `String`, `Vec`, `VecDeque`, `Box`, `Rc`, `Arc`, both `Weak`s, `Cell`,
//! `RefCell` and its guards, `OnceCell`, `Mutex` and its guard, atomics,
//! `Option`, `Result`, `Cow`, `HashMap`, `HashSet`, `BTreeMap`, `BTreeSet` (as
//! one value each), ranges, closures with what they captured, also behind `dyn Fn`,
//! iterators over lists and texts (`Iter`, `IterMut`, `IntoIter`, `Chars`) and adapters
//! of them (`Map`, `Peekable` and the like), raw pointers (never followed),
//! `dyn Trait` for traits of the program; structs and enums of the program,
//! generic ones and those with `Drop` or lifetimes; references to all of these
//! and to parts of them; calls, recursion, methods, trait methods, closures,
//! loops, `match`, `if let`, `let else`, shadowing, inner blocks, partial moves,
//! temporaries that live on, drops, panics, statics, promoted constants, threads
//! that are joined and scoped threads.
//!
//! What has no walker (types of the library that are not listed, closures in fields and
//! where a generic function was called with several) is shown by its size, with the
//! addresses of blocks and variables that stand in its bytes. A literal of which the
//! program reaches only a part is shown *in part*. In programs with threads, blocks that no
//! variable leads to are left out: the library's own come and go with
//! scheduling. A value moved on a path that may not have run is said to have
//! been moved *maybe*. In the frames of callers, questions are asked where the
//! running call begins, behind the arguments that it was given.
//!
//! # What is refused
//!
//! With a [`TraceError`] that names the line: a mark that is alone on its line,
//! trails no statement, is there twice, or is not reached; programs that do not
//! compile; `async`; macros of the program that declare variables or items;
//! packed structs; modules in other files and other crates; `include!` and
//! `asm!`; an allocator of the program's own; threads started inside a macro's
//! arguments, and pictures taken while another thread may run; calls that come
//! to a mark by a way that cannot be followed, such as a macro of the program; more than 200 pictures or 4,000 values; programs that do not end.
//!
//! Sizes and layouts are those of the machine that runs it: a 64-bit one for the
//! book. The program runs in the `sandbox`, within [`sandbox::Limits::rust`].

mod borrows;
mod bytes;
mod layouts;
mod lifetimes;
mod marks;
mod mermaid;
mod model;
mod permissions;
mod picture;
mod program;
mod raw;
mod text;
mod tools;
mod walkers;

pub use borrows::{borrows, rejection};
pub use bytes::bytes;
pub use lifetimes::lifetimes;
pub use mermaid::{describe, mermaid};
pub use model::*;
pub use text::{json, text};

use std::time::Duration;

/// The version of the JSON that [`json`] writes.
pub const VERSION: u32 = 1;

/// How a program is traced.
pub struct Options {
    /// The name of the program's file, as panic messages give it.
    pub file: String,
    /// Without marks, a step for each statement instead of one at the end of `main`.
    pub each_statement: bool,
    /// The compiler; by default `$RUSTC`, or `rustc` on PATH.
    pub rustc: Option<sandbox::Rustc>,
    /// How long the program may run.
    pub limit: Duration,
    /// Where the compiled runtime is kept between traces; by default in a
    /// folder of the system's temporary one.
    pub cache: Option<std::path::PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            file: "main.rs".into(),
            each_statement: false,
            rustc: None,
            limit: Duration::from_secs(10),
            cache: None,
        }
    }
}

/// Why a program was not traced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// Line of the program, from 1.
    pub line: usize,
    /// What stands there, and what to do.
    pub message: String,
}

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for TraceError {}

/// Traces a program: instruments it, compiles it (with `$RUSTC`, or `rustc` on
/// the path), asks the compiler for permissions, and runs it once.
///
/// The example at the top of the crate shows what goes in and comes out.
pub fn trace(source: &str, options: &Options) -> Result<Trace, TraceError> {
    let program = program::Program::new(source, options.each_statement)?;
    let tools = tools::Tools::new(options)?;
    let folder = tools::folder()?;
    let here = folder.path();
    let runtime = tools.runtime()?;
    // The two calls of the compiler know nothing of each other.
    let (answers, built) = std::thread::scope(|scope| {
        let built = scope.spawn(|| build(&program, &tools, here, &runtime, &options.file));
        let answers = permissions::ask(&program, &tools, here);
        (answers, built.join())
    });
    let answers = answers?;
    let columns = match built {
        Ok(columns) => columns?,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let hidden: String = answers
        .iter()
        .filter_map(|(&(place, variable), answer)| {
            let place = match place {
                permissions::Place::After(p) => format!("A {p}"),
                permissions::Place::During(s) => format!("D {s}"),
            };
            if answer.finding.hides() {
                let left = if kept_its_words(&program, &answer.finding) {
                    " *"
                } else {
                    ""
                };
                return Some(format!("{place} {variable}{left}\n"));
            }
            match &answer.finding {
                permissions::Finding::Partly { fields, .. } => {
                    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                    Some(format!("{place} {variable} {}\n", names.join(" ")))
                }
                _ => None,
            }
        })
        .collect();
    std::fs::write(here.join("hidden"), hidden).map_err(|e| tools::disk(here, &e))?;
    let executable = std::fs::read(here.join(PROGRAM)).map_err(|e| tools::disk(here, &e))?;
    std::fs::write(here.join("layouts"), layouts::lines(&executable, &program))
        .map_err(|e| tools::disk(here, &e))?;
    let mut traced = sandbox::Program::new(here.join(PROGRAM));
    traced.folder(here);
    let ran = tools.run(traced)?;
    let events = sandbox::read_back(&here.join("events")).map_err(|e| tools::disk(here, &e))?;
    let output = columns.repair(&ran.output, &options.file);
    let errors = columns.repair(&ran.errors, &options.file);
    picture::build(
        &program, &answers, &events, output, errors, ran.ending, options,
    )
}

const PROGRAM: &str = if cfg!(windows) {
    "program.exe"
} else {
    "program"
};

/// Compiles the instrumented program, first with bounds on its type
/// parameters, so that generic code shows its values, and with a note before
/// every call; then without.
fn build(
    program: &program::Program,
    tools: &tools::Tools,
    folder: &std::path::Path,
    runtime: &std::path::Path,
    file: &str,
) -> Result<program::Columns, TraceError> {
    let mut last = None;
    let mut plain = std::collections::BTreeSet::new();
    let mut ways = [(true, true), (false, true), (true, false), (false, false)].into_iter();
    let mut way = ways.next();
    while let Some((bounds, calls)) = way {
        let program::Instrumented {
            text,
            columns,
            places,
        } = program.instrument(bounds, calls, &plain);
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| tools::disk(folder, &e))?;
        }
        std::fs::write(&path, &text).map_err(|e| tools::disk(folder, &e))?;
        let mut command = tools.rustc();
        command
            .folder(folder)
            .env("MEMORY_TRACE_FOLDER", folder)
            .args([
                "--crate-name=main",
                "--crate-type=bin",
                // What lies in a closure or in `Map` stands there alone.
                "-C",
                "debuginfo=2",
                "--error-format=json",
                "--extern",
            ])
            .arg(format!("__mt={}", runtime.display()))
            .reads(runtime)
            .args(["-o", PROGRAM, file]);
        let done = tools.compile(command)?;
        if done.success {
            return Ok(columns);
        }
        let errors = permissions::errors(&done.stderr);
        // Types that nobody can walk, such as `!`, are read by bytes.
        let mut unknown = std::collections::BTreeSet::new();
        for span in errors
            .iter()
            .flat_map(|d| &d.spans)
            .filter(|s| s.is_primary)
        {
            let at = permissions::outermost(span).byte_start;
            unknown.extend(
                places
                    .iter()
                    .filter(|(r, _)| r.contains(&at))
                    .map(|(_, v)| *v),
            );
        }
        if unknown.is_subset(&plain) {
            way = ways.next();
        }
        plain.extend(unknown);
        last = errors
            .into_iter()
            .find(|d| d.spans.iter().any(|s| s.is_primary))
            .or(last);
        if last.is_none() {
            return Err(tools::rustc_failure(&done.stderr));
        }
    }
    let Some(d) = last else {
        return Err(TraceError {
            line: 1,
            message: "the program could not be instrumented".into(),
        });
    };
    let line = d
        .spans
        .iter()
        .find(|s| s.is_primary)
        .map_or(1, |s| permissions::outermost(s).line_start);
    Err(TraceError {
        line,
        message: format!(
            "the tracer cannot follow what stands here: with its calls put in, the compiler says \
             {}{}; write it in simpler statements",
            d.code
                .as_ref()
                .map(|c| format!("error[{}]: ", c.code))
                .unwrap_or_default(),
            permissions::named(&d.message)
        ),
    })
}

/// Whether a variable that was moved holds its old words still: a move from
/// variable to variable copies them, and nobody else writes to the old place. What
/// a called function was given it may have changed there.
fn kept_its_words(program: &program::Program, finding: &permissions::Finding) -> bool {
    let permissions::Finding::Moved {
        into: Some(into),
        maybe: false,
        running: false,
        ..
    } = finding
    else {
        return false;
    };
    let name = into.trim_matches('`');
    program.variables.iter().any(|v| v.name == name)
}
