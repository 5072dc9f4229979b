//! What may be done with each variable at each point: the compiler is asked.
//!
//! The borrow checker judges every function by itself. So a function is copied
//! once for each question, with `let _ = &mut x;` put behind a statement, and
//! one call of the compiler answers for all copies. An error on what was put in
//! says what is missing there. Any other error says that the question kept a
//! borrow alive that had ended: the variable may not be used.
//!
//! Who holds a loan is asked in the same way: `h` holds a borrow of `x` if
//! `&mut x` and then `&h` is refused, and holds it still if `&mut x` is refused
//! after all other holders were given new values.

use crate::TraceError;
use crate::model::MovedField;
use crate::program::{Around, Program, Shape, line_of};
use crate::tools::Tools;
pub(crate) use copies::named;
use copies::{Said, compile};
use question::{Ask, Question};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

mod copies;
mod question;

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
        fields: Vec<MovedField>,
        readable: bool,
    },
    Lent {
        mutable: bool,
        line: usize,
        /// All that hold the loan, in words.
        to: Option<String>,
        /// The variables among them.
        holders: Vec<usize>,
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
    /// Whether it may be moved, or copied if its type is `Copy`.
    pub own: bool,
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
    /// The message as on a terminal.
    #[serde(default)]
    pub rendered: Option<String>,
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

/// What is known of a variable at a place while it is asked about.
struct Asked<'s> {
    place: Place,
    variable: usize,
    write: &'s [Said],
    read: Option<&'s [Said]>,
    own: Option<&'s [Said]>,
}

/// Whether the compiler would not borrow here what was asked about, because of
/// another borrow.
fn refused(said: &Said) -> bool {
    said.primary.asked.is_some()
        && !matches!(
            said.code.as_str(),
            "E0596" | "E0594" | "E0381" | "E0382" | "E0384"
        )
}

/// Whether the question's own borrow is in the way of what comes behind it.
fn in_the_way(said: &Said) -> bool {
    said.primary.asked.is_none() && said.loan().is_some_and(|w| w.asked.is_some())
}

/// Whether a loan keeps the variable from being borrowed.
fn blocked(said: &Said) -> bool {
    refused(said) || in_the_way(said)
}

/// Whether the question kept a borrow alive that had ended.
fn revived(said: &Said) -> bool {
    said.primary.asked.is_none() && !in_the_way(said) && said.code != "E0596" && judged(said)
}

/// Whether the borrow checker said it: all else says that the question could
/// not be asked in this way.
fn judged(said: &Said) -> bool {
    const CODES: [&str; 21] = [
        "E0373", "E0381", "E0382", "E0384", "E0499", "E0500", "E0501", "E0502", "E0503", "E0505",
        "E0506", "E0507", "E0510", "E0515", "E0521", "E0524", "E0594", "E0596", "E0597", "E0713",
        "E0716",
    ];
    CODES.contains(&said.code.as_str()) || said.code.is_empty()
}

/// The variables that are asked about at each place.
fn places<'p>(program: &'p Program) -> Vec<(Place, &'p [usize])> {
    let mut places: Vec<(Place, &[usize])> = Vec::new();
    for (p, point) in program.points.iter().enumerate() {
        let s = &program.statements[point.statement];
        let seen = if s.shape == Shape::Tail {
            &s.before
        } else {
            &s.after
        };
        places.push((Place::After(p), seen));
    }
    for (i, s) in program.statements.iter().enumerate() {
        if s.calls {
            places.push((Place::During(i), &s.before));
        }
    }
    places
}

/// Asks about every variable that a picture shows.
pub(crate) fn ask(program: &Program, tools: &Tools, folder: &Path) -> Result<Answers, TraceError> {
    let questions = first(program);
    let said = compile(program, tools, folder, &questions)?;
    let mut known = Known {
        program,
        holds: BTreeMap::new(),
        said: questions.into_iter().zip(said).collect(),
    };
    known.note_holders();
    let questions = known.second();
    if !questions.is_empty() {
        let said = compile(program, tools, folder, &questions)?;
        known.said.extend(questions.into_iter().zip(said));
    }
    known.answers()
}

/// Whether anything is in the way of each variable, and who holds a borrow of what.
fn first(program: &Program) -> Vec<Question> {
    let mut questions = Vec::new();
    for (place, seen) in places(program) {
        for &v in seen {
            let ask = Ask::Write(v);
            questions.push(Question { place, ask });
        }
        let pairs = pairs(seen);
        if !pairs.is_empty() {
            let ask = Ask::Holds(pairs);
            questions.push(Question { place, ask });
        }
    }
    questions
}

/// What the compiler said so far.
struct Known<'p> {
    program: &'p Program<'p>,
    said: Vec<(Question, Vec<Said>)>,
    /// Pairs of a variable and one that holds a borrow of it.
    holds: BTreeMap<Place, BTreeSet<(usize, usize)>>,
}

impl Known<'_> {
    fn note_holders(&mut self) {
        for (q, said) in &self.said {
            if let Ask::Holds(pairs) = &q.ask {
                let found = said.iter().filter(|s| refused(s));
                let found = found.filter_map(|s| pairs.get(s.primary.asked?).copied());
                self.holds.entry(q.place).or_default().extend(found);
            }
        }
    }

    fn writes(&self) -> impl Iterator<Item = (Place, usize, &[Said])> {
        self.said.iter().filter_map(|(q, said)| match q.ask {
            Ask::Write(v) => Some((q.place, v, said.as_slice())),
            _ => None,
        })
    }

    fn find(&self, place: Place, test: impl Fn(&Ask) -> bool) -> Option<&[Said]> {
        let mut all = self.said.iter();
        all.find(|(q, _)| q.place == place && test(&q.ask))
            .map(|(_, said)| said.as_slice())
    }

    fn holders(&self, place: Place, of: usize) -> Vec<usize> {
        let pairs = self.holds.get(&place).into_iter().flatten();
        pairs.filter(|(o, _)| *o == of).map(|(_, h)| *h).collect()
    }

    /// The rest, of those variables of which not all is allowed.
    fn second(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (place, v, said) in self.writes() {
            let mut put = |ask: Ask| questions.push(Question { place, ask });
            let captured = self.program.variables[v].captured;
            // Of a whole statement, only what is asked across it tells.
            let whole = matches!(place, Place::During(_)) && call(self.program, place).is_none();
            if said.iter().all(|s| s.code == "E0596") && !captured && !whole {
                continue;
            }
            if said
                .iter()
                .any(|s| s.primary.asked.is_some() && s.code == "E0382")
            {
                let fields = self.program.fields.iter().cloned();
                fields.for_each(|f| put(Ask::Field(v, f)));
                continue;
            }
            put(Ask::Read(v));
            if let Place::After(_) = place {
                put(Ask::Own(v));
            }
            if said.iter().any(blocked) {
                let all = self.holders(place, v);
                if !all.is_empty() {
                    put(Ask::Without(v, all.clone()));
                }
                if all.len() > 1 {
                    all.iter()
                        .for_each(|&h| put(Ask::Without(v, without(&all, h))));
                }
            }
        }
        questions
    }

    fn answers(&self) -> Result<Answers, TraceError> {
        let mut answers = Answers::new();
        // Whole statements first: what cannot be asked of a call is known of its
        // statement.
        let mut writes: Vec<_> = self.writes().collect();
        writes.sort_by_key(|(place, _, _)| call(self.program, *place).is_some());
        for (place, v, write) in writes {
            let asked = Asked {
                place,
                variable: v,
                write,
                read: self.find(place, |a| matches!(a, Ask::Read(o) if *o == v)),
                own: self.find(place, |a| matches!(a, Ask::Own(o) if *o == v)),
            };
            let mut answer = match read(self.program, &asked) {
                Some(answer) => answer,
                None => {
                    let parent = call(self.program, place).map(Place::During);
                    let known = parent.and_then(|p| answers.get(&(p, v)));
                    known.cloned().ok_or_else(|| unsure(self.program, &asked))?
                }
            };
            match &mut answer.finding {
                Finding::Partly {
                    fields, readable, ..
                } => {
                    *fields = self.moved_fields(place, v);
                    *readable = !fields.is_empty();
                }
                Finding::Lent { to, holders, .. } if write.iter().any(blocked) => {
                    (*holders, *to) = self.name_holders(place, v, write);
                }
                _ => {}
            }
            answers.insert((place, v), answer);
        }
        Ok(answers)
    }

    fn moved_fields(&self, place: Place, v: usize) -> Vec<MovedField> {
        let moved = self.said.iter().filter_map(|(q, said)| match &q.ask {
            Ask::Field(o, field) if q.place == place && *o == v => {
                let gone = |s: &&Said| s.code == "E0382" && s.primary.asked.is_some();
                let moves = said.iter().find(gone)?.label(&["moved"]);
                let line = moves.map_or(0, |w| line_of(self.program.source, w.range.start));
                let name = field.clone();
                Some(MovedField { name, line })
            }
            _ => None,
        });
        moved.collect()
    }

    /// All variables that hold a loan still, and all holders in words.
    fn name_holders(&self, place: Place, v: usize, write: &[Said]) -> (Vec<usize>, Option<String>) {
        let all = self.holders(place, v);
        let still = |others: &[usize]| {
            let test = |a: &Ask| matches!(a, Ask::Without(o, list) if *o == v && list == others);
            self.find(place, test)
                .and_then(|said| said.iter().find(|s| blocked(s)))
        };
        let rest = match all.as_slice() {
            [] => write.iter().find(|s| blocked(s)),
            all => still(all),
        };
        let who = Holders {
            program: self.program,
            place,
            all: &all,
            holds: self.holds.get(&place),
        };
        who.name(rest, |h| still(&without(&all, h)).is_some())
    }
}

/// Every pair of different variables.
fn pairs(seen: &[usize]) -> Vec<(usize, usize)> {
    seen.iter()
        .flat_map(|&a| seen.iter().map(move |&b| (a, b)))
        .filter(|(a, b)| a != b)
        .collect()
}

fn without(all: &[usize], spared: usize) -> Vec<usize> {
    all.iter().copied().filter(|&h| h != spared).collect()
}

/// The statement in which a call stands, if the place is one.
fn call(program: &Program, place: Place) -> Option<usize> {
    match place {
        Place::During(i) => program.statements[i].call.as_ref().map(|c| c.parent),
        Place::After(_) => None,
    }
}

fn unsure(program: &Program, asked: &Asked) -> TraceError {
    let question = Question {
        place: asked.place,
        ask: Ask::Read(asked.variable),
    };
    let said = asked.write.iter().chain(asked.read.unwrap_or_default());
    let said = said.filter(|s| !judged(s));
    let said = said.map(|s| format!(" ({}: {})", s.code, s.message)).next();
    TraceError {
        line: line_of(program.source, question.spot(program).1),
        message: format!(
            "the compiler cannot say what may be done with `{}` here{}, \
             so no picture would be sure; move the mark or simplify the statement",
            program.variables[asked.variable].name,
            said.unwrap_or_default()
        ),
    }
}

/// What the compiler's words on one variable mean. `None` if it could not be
/// asked here.
fn read(program: &Program, asked: &Asked) -> Option<Answer> {
    let captured = program.variables[asked.variable].captured;
    let on = |code: &str| {
        let mut said = asked.write.iter();
        said.find(|s| s.code == code && s.primary.asked.is_some())
    };
    let answer = |finding: Finding| {
        let free = finding == Finding::Free;
        let own = match asked.own {
            None => free,
            // What comes behind is not the move's, nor is the pass before.
            Some(said) if !captured => !said.iter().any(|s| {
                s.primary.asked.is_some()
                    && !(s.code == "E0382" && s.says("previous iteration of loop"))
            }),
            Some(said) => said.is_empty(),
        };
        let readable = matches!(
            finding,
            Finding::Free | Finding::Lent { mutable: false, .. }
        );
        Some(Answer {
            own: own && readable,
            mutable: asked.write.iter().all(|s| s.code != "E0596" && judged(s)),
            finding,
        })
    };
    if on("E0381").is_some() {
        return answer(Finding::NotSet);
    }
    if let Some(said) = on("E0382") {
        return answer(moved(program, asked, said));
    }
    if !captured && asked.write.iter().any(|s| !judged(s)) {
        return None;
    }
    let Some(read) = asked.read else {
        return answer(Finding::Free);
    };
    if read.iter().any(|s| !judged(s)) {
        return None;
    }
    let whole = call(program, asked.place).is_none() && matches!(asked.place, Place::During(_));
    if let Some(said) = read.iter().find(|s| refused(s)) {
        return answer(lent(program, said, true));
    }
    if let Some(said) = read.iter().find(|s| in_the_way(s)) {
        let at = said.primary.range.start;
        let line = line_of(program.source, at);
        return answer(match said.code.as_str() {
            "E0505" => Finding::Moved {
                line,
                into: program.destination(&said.primary.range),
                maybe: false,
                running: whole,
            },
            // The statement assigns it, some time.
            "E0506" if whole => Finding::Free,
            _ => Finding::Lent {
                mutable: true,
                line,
                // A method call's span begins at its receiver.
                to: program.destination(&(at..at + 1)),
                holders: Vec::new(),
                running: whole,
            },
        });
    }
    if read.iter().any(revived) {
        return answer(Finding::Dead);
    }
    if let Some(said) = asked.write.iter().find(|s| blocked(s)) {
        return answer(lent(program, said, false));
    }
    answer(Finding::Free)
}

fn lent(program: &Program, said: &Said, mutable: bool) -> Finding {
    let began = match in_the_way(said) {
        true => Some(&said.primary),
        false => said.loan(),
    };
    Finding::Lent {
        mutable,
        line: began.map_or(0, |w| line_of(program.source, w.range.start)),
        to: None,
        holders: Vec::new(),
        running: false,
    }
}

/// A variable that was moved, whole or in part.
fn moved(program: &Program, asked: &Asked, said: &Said) -> Finding {
    let moves = said.label(&["moved"]).map(|w| w.range.clone());
    let line = moves
        .as_ref()
        .map_or(0, |r| line_of(program.source, r.start));
    if said.message.contains("partially moved") {
        return Finding::Partly {
            line,
            fields: Vec::new(),
            readable: false,
        };
    }
    let question = Question {
        place: asked.place,
        ask: Ask::Read(asked.variable),
    };
    let at = question.spot(program).1;
    // While a call runs, its arguments have been moved.
    let inside = |r: &Range<usize>| {
        let s = question.spot(program).0;
        s.call.is_some() && s.range.start <= r.start && r.end <= s.range.end
    };
    let maybe = moves
        .as_ref()
        .is_some_and(|r| !inside(r) && program.conditional(r, at));
    let called = said.says("due to this method call") || said.says("due to this call");
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
}

/// Who holds a loan.
struct Holders<'p> {
    program: &'p Program<'p>,
    place: Place,
    /// All variables that hold a borrow of it, used later or not.
    all: &'p [usize],
    holds: Option<&'p BTreeSet<(usize, usize)>>,
}

impl Holders<'_> {
    /// Names all that hold the loan still. `rest`: why the compiler refuses
    /// when no variable holds it; `spared`: whether it refuses when this one does.
    fn name(
        &self,
        rest: Option<&Said>,
        spared: impl Fn(usize) -> bool,
    ) -> (Vec<usize>, Option<String>) {
        let program = self.program;
        let looped = rest.and_then(|said| self.looped(said));
        let mut live: Vec<usize> = match rest {
            None if self.all.len() == 1 => self.all.to_vec(),
            None => self.all.iter().copied().filter(|&h| spared(h)).collect(),
            // The compiler refuses anyway: the text says who is used later.
            Some(_) => {
                let at = self.at();
                let used = |h: &usize| program.used_later(*h, at);
                self.all.iter().copied().filter(used).collect()
            }
        };
        if live.is_empty() && rest.is_none() {
            live = self.all.to_vec();
        }
        if let Some(range) = &looped {
            // What the pattern of a loop binds has its borrow from the loop.
            live.retain(|&h| {
                let scope = program.variables[h].scope.start;
                let between = program.source.get(range.end..scope);
                between.is_none_or(|text| !text.trim().is_empty())
            });
        }
        // Who has it from another holder is named there.
        let direct = |h: &usize| {
            !live.iter().any(|o| {
                let has = |a: usize, b: usize| self.holds.is_some_and(|s| s.contains(&(a, b)));
                o != h && has(*o, *h) && !has(*h, *o)
            })
        };
        let named: Vec<usize> = live.iter().copied().filter(direct).collect();
        let mut words: Vec<String> = Vec::new();
        for &h in &named {
            let word = format!("`{}`", program.variables[h].name);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if looped.is_some() {
            words.push("the loop".into());
        } else if let Some(other) = rest.and_then(|said| self.unnamed(said, words.is_empty())) {
            words.push(other);
        }
        let text = match words.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [most @ .., last] => Some(format!("{} and {last}", most.join(", "))),
        };
        (named, text)
    }

    /// Behind this byte, what holds the loan must be named if it is used.
    fn at(&self) -> usize {
        if let Place::During(i) = self.place {
            return self.program.statements[i].range.end;
        }
        let ask = Ask::Holds(Vec::new());
        let place = self.place;
        Question { place, ask }.spot(self.program).1
    }

    /// The expression of the loop that holds it.
    fn looped(&self, said: &Said) -> Option<Range<usize>> {
        let began = said.loan().filter(|w| !w.inserted);
        let used = said
            .label(&["later used", "used here"])
            .filter(|w| !w.inserted);
        let at = self.at();
        let loops = self.program.around.iter();
        let mut loops = loops.filter(|(r, a)| matches!(a, Around::Loop) && r.end <= at);
        let found = loops.find(|(r, _)| {
            let inside = |w: &copies::Where| r.start <= w.range.start && w.range.end <= r.end;
            began.is_some_and(inside) || used.is_some_and(inside)
        });
        found.map(|(r, _)| r.clone())
    }

    /// A holder that has no name: the running call, a closure, a temporary.
    fn unnamed(&self, said: &Said, alone: bool) -> Option<String> {
        let program = self.program;
        let began = match in_the_way(said) {
            true => Some(&said.primary),
            false => said.loan(),
        };
        let began = began.map(|w| w.range.clone());
        if let Place::During(i) = self.place
            && let Some(call) = &program.statements[i].call
        {
            let r = &program.statements[i].range;
            let own = began
                .as_ref()
                .is_some_and(|b| r.start <= b.start && b.end <= r.end);
            let closure = own
                && program.around.iter().any(|(c, a)| {
                    let inside = |b: &Range<usize>| c.start <= b.start && b.end <= c.end;
                    matches!(a, Around::Closure)
                        && r.start < c.start
                        && began.as_ref().is_some_and(inside)
                });
            return match (own || alone, closure) {
                (_, true) => Some("a closure".into()),
                (true, _) => Some(format!("the call of `{}`", call.callee)),
                _ => None,
            };
        }
        if said.says("temporary") {
            return alone.then(|| "a temporary value".into());
        }
        began
            .and_then(|r| program.destination(&r))
            .filter(|_| alone)
    }
}
