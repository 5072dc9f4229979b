//! One chart of a program's borrows: for each variable, the lines on which it
//! owns, is lent out, or may no longer be used.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use crate::permissions::{self, Answers, Diagnostic, Finding, Place, Span, errors, outermost};
use crate::program::{Program, Variable, line_of};
use crate::tools::{self, Compiled, Tools, disk, rustc_failure};
use crate::{Options, TraceError};

/// A bar: from the beginning of a line to the end of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub text: String,
    pub kind: Kind,
    pub from: usize,
    pub to: usize,
}

impl Bar {
    /// Whether it is a loan to this variable.
    pub fn lends_to(&self, name: &str) -> bool {
        matches!(self.kind, Kind::Shared | Kind::Mutable)
            && self
                .text
                .strip_suffix(name)
                .is_some_and(|t| t.ends_with(" to "))
    }
}

/// The bars of a variable.
pub(crate) struct Row {
    /// Its number in the program.
    pub variable: usize,
    /// As the chart names it.
    name: String,
    pub bars: Vec<Bar>,
}

impl Row {
    /// Whether it is a reference, or holds one.
    pub fn borrows(&self) -> bool {
        self.bars.iter().any(|b| b.text.starts_with("borrows"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Usable,
    Shared,
    Mutable,
    Gone,
}

/// Draws the borrows of a program as one mermaid gantt chart, on which the
/// time is the line. On a program that the borrow checker refuses, it shows the two
/// ranges that collide, from the declaration to the last line that the compiler names.
///
/// ```no_run
/// let source = "fn main() {
///     let mut v = vec![1];
///     let first = &v[0];
///     println!(\"{first}\");
///     v.push(2);
/// }";
/// let chart = trace::borrows(source, &trace::Options::default())?;
/// assert!(chart.contains("section v\nowns :2, 6\nlent to first :active, 3, 5"));
/// # Ok::<(), trace::TraceError>(())
/// ```
pub fn borrows(source: &str, options: &Options) -> Result<String, TraceError> {
    let tools = Tools::new(options)?;
    let folder = tools::folder()?;
    let here = folder.path();
    if let Some(Collision { code, name, bars }) = rejected(source, &tools, here)? {
        let title = format!("{code}, two ranges that collide");
        return Ok(chart(&title, &[(name, bars)]));
    }
    let program = Program::for_borrows(source)?;
    let rows = rows(&program, &tools, here)?;
    let sections: Vec<(String, Vec<Bar>)> =
        rows.into_iter().map(|row| (row.name, row.bars)).collect();
    Ok(chart("Borrows, line by line", &sections))
}

/// What is in the way in a program that the compiler rejects.
pub(crate) struct Collision {
    code: String,
    /// Of the value that it is about.
    pub name: String,
    pub bars: Vec<Bar>,
}

/// The first error of a program, drawn; nothing if it compiles.
pub(crate) fn rejected(
    source: &str,
    tools: &Tools,
    folder: &Path,
) -> Result<Option<Collision>, TraceError> {
    let done = metadata(source, tools, folder)?;
    if done.success {
        return Ok(None);
    }
    let found = errors(&done.stderr);
    let Some(first) = found.iter().find(|d| !d.spans.is_empty()) else {
        return Err(rustc_failure(&done.stderr));
    };
    collision(source, first).map(Some)
}

/// The bars of every variable of a program that compiles.
pub(crate) fn rows(
    program: &Program,
    tools: &Tools,
    folder: &Path,
) -> Result<Vec<Row>, TraceError> {
    let source = program.source;
    let answers = permissions::ask(program, tools, folder)?;
    let references = references(program, tools, folder)?;
    let several = program
        .variables
        .iter()
        .any(|v| v.function != program.variables[0].function);
    let mut rows: Vec<Row> = Vec::new();
    for (id, v) in program.variables.iter().enumerate() {
        let findings = by_line(program, &answers, id);
        if findings.is_empty() {
            continue;
        }
        let have = match references[id] {
            Some(true) => "borrows mutably",
            Some(false) => "borrows",
            None if holds(&answers, id, &v.name) => "borrows",
            None => "owns",
        };
        let end = line_of(source, program.functions[v.function].range.end - 1);
        let name = if several {
            let function = program.functions[v.function].name.replace("::", " ");
            format!("{} in {function}", v.name)
        } else {
            v.name.clone()
        };
        // A captured variable is where its closure is.
        let begins = match v.captured {
            true => program.functions[v.function].line,
            false => v.line,
        };
        rows.push(Row {
            variable: id,
            name,
            bars: row(begins, &findings, have, end),
        });
    }
    end_with_loans(&mut rows, program);
    if rows.is_empty() {
        return Err(TraceError {
            line: 1,
            message: "there are no variables to draw".into(),
        });
    }
    Ok(rows)
}

/// What the compiler says of a program that it rejects, as it would on a terminal
/// without colors; nothing of one that compiles.
///
/// # Errors
///
/// The compiler cannot be called.
pub fn rejection(source: &str, options: &Options) -> Result<Option<String>, TraceError> {
    let tools = Tools::new(options)?;
    let folder = tools::folder()?;
    let done = metadata(source, &tools, folder.path())?;
    if done.success {
        return Ok(None);
    }
    let errors = errors(&done.stderr);
    // The last only counts the others.
    let told = errors.iter().filter(|d| !d.spans.is_empty());
    let said: Vec<&str> = told.filter_map(|d| d.rendered.as_deref()).collect();
    let said = said.concat();
    Ok(Some(said.replace(
        "--> main.rs:",
        &format!("--> {}:", options.file),
    )))
}

/// A borrow lasts as long as the loan that it is: behind its last use, the one who
/// holds it still has an address, and nobody waits for it. Which loan is whose is known
/// of a name that one variable has.
fn end_with_loans(rows: &mut [Row], program: &Program) {
    let loans: Vec<Bar> = rows.iter().flat_map(|row| row.bars.clone()).collect();
    for row in rows {
        let name = &program.variables[row.variable].name;
        let named = program.variables.iter().filter(|v| v.name == *name);
        if named.count() != 1 {
            continue;
        }
        let held = loans.iter().filter(|loan| loan.lends_to(name));
        let mut bars = row.bars.iter_mut();
        let borrows = bars.find(|bar| bar.text.starts_with("borrows"));
        if let (Some(borrow), Some(last)) = (borrows, held.map(|loan| loan.to).max()) {
            borrow.to = borrow.to.min(last).max(borrow.from);
        }
    }
}

/// What is found of a variable behind each line of its function on which a
/// statement ends: of several on a line, behind the last.
fn by_line<'a>(program: &Program, answers: &'a Answers, id: usize) -> BTreeMap<usize, &'a Finding> {
    let mut points: Vec<(usize, usize)> = program
        .points
        .iter()
        .enumerate()
        .filter(|(p, _)| answers.contains_key(&(Place::After(*p), id)))
        .map(|(p, point)| {
            let end = program.statements[point.statement].range.end;
            (line_of(program.source, end.saturating_sub(1)), p)
        })
        .collect();
    points.sort_unstable();
    let finding = |p: usize| &answers[&(Place::After(p), id)].finding;
    points
        .into_iter()
        .map(|(line, p)| (line, finding(p)))
        .collect()
}

/// Whether a variable that is no reference has a borrow in it, as an iterator, a
/// closure or a struct with a lifetime may: others are lent to it, or it dies.
fn holds(answers: &Answers, id: usize, name: &str) -> bool {
    answers.iter().any(|(&(_, v), a)| match &a.finding {
        Finding::Dead => v == id,
        Finding::Lent { to: Some(to), .. } => to.contains(&format!("`{name}`")),
        _ => false,
    })
}

/// The bars of a variable. It has its value for as long as it has not given it
/// away, also while the value is lent out. Each holder's loan is a bar of its own, to
/// the end of the line on which it was used for the last time. (Behind the line
/// before, the loan was still needed; behind this one it is not.)
fn row(declared: usize, findings: &BTreeMap<usize, &Finding>, have: &str, end: usize) -> Vec<Bar> {
    let lines: Vec<(usize, &Finding)> = findings.iter().map(|(l, f)| (*l, *f)).collect();
    let mut bars: Vec<Bar> = Vec::new();
    let mut loans: Vec<Bar> = Vec::new();
    for (i, &(line, finding)) in lines.iter().enumerate() {
        let mut from = if i == 0 { declared.min(line) } else { line };
        let next = lines.get(i + 1).map(|next| next.0);
        let to = next.map_or(line, |next| next - 1).max(line);
        if let Finding::Lent { line: began, .. } = finding {
            // Up to the line of the last use; where no statement follows, that is
            // in the value of the block.
            let used = next.unwrap_or_else(|| line.max(end.saturating_sub(1)));
            let began = (*began).clamp(declared.min(from), line);
            lend(&mut loans, finding, (began, line), used);
        }
        let (text, kind) = match gone(finding) {
            Some(text) => (text, Kind::Gone),
            None => (have.to_owned(), Kind::Usable),
        };
        if let Finding::Moved { line: moved, .. } | Finding::Partly { line: moved, .. } = finding
            && (declared + 1..from.max(line)).contains(moved)
            && bars.last().is_none_or(|bar| bar.text != text)
        {
            // In the middle of a statement of many lines.
            match bars.last_mut() {
                Some(bar) => bar.to = (moved - 1).max(bar.from),
                None => bars.push(bar(have, Kind::Usable, declared, moved - 1)),
            }
            from = *moved;
        }
        match bars.last_mut() {
            Some(bar) if bar.text == text => bar.to = to,
            _ => bars.push(Bar {
                text,
                kind,
                from,
                to,
            }),
        }
    }
    bars.extend(loans);
    bars
}

/// Notes who holds a loan on a line. Who held it on the line before goes on; another
/// holder begins here, and the first one where the loan began.
fn lend(loans: &mut Vec<Bar>, finding: &Finding, (began, line): (usize, usize), used: usize) {
    let Finding::Lent { mutable, to, .. } = finding else {
        return;
    };
    let holders = to.as_deref().unwrap_or_default().replace('`', "");
    let holders: Vec<&str> = holders.split(", ").flat_map(|h| h.split(" and ")).collect();
    let lasting = loans
        .iter()
        .any(|loan| loan.to + 1 >= line && loan.from < line);
    for holder in holders {
        let (how, kind) = match mutable {
            true => ("lent mutably", Kind::Mutable),
            false => ("lent", Kind::Shared),
        };
        let text = match holder {
            "" => how.to_string(),
            holder => format!("{how} to {holder}"),
        };
        match loans.iter_mut().rfind(|loan| loan.text == text) {
            Some(loan) if loan.to + 1 >= line => loan.to = used,
            _ => {
                let from = if lasting { line } else { began };
                loans.push(bar(&text, kind, from, used));
            }
        }
    }
}

/// Which variables are references: `Some(true)` for `&mut`. The compiler is
/// asked by functions that take a pointer to nothing else; each that is not one
/// gives an error where it is asked.
fn references(
    program: &Program,
    tools: &Tools,
    folder: &Path,
) -> Result<Vec<Option<bool>>, TraceError> {
    let mut found = vec![None; program.variables.len()];
    for (mutable, pointer) in [(false, "*const &T"), (true, "*const &mut T")] {
        let mut puts: Vec<(usize, usize)> = Vec::new();
        for point in &program.points {
            let statement = &program.statements[point.statement];
            for &id in &statement.after {
                if statement.block && puts.iter().all(|(_, other)| *other != id) {
                    puts.push((statement.range.end, id));
                }
            }
        }
        puts.sort_unstable();
        let mut text = String::new();
        let mut at = 0;
        let mut asked: Vec<(Range<usize>, usize)> = Vec::new();
        for (end, id) in puts {
            let name = &program.variables[id].name;
            text.push_str(&program.source[at..end]);
            at = end;
            let from = text.len();
            text.push_str(&format!(
                " {{ fn asked<T: ?Sized>(_: {pointer}) {{}} asked(&raw const {name}); }}"
            ));
            asked.push((from..text.len(), id));
        }
        text.push_str(&program.source[at..]);
        let errors = errors(&metadata(&text, tools, folder)?.stderr);
        let other = |range: &Range<usize>| {
            errors.iter().any(|error| {
                matches!(error.code(), "E0308" | "E0277" | "E0282")
                    && error
                        .spans
                        .iter()
                        .any(|s| range.contains(&outermost(s).byte_start))
            })
        };
        for (range, id) in asked {
            if !other(&range) && found[id].is_none() {
                found[id] = Some(mutable);
            }
        }
    }
    Ok(found)
}

/// The compiler's verdict on a program, without code for it.
fn metadata(source: &str, tools: &Tools, folder: &Path) -> Result<Compiled, TraceError> {
    std::fs::write(folder.join("main.rs"), source).map_err(|e| disk(folder, &e))?;
    let mut command = tools.rustc();
    command.folder(folder).args([
        "--crate-name=main",
        "--crate-type=bin",
        "--emit=metadata",
        "--error-format=json",
        "main.rs",
    ]);
    tools.compile(command)
}

/// Why a variable may not be used, if it may not. While it is lent, its owner has it.
fn gone(finding: &Finding) -> Option<String> {
    let words = match finding {
        Finding::Free | Finding::Lent { .. } => return None,
        Finding::NotSet => "not yet set".into(),
        Finding::Moved { into, maybe, .. } => {
            let moved = if *maybe { "may have moved" } else { "moved" };
            let to = into.as_ref().map(|t| format!(" to {}", t.replace('`', "")));
            format!("{moved}{}", to.unwrap_or_default())
        }
        Finding::Partly { .. } => "partly moved".into(),
        Finding::Dead => "dead".into(),
    };
    Some(words)
}

/// Of a program that does not compile, the name of what is at issue, and what the
/// compiler's labels say of the two ranges.
fn collision(source: &str, d: &Diagnostic) -> Result<Collision, TraceError> {
    let Some(primary) = d.spans.iter().find(|s| s.is_primary).map(outermost) else {
        return Err(TraceError {
            line: 1,
            message: d.message.clone(),
        });
    };
    let told = Told {
        source,
        program: Program::for_borrows(source).ok(),
        d,
        primary,
    };
    let name = match d.code() {
        "E0521" => told.escaping().unwrap_or("value").to_string(),
        "E0507" => base(quoted(&d.message).unwrap_or("value")).to_string(),
        _ => quoted(&d.message).unwrap_or("value").to_string(),
    };
    let bars = match d.code() {
        "E0382" => Some(told.moved(&name)),
        "E0373" | "E0515" => told.leaves(&name),
        "E0507" => told.taken_out(&name),
        "E0510" => told.guarded(&name),
        "E0521" => told.escapes(),
        "E0597" => Some(told.too_short()),
        "E0716" => Some(told.temporary()),
        "E0499" | "E0500" | "E0501" | "E0502" | "E0503" | "E0505" | "E0506" | "E0524" => {
            told.clash(&name)
        }
        _ => None,
    };
    let code = d.code();
    let Some(bars) = bars else {
        let code = if code.is_empty() {
            String::new()
        } else {
            format!("error[{code}]: ")
        };
        return Err(TraceError {
            line: primary.line_start,
            message: format!(
                "there are no two ranges to draw for this error: {code}{}",
                d.message
            ),
        });
    };
    let unnamed = code == "E0716" || code == "E0515" && d.message.contains("temporary");
    Ok(Collision {
        code: code.to_string(),
        name: if unnamed {
            "the value without a name".to_string()
        } else {
            name
        },
        bars,
    })
}

/// What the compiler told about a program that it rejects.
struct Told<'a> {
    source: &'a str,
    program: Option<Program<'a>>,
    d: &'a Diagnostic,
    primary: &'a Span,
}

impl Told<'_> {
    fn line(&self) -> usize {
        self.primary.line_start
    }

    /// The first place whose label holds one of the words.
    fn label(&self, words: &[&str]) -> Option<&Span> {
        let has = |s: &&Span| {
            let label = s.label.as_deref().unwrap_or_default();
            words.iter().any(|w| label.contains(w))
        };
        let others = self.d.spans.iter().filter(|s| !s.is_primary);
        others.clone().find(has).map(outermost)
    }

    /// The line of the last use that the compiler names.
    fn used(&self) -> Option<usize> {
        let words = ["later used", "later call", "used here, in later"];
        let any = self.d.spans.iter().find(|s| {
            let label = s.label.as_deref().unwrap_or_default();
            words.iter().any(|w| label.contains(w))
        });
        any.map(|s| outermost(s).line_start)
    }

    /// The first line of some bytes, and the last.
    fn lines(&self, r: &Range<usize>) -> (usize, usize) {
        let end = r.end.saturating_sub(1);
        (line_of(self.source, r.start), line_of(self.source, end))
    }

    /// The lines of the innermost loop around a line, from its head to its brace.
    fn round(&self, line: usize) -> Option<(usize, usize)> {
        let program = self.program.as_ref()?;
        let around = |(from, to): &(usize, usize)| *from <= line && line <= *to;
        let all = program.loops.iter().map(|r| self.lines(r)).filter(around);
        all.min_by_key(|(from, to)| to - from)
    }

    /// Who keeps what was borrowed there: " to first", or nothing.
    fn holder(&self, span: &Span) -> String {
        let program = self.program.as_ref();
        let to = program.and_then(|p| p.holder(&(span.byte_start..span.byte_end)));
        to.map(|t| format!(" to {}", t.replace('`', "")))
            .unwrap_or_default()
    }

    /// Whether the borrow at this place is a mutable one: by its sign, by the
    /// compiler's words, or by the name of the method.
    fn mutable(&self, span: &Span) -> bool {
        let code = self.source.get(span.byte_start..span.byte_end);
        let code = code.unwrap_or_default();
        let labels = self
            .d
            .spans
            .iter()
            .filter(|s| outermost(s).byte_start == span.byte_start);
        let said = |s: &Span| {
            let label = s.label.as_deref().unwrap_or_default();
            (label.contains("mutable borrow") && !label.contains("immutable"))
                || label.contains("was mutably borrowed")
                || label.contains("mutably borrowed here in the previous")
        };
        let rest = self.source.get(span.byte_end..).unwrap_or_default();
        let method = rest
            .strip_prefix('.')
            .and_then(|rest| rest.split('(').next());
        code.trim_start().starts_with("&mut")
            || labels.into_iter().any(said)
            || method.is_some_and(|name| name.ends_with("_mut"))
    }

    /// The variable of this name around the error, the one that was declared last.
    fn variable(&self, name: &str) -> Option<&Variable> {
        let at = self.primary.byte_start;
        let named = self.program.as_ref()?.variables.iter();
        let named = named.filter(|v| v.name == name && v.scope.contains(&at));
        named.max_by_key(|v| v.line)
    }

    /// Where it is declared.
    fn declared(&self, name: &str) -> Option<usize> {
        self.variable(name).map(|v| v.line)
    }

    fn moved(&self, name: &str) -> Vec<Bar> {
        let line = self.line();
        let moved = self.label(&["moved"]).map_or(line, |s| s.line_start);
        let declared = self.label(&["move occurs because"]).map(|s| s.line_start);
        // What was moved in part is named where it was declared by its whole.
        let declared = self.declared(base(name)).or(declared).unwrap_or(moved);
        let part = self.d.message.contains("partially moved") || base(name) != name;
        let gone = if part && base(name) == name {
            "partly moved"
        } else {
            "moved away"
        };
        vec![
            bar("owns", Kind::Usable, declared.min(moved), moved),
            bar(gone, Kind::Gone, moved + usize::from(moved < line), line),
            bar("used here", Kind::Mutable, line, line),
        ]
    }

    /// The innermost function or closure around the error: its first line and the
    /// line of its end.
    fn function(&self) -> Option<(usize, usize)> {
        let at = self.primary.byte_start;
        let program = self.program.as_ref()?;
        let around = program.functions.iter().map(|f| &f.range);
        let around = around.filter(|r| r.contains(&at));
        around
            .min_by_key(|r| r.end - r.start)
            .map(|r| self.lines(r))
    }

    /// A variable that ends with its function, and a reference to it that does not.
    fn leaves(&self, name: &str) -> Option<Vec<Bar>> {
        let line = self.line();
        let borrowed = self.label(&["is borrowed here", "temporary value created here"]);
        let borrowed = borrowed.map_or(line, |s| s.line_start);
        let closure = self.d.code() == "E0373";
        let (declared, end) = match self.variable(base(name)) {
            Some(variable) => {
                let function = &self.program.as_ref()?.functions[variable.function];
                (variable.line, self.lines(&function.range).1)
            }
            // A value without a name goes with the function, too.
            None if self.d.message.contains("temporary") => (borrowed, line),
            None => return None,
        };
        let by = if closure {
            "is borrowed by the closure"
        } else {
            "is borrowed by what is returned"
        };
        Some(vec![
            bar("lives", Kind::Usable, declared, end),
            bar(by, Kind::Shared, borrowed, end + 1),
        ])
    }

    /// A value that is lent, and a move out of it.
    fn taken_out(&self, name: &str) -> Option<Vec<Bar>> {
        let line = self.line();
        let declared = self.declared(name)?;
        let (_, end) = self.function()?;
        Some(vec![
            bar("borrows", Kind::Usable, declared, end),
            bar("moved out of what it borrows", Kind::Mutable, line, line),
        ])
    }

    /// What a guard of a `match` looks at, and an assignment to it there.
    fn guarded(&self, name: &str) -> Option<Vec<Bar>> {
        let line = self.line();
        let from = self.label(&["immutable in match guard"])?.line_start;
        let declared = self.declared(base(name))?;
        Some(vec![
            bar("owns", Kind::Usable, declared.min(from), line),
            bar("lent to the match", Kind::Shared, from, line),
            bar("assigned here", Kind::Mutable, line, line),
        ])
    }

    /// The reference that is used longer than its function may.
    fn escaping(&self) -> Option<&str> {
        let spans = self.d.spans.iter();
        let labels = spans.filter_map(|s| s.label.as_deref());
        let words = ["reference that is only valid", "declared here, outside of"];
        let mut named = labels.filter(|l| words.iter().any(|w| l.contains(w)));
        named.next().and_then(quoted)
    }

    fn escapes(&self) -> Option<Vec<Bar>> {
        let only = self.label(&["reference that is only valid"])?;
        let line = self.line();
        let (_, end) = self.function()?;
        Some(vec![
            bar("is good for certain", Kind::Usable, only.line_start, end),
            bar("must be good", Kind::Shared, line, end + 1),
        ])
    }

    /// A value that goes before the last use of what was borrowed from it.
    fn too_short(&self) -> Vec<Bar> {
        let line = self.line();
        let end = self.label(&["dropped here"]).map_or(line, |s| s.line_start);
        let declared = self.label(&["declared here"]);
        let declared = declared.map_or(line, |s| s.line_start);
        // Used in the next round of a loop, or in a way that has no line: it
        // reaches at least behind the value.
        let used = self.used().filter(|used| *used > end);
        let round = self.round(line).map_or(end, |(_, last)| last);
        let used = used.unwrap_or((end + 1).max(round));
        vec![
            bar("lives", Kind::Usable, declared, end),
            bar(
                &format!(
                    "is borrowed{}",
                    self.holder(self.primary).replace(" to ", " by ")
                ),
                Kind::Shared,
                line,
                used,
            ),
        ]
    }

    fn temporary(&self) -> Vec<Bar> {
        let line = self.line();
        let freed = self
            .label(&["freed at the end"])
            .map_or(line, |s| s.line_start);
        let used = self.used().unwrap_or(freed + 1).max(freed + 1);
        vec![
            bar("lives", Kind::Usable, line, freed),
            bar(
                &format!(
                    "is borrowed{}",
                    self.holder(self.primary).replace(" to ", " by ")
                ),
                Kind::Shared,
                line,
                used,
            ),
        ]
    }

    /// A loan, and what comes in the middle of it.
    fn clash(&self, name: &str) -> Option<Vec<Bar>> {
        let line = self.line();
        let own = self.primary.label.as_deref().unwrap_or_default();
        let what = match self.d.code() {
            "E0499" => "a second mutable borrow",
            "E0500" | "E0524" => "a closure that needs it alone",
            "E0501" => "a borrow beside the closure",
            "E0502" if own.contains("immutable") => "a shared borrow",
            "E0502" => "a mutable borrow",
            "E0505" => "moved here",
            "E0506" => "assigned here",
            _ => "used here",
        };
        // In a loop, it is this very borrow, made in the round before.
        let again = own.contains("previous iteration");
        let words = [
            "occurs here",
            "is borrowed here",
            "constructed here",
            "borrow",
        ];
        let first = if again {
            self.primary
        } else {
            self.label(&words)?
        };
        let alone = again || matches!(self.d.code(), "E0499" | "E0501" | "E0524");
        let (how, kind) = if alone || self.mutable(first) {
            ("lent mutably", Kind::Mutable)
        } else {
            ("lent", Kind::Shared)
        };
        let from = first.line_start;
        let text = format!("{how}{}", self.holder(first));
        let used = self.used().unwrap_or(line);
        let mut bars = Vec::new();
        let comes_round = again || used < line || used <= from;
        match self.round(line).filter(|_| comes_round) {
            // The loan goes on into the next round, and meets the line there.
            Some((head, last)) => {
                let until = if from <= line && !again {
                    last
                } else {
                    last.max(from)
                };
                bars.push(bar(&text, kind, from, until));
                if from > head {
                    let before = "still lent from the round before";
                    bars.push(bar(before, kind, head, line));
                }
            }
            None => bars.push(bar(&text, kind, from, used.max(line))),
        }
        bars.push(bar(what, Kind::Mutable, line, line));
        if let Some(declared) = self.declared(name) {
            let last = bars.iter().map(|b| b.to).max().unwrap_or(line);
            bars.insert(0, bar("owns", Kind::Usable, declared.min(from), last));
        }
        Some(bars)
    }
}

/// What stands in the first backticks.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// The variable of a place: of `*song.title`, `song`.
fn base(place: &str) -> &str {
    let place = place.trim_start_matches(['*', '(']);
    let end = place.find(['.', '[', ')']).unwrap_or(place.len());
    &place[..end]
}

pub(crate) fn bar(text: &str, kind: Kind, from: usize, to: usize) -> Bar {
    Bar {
        text: text.into(),
        kind,
        from,
        to: to.max(from),
    }
}

/// Text that a gantt takes as a name.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if matches!(c, ':' | ';' | ',' | '#' | '\n') {
                ' '
            } else {
                c
            }
        })
        .collect()
}

pub(crate) fn chart(title: &str, sections: &[(String, Vec<Bar>)]) -> String {
    let mut said = Vec::new();
    let mut body = String::new();
    for (name, bars) in sections {
        body.push_str(&format!("section {}\n", clean(name)));
        let mut parts = Vec::new();
        // What happens while the value is there.
        let mut meanwhile = Vec::new();
        for b in bars {
            let tag = match b.kind {
                Kind::Usable => "",
                Kind::Shared => "active, ",
                Kind::Mutable => "crit, ",
                Kind::Gone => "done, ",
            };
            body.push_str(&format!(
                "{} :{tag}{}, {}\n",
                clean(&b.text),
                b.from,
                b.to + 1
            ));
            let lines = if b.from == b.to {
                format!("on line {}", b.from)
            } else {
                format!("on lines {} to {}", b.from, b.to)
            };
            let words = format!("{} {lines}", b.text);
            match b.kind {
                Kind::Usable | Kind::Gone => parts.push(words),
                Kind::Shared | Kind::Mutable => meanwhile.push(words),
            }
        }
        // Of several values, each has its own time.
        let steady = bars
            .iter()
            .filter(|b| matches!(b.kind, Kind::Usable | Kind::Gone));
        let steady: Vec<&Bar> = steady.collect();
        let after = steady.windows(2).all(|pair| pair[0].to < pair[1].from);
        let join = if after { ", then " } else { ", and " };
        let mut words = format!("{name}: {}.", parts.join(join));
        if parts.is_empty() {
            words = format!("{name}: {}.", meanwhile.join(", and "));
        } else if !meanwhile.is_empty() {
            words.push_str(&format!(" Meanwhile {}.", meanwhile.join(", and ")));
        }
        said.push(words);
    }
    let said: String = said
        .join(" ")
        .chars()
        .map(|c| if c == ';' || c == '#' { ',' } else { c })
        .collect();
    format!(
        "gantt\naccTitle: {title}\naccDescr: {said}\ntitle {title}\ndateFormat X\naxisFormat %s\ntickInterval 1second\n{body}"
    )
}
