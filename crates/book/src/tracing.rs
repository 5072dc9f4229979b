//! `cargo book trace`: pictures of a reader's own program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use trace::Options;

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
    let text = match shown {
        Shown::Page => return page::open(file, &source, &options),
        Shown::Borrows => trace::borrows(&source, &options),
        _ => trace::trace(&source, &options).map(|traced| match shown {
            Shown::Json => trace::json(&traced) + "\n",
            Shown::Mermaid => {
                let texts = trace::mermaid(&traced).into_iter();
                texts.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
            }
            _ => trace::text(&traced),
        }),
    };
    match text {
        Ok(text) => print!("{text}"),
        Err(error) => {
            eprintln!("{}:{}: {}", file.display(), error.line, error.message);
            return Ok(false);
        }
    }
    Ok(true)
}
