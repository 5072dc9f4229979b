//! One call of the compiler for many questions: each stands in a copy of the
//! program, and a copy holds at most one for each function, since the borrow
//! checker judges every function by itself.

use super::question::{Insert, Question};
use super::{Diagnostic, Span, errors, outermost};
use crate::TraceError;
use crate::program::{Program, apply};
use crate::tools::{Tools, disk, rustc_failure};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// A place that the compiler named.
#[derive(Clone, Debug)]
pub(super) struct Where {
    /// In the program as it was given.
    pub range: Range<usize>,
    /// It begins in text that was put in.
    pub inserted: bool,
    /// It lies in what is asked about, which of it.
    pub asked: Option<usize>,
}

/// One error in the function that was asked about.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub code: String,
    pub message: String,
    pub primary: Where,
    /// All other places, with their labels.
    pub labels: Vec<(Where, String)>,
}

impl Said {
    /// The first place whose label has one of the words.
    pub fn label(&self, words: &[&str]) -> Option<&Where> {
        self.labels
            .iter()
            .find(|(_, l)| {
                !l.contains("due to use in closure") && words.iter().any(|w| l.contains(w))
            })
            .map(|(w, _)| w)
    }

    /// Where the borrow that is in the way began.
    pub fn loan(&self) -> Option<&Where> {
        self.label(&["occurs here", "is borrowed here", "borrow of"])
    }

    pub fn says(&self, words: &str) -> bool {
        self.labels.iter().any(|(_, l)| l.contains(words))
    }
}

#[derive(Default)]
struct Copy {
    /// By the function that is asked about: the number of the question.
    questions: BTreeMap<usize, usize>,
    inserts: Vec<(Insert, usize)>,
}

impl Copy {
    /// Where a byte of the edited text stood, whether it was put in, and
    /// which of what is asked it belongs to.
    fn place(&self, at: usize) -> (usize, bool, Option<usize>) {
        let mut shift = 0;
        for (insert, _) in &self.inserts {
            if at < insert.at + shift {
                break;
            }
            if at < insert.at + shift + insert.text.len() {
                let offset = at - insert.at - shift;
                let asked = insert.asked.iter().position(|r| r.contains(&offset));
                return (insert.at, true, asked);
            }
            shift += insert.text.len();
        }
        (at - shift, false, None)
    }

    fn find(&self, span: &Span) -> Where {
        let span = outermost(span);
        let (start, inserted, asked) = self.place(span.byte_start);
        let (end, _, _) = self.place(span.byte_end);
        Where {
            range: start..end.max(start),
            inserted,
            asked,
        }
    }
}

/// What every copy may call.
const HEAD: &str = "#![allow(warnings)]
pub struct Kept<T>(pub T);
impl<T> Drop for Kept<T> { fn drop(&mut self) {} }
pub fn which() -> u32 { 0 }
pub fn any<T>() -> T { loop {} }
pub fn pass<T>(value: T, _: ()) -> T { value }
pub fn then<T>(_: (), value: T, _: ()) -> T { value }
";

/// Questions for one call of the compiler: its words have an end.
const AT_ONCE: usize = 250;

/// Asks all questions. Gives back, for each, the errors that it caused.
pub(super) fn compile(
    program: &Program,
    tools: &Tools,
    folder: &Path,
    questions: &[Question],
) -> Result<Vec<Vec<Said>>, TraceError> {
    let mut said = Vec::new();
    // Two at a time: many questions would fill any machine.
    for two in questions.chunks(2 * AT_ONCE) {
        let parts: Vec<_> = std::thread::scope(|scope| {
            let start = |(i, part): (usize, _)| {
                let folder = folder.join(format!("questions{i}"));
                scope.spawn(move || call(program, tools, &folder, part))
            };
            let threads: Vec<_> = two.chunks(AT_ONCE).enumerate().map(start).collect();
            threads.into_iter().map(|t| t.join()).collect()
        });
        for part in parts {
            said.extend(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
    }
    Ok(said)
}

/// One call of the compiler, in a folder of its own.
fn call(
    program: &Program,
    tools: &Tools,
    folder: &Path,
    questions: &[Question],
) -> Result<Vec<Vec<Said>>, TraceError> {
    std::fs::create_dir_all(folder).map_err(|e| disk(folder, &e))?;
    // The first copy has no question: the program must compile.
    let mut copies: Vec<Copy> = vec![Copy::default()];
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, question) in questions.iter().enumerate() {
        let function = question.spot(program).0.function;
        let root = program.functions[function].root;
        let copy = next.entry(root).or_insert(1);
        if copies.len() <= *copy {
            copies.push(Copy::default());
        }
        copies[*copy].questions.insert(root, number);
        let inserts = question.inserts(program);
        copies[*copy]
            .inserts
            .extend(inserts.into_iter().map(|i| (i, number)));
        *copy += 1;
    }
    let crates = crate_paths(program.source);
    let mut head = String::from(HEAD);
    for (i, copy) in copies.iter_mut().enumerate() {
        copy.inserts.extend(crates.iter().map(|&at| {
            let text = format!("::q{i}");
            let asked = Vec::new();
            (Insert { at, text, asked }, usize::MAX)
        }));
        copy.inserts.sort_by_key(|(insert, _)| insert.at);
        let edits: Vec<(usize, String)> = copy
            .inserts
            .iter()
            .map(|(insert, _)| (insert.at, insert.text.clone()))
            .collect();
        head.push_str(&format!("mod q{i};\n"));
        std::fs::write(
            folder.join(format!("q{i}.rs")),
            apply(program.source, &edits),
        )
        .map_err(|e| disk(folder, &e))?;
    }
    std::fs::write(folder.join("questions.rs"), head).map_err(|e| disk(folder, &e))?;
    let mut command = tools.rustc();
    command.folder(folder).args([
        "--crate-type=lib",
        "--crate-name=questions",
        "--emit=metadata",
        "--error-format=json",
        "questions.rs",
    ]);
    let output = tools.compile(command)?;
    let diagnostics = errors(&output.stderr);
    if !output.success && diagnostics.is_empty() {
        return Err(rustc_failure(&output.stderr));
    }
    let mut said = vec![Vec::new(); questions.len()];
    for d in &diagnostics {
        sort(program, &copies, d, &mut said)?;
    }
    Ok(said)
}

/// Puts an error to the question that caused it.
fn sort(
    program: &Program,
    copies: &[Copy],
    d: &Diagnostic,
    said: &mut [Vec<Said>],
) -> Result<(), TraceError> {
    let Some(span) = d.spans.iter().find(|s| s.is_primary) else {
        return Ok(());
    };
    let file = &outermost(span).file_name;
    let number = file.strip_prefix('q').and_then(|n| n.strip_suffix(".rs"));
    let Some(copy) = number.and_then(|n| n.parse::<usize>().ok()) else {
        return Ok(());
    };
    if copy == 0 {
        let code = d.code.as_ref();
        let code = code.map(|c| format!("error[{}]: ", c.code));
        return Err(TraceError {
            line: outermost(span).line_start,
            message: format!(
                "the program does not compile, so there is no run to draw: {}{}",
                code.unwrap_or_default(),
                named(&d.message)
            ),
        });
    }
    let copy = &copies[copy];
    let primary = copy.find(span);
    // A function may stand in another: the innermost is meant.
    let function = program
        .functions
        .iter()
        .filter(|f| f.range.contains(&primary.range.start))
        .min_by_key(|f| f.range.len());
    let question = function.and_then(|f| copy.questions.get(&f.root));
    if let Some(&question) = question {
        said[question].push(Said {
            code: d.code().to_string(),
            message: named(&d.message),
            primary,
            labels: d
                .spans
                .iter()
                .filter(|s| !s.is_primary)
                .map(|s| (copy.find(s), s.label.clone().unwrap_or_default()))
                .collect(),
        });
    }
    Ok(())
}

/// The compiler's words with the program's own names: each copy is a module.
pub(crate) fn named(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some(i) = rest.find('q') {
        let word = rest[..i].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let digits = rest[i + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
        let number = rest[i + 1..].len() - digits.len();
        out.push_str(&rest[..i]);
        match digits.strip_prefix("::") {
            Some(after) if number > 0 && !word => rest = after,
            _ => {
                out.push('q');
                rest = &rest[i + 1..];
            }
        }
    }
    out + rest
}

/// Bytes behind each `crate` that begins a path.
fn crate_paths(source: &str) -> Vec<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    source
        .match_indices("crate::")
        .filter(|(i, _)| !source[..*i].ends_with(word))
        .map(|(i, _)| i + "crate".len())
        .collect()
}
