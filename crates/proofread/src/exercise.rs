//! The exercises: small Cargo packages that fail until a reader mends them.
//!
//! ```text
//! examples/exercises/PART/NAME/src/lib.rs        what the reader mends
//! examples/exercises/PART/NAME/tests/done.rs     says when it is done
//! examples/exercises/PART/NAME/solution/lib.rs   ours
//! ```
//!
//! They are discovered, not registered; a part's page `src/PART/exercises.md`
//! gives the order.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sandbox::{Ending, Limits, Program};

use crate::rust::{self, Toolchain};

/// One exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// The part's folder: `mutability`.
    pub part: String,
    /// The package's folder: `budget`.
    pub name: String,
    /// The first line of its program's documentation.
    pub title: String,
    /// The package's folder, relative to the book's root.
    pub folder: PathBuf,
}

/// Which program is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// What stands in `src/lib.rs`.
    Reader,
    /// What stands in `solution/lib.rs`.
    Solution,
}

/// How far an attempt came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The tests pass.
    Done,
    /// The compiler rejects the program, or the tests with it; its text.
    Rejected(String),
    /// The tests fail, and say what is missing.
    Failing(String),
}

/// All exercises of the book at `root`, in the order of `parts` (folders) and
/// of the pages `exercises.md`.
///
/// # Errors
///
/// A folder or a program cannot be read.
pub fn all(root: &Path, parts: &[String]) -> Result<Vec<Exercise>> {
    let mut exercises = Vec::new();
    for part in parts {
        let folder = Path::new("examples/exercises").join(part);
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            continue;
        };
        let page = fs::read_to_string(root.join("src").join(part).join("exercises.md"))
            .unwrap_or_default();
        let mut of_part = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let folder = folder.join(&name);
            let program = root.join(&folder).join("src/lib.rs");
            let text = fs::read_to_string(&program).with_context(|| {
                format!("{} cannot be read; an exercise has one", program.display())
            })?;
            let title = text
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("//!")
                .trim()
                .to_owned();
            of_part.push(Exercise {
                part: part.clone(),
                name,
                title,
                folder,
            });
        }
        let place = |exercise: &Exercise| {
            page.find(&format!("exercises/{}/{}`", exercise.part, exercise.name))
                .unwrap_or(usize::MAX)
        };
        of_part.sort_by(|a, b| (place(a), &a.name).cmp(&(place(b), &b.name)));
        exercises.extend(of_part);
    }
    Ok(exercises)
}

/// Compiles an attempt and its tests, and runs them under the limits of a block.
///
/// # Errors
///
/// The machine failed, not the attempt.
pub fn judge(
    toolchain: &Toolchain,
    root: &Path,
    exercise: &Exercise,
    attempt: Attempt,
) -> Result<Progress> {
    let folder = root.join(&exercise.folder);
    let program = match attempt {
        Attempt::Reader => "src/lib.rs",
        Attempt::Solution => "solution/lib.rs",
    };
    let dir = sandbox::folder()?;
    // Copied under the names that Cargo would print.
    for (from, to) in [(program, "src/lib.rs"), ("tests/done.rs", "tests/done.rs")] {
        let to = dir.path().join(to);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let from = folder.join(from);
        fs::copy(&from, to).with_context(|| format!("{} cannot be read", from.display()))?;
    }
    let library = toolchain.command(
        dir.path(),
        "src/lib.rs",
        &["--crate-type=lib", "--crate-name", &exercise.name],
    );
    let tests = toolchain.command(
        dir.path(),
        "tests/done.rs",
        &[
            "--test",
            "-L",
            ".",
            "-o",
            "done",
            "--extern",
            &exercise.name,
        ],
    );
    for compiler in [library, tests] {
        let outcome = toolchain.run(&compiler)?;
        let text = rust::settle(&outcome.output);
        match outcome.ending {
            Ending::Exit(0) => {}
            Ending::Exit(_) => return Ok(Progress::Rejected(text)),
            ending => return Ok(Progress::Rejected(format!("{text}the compiler {ending}\n"))),
        }
    }
    let room = sandbox::folder()?;
    sandbox::share(dir.path())?;
    let mut done = Program::new(dir.path().join("done"));
    done.room(room.path())
        .args(["--color", "never", "--test-threads", "1"]);
    let outcome = sandbox::run(&done, &Limits::rust())?;
    Ok(match outcome.ending {
        Ending::Exit(0) => Progress::Done,
        Ending::Exit(101) => Progress::Failing(rust::settle(&outcome.output)),
        ending => Progress::Failing(format!(
            "{}the tests: it {ending}\n",
            rust::settle(&outcome.output)
        )),
    })
}
