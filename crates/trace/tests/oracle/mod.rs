//! The compiler asked one question at a time, and the pictures held against it.
//!
//! It shares no code with the tracer. What is drawn of a variable of the running
//! function at a mark means:
//!
//! - *read*: the program with `let _ = &x;` put behind the marked statement
//!   compiles;
//! - *write*: with `let _ = &mut x;` it does;
//! - *own*: it may be read, and `std::mem::forget(x);` put there has no error on
//!   itself, but that the round before has moved it already;
//! - *lent*: `&mut x` is refused there for a loan; *lent to `a`*: behind it, `&a`
//!   alone is enough to have it refused.

use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

use trace::{Frame, Options, State, Step, trace};

pub mod random;

/// What came of one program.
#[derive(Default)]
pub struct Verdict {
    pub questions: usize,
    /// Marks behind which nothing can be put by text alone.
    pub left_out: usize,
    /// Each in words.
    pub disagreements: Vec<String>,
    /// Why there are no pictures.
    pub refused: Option<String>,
}

/// One error: its code, where it points, and whether it is about the round
/// before of a loop.
struct Error {
    code: String,
    from: usize,
    again: bool,
}

pub struct Oracle {
    folder: tempfile::TempDir,
    rustc: PathBuf,
}

impl Oracle {
    pub fn new() -> Self {
        Oracle {
            folder: tempfile::tempdir().expect("a folder for the compiler"),
            rustc: std::env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from),
        }
    }

    /// One call of the compiler.
    fn errors(&self, source: &str) -> Vec<Error> {
        let file = self.folder.path().join("main.rs");
        std::fs::write(&file, source).expect("room for a small file");
        let done = Command::new(&self.rustc)
            .current_dir(self.folder.path())
            .args(["--edition=2024", "-A", "warnings", "--emit=metadata"])
            .args(["--crate-type=bin", "--error-format=json", "main.rs"])
            .output()
            .expect("rustc runs");
        let text = String::from_utf8_lossy(&done.stderr);
        let found: Vec<Error> = text.lines().filter_map(error).collect();
        assert_eq!(done.status.success(), found.is_empty(), "{text}");
        found
    }

    pub fn compiles(&self, source: &str) -> bool {
        self.errors(source).is_empty()
    }

    /// Holds every picture of a program against the compiler.
    pub fn judge(&self, source: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let drawn = match trace(source, &Options::default()) {
            Ok(drawn) => drawn,
            Err(error) => {
                verdict.refused = Some(error.to_string());
                return verdict;
            }
        };
        let mut seen = std::collections::BTreeSet::new();
        for step in &drawn.steps {
            // What the compiler says is the same in every pass.
            if step.threads.len() == 1 && seen.insert(step.label.clone()) {
                self.top(source, step, &step.threads[0].frames[0], &mut verdict);
            }
        }
        verdict
    }

    /// The variables of the function in which the mark stands.
    fn top(&self, source: &str, step: &Step, frame: &Frame, verdict: &mut Verdict) {
        let Some(at) = source.find(&format!("// {}", step.label)) else {
            return;
        };
        let ask = |text: &str| -> (Range<usize>, Vec<Error>) {
            let (before, behind) = source.split_at(at);
            let errors = self.errors(&format!("{before}{text} {behind}"));
            (at..at + text.len(), errors)
        };
        if !ask("let _ = ();").1.is_empty() {
            verdict.left_out += 1;
            return;
        }
        for variable in frame.variables.iter().filter(|v| !v.shadowed) {
            let (Some(drawn), name) = (variable.permissions, &variable.name) else {
                continue;
            };
            let mut differ = |what: &str, drawn: bool, asked: bool| {
                verdict.questions += 1;
                if drawn != asked {
                    verdict.disagreements.push(format!(
                        "{} `{name}`: {what} drawn {drawn}, asked {asked} ({:?})",
                        step.label, variable.state
                    ));
                }
            };
            let read = ask(&format!("let _ = &{name};")).1.is_empty();
            differ("read", drawn.read, read);
            let (there, errors) = ask(&format!("let _ = &mut {name};"));
            differ("write", drawn.write, errors.is_empty());
            let lent = matches!(variable.state, State::Lent { .. });
            differ("lent", lent, errors.iter().any(|e| e.refuses(&there)));
            let (there, errors) = ask(&format!("std::mem::forget({name});"));
            let own = errors
                .iter()
                .all(|e| !there.contains(&e.from) || (e.code == "E0382" && e.again));
            differ("own", drawn.own, own && read);
            if let State::Lent { to: Some(to), .. } = &variable.state {
                for holder in to.split('`').skip(1).step_by(2) {
                    // It never comes back, so nothing that follows matters.
                    let text = format!(
                        "if std::hint::black_box(false) {{ let _ = &mut {name}; let _ = &{holder}; loop {{}} }}"
                    );
                    let (there, errors) = ask(&text);
                    let holds = errors.iter().any(|e| e.refuses(&there));
                    // A call that runs is named in backticks, too.
                    if !to.contains(&format!("call of `{holder}`")) {
                        differ(&format!("held by {holder}"), true, holds);
                    }
                }
            }
        }
    }
}

impl Error {
    /// It says that something put in there may not be borrowed now.
    fn refuses(&self, there: &Range<usize>) -> bool {
        const OTHER: [&str; 5] = ["E0596", "E0594", "E0381", "E0382", "E0384"];
        there.contains(&self.from) && !OTHER.contains(&self.code.as_str())
    }
}

/// An error in a line of the compiler's JSON.
fn error(line: &str) -> Option<Error> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    if value["level"] != "error" {
        return None;
    }
    let spans = value["spans"].as_array()?;
    let mut span = spans.iter().find(|s| s["is_primary"] == true)?;
    // Inside a macro of the library: where the macro is used.
    while !span["expansion"].is_null() {
        span = &span["expansion"]["span"];
    }
    let again = spans
        .iter()
        .filter_map(|s| s["label"].as_str())
        .any(|label| label.contains("previous iteration of loop"));
    Some(Error {
        code: value["code"]["code"].as_str().unwrap_or("").to_owned(),
        from: usize::try_from(span["byte_start"].as_u64()?).ok()?,
        again,
    })
}

/// The smallest program found that still shows a disagreement, and what differs.
pub fn shrunk(
    oracle: &Oracle,
    mut statements: Vec<random::Statement>,
    mut marks: Vec<usize>,
) -> (String, Vec<String>) {
    let fails = |statements: &[random::Statement], marks: &[usize]| {
        let program = random::program(statements, marks);
        let found = oracle.compiles(&program).then(|| oracle.judge(&program));
        let differs = found.map(|verdict| verdict.disagreements)?;
        (!differs.is_empty()).then_some((program, differs))
    };
    let mut found = fails(&statements, &marks);
    'smaller: loop {
        for less in random::smaller(&statements) {
            // Fewer lines: any of them may be the one to look at.
            let all: Vec<usize> = (0..random::lines(&less)).collect();
            for few in all.chunks(4) {
                if let Some(differs) = fails(&less, few) {
                    found = Some(differs);
                    (statements, marks) = (less, few.to_vec());
                    continue 'smaller;
                }
            }
        }
        let _ = &marks;
        break;
    }
    found.unwrap_or_default()
}
