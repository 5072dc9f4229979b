//! Judges a terminal session: the commands of a `console` block.
//!
//! Cargo builds an example outside of the sandbox, as it builds everything of
//! the project; what it built runs inside, with the limits of a block.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sandbox::{Ending, Limits, Program};
use serde::Deserialize;

use crate::evidence::{Compilation, Evidence, Run};
use crate::rust;

/// A command that a session may hold.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    /// `cargo run --example NAME`, with the arguments behind a `--`.
    Example(&'a str, Vec<&'a str>),
    /// `cargo book` with what only prints.
    Book(&'a str),
}

fn step(command: &str) -> Option<Step<'_>> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let plain = |word: &&str| {
        word.chars()
            .all(|c| c.is_alphanumeric() || "-_./=".contains(c))
    };
    if !words.iter().all(plain) {
        return None;
    }
    match words.as_slice() {
        ["cargo", "run", "--example", name] if !name.starts_with('-') => {
            Some(Step::Example(name, Vec::new()))
        }
        ["cargo", "run", "--example", name, "--", arguments @ ..] if !name.starts_with('-') => {
            Some(Step::Example(name, arguments.to_vec()))
        }
        ["cargo", "book", word @ ("--help" | "blocks")] => Some(Step::Book(word)),
        _ => None,
    }
}

fn refused(text: String) -> Evidence {
    Evidence {
        compilation: Compilation {
            text,
            ..Compilation::default()
        },
        ..Evidence::default()
    }
}

/// Runs the commands of a session of the book in the folder `root`.
///
/// # Errors
///
/// The machine failed, not a command.
pub fn judge(root: &Path, body: &str) -> Result<Evidence> {
    let mut screen = String::new();
    let (mut ending, mut is_text) = (Ending::Exit(0), true);
    if !body.starts_with("$ ") {
        let text = "a session opens with a command: a line that starts with `$ `\n";
        return Ok(refused(text.to_owned()));
    }
    for command in body.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let outcome = match step(command) {
            Some(Step::Example(name, arguments)) => match build(root, name)? {
                Ok(program) => run(&program, &arguments)?,
                Err(text) => return Ok(refused(text)),
            },
            Some(Step::Book(word)) => book(root, word)?,
            None => {
                return Ok(refused(format!(
                    "`{command}` is not run here: only `cargo run --example NAME`, \
                     `cargo book --help` and `cargo book blocks` are\n"
                )));
            }
        };
        screen.push_str(&format!("$ {command}\n{}", rust::settle(&outcome.1)));
        if !screen.ends_with('\n') {
            screen.push('\n');
        }
        is_text &= outcome.2;
        if outcome.0 != Ending::Exit(0) {
            ending = outcome.0;
            break;
        }
    }
    Ok(Evidence {
        compilation: Compilation {
            accepted: true,
            ..Compilation::default()
        },
        run: Some(Run {
            ending,
            output: screen,
            is_text,
            reported: false,
        }),
        ..Evidence::default()
    })
}

/// Cargo, in the book's folder, with our own rights.
fn cargo(root: &Path, arguments: &[&str]) -> Result<std::process::Output> {
    Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .env("CARGO_TERM_QUIET", "true")
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .context("`cargo` cannot be run; install Rust with rustup")
}

/// What Cargo tells of each thing that it built.
#[derive(Deserialize)]
struct Artifact {
    executable: Option<PathBuf>,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds an example: its program, or what the compiler says instead.
fn build(root: &Path, name: &str) -> Result<Result<PathBuf, String>> {
    let format = "--message-format=json-render-diagnostics";
    let built = cargo(root, &["build", "--example", name, format])?;
    if !built.status.success() {
        return Ok(Err(String::from_utf8_lossy(&built.stderr).into_owned()));
    }
    let made = String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .find(|made| made.target.name == name && made.target.kind == ["example"])
        .and_then(|made| made.executable);
    match made {
        Some(program) => Ok(Ok(program)),
        None => bail!("Cargo built the example `{name}`, and does not say where"),
    }
}

/// Runs a program that Cargo built, as a block's program runs: how it ended, what
/// it printed, and whether that is text.
fn run(program: &Path, arguments: &[&str]) -> Result<(Ending, String, bool)> {
    // Copied, since the program may run as a user who has no way to ours.
    let place = sandbox::folder()?;
    let copy = place.path().join("main");
    fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    sandbox::share(place.path())?;
    let room = sandbox::folder()?;
    let mut main = Program::new(&copy);
    // Cargo's name for it would tell where this machine keeps its projects.
    main.room(room.path()).args(arguments);
    let outcome = sandbox::run(&main, &Limits::rust())?;
    Ok((outcome.ending, outcome.output, outcome.is_text))
}

/// `cargo book` itself, which runs no block for these words.
fn book(root: &Path, word: &str) -> Result<(Ending, String, bool)> {
    let output = cargo(root, &["book", word])?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.into(), text, true))
}

/// The files that a session's output hangs on, told apart by their texts:
/// the examples and what Cargo builds them with. None for other commands.
pub fn tools(root: &Path, body: &str) -> Option<String> {
    let mut commands = body.lines().filter_map(|line| line.strip_prefix("$ "));
    if !commands.all(|command| matches!(step(command), Some(Step::Example(..)))) {
        return None;
    }
    let examples = fs::read_dir(root.join("examples")).ok()?;
    let mut files: Vec<PathBuf> = examples
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.extend([root.join("Cargo.toml"), root.join("Cargo.lock")]);
    files.sort();
    Some(
        files
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_a_program_or_prints() {
        let example = |arguments: &[&'static str]| Some(Step::Example("inbox", arguments.to_vec()));
        assert_eq!(step("cargo run --example inbox"), example(&[]));
        assert_eq!(
            step("cargo run --example inbox -- a b"),
            example(&["a", "b"])
        );
        assert_eq!(step("cargo book blocks"), Some(Step::Book("blocks")));
        assert_eq!(step("cargo book --help"), Some(Step::Book("--help")));
        for refused in [
            "cargo book build",
            "cargo book setup",
            "cargo book blocks moves",
            "cargo run --example --release",
            "cargo run --example inbox --release",
            "cargo run --example inbox; rm x",
            "cargo run",
            "rm -r x",
            "",
        ] {
            assert_eq!(step(refused), None, "{refused}");
        }
    }
}
