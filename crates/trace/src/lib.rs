//! docs
mod marks;
mod mermaid;
mod model;
mod permissions;
mod program;
mod raw;
mod text;
mod borrows;
mod tools;
mod walkers;

pub use borrows::borrows;
pub use mermaid::{describe, mermaid};
pub use model::*;
pub use text::{json, text};
pub use tools::{Ran, Run, run_with_limit};

use std::time::Duration;

/// The version of the JSON that [`json`] writes.
pub const VERSION: u32 = 1;

/// How a program is traced.
pub struct Options<'a> {
    /// The name of the program's file, as panic messages give it.
    pub file: String,
    /// Without marks, a step for each statement instead of one at the end of `main`.
    pub each_statement: bool,
    /// How long the program may run.
    pub limit: Duration,
    /// Runs the program; without it, [`run_with_limit`] does.
    pub run: Option<Run<'a>>,
    /// Where the compiled runtime is kept between traces; by default in a
    /// folder of the system's temporary one.
    pub cache: Option<std::path::PathBuf>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            file: "main.rs".into(),
            each_statement: false,
            limit: Duration::from_secs(10),
            run: None,
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

/// Traces a program.
pub fn trace(source: &str, options: &Options) -> Result<Trace, TraceError> {
    let program = program::Program::new(source, options.each_statement)?;
    let tools = tools::Tools::new(options);
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
                return Some(format!("{place} {variable}\n"));
            }
            match &answer.finding {
                permissions::Finding::Partly { fields, .. } => {
                    Some(format!("{place} {variable} {}\n", fields.join(" ")))
                }
                _ => None,
            }
        })
        .collect();
    std::fs::write(here.join("hidden"), hidden).map_err(|e| tools::disk(here, &e))?;
    let mut command = std::process::Command::new(here.join(PROGRAM));
    // Backtraces name the tracer's own frames.
    command.current_dir(here).env("RUST_BACKTRACE", "0");
    let ran = tools.run(command)?;
    let events = std::fs::read_to_string(here.join("events")).map_err(|e| tools::disk(here, &e))?;
    let output = columns.repair(&ran.stdout, &options.file);
    let errors = columns.repair(&ran.stderr, &options.file);
    model::build(&program, &answers, &events, output, errors, &ran, options)
}

const PROGRAM: &str = if cfg!(windows) { "program.exe" } else { "program" };

/// Compiles the instrumented program, first with bounds on its type
/// parameters, so that generic code shows its values, then without.
fn build(
    program: &program::Program,
    tools: &tools::Tools,
    folder: &std::path::Path,
    runtime: &std::path::Path,
    file: &str,
) -> Result<program::Columns, TraceError> {
    let mut last = None;
    for bounds in [true, false] {
        let (text, columns) = program.instrument(bounds);
        let text = text.replace("__MT_FOLDER", &folder.display().to_string().escape_default().to_string());
        if std::env::var_os("TRACE_DEBUG").is_some() {
            eprintln!("{text}");
        }
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| tools::disk(folder, &e))?;
        }
        std::fs::write(&path, &text).map_err(|e| tools::disk(folder, &e))?;
        let mut command = tools.rustc();
        command
            .current_dir(folder)
            .args(["--crate-name=main", "--crate-type=bin", "--error-format=json", "--extern"])
            .arg(format!("__mt={}", runtime.display()))
            .args(["-o", PROGRAM, file]);
        let done = tools.compile(command)?;
        if done.success {
            return Ok(columns);
        }
        last = permissions::errors(&done.stderr)
            .into_iter()
            .find(|d| d.spans.iter().any(|s| s.is_primary))
            .or(last);
        if last.is_none() {
            return Err(tools::rustc_failure(&done.stderr));
        }
    }
    let d = last.expect("a failed build has an error");
    let line = d.spans.iter().find(|s| s.is_primary).map_or(1, |s| permissions::outermost(s).line_start);
    Err(TraceError {
        line,
        message: format!(
            "the tracer cannot follow what stands here: with its calls put in, the compiler says \
             {}{}; write it in simpler statements",
            d.code.as_ref().map(|c| format!("error[{}]: ", c.code)).unwrap_or_default(),
            d.message
        ),
    })
}
