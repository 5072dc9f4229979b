//! The exercises: what a reader starts with fails, our solution passes.

use std::fs;
use std::path::Path;

use proofread::exercise::{self, Attempt, Exercise, Progress};
use proofread::judge::nothing_may_be_skipped;
use proofread::rust::Toolchain;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn exercises() -> Vec<Exercise> {
    let folders = fs::read_dir(root().join("examples/exercises")).expect("the exercises");
    let mut parts: Vec<String> = folders
        .map(|folder| {
            folder
                .expect("a folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    parts.sort();
    exercise::all(root(), &parts).unwrap_or_else(|error| panic!("{error:#}"))
}

fn judge(exercise: &Exercise, attempt: Attempt) -> Progress {
    let toolchain = Toolchain::find(root()).unwrap_or_else(|error| panic!("{error:#}"));
    exercise::judge(&toolchain, root(), exercise, attempt)
        .unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn solutions_pass() {
    for exercise in exercises() {
        assert_eq!(
            judge(&exercise, Attempt::Solution),
            Progress::Done,
            "{}/solution/lib.rs",
            exercise.folder.display()
        );
    }
}

/// A reader who did an exercise and then runs the tests is told, and not
/// scolded; what is published must fail.
#[test]
fn starts_fail() {
    for exercise in exercises() {
        if judge(&exercise, Attempt::Reader) == Progress::Done {
            let program = exercise.folder.join("src/lib.rs");
            eprintln!("{} is done", program.display());
            assert!(
                !nothing_may_be_skipped(),
                "{}: the start must fail\n  next: put the start back",
                program.display()
            );
        }
    }
}

#[test]
fn every_part_has_five_and_its_page_tells_of_each() {
    let exercises = exercises();
    let mut parts: Vec<&str> = exercises
        .iter()
        .map(|exercise| exercise.part.as_str())
        .collect();
    parts.dedup();
    assert!(!parts.is_empty());
    for part in parts {
        let page = format!("src/{part}/exercises.md");
        let text = fs::read_to_string(root().join(&page))
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        let of_part: Vec<&Exercise> = exercises
            .iter()
            .filter(|exercise| exercise.part == part)
            .collect();
        assert!(of_part.len() >= 5, "{part} has {} exercises", of_part.len());
        for exercise in of_part {
            let folder = format!("`{}`", exercise.folder.display());
            assert!(text.contains(&folder), "{page} does not tell of {folder}");
            assert!(
                !exercise.title.is_empty(),
                "{}/src/lib.rs opens with its title",
                exercise.folder.display()
            );
        }
    }
}
