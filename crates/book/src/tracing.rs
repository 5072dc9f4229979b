//! `cargo book trace`: pictures of a reader's own program.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use trace::Options;

/// Traces the program in `file` and prints its steps as text, mermaid or JSON.
/// Without marks, each statement is a step.
///
/// # Errors
///
/// The file cannot be read, or the program cannot be traced; the error names
/// the line.
pub fn show(file: &Path, mermaid: bool, json: bool) -> Result<bool> {
    let source =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let options = Options {
        file: name,
        each_statement: true,
        ..Options::default()
    };
    let traced = match trace::trace(&source, &options) {
        Ok(traced) => traced,
        Err(error) => {
            eprintln!("{}:{}: {}", file.display(), error.line, error.message);
            return Ok(false);
        }
    };
    if json {
        println!("{}", trace::json(&traced));
    } else if mermaid {
        let texts: Vec<String> = trace::mermaid(&traced)
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        print!("{}", texts.join("\n"));
    } else {
        print!("{}", trace::text(&traced));
    }
    Ok(true)
}
