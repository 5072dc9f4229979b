//! `cargo book exercise`: where a reader stands, and what comes next.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use proofread::exercise::{self, Attempt, Exercise, Progress, Told};
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
/// named, shows what is missing, or with `hint` the hint of its page. False where it
/// is not done, or the name is none.
///
/// # Errors
///
/// An exercise cannot be read, or the machine failed.
pub fn show(root: &Path, name: Option<&str>, hint: bool) -> Result<bool> {
    let exercises = exercise::all(root, &parts(root)?)?;
    let toolchain = Toolchain::find(root)?;
    let judge = |exercise: &Exercise| exercise::judge(&toolchain, root, exercise, Attempt::Reader);
    let Some(name) = name else {
        return list(&exercises, judge);
    };
    let Some(index) = exercises.iter().position(|exercise| exercise.name == name) else {
        anstream::eprintln!("{}: there is no exercise `{name}`", red("error"));
        match exercise::nearest(&exercises, name) {
            Some(meant) => eprintln!("  did you mean `{meant}`? `cargo book exercise` lists all"),
            None => eprintln!("  next: `cargo book exercise` lists them"),
        }
        return Ok(false);
    };
    let exercise = &exercises[index];
    let page = fs::read_to_string(root.join(exercise.page())).unwrap_or_default();
    let told = exercise::told(&page, exercise);
    if hint {
        let none = format!("{} has no hint for it", exercise.page().display());
        println!("{}\n", told.hint.as_deref().unwrap_or(&none));
        tell_to_reread(&told);
        return Ok(true);
    }
    Ok(one(&exercises, index, &told, judge(exercise)?))
}

fn list(exercises: &[Exercise], judge: impl Fn(&Exercise) -> Result<Progress>) -> Result<bool> {
    let (mut part, mut done, mut next) = ("", 0, None);
    for exercise in exercises {
        if part != exercise.part {
            part = &exercise.part;
            println!("{part}, told in {}", exercise.page().display());
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

/// What the page of the part advises to read again.
fn tell_to_reread(told: &Told) {
    let places: Vec<String> = told
        .reread
        .iter()
        .map(|(words, place)| format!("{words} ({place})"))
        .collect();
    if !places.is_empty() {
        println!("  to reread: {}", places.join(", "));
    }
}

/// Tells how far an attempt came, and what helps; true where it is done.
fn one(exercises: &[Exercise], index: usize, told: &Told, progress: Progress) -> bool {
    let exercise = &exercises[index];
    println!("{}: {}\n", exercise.name, exercise.title);
    let (said, missing) = match progress {
        Progress::Done => {
            anstream::println!("{}", green("done"));
            if let Some(next) = exercises.get(index + 1) {
                tell_next(next);
            }
            return true;
        }
        Progress::Rejected(said) => (said, "It does not compile yet."),
        Progress::Failing(said) => (said, "It compiles, but it does not do yet what it should."),
    };
    println!("{said}\n{missing}");
    tell_next(exercise);
    tell_to_reread(told);
    if told.hint.is_some() {
        println!("  a hint: `cargo book exercise {} --hint`", exercise.name);
    }
    false
}
