//! What may be done with each variable at each point: the compiler is asked.
//!
//! Borrow checking reports per function body. So the program is copied once
//! per question, with `let _ = &mut x;` put behind a statement, and one call of
//! the compiler answers all of them. An error on the added text says what is
//! missing there; an error before it, that the question itself kept a dead
//! borrow alive; an error behind it, that the permission is there.

use crate::TraceError;
use crate::program::{Program, Shape, apply, line_of};
use crate::tools::{Tools, disk, rustc_failure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// What the compiler says of a variable at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Free,
    NotSet,
    /// `running`: by the very statement that runs, which may not be so far.
    Moved {
        line: usize,
        into: Option<String>,
        maybe: bool,
        running: bool,
    },
    /// Fields of it were moved; those named here.
    Partly {
        line: usize,
        fields: Vec<String>,
        readable: bool,
    },
    Lent {
        mutable: bool,
        line: usize,
        to: Option<String>,
        running: bool,
    },
    /// A borrow in it has ended.
    Dead,
}

impl Finding {
    /// Whether nothing of the variable may be read.
    pub fn hides(&self) -> bool {
        match self {
            Finding::NotSet | Finding::Moved { .. } | Finding::Dead => true,
            Finding::Partly { readable, .. } => !readable,
            Finding::Free | Finding::Lent { .. } => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub finding: Finding,
    /// Whether it may be changed, as far as its declaration goes.
    pub mutable: bool,
}

/// Where a question is asked: after the statement of a mark, or while a
/// statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    After(usize),
    During(usize),
}

pub(crate) type Answers = BTreeMap<(Place, usize), Answer>;

#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Diagnostic {
    pub message: String,
    #[serde(default)]
    pub code: Option<Code>,
    pub level: String,
    #[serde(default)]
    pub spans: Vec<Span>,
}

#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Code {
    pub code: String,
}

#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Span {
    pub file_name: String,
    pub byte_start: usize,
    pub byte_end: usize,
    pub line_start: usize,
    pub is_primary: bool,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Expansion {
    pub span: Span,
    #[serde(default)]
    pub macro_decl_name: String,
}

impl Diagnostic {
    pub fn code(&self) -> &str {
        self.code.as_ref().map_or("", |c| &c.code)
    }
}

/// The errors in the compiler's JSON.
pub(crate) fn errors(stderr: &str) -> Vec<Diagnostic> {
    stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok())
        .filter(|d| d.level == "error")
        .collect()
}

/// A span where it stands in the file, not in a macro of the library.
pub(crate) fn outermost(span: &Span) -> &Span {
    match &span.expansion {
        // A `for` loop is written in other terms, but where it stands.
        Some(e) if !e.macro_decl_name.starts_with("desugaring") => outermost(&e.span),
        _ => span,
    }
}

/// Something to ask about at a place.
#[derive(Clone, Debug)]
struct Item {
    variable: usize,
    /// A field to ask about instead of the whole.
    field: Option<String>,
}

/// One question, or several that cannot disturb each other: each stands in a
/// branch of its own, so that none lies on a path to another.
#[derive(Clone, Debug)]
struct Question {
    place: Place,
    items: Vec<Item>,
}

/// What a question adds to the program.
struct Added {
    /// Sorted by place.
    edits: Vec<(usize, String)>,
    /// Which edit asks about which item.
    pieces: Vec<Piece>,
}

/// An edit, the bytes of its text, and the item that they ask about.
type Piece = (usize, Range<usize>, usize);

/// A place, what is put there, and from which edit of which function's question.
type Change = (usize, String, Option<(usize, usize)>);

/// Asks about every variable that a picture shows.
pub(crate) fn ask(program: &Program, tools: &Tools, folder: &Path) -> Result<Answers, TraceError> {
    let mut questions = Vec::new();
    let one = |place, variable| Question {
        place,
        items: vec![Item {
            variable,
            field: None,
        }],
    };
    for (p, point) in program.points.iter().enumerate() {
        let s = &program.statements[point.statement];
        let seen = if s.shape == Shape::Tail {
            &s.before
        } else {
            &s.after
        };
        let place = Place::After(p);
        let hidden = |&&v: &&usize| program.rename(v, s.range.end).is_some();
        questions.extend(seen.iter().filter(hidden).map(|&v| one(place, v)));
        let items: Vec<Item> = seen
            .iter()
            .filter(|v| !hidden(v))
            .map(|&variable| Item {
                variable,
                field: None,
            })
            .collect();
        if !items.is_empty() {
            questions.push(Question { place, items });
        }
    }
    for (i, s) in program
        .statements
        .iter()
        .enumerate()
        .filter(|(_, s)| s.calls)
    {
        questions.extend(s.before.iter().map(|&v| one(Place::During(i), v)));
    }
    let mut answers = Answers::new();
    let again = round(program, tools, folder, questions, &mut answers)?;
    // Where a dead borrow was found, another may stand in its shadow: those are
    // asked alone. What was moved in part is asked field by field.
    let mut questions: Vec<Question> = again.into_iter().map(|(place, v)| one(place, v)).collect();
    for (&(place, variable), answer) in &answers {
        if matches!(answer.finding, Finding::Partly { .. }) {
            for field in &program.fields {
                let items = vec![Item {
                    variable,
                    field: Some(field.clone()),
                }];
                questions.push(Question { place, items });
            }
        }
    }
    if !questions.is_empty() {
        round(program, tools, folder, questions, &mut answers)?;
    }
    Ok(answers)
}

/// The edits that put a question into the program.
fn added(program: &Program, question: &Question) -> Added {
    let single = question.items.len() == 1;
    let (statement, at) = match question.place {
        Place::After(p) => {
            let s = &program.statements[program.points[p].statement];
            (s, s.range.end)
        }
        Place::During(i) => (&program.statements[i], program.statements[i].range.start),
    };
    let r = &statement.range;
    let mut edits: Vec<(usize, String)> = Vec::new();
    let name = |item: &Item| {
        let mut name = program.variables[item.variable].name.clone();
        if program.rename(item.variable, at).is_some() {
            name.push_str("__mt");
        }
        match &item.field {
            Some(field) => format!("{name}.{field}"),
            None => name,
        }
    };
    if single && let Some(renamed) = program.rename(question.items[0].variable, at) {
        edits.extend(renamed);
    }
    let mut asked: Vec<(String, Vec<Range<usize>>)> = Vec::new();
    let first = edits.len();
    match question.place {
        Place::After(_) => {
            let mut text = String::new();
            let mut ranges = Vec::new();
            let (open, close) = if statement.shape == Shape::Tail {
                // An argument has the type that is wanted of it, so it is coerced
                // as it was; the second is evaluated behind it.
                edits.push((r.start, "crate::pass(".into()));
                (", { ", " })")
            } else {
                (" ", "")
            };
            text.push_str(open);
            if !single {
                text.push_str("match crate::which() { ");
            }
            for (i, item) in question.items.iter().enumerate() {
                let ask = match item.field {
                    Some(_) => format!("let _ = &{};", name(item)),
                    // A change would make another kind of closure of it.
                    None if program.variables[item.variable].captured => {
                        format!("let _ = &{};", name(item))
                    }
                    None => format!("let _ = &mut {};", name(item)),
                };
                let from = text.len();
                if single {
                    text.push_str(&ask);
                } else {
                    text.push_str(&format!("{i} => {{ {ask} }} "));
                }
                ranges.push(from..text.len());
            }
            if !single {
                text.push_str("_ => {} }");
            }
            text.push_str(close);
            asked.push((text, ranges));
            edits.push((r.end, asked[0].0.clone()));
        }
        Place::During(_) => {
            let ask = format!("let __mt_q = crate::Kept(&{}); ", name(&question.items[0]));
            if !statement.block {
                edits.push((r.start, format!("{{ {ask}")));
                edits.push((r.end, " }".into()));
            } else if statement.shape == Shape::Plain {
                edits.push((r.start, ask));
                edits.push((r.end, " ::core::mem::drop(__mt_q);".into()));
            } else {
                edits.push((r.start, ask));
            }
        }
    }
    // Renaming edits at the same byte come first: the word ends there.
    let mut order: Vec<usize> = (0..edits.len()).collect();
    order.sort_by_key(|&i| (edits[i].0, i));
    let mut pieces = Vec::new();
    for (position, &i) in order.iter().enumerate() {
        if i < first {
            continue;
        }
        if single {
            pieces.push((position, 0..edits[i].1.len(), 0));
        } else if let Some((text, ranges)) = asked.first()
            && *text == edits[i].1
        {
            pieces.extend(
                ranges
                    .iter()
                    .enumerate()
                    .map(|(item, r)| (position, r.clone(), item)),
            );
        }
    }
    Added {
        edits: order.into_iter().map(|i| edits[i].clone()).collect(),
        pieces,
    }
}

/// Where a byte of the edited text stood, and in which edit it stands.
fn original(edits: &[(usize, String)], at: usize) -> (usize, Option<(usize, usize)>) {
    let mut shift = 0;
    for (i, (place, text)) in edits.iter().enumerate() {
        if at < place + shift {
            break;
        }
        if at < place + shift + text.len() {
            return (*place, Some((i, at - place - shift)));
        }
        shift += text.len();
    }
    (at - shift, None)
}

/// One copy of the program, with a question for each of some functions.
#[derive(Default)]
struct Copy {
    /// By the function that is asked about.
    questions: BTreeMap<usize, (Question, Vec<Piece>)>,
    edits: Vec<(usize, String)>,
}

/// One call of the compiler for many questions. Gives back what must be asked
/// again, alone.
fn round(
    program: &Program,
    tools: &Tools,
    folder: &Path,
    questions: Vec<Question>,
    answers: &mut Answers,
) -> Result<Vec<(Place, usize)>, TraceError> {
    let root =
        |q: &Question| program.functions[program.variables[q.items[0].variable].function].root;
    let mut grouped: Vec<BTreeMap<usize, Question>> = vec![BTreeMap::new()];
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    for q in questions {
        let copy = next.entry(root(&q)).or_insert(1);
        if grouped.len() <= *copy {
            grouped.push(BTreeMap::new());
        }
        grouped[*copy].insert(root(&q), q);
        *copy += 1;
    }
    let crates = crate_paths(program.source);
    let mut head = String::from(
        "#![allow(warnings)]\npub struct Kept<T>(pub T);\n\
         impl<T> Drop for Kept<T> { fn drop(&mut self) {} }\npub fn which() -> u32 { 0 }\n\
         pub fn pass<T>(value: T, _: ()) -> T { value }\n",
    );
    let mut copies = Vec::new();
    for (i, group) in grouped.into_iter().enumerate() {
        // Functions do not overlap, so their edits can be put together in order.
        let mut edits: Vec<Change> = crates
            .iter()
            .map(|&at| (at, format!("::q{i}"), None))
            .collect();
        let mut copy = Copy::default();
        for (root, q) in group {
            let a = added(program, &q);
            edits.extend(
                a.edits
                    .into_iter()
                    .enumerate()
                    .map(|(k, (at, t))| (at, t, Some((root, k)))),
            );
            copy.questions.insert(root, (q, a.pieces));
        }
        edits.sort_by_key(|(at, _, _)| *at);
        for (position, (at, text, from)) in edits.into_iter().enumerate() {
            copy.edits.push((at, text));
            if let Some((root, k)) = from
                && let Some((_, pieces)) = copy.questions.get_mut(&root)
            {
                for piece in pieces.iter_mut().filter(|p| p.0 == k) {
                    // Marked as moved over by an offset that no edit reaches.
                    piece.0 = position + MOVED;
                }
            }
        }
        for (_, pieces) in copy.questions.values_mut() {
            pieces.iter_mut().for_each(|p| p.0 -= MOVED);
        }
        head.push_str(&format!("mod q{i};\n"));
        std::fs::write(
            folder.join(format!("q{i}.rs")),
            apply(program.source, &copy.edits),
        )
        .map_err(|e| disk(folder, &e))?;
        copies.push(copy);
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
    let mut found: Vec<Vec<&Diagnostic>> = vec![Vec::new(); copies.len()];
    for d in &diagnostics {
        let Some(primary) = d.spans.iter().find(|s| s.is_primary).map(outermost) else {
            continue;
        };
        let number = primary
            .file_name
            .strip_prefix('q')
            .and_then(|n| n.strip_suffix(".rs"));
        let Some(copy) = number.and_then(|n| n.parse::<usize>().ok()) else {
            continue;
        };
        if copy == 0 {
            return Err(TraceError {
                line: primary.line_start,
                message: format!(
                    "the program does not compile, so there is no run to draw: {}{}",
                    d.code
                        .as_ref()
                        .map(|c| format!("error[{}]: ", c.code))
                        .unwrap_or_default(),
                    d.message
                ),
            });
        }
        found[copy].push(d);
    }
    let mut again = Vec::new();
    for (i, copy) in copies.iter().enumerate() {
        for (&root, (question, pieces)) in &copy.questions {
            let body = &program.functions[root].range;
            let here: Vec<&Diagnostic> = found[i]
                .iter()
                .copied()
                .filter(|d| {
                    d.spans
                        .iter()
                        .filter(|s| s.is_primary)
                        .map(outermost)
                        .any(|s| {
                            let (at, _) = original(&copy.edits, s.byte_start);
                            body.contains(&at)
                        })
                })
                .collect();
            read(
                program,
                question,
                pieces,
                &here,
                &copy.edits,
                answers,
                &mut again,
            )?;
        }
    }
    Ok(again)
}

/// More than a copy has edits.
const MOVED: usize = 1 << 32;

/// Bytes behind each `crate` that begins a path.
fn crate_paths(source: &str) -> Vec<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    source
        .match_indices("crate::")
        .filter(|(i, _)| !source[..*i].ends_with(word))
        .map(|(i, _)| i + "crate".len())
        .collect()
}

/// Reads the compiler's answer to one question.
fn read(
    program: &Program,
    question: &Question,
    pieces: &[Piece],
    diagnostics: &[&Diagnostic],
    edits: &[(usize, String)],
    answers: &mut Answers,
    again: &mut Vec<(Place, usize)>,
) -> Result<(), TraceError> {
    let (at, statement) = match question.place {
        Place::After(p) => {
            let s = &program.statements[program.points[p].statement];
            (s.range.end, s)
        }
        Place::During(i) => (program.statements[i].range.start, &program.statements[i]),
    };
    let during = matches!(question.place, Place::During(_));
    let piece = |s: &Span| -> Option<usize> {
        let (edit, offset) = original(edits, outermost(s).byte_start).1?;
        pieces
            .iter()
            .find(|(e, r, _)| *e == edit && r.contains(&offset))
            .map(|p| p.2)
    };
    let mut found: Vec<Answer> = vec![
        Answer {
            finding: Finding::Free,
            mutable: true
        };
        question.items.len()
    ];
    let mut unclear = false;
    for d in diagnostics {
        let Some(primary) = d.spans.iter().find(|s| s.is_primary).map(outermost) else {
            continue;
        };
        let (place, _) = original(edits, primary.byte_start);
        let asked = d.spans.iter().filter(|s| s.is_primary).find_map(piece);
        let by_use = d.spans.iter().filter(|s| !s.is_primary).find_map(piece);
        let single = (question.items.len() == 1).then_some(0);
        let Some(item) = asked.or(by_use).or(single) else {
            unclear = true;
            continue;
        };
        let answer = &mut found[item];
        let span = |words: &[&str]| -> Option<Range<usize>> {
            d.spans
                .iter()
                .filter(|s| !s.is_primary)
                .find(|s| {
                    s.label.as_ref().is_some_and(|label| {
                        !label.contains("due to use in closure")
                            && words.iter().any(|w| label.contains(w))
                    })
                })
                .map(outermost)
                .map(|s| original(edits, s.byte_start).0..original(edits, s.byte_end).0)
        };
        let loan = || {
            let range = span(&["occurs here", "is borrowed here"]);
            let mutable = d.spans.iter().filter(|s| !s.is_primary).any(|s| {
                s.label.as_ref().is_some_and(|l| {
                    l.contains("occurs here")
                        && l.contains("mutable borrow")
                        && !l.contains("immutable")
                })
            });
            Finding::Lent {
                mutable: mutable || matches!(d.code(), "E0499" | "E0503"),
                line: range
                    .as_ref()
                    .map_or(0, |r| line_of(program.source, r.start)),
                to: range.and_then(|r| program.holder(&r)),
                running: false,
            }
        };
        let field = &question.items[item].field;
        let in_statement = during && asked.is_none() && statement.range.contains(&place);
        match d.code() {
            "E0609" | "E0610" | "E0615" | "E0599" | "E0616" | "E0614" if field.is_some() => {
                return Ok(());
            }
            "E0596" if asked.is_some() => answer.mutable = false,
            "E0381" if asked.is_some() => answer.finding = Finding::NotSet,
            "E0382" if asked.is_some() => {
                let moves = span(&["moved"]);
                let line = moves
                    .as_ref()
                    .map_or(0, |r| line_of(program.source, r.start));
                answer.finding = if let Some(field) = field {
                    Finding::Partly {
                        line,
                        fields: vec![field.clone()],
                        readable: true,
                    }
                } else if d.message.contains("partially moved") {
                    Finding::Partly {
                        line,
                        fields: Vec::new(),
                        readable: false,
                    }
                } else {
                    let maybe = moves.as_ref().is_some_and(|r| program.conditional(r, at));
                    let called = d.spans.iter().any(|s| {
                        s.label
                            .as_ref()
                            .is_some_and(|l| l.contains("due to this method call"))
                    });
                    let into = moves.and_then(|r| {
                        let text = program.source.get(r.clone()).unwrap_or_default();
                        match text.split_once('(') {
                            Some((method, _)) if called => Some(format!("the call of `{method}`")),
                            _ => program.destination(&r),
                        }
                    });
                    Finding::Moved {
                        line,
                        into,
                        maybe,
                        running: false,
                    }
                };
            }
            "E0502" | "E0499" | "E0503" | "E0506" | "E0505" if asked.is_some() => {
                answer.finding = loan();
            }
            "E0505" if in_statement => {
                let range = place..original(edits, primary.byte_end).0;
                answer.finding = Finding::Moved {
                    line: line_of(program.source, place),
                    into: program.destination(&range),
                    maybe: false,
                    running: true,
                };
            }
            // Assigned by the statement, some time.
            "E0506" if in_statement => {}
            "E0502" | "E0499" | "E0503" if in_statement => {
                // A method call's span begins at its receiver.
                answer.finding = Finding::Lent {
                    mutable: true,
                    line: line_of(program.source, place),
                    to: program.destination(&(place..place + 1)),
                    running: true,
                };
            }
            "E0502" | "E0499" | "E0503" | "E0506" | "E0505" | "E0716" | "E0597" | "E0713"
            | "E0382" | "E0381" | "E0515" | "E0521" | "E0373" => {
                if place < at {
                    answer.finding = Finding::Dead;
                }
                unclear |= question.items.len() > 1;
            }
            code => {
                return Err(TraceError {
                    line: line_of(program.source, at),
                    message: format!(
                        "the compiler cannot say what may be done with `{}` here ({code}: {}), \
                         so no picture would be sure; move the mark or simplify the statement",
                        program.variables[question.items[item].variable].name, d.message
                    ),
                });
            }
        }
    }
    for (item, answer) in question.items.iter().zip(found) {
        let key = (question.place, item.variable);
        if item.field.is_some() {
            // A field that is still there changes nothing; one that is gone is
            // added to those known.
            if let Finding::Partly { fields, .. } = answer.finding
                && let Some(Answer {
                    finding:
                        Finding::Partly {
                            fields: all,
                            readable,
                            ..
                        },
                    ..
                }) = answers.get_mut(&key)
            {
                all.extend(fields);
                *readable = true;
            }
            continue;
        }
        if unclear && answer.finding == Finding::Free {
            again.push(key);
        }
        answers.insert(key, answer);
    }
    Ok(())
}
