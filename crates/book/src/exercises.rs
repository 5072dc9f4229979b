//! `cargo book exercise`: where a reader stands, and what comes next.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use proofread::exercise::{self, Attempt, Exercise, Progress};
use proofread::rust::Toolchain;

use crate::judging::{green, red};

/// The folders of the parts, in the order of SUMMARY.md.
fn parts(root: &Path) -> Result<Vec<String>> {
    let summary =
        fs::read_to_string(root.join("src/SUMMARY.md")).context("src/SUMMARY.md cannot be read")?;
    let mut parts: Vec<String> = Vec::new();
    for part in summary
        .lines()
        .filter_map(|line| line.split_once("](")?.1.split_once('/'))
    {
        if !parts.iter().any(|known| known == part.0) {
            parts.push(part.0.to_owned());
        }
    }
    Ok(parts)
}

/// Lists the exercises with what is done and what comes next; for one that is
/// named, shows what is missing. False where the name is none.
///
/// # Errors
///
/// An exercise cannot be read, or the machine failed.
pub fn show(root: &Path, name: Option<&str>) -> Result<bool> {
    let exercises = exercise::all(root, &parts(root)?)?;
    let toolchain = Toolchain::find(root)?;
    let judge = |exercise: &Exercise| exercise::judge(&toolchain, root, exercise, Attempt::Reader);
    match name {
        None => list(&exercises, judge),
        Some(name) => match exercises.iter().position(|exercise| exercise.name == name) {
            Some(index) => one(&exercises, index, judge(&exercises[index])?),
            None => {
                anstream::eprintln!("{}: there is no exercise `{name}`", red("error"));
                eprintln!("  next: `cargo book exercise` lists them");
                Ok(false)
            }
        },
    }
}

fn list(exercises: &[Exercise], judge: impl Fn(&Exercise) -> Result<Progress>) -> Result<bool> {
    let (mut part, mut done, mut next) = ("", 0, None);
    for exercise in exercises {
        if part != exercise.part {
            part = &exercise.part;
            println!("{part}");
        }
        let finished = judge(exercise)? == Progress::Done;
        let state = if finished {
            green("done ")
        } else {
            "to do".to_owned()
        };
        anstream::println!("  {state}  {:24} {}", exercise.name, exercise.title);
        done += usize::from(finished);
        if !finished && next.is_none() {
            next = Some(exercise);
        }
    }
    println!("\n{done} of {} done", exercises.len());
    if let Some(next) = next {
        tell_next(next);
    }
    Ok(true)
}

fn tell_next(exercise: &Exercise) {
    println!(
        "next: edit {}, then run `cargo book exercise {}`",
        exercise.folder.join("src/lib.rs").display(),
        exercise.name
    );
}

fn one(exercises: &[Exercise], index: usize, progress: Progress) -> Result<bool> {
    let exercise = &exercises[index];
    println!("{}: {}\n", exercise.name, exercise.title);
    match progress {
        Progress::Done => {
            anstream::println!("{}", green("done"));
            if let Some(next) = exercises.get(index + 1) {
                tell_next(next);
            }
        }
        Progress::Rejected(said) => {
            println!("{said}\nIt does not compile yet.");
            tell_next(exercise);
        }
        Progress::Failing(said) => {
            println!("{said}\nIt compiles, but it does not do yet what it should.");
            tell_next(exercise);
        }
    }
    Ok(true)
}
