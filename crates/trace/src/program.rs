//! A program as the tracer sees it: its functions, variables and statements,
//! and every edit that instrumenting it may need.

use crate::TraceError;
use crate::marks::{self, Mark};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use reader::{Reader, plain_registration, registration};
use std::collections::BTreeSet;
use std::ops::Range;

mod reader;

/// Where a picture is taken: after a statement.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// `①`, or empty where no mark stands.
    pub label: String,
    pub line: usize,
    pub statement: usize,
    pub pass: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub name: String,
    pub line: usize,
    /// A closure, or a method of a foreign trait: may be called from anywhere.
    pub implicit: bool,
    pub closure: bool,
    /// The function in which a closure stands; itself for others.
    pub root: usize,
    pub range: Range<usize>,
    /// Whether pictures may show it, and so its frame is kept.
    pub shown: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub name: String,
    pub function: usize,
    pub line: usize,
    /// Declared without a value.
    pub deferred: bool,
    /// Moved into a closure, in which it goes by its old name.
    pub captured: bool,
    pub shown: bool,
    /// Where its name is declared.
    pub ident: Range<usize>,
    /// The bytes in which its name means it, if nothing shadows it.
    pub scope: Range<usize>,
}

/// A word of the program that may name a variable.
#[derive(Clone, Debug)]
struct Word {
    name: String,
    /// End of the word.
    end: usize,
    start: usize,
    /// `Song { title }`: names a field and a variable at once.
    shorthand: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Something can be put behind it.
    Plain,
    /// The value of its block, or the expression of an arm or closure.
    Tail,
    /// `return`, `break`, `continue`: nothing comes behind it.
    Leaves,
    /// No statement, but the beginning of a block, for charts of borrows.
    Head,
    /// No statement, but the end of a block, where its variables are dropped.
    End,
    /// No statement, but a call inside one: see [`Statement::call`].
    Call,
}

/// A call that may come to a mark.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The last word of the function's path, or the method's name.
    pub callee: String,
    /// The statement in which it stands.
    pub parent: usize,
    /// The value that is evaluated last before the call, closures aside:
    /// behind it, the call is about to run. Without one, that is before all of it.
    pub ask: Option<Range<usize>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub function: usize,
    pub range: Range<usize>,
    pub shape: Shape,
    /// Variables in scope before it and, for `let`, after it.
    pub before: Vec<usize>,
    pub after: Vec<usize>,
    /// May call something in which a mark stands.
    pub calls: bool,
    /// End of the comma behind an arm.
    end: usize,
    /// Waits for the threads of a scope.
    waits: bool,
    /// Stands in a block, not as an arm or the body of a closure.
    pub block: bool,
    pub call: Option<Call>,
}

/// What surrounds an expression, to say where a value went.
#[derive(Clone, Debug)]
pub(crate) enum Around {
    Let(Vec<String>),
    Assign(String),
    Argument(String),
    Method(String, String),
    Receiver(String),
    Closure,
    Loop,
    Match,
    Return,
    /// Runs or not, or several times.
    Branch,
}

/// When an edit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// Only where type parameters get a bound.
    Bounds,
    Function(usize),
    Variable(usize),
    Calls(usize),
    /// One of these statements may call.
    Among(usize, usize),
    /// Where a marked statement begins, if it is the value of its block.
    Before(usize),
    /// Where a marked statement ends.
    After(usize),
}

#[derive(Clone, Debug)]
struct Edit {
    at: usize,
    text: String,
    when: When,
}

/// The program, taken apart.
pub(crate) struct Program<'a> {
    pub source: &'a str,
    pub points: Vec<Point>,
    pub functions: Vec<Function>,
    pub variables: Vec<Variable>,
    /// Number 0 stands for none.
    pub statements: Vec<Statement>,
    pub around: Vec<(Range<usize>, Around)>,
    /// All loops, from their first word to their last.
    pub loops: Vec<Range<usize>>,
    /// Names of the fields of all structs, for values moved in part.
    pub fields: BTreeSet<String>,
    /// Those that are a list or a map of the library in every struct.
    containers: BTreeSet<String>,
    pub threads: bool,
    /// The beginnings of blocks are asked about, too.
    heads: bool,
    drops: bool,
    words: Vec<Word>,
    pub literals: Literals,
    edits: Vec<Edit>,
}

/// The texts and lists that the program writes down.
#[derive(Default)]
pub(crate) struct Literals {
    texts: BTreeSet<String>,
    lengths: BTreeSet<usize>,
}

impl Literals {
    fn read(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                proc_macro2::TokenTree::Group(group) => {
                    if group.delimiter() == proc_macro2::Delimiter::Bracket {
                        self.lengths.extend(list_length(group.stream()));
                    }
                    self.read(group.stream());
                }
                proc_macro2::TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                    syn::Lit::Str(text) => {
                        self.texts.insert(text.value());
                    }
                    syn::Lit::ByteStr(bytes) => {
                        self.lengths.insert(bytes.value().len());
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// Whether a text is only a part of what is written down.
    pub fn cuts(&self, text: &str) -> bool {
        !self.texts.contains(text) && self.texts.iter().any(|whole| whole.contains(text))
    }

    /// Whether a list of this length is.
    pub fn shortens(&self, length: usize) -> bool {
        !self.lengths.contains(&length) && self.lengths.iter().any(|&whole| whole > length)
    }
}

/// How many items stand between brackets: `1, 2` or `0; 8`.
fn list_length(tokens: TokenStream) -> Option<usize> {
    if let Ok(repeat) = syn::parse2::<syn::ExprRepeat>(quote::quote!([#tokens])) {
        let length = repeat.len.to_token_stream().to_string();
        return length.parse().ok();
    }
    let list = syn::parse2::<syn::ExprArray>(quote::quote!([#tokens]));
    list.ok().map(|list| list.elems.len())
}

/// Parses a program.
pub(crate) fn parse(source: &str) -> Result<(TokenStream, syn::File), TraceError> {
    let broken = |error: &dyn std::fmt::Display, span: Span| TraceError {
        line: span.start().line,
        message: format!("this is not a whole Rust program: {error}"),
    };
    let tokens: TokenStream = source
        .parse()
        .map_err(|error: proc_macro2::LexError| broken(&error, error.span()))?;
    let file: syn::File =
        syn::parse2(tokens.clone()).map_err(|error| broken(&error, error.span()))?;
    Ok((tokens, file))
}

impl<'a> Program<'a> {
    /// Takes a program apart. With `each`, and no marks, a picture follows
    /// every statement.
    pub fn new(source: &'a str, each: bool) -> Result<Self, TraceError> {
        Self::read(source, each, true)
    }

    /// Takes a program apart whose marks do not count: every statement does.
    pub fn for_borrows(source: &'a str) -> Result<Self, TraceError> {
        let mut program = Self::read(source, true, false)?;
        // Nothing runs, so nothing is asked of statements that call.
        program.statements.iter_mut().for_each(|s| s.calls = false);
        Ok(program)
    }

    fn read(source: &'a str, each: bool, marked: bool) -> Result<Self, TraceError> {
        let (tokens, file) = parse(source)?;
        let marks = if marked {
            marks::find(source, &tokens)?
        } else {
            Vec::new()
        };
        let empty = Program {
            source,
            points: Vec::new(),
            functions: Vec::new(),
            variables: Vec::new(),
            statements: vec![Statement {
                function: 0,
                range: 0..0,
                shape: Shape::Leaves,
                before: Vec::new(),
                after: Vec::new(),
                calls: false,
                end: 0,
                waits: false,
                block: false,
                call: None,
            }],
            around: Vec::new(),
            loops: Vec::new(),
            fields: BTreeSet::new(),
            containers: BTreeSet::new(),
            threads: false,
            heads: !marked,
            drops: false,
            literals: {
                let mut literals = Literals::default();
                literals.read(tokens.clone());
                literals
            },
            words: words(source, tokens),
            edits: Vec::new(),
        };
        let reader = Reader::read(empty, &file)?;
        let Some((main, body)) = reader.main else {
            return Err(TraceError {
                line: 1,
                message: "there is no `fn main`, so nothing runs: give the program one".into(),
            });
        };
        let mut program = reader.program;
        for word in &mut program.words {
            word.shorthand = reader.shorthands.contains(&word.start);
        }
        let statics: String = reader
            .statics
            .iter()
            .map(|name| format!(" (&::__mt::At(&raw const {name})).__mt_static(\"{name}\");"))
            .collect();
        if !statics.is_empty() {
            program.edits.push(Edit {
                at: body.start,
                text: format!(" {{ use ::__mt::pick::*;{statics} }}"),
                when: When::Always,
            });
        }
        program.containers = reader.containers;
        program.points = program.place(&marks, main, &body, each)?;
        program.choose(main);
        Ok(program)
    }

    /// Binds each mark to the statement that it trails.
    fn place(
        &self,
        marks: &[Mark],
        main: usize,
        body: &Range<usize>,
        each: bool,
    ) -> Result<Vec<Point>, TraceError> {
        if marks.is_empty() {
            let mut ids: Vec<usize> = if each {
                let leaves =
                    |s: &Statement| matches!(s.shape, Shape::Leaves | Shape::End) || !s.block;
                (1..self.statements.len())
                    .filter(|&i| !leaves(&self.statements[i]))
                    .collect()
            } else {
                let last = (1..self.statements.len())
                    .filter(|&i| {
                        let s = &self.statements[i];
                        s.function == main
                            && s.block
                            && !matches!(s.shape, Shape::Leaves | Shape::End)
                    })
                    .max_by_key(|&i| (self.statements[i].end, usize::MAX - i));
                last.into_iter().collect()
            };
            ids.sort_by_key(|&i| self.statements[i].end);
            if ids.is_empty() {
                let line = line_of(self.source, body.start);
                let message = "`main` has no statement after which a picture could be taken";
                return Err(TraceError {
                    line,
                    message: message.into(),
                });
            }
            let point = |i: usize| Point {
                label: String::new(),
                line: line_of(self.source, self.statements[i].range.end.saturating_sub(1)),
                statement: i,
                pass: None,
            };
            return Ok(ids.into_iter().map(point).collect());
        }
        let mut points = Vec::new();
        for mark in marks {
            let error = |message: String| TraceError {
                line: mark.line,
                message,
            };
            let found = (1..self.statements.len())
                .filter(|&i| self.statements[i].end == mark.trails)
                .min_by_key(|&i| self.statements[i].range.start);
            let Some(statement) = found else {
                return Err(error(format!(
                    "the mark {} does not trail a statement, so there is no `after` for it: \
                     put it at the end of the line on which a statement ends",
                    mark.symbol
                )));
            };
            if self.statements[statement].shape == Shape::Leaves {
                return Err(error(format!(
                    "the mark {} trails a statement that leaves (`return`, `break`, `continue`): \
                     nothing comes after it; put the mark before it",
                    mark.symbol
                )));
            }
            points.push(Point {
                label: mark.symbol.to_string(),
                line: mark.line,
                statement,
                pass: mark.pass,
            });
        }
        Ok(points)
    }

    /// Decides which functions, variables and statements pictures can show.
    fn choose(&mut self, main: usize) {
        let mut marked: BTreeSet<usize> = self
            .points
            .iter()
            .map(|p| self.statements[p.statement].function)
            .collect();
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut all = self.threads;
        loop {
            all |= marked.iter().any(|&f| self.functions[f].implicit);
            for &f in &marked {
                names.insert(
                    self.functions[f]
                        .name
                        .rsplit("::")
                        .next()
                        .unwrap_or("")
                        .to_string(),
                );
            }
            // A function that is handed on by its name may be called anywhere.
            all |= self.words.iter().any(|w| {
                let next = self.source[w.end..].trim_start();
                let defined = self.source[..w.start].trim_end().ends_with("fn");
                names.contains(&w.name)
                    && w.name != "main"
                    && !defined
                    && !next.starts_with('(')
                    && !next.starts_with("::")
            });
            let before = marked.len();
            for s in self.statements.iter_mut().skip(1) {
                let text = match &s.call {
                    Some(call) => &call.callee,
                    None => &self.source[s.range.clone()],
                };
                s.calls = all
                    || text
                        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                        .any(|word| word != "main" && names.contains(word));
                if s.calls {
                    marked.insert(s.function);
                }
            }
            if marked.len() == before {
                break;
            }
        }
        marked.insert(main);
        for f in marked {
            self.functions[f].shown = true;
        }
        if all {
            self.functions.iter_mut().for_each(|f| f.shown = true);
        }
        let mut visible: BTreeSet<usize> = BTreeSet::new();
        for point in &self.points {
            let s = &self.statements[point.statement];
            visible.extend(if s.shape == Shape::Tail {
                &s.before
            } else {
                &s.after
            });
        }
        for s in self.statements.iter().filter(|s| s.calls) {
            visible.extend(&s.before);
        }
        for v in visible {
            self.variables[v].shown = true;
        }
        if self.drops {
            // A drop is said to be that of a variable, so all are known.
            self.variables.iter_mut().for_each(|v| v.shown = true);
        }
    }

    /// The program with the tracer's calls put in: with or without bounds on
    /// type parameters and notes of its calls, and with the variables that are
    /// read by bytes only.
    pub fn instrument(&self, bounds: bool, calls: bool, plain: &BTreeSet<usize>) -> Instrumented {
        let mut edits: Vec<(usize, String, Option<usize>)> = Vec::new();
        let marks = |s: usize| -> String {
            let here = self
                .points
                .iter()
                .enumerate()
                .filter(|(_, p)| p.statement == s);
            here.map(|(i, p)| format!("::__mt::mark({i}, {});", p.pass.unwrap_or(0)))
                .collect()
        };
        for edit in &self.edits {
            let mut text = edit.text.clone();
            let made = match edit.when {
                When::Always => true,
                When::Bounds => bounds,
                When::Function(f) => self.functions[f].shown,
                When::Variable(v) => {
                    self.variables[v].shown && self.functions[self.variables[v].function].shown
                }
                When::Calls(s) => {
                    self.statements[s].calls && (calls || self.statements[s].call.is_none())
                }
                When::Among(from, to) => self.statements[from..to].iter().any(|s| s.calls),
                When::Before(s) => !marks(s).is_empty(),
                When::After(s) => {
                    let calls = marks(s);
                    text = match self.statements[s].shape {
                        Shape::Tail => format!(", {{ {calls} }})"),
                        _ => format!(" {calls}"),
                    };
                    !calls.is_empty()
                }
            };
            if let When::Variable(v) = edit.when
                && plain.contains(&v)
            {
                let name = &self.variables[v].name;
                text = text.replace(&registration(name, v), &plain_registration(name, v));
            }
            if made {
                let variable = match edit.when {
                    When::Variable(v) => Some(v),
                    _ => None,
                };
                edits.push((edit.at, text, variable));
            }
        }
        edits.sort_by_key(|(at, _, _)| *at);
        let mut places = Vec::new();
        let mut shift = 0;
        for (at, text, variable) in &edits {
            if let Some(v) = variable {
                places.push((at + shift..at + shift + text.len(), *v));
            }
            shift += text.len();
        }
        let edits: Vec<(usize, String)> = edits.into_iter().map(|(at, t, _)| (at, t)).collect();
        Instrumented {
            text: apply(self.source, &edits),
            columns: Columns::new(self.source, &edits),
            places,
        }
    }

    /// Whether a method of the library puts its arguments into its receiver. What
    /// a method of the program does with them is not known.
    fn keeps(&self, receiver: &str, method: &str) -> bool {
        const KEEP: [&str; 11] = [
            "push",
            "push_back",
            "push_front",
            "insert",
            "extend",
            "append",
            "replace",
            "set",
            "send",
            "entry",
            "get_or_insert",
        ];
        let own = |name: &str| name.rsplit("::").next() == Some(method);
        let field = receiver.rsplit_once('.').map_or("", |(_, field)| field);
        let place = |c: char| c.is_alphanumeric() || "_.:*&[] ".contains(c);
        KEEP.contains(&method)
            && receiver.chars().all(place)
            && (self.containers.contains(field) || !self.functions.iter().any(|f| own(&f.name)))
    }

    /// In words, where the value of the expression at `range` goes.
    pub fn destination(&self, range: &Range<usize>) -> Option<String> {
        let mut around: Vec<&(Range<usize>, Around)> = self
            .around
            .iter()
            .filter(|(r, _)| r.start <= range.start && range.end <= r.end)
            .collect();
        around.sort_by_key(|(r, _)| r.end - r.start);
        for (_, a) in around {
            let text = match a {
                Around::Let(names) if names.is_empty() => return None,
                Around::Let(names) => quoted(names),
                Around::Assign(place) => format!("`{place}`"),
                Around::Argument(callee) => {
                    let last = callee.rsplit("::").next().unwrap_or(callee);
                    let constructor = last.starts_with(char::is_uppercase)
                        || matches!(last, "new" | "from" | "spawn" | "scope" | "pin");
                    if constructor {
                        continue;
                    }
                    if last == "drop" {
                        return Some("`drop`".into());
                    }
                    format!("the call of `{last}`")
                }
                Around::Method(receiver, method) if method == "spawn" || method == "join" => {
                    let _ = receiver;
                    continue;
                }
                Around::Method(receiver, method) if self.keeps(receiver, method) => {
                    format!("`{receiver}`")
                }
                Around::Method(_, method) => format!("the call of `{method}`"),
                Around::Receiver(method) => format!("the call of `{method}`"),
                Around::Closure => "a closure".into(),
                Around::Loop => "the loop".into(),
                Around::Match | Around::Branch => continue,
                Around::Return => "the caller".into(),
            };
            return Some(text);
        }
        None
    }

    /// What [`Program::rename`] puts behind a variable's name.
    pub fn suffix(variable: usize) -> String {
        format!("__mt{variable}")
    }

    /// Whether the text names a variable behind a byte, or in a loop around it
    /// that does not declare the variable anew.
    pub fn used_later(&self, variable: usize, at: usize) -> bool {
        let v = &self.variables[variable];
        let again = self
            .loops
            .iter()
            .filter(|r| r.contains(&at) && !r.contains(&v.ident.start))
            .map(|r| r.start)
            .min();
        let from = again.unwrap_or(at);
        self.words
            .iter()
            .any(|w| w.name == v.name && w.start >= from && v.scope.contains(&w.start))
    }

    /// Edits that give a variable a name of its own, so that it can be asked
    /// about where another of the same name hides it. `None` if nothing does.
    pub fn rename(&self, variable: usize, at: usize) -> Option<Vec<(usize, String)>> {
        let v = &self.variables[variable];
        let others: Vec<&Variable> = self
            .variables
            .iter()
            .filter(|o| {
                let inside = v.scope.contains(&o.ident.start);
                !o.captured && o.name == v.name && o.ident != v.ident && inside
            })
            .collect();
        if !others
            .iter()
            .any(|o| o.scope.contains(&at) || o.scope.start == at)
        {
            return None;
        }
        let mine = |w: &&Word| {
            w.name == v.name
                && (w.start == v.ident.start
                    || v.scope.contains(&w.start)
                        && !others
                            .iter()
                            .any(|o| w.start == o.ident.start || o.scope.contains(&w.start)))
        };
        let edit = |w: &Word| {
            let text = if w.shorthand {
                format!(": {}{}", v.name, Self::suffix(variable))
            } else {
                Self::suffix(variable)
            };
            (w.end, text)
        };
        Some(self.words.iter().filter(mine).map(edit).collect())
    }

    /// Whether what stands at `range` may not have run when `at` is reached.
    pub fn conditional(&self, range: &Range<usize>, at: usize) -> bool {
        self.around.iter().any(|(r, a)| {
            matches!(a, Around::Branch | Around::Closure)
                && r.start <= range.start
                && range.end <= r.end
                && r.start != range.start
                && !(r.start <= at && at < r.end)
        })
    }

    /// The variable or call that keeps the borrow made at `range`.
    pub fn holder(&self, range: &Range<usize>) -> Option<String> {
        let inside = |r: &Range<usize>| r.start <= range.start && range.end <= r.end;
        let mut best: Option<(usize, String)> = None;
        for (r, a) in &self.around {
            let text = match a {
                Around::Let(names) if !names.is_empty() => quoted(names),
                Around::Assign(place) => format!("`{place}`"),
                Around::Loop => "the loop".to_string(),
                _ => continue,
            };
            if inside(r)
                && best
                    .as_ref()
                    .is_none_or(|(size, _)| r.end - r.start < *size)
            {
                best = Some((r.end - r.start, text));
            }
        }
        best.map(|(_, text)| text)
            .or_else(|| self.destination(range))
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// The words of a program that may name variables, those in format strings too.
fn words(source: &str, tokens: TokenStream) -> Vec<Word> {
    let mut words = Vec::new();
    collect(source, tokens, &mut words);
    words
}

fn collect(source: &str, tokens: TokenStream, words: &mut Vec<Word>) {
    use proc_macro2::TokenTree;
    for tree in tokens {
        let r = tree.span().byte_range();
        match tree {
            TokenTree::Group(group) => collect(source, group.stream(), words),
            TokenTree::Ident(ident) => {
                let before = source[..r.start].trim_end();
                let field = before.ends_with('.') && !before.ends_with("..");
                if !field {
                    let name = ident.to_string();
                    words.push(Word {
                        name,
                        start: r.start,
                        end: r.end,
                        shorthand: false,
                    });
                }
            }
            TokenTree::Literal(_) if source[r.clone()].contains('"') => {
                let text = &source[r.clone()];
                for (i, _) in text.match_indices('{') {
                    let rest = &text[i + 1..];
                    let length = rest.len()
                        - rest
                            .trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                            .len();
                    if length > 0
                        && rest[length..].starts_with(['}', ':'])
                        && !text[..i].ends_with('{')
                    {
                        let start = r.start + i + 1;
                        let name = rest[..length].to_string();
                        words.push(Word {
                            name,
                            start,
                            end: start + length,
                            shorthand: false,
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The line, from 1, on which a byte stands.
pub(crate) fn line_of(source: &str, at: usize) -> usize {
    source.as_bytes()[..at.min(source.len())]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
        + 1
}

/// Inserts each text at its place. `edits` is sorted.
pub(crate) fn apply(source: &str, edits: &[(usize, String)]) -> String {
    let mut out = String::with_capacity(source.len() * 2);
    let mut from = 0;
    for (at, text) in edits {
        out.push_str(&source[from..*at]);
        out.push_str(text);
        from = *at;
    }
    out.push_str(&source[from..]);
    out
}

/// A program with the tracer's calls put in.
pub(crate) struct Instrumented {
    pub text: String,
    pub columns: Columns,
    /// Bytes of the text that report a variable.
    pub places: Vec<(Range<usize>, usize)>,
}

/// Turns columns of the instrumented program into those of the original: lines
/// are the same in both.
pub(crate) struct Columns(Vec<Vec<(usize, usize)>>);

impl Columns {
    fn new(source: &str, edits: &[(usize, String)]) -> Self {
        let mut lines = vec![Vec::new(); source.lines().count() + 1];
        for (at, text) in edits {
            let line = line_of(source, *at);
            let start = source[..*at].rfind('\n').map_or(0, |i| i + 1);
            lines[line - 1].push((source[start..*at].chars().count(), text.chars().count()));
        }
        Columns(lines)
    }

    fn original(&self, line: usize, column: usize) -> usize {
        let mut shift = 0;
        for &(at, length) in self.0.get(line.wrapping_sub(1)).into_iter().flatten() {
            // The column counts from 1.
            if column > at + shift + length {
                shift += length;
            } else {
                return column.min(at + shift + 1) - shift;
            }
        }
        column - shift
    }

    /// Repairs each `FILE:LINE:COLUMN` in what the program printed.
    pub fn repair(&self, text: &str, file: &str) -> String {
        let key = format!("{file}:");
        let mut out = String::new();
        let mut rest = text;
        while let Some(i) = rest.find(&key) {
            let (before, after) = rest.split_at(i + key.len());
            out.push_str(before);
            rest = after;
            let digits =
                |s: &str| s.len() - s.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let l = digits(rest);
            let Some(tail) = rest[l..].strip_prefix(':') else {
                continue;
            };
            let c = digits(tail);
            if let (Ok(line), Ok(column)) = (rest[..l].parse(), tail[..c].parse()) {
                out.push_str(&format!("{line}:{}", self.original(line, column)));
                rest = &tail[c..];
            }
        }
        out.push_str(rest);
        out
    }
}
