//! Holds the permissions in pictures against the compiler, asked one question at
//! a time: `oracle --random N [--seed S]`, `oracle --book FOLDER`, `oracle FILE…`.
//! Exits with 1 where they disagree.

#[path = "../tests/oracle/mod.rs"]
mod oracle;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oracle::random::{self, Dice};
use oracle::{Oracle, Verdict};

#[derive(Default)]
struct Sum {
    programs: usize,
    questions: usize,
    refused: usize,
    left_out: usize,
    wrong: usize,
}

impl Sum {
    fn add(&mut self, name: &str, program: &str, verdict: &Verdict) {
        self.programs += 1;
        self.questions += verdict.questions;
        self.left_out += verdict.left_out;
        if let Some(why) = &verdict.refused {
            self.refused += 1;
            println!("{name}: no pictures: {why}");
        }
        if !verdict.disagreements.is_empty() {
            self.wrong += 1;
            println!("{name}:\n{program}\n{}\n", verdict.disagreements.join("\n"));
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1).cloned()
    };
    let oracle = Oracle::new();
    let mut sum = Sum::default();
    if let Some(count) = value("--random").and_then(|n| n.parse::<usize>().ok()) {
        let seed = value("--seed").and_then(|s| s.parse().ok()).unwrap_or(1);
        println!("seed {seed}");
        at_random(&oracle, count, seed, &mut sum);
    } else if let Some(folder) = value("--book") {
        for (name, program) in programs(Path::new(&folder)) {
            if oracle.compiles(&program) {
                sum.add(&name, &program, &oracle.judge(&program));
            }
        }
    } else {
        for file in &arguments {
            match std::fs::read_to_string(file) {
                Ok(program) => sum.add(file, &program, &oracle.judge(&program)),
                Err(error) => {
                    eprintln!("{file} cannot be read: {error}; name a file of Rust");
                    return ExitCode::from(2);
                }
            }
        }
    }
    println!(
        "{} programs, {} questions asked alone, {} refused, {} marks left out, {} programs that disagree",
        sum.programs, sum.questions, sum.refused, sum.left_out, sum.wrong
    );
    ExitCode::from(u8::from(sum.wrong > 0))
}

fn at_random(oracle: &Oracle, count: usize, seed: u64, sum: &mut Sum) {
    let mut dice = Dice(seed | 1);
    while sum.programs < count {
        let statements = random::statements(&mut dice);
        let marks = random::marks(&mut dice, random::lines(&statements));
        let program = random::program(&statements, &marks);
        if !oracle.compiles(&program) {
            continue;
        }
        let mut verdict = oracle.judge(&program);
        let mut shown = program;
        if !verdict.disagreements.is_empty() {
            (shown, verdict.disagreements) = oracle::shrunk(oracle, statements, marks);
        }
        sum.add("random", &shown, &verdict);
    }
}

/// The Rust fences with marks below a folder of Markdown, each with its place.
fn programs(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut open: Option<(usize, String)> = None;
        for (index, line) in text.lines().enumerate() {
            match &mut open {
                None if line.starts_with("```rust") => open = Some((index + 1, String::new())),
                None => {}
                Some((at, code)) if line.starts_with("```") => {
                    if code.contains("// ①") && code.contains("fn main") {
                        found.push((format!("{}:{at}", file.display()), code.clone()));
                    }
                    open = None;
                }
                Some((_, code)) => {
                    let line = line.strip_prefix("# ").unwrap_or(line);
                    code.push_str(if line == "#" { "" } else { line });
                    code.push('\n');
                }
            }
        }
    }
    found
}
