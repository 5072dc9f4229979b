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
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;
use sandbox::{Ending, Limits, Program};

use crate::book;
use crate::claim;
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

impl Exercise {
    /// The page of its part, relative to the book's root.
    pub fn page(&self) -> PathBuf {
        page_of(&self.part)
    }
}

fn page_of(part: &str) -> PathBuf {
    Path::new("src").join(part).join("exercises.md")
}

/// What the page of its part says of an exercise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// What to read again: words, and a chapter with its section, from the book's
    /// root: `src/ownership/moves.md#where-moves-hide`.
    pub reread: Vec<(String, String)>,
    /// The text below "Hint".
    pub hint: Option<String>,
}

/// Reads what `page`, the text of the page of its part, says of an exercise: in the
/// section that names its folder.
pub fn told(page: &str, exercise: &Exercise) -> Told {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\[([^\]]+)\]\(([^)]+)\)").expect("a constant pattern"));
    let folder = format!("`{}`", exercise.folder.display());
    let mut sections = page.split("\n## ");
    let Some(section) = sections.find(|section| section.contains(&folder)) else {
        return Told::default();
    };
    let (_, behind) = section.split_once(&folder).unwrap_or_default();
    let line = behind.lines().next().unwrap_or_default();
    let reread = LINK.captures_iter(line).map(|link| {
        let (file, anchor) = link[2]
            .split_once('#')
            .map_or((&link[2], None), |(file, anchor)| (file, Some(anchor)));
        let file = book::tidy(&Path::new("src").join(&exercise.part).join(file));
        let anchor = anchor.map(|anchor| format!("#{anchor}"));
        (
            link[1].replace('`', ""),
            format!("{}{}", file.display(), anchor.unwrap_or_default()),
        )
    });
    let hint = behind
        .split_once("<summary>Hint</summary>")
        .and_then(|(_, rest)| rest.split_once("</details>"))
        .map(|(hint, _)| hint.trim().to_owned());
    Told {
        reread: reread.collect(),
        hint,
    }
}

/// The name that comes nearest to one that no exercise has.
pub fn nearest<'a>(exercises: &'a [Exercise], name: &str) -> Option<&'a str> {
    let names: Vec<&str> = exercises.iter().map(|e| e.name.as_str()).collect();
    claim::near(name, &names)
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
        let page = fs::read_to_string(root.join(page_of(part))).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_what_to_reread_and_a_hint() {
        let exercise = |name: &str| Exercise {
            part: "ownership".to_owned(),
            name: name.to_owned(),
            title: String::new(),
            folder: Path::new("examples/exercises/ownership").join(name),
        };
        let section = |name: &str, hint: &str| {
            format!(
                "\n## {name}\n\nFolder: `examples/exercises/ownership/{name}`. To reread: \
                 [`Option` takes](taking-out.md#take) and [E0053](../errors/e0053.md).\n\n\
                 <details>\n<summary>Hint</summary>\n\n{hint}\n\n</details>\n"
            )
        };
        let page = section("seat", "Who owns it?") + &section("seat_hold", "Look at `drop`.");
        let told_of = |name: &str| told(&page, &exercise(name));
        assert_eq!(told_of("seat").hint.as_deref(), Some("Who owns it?"));
        let second = told_of("seat_hold");
        assert_eq!(second.hint.as_deref(), Some("Look at `drop`."));
        assert_eq!(
            second.reread,
            [
                ("Option takes", "src/ownership/taking-out.md#take"),
                ("E0053", "src/errors/e0053.md"),
            ]
            .map(|(words, place)| (words.to_owned(), place.to_owned()))
        );
        assert_eq!(told_of("unknown"), Told::default());
    }
}
