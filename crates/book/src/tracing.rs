//! `cargo book trace`: pictures of a reader's own program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use trace::{Ending, Options, Trace, TraceError};

mod page;

/// What `trace` shows of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The steps, in words.
    Text,
    /// The steps, as mermaid diagrams.
    Mermaid,
    /// The steps, as JSON.
    Json,
    /// The borrows, as a mermaid chart.
    Borrows,
    /// All of it, as a page that is written beside the program and opened.
    Page,
}

/// Traces the program in `file`. Without marks, each statement is a step.
///
/// # Errors
///
/// The file cannot be read, the program cannot be traced, or the page cannot be
/// written; the error names the file or the line.
pub fn show(file: &Path, shown: Shown) -> Result<bool> {
    let source =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = file.file_name().unwrap_or_default();
    let options = Options {
        file: name.to_string_lossy().into_owned(),
        each_statement: true,
        ..Options::default()
    };
    let told = match shown {
        Shown::Page => return page::open(file, &source, &options),
        Shown::Borrows => trace::borrows(&source, &options).map(|text| (text, true)),
        _ => trace::trace(&source, &options).map(|traced| {
            let text = match shown {
                Shown::Json => trace::json(&traced) + "\n",
                Shown::Mermaid => {
                    let texts = trace::mermaid(&traced).into_iter();
                    texts.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
                }
                _ => steps(&traced, &source) + &run(&traced, &source),
            };
            (text, traced.ending == Ending::Returned)
        }),
    };
    match told {
        Ok((text, well)) => {
            print!("{text}");
            Ok(well)
        }
        Err(error) => {
            eprintln!("{}", refusal(file, &source, &options, &error));
            Ok(false)
        }
    }
}

/// The steps, each with its line of the program; of one that changes nothing, only
/// that.
fn steps(traced: &Trace, source: &str) -> String {
    let mut out = String::new();
    let mut before = String::new();
    for step in &traced.steps {
        let alone = Trace {
            steps: vec![step.clone()],
            ..traced.clone()
        };
        let text = trace::text(&alone);
        let (head, memory) = text.split_once('\n').unwrap_or((&text, ""));
        let code = source.lines().nth(step.line.saturating_sub(1));
        out.push_str(&format!(
            "{head}\n    {}\n",
            code.unwrap_or_default().trim()
        ));
        out.push_str(if memory == before {
            "as before\n\n"
        } else {
            memory
        });
        before = memory.to_owned();
    }
    out
}

/// What the program printed, and how it ended where it did not return.
fn run(traced: &Trace, source: &str) -> String {
    let mut out = String::new();
    for (name, text) in [("output", &traced.output), ("errors", &traced.errors)] {
        if !text.is_empty() {
            out.push_str(&format!("── {name} ──\n{}\n", text.trim_end()));
        }
    }
    match traced.ending {
        Ending::Returned => {}
        Ending::Panicked => out.push_str("── it panicked ──\n"),
        Ending::Exited(code) => out.push_str(&format!("── it exited with code {code} ──\n")),
        Ending::Killed => out.push_str("── a signal ended it ──\n"),
    }
    if source.contains("stdin") {
        out.push_str("note: it ran without standard input, so it read the end at once\n");
    }
    out
}

/// Why a program cannot be shown, and the next thing to do.
fn refusal(file: &Path, source: &str, options: &Options, error: &TraceError) -> String {
    match trace::rejection(source, options) {
        Ok(Some(words)) => format!(
            "{}\n{}: the program does not compile, so there is no run to draw\n  next: mend it; \
             where it is about borrows, `cargo book trace --borrows {}` charts them",
            words.trim_end(),
            file.display(),
            file.display()
        ),
        _ => format!("{}:{}: {}", file.display(), error.line, error.message),
    }
}
