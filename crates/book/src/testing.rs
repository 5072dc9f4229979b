//! `cargo book test`: `cargo test`, with a word where that would be silent, and a
//! sum at its end.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::judging::{counted, green, red};
use crate::tools::EndsWithUs as _;

/// After how long without a line a person is told that all is well.
const SILENCE: Duration = Duration::from_secs(20);

/// Runs `cargo test` with `arguments` in the book at `root`. False where it failed.
///
/// # Errors
///
/// Cargo does not start.
pub fn test(root: &Path, arguments: &[String]) -> Result<bool> {
    let start = Instant::now();
    let mut cargo = Command::new("cargo")
        .arg("test")
        .args(arguments)
        .current_dir(root)
        // Its other stream tells of compiling, and stays as it is.
        .stdout(Stdio::piped())
        .ends_with_us()
        .spawn()
        .context("cargo did not start")?;
    let told = cargo.stdout.take().context("cargo has no output")?;
    let (sender, lines) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in BufReader::new(told).split(b'\n').map_while(Result::ok) {
            // Nobody listens any more only when this program ends.
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
    let mut tally = Tally::default();
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) if tally.read(&line) => println!("{line}"),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => {
                if let Some(word) = tally.at_work() {
                    eprintln!("{word}, {} s in all", start.elapsed().as_secs());
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let _ = reader.join();
    let good = cargo.wait()?.success();
    let word = if good { green("ok:") } else { red("failed:") };
    anstream::println!("{word} {} in {} s", tally.sum(), start.elapsed().as_secs());
    if !tally.failing.is_empty() {
        println!("  {}", tally.failing.join("\n  "));
        println!(
            "  next: mend it, and run `cargo book test NAME`; programs behind the one that \
             failed run with `--no-fail-fast` only"
        );
    }
    Ok(good)
}

/// What the test programs have said so far.
#[derive(Debug, Default)]
struct Tally {
    /// How many programs had a test to run, and came to their end.
    programs: usize,
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Of the program that runs: how many tests it has, and how many have ended.
    running: Option<(usize, usize)>,
    /// The names of tests that failed.
    failing: Vec<String>,
}

impl Tally {
    /// Reads a line; false where it is about a program without a test to run.
    fn read(&mut self, line: &str) -> bool {
        if let Some(tests) = line
            .strip_prefix("running ")
            .and_then(|rest| rest.split_once(" test")?.0.parse().ok())
        {
            self.running = Some((tests, 0));
            tests > 0
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let tests = self.running.take().map_or(0, |(tests, _)| tests);
            self.programs += usize::from(tests > 0);
            for part in result.split([';', '.']) {
                let (count, what) = part.trim().split_once(' ').unwrap_or_default();
                let count: usize = count.parse().unwrap_or_default();
                match what {
                    "passed" => self.passed += count,
                    "failed" => self.failed += count,
                    "ignored" => self.ignored += count,
                    _ => {}
                }
            }
            tests > 0
        } else {
            if let Some((name, ending)) = line
                .strip_prefix("test ")
                .and_then(|rest| rest.rsplit_once(" ... "))
            {
                if let Some((_, ended)) = &mut self.running {
                    *ended += 1;
                }
                if ending.starts_with("FAILED") {
                    self.failing.push(name.trim().to_owned());
                }
            }
            !(line.is_empty() && self.running.is_none_or(|(tests, _)| tests == 0))
        }
    }

    /// Where the program that runs has come to; none while cargo compiles, which it
    /// tells itself.
    fn at_work(&self) -> Option<String> {
        let (tests, ended) = self.running?;
        Some(format!("… still at work: {ended} of {tests} tests ended"))
    }

    fn sum(&self) -> String {
        format!(
            "{} passed, {} failed, {} ignored in {}",
            counted(self.passed, "test"),
            self.failed,
            self.ignored,
            counted(self.programs, "program")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_summed_up() {
        let said = "\nrunning 2 tests\ntest moves::one ... ok\n\
                    test moves::two has been running for over 60 seconds\n\
                    test moves::two - should panic ... FAILED\n\
                    \ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out; \
                    finished in 61.04s\n\
                    \nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 9 \
                    filtered out; finished in 0.00s\n\
                    \nrunning 3 tests\ntest a ... ok\ntest b ... ignored, no node\n";
        let mut tally = Tally::default();
        let shown: Vec<&str> = said.lines().filter(|line| tally.read(line)).collect();
        assert!(
            !shown.iter().any(|line| line.contains("0 tests")),
            "{shown:?}"
        );
        assert!(
            !shown.iter().any(|line| line.contains("0 passed")),
            "{shown:?}"
        );
        assert_eq!(
            tally.at_work().as_deref(),
            Some("… still at work: 2 of 3 tests ended")
        );
        tally.read("test c ... ok");
        tally.read("test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        assert_eq!(tally.at_work(), None);
        assert_eq!(tally.failing, ["moves::two - should panic"]);
        assert_eq!(
            tally.sum(),
            "3 tests passed, 1 failed, 1 ignored in 2 programs"
        );
    }
}
