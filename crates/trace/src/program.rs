//! A program as the tracer sees it: its functions, variables and statements,
//! and every edit that instrumenting it may need.

use crate::TraceError;
use crate::marks::{self, Mark};
use crate::walkers;
use proc_macro2::{Span, TokenStream};
use std::collections::BTreeSet;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

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
    /// Stands in a block, not as an arm or the body of a closure.
    pub block: bool,
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
    /// Names of the fields of all structs, for values moved in part.
    pub fields: BTreeSet<String>,
    pub threads: bool,
    drops: bool,
    words: Vec<Word>,
    edits: Vec<Edit>,
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
        let marks = if marked { marks::find(source, &tokens)? } else { Vec::new() };
        let local_traits = file.items.iter().filter_map(trait_name).collect();
        let dropped = drop_impls(&file.items);
        let mut reader = Reader {
            program: Program {
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
                    block: false,
                }],
                around: Vec::new(),
                fields: BTreeSet::new(),
                threads: false,
                drops: !dropped.is_empty(),
                words: Vec::new(),
                edits: Vec::new(),
            },
            contexts: Vec::new(),
            local_traits,
            dropped,
            foreign: false,
            statics: Vec::new(),
            main: None,
            error: None,
            shorthands: BTreeSet::new(),
        };
        reader.visit_file(&file);
        if let Some(error) = reader.error {
            return Err(error);
        }
        let Some((main, body)) = reader.main else {
            return Err(TraceError {
                line: 1,
                message: "there is no `fn main`, so nothing runs: give the program one".into(),
            });
        };
        let mut program = reader.program;
        program.words = words(source, tokens, &reader.shorthands);
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
                let leaves = |s: &Statement| s.shape == Shape::Leaves || !s.block;
                (1..self.statements.len()).filter(|&i| !leaves(&self.statements[i])).collect()
            } else {
                let last = (1..self.statements.len())
                    .filter(|&i| {
                        let s = &self.statements[i];
                        s.function == main && s.block && s.shape != Shape::Leaves
                    })
                    .max_by_key(|&i| (self.statements[i].end, usize::MAX - i));
                last.into_iter().collect()
            };
            ids.sort_by_key(|&i| self.statements[i].end);
            if ids.is_empty() {
                let line = line_of(self.source, body.start);
                let message = "`main` has no statement after which a picture could be taken";
                return Err(TraceError { line, message: message.into() });
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
            let error = |message: String| TraceError { line: mark.line, message };
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
        let mut marked: BTreeSet<usize> =
            self.points.iter().map(|p| self.statements[p.statement].function).collect();
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut all = self.threads;
        loop {
            all |= marked.iter().any(|&f| self.functions[f].implicit);
            for &f in &marked {
                names.insert(self.functions[f].name.rsplit("::").next().unwrap_or("").to_string());
            }
            let before = marked.len();
            for s in self.statements.iter_mut().skip(1) {
                let text = &self.source[s.range.clone()];
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
            visible.extend(if s.shape == Shape::Tail { &s.before } else { &s.after });
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

    /// The program with the tracer's calls put in, and how to undo columns.
    pub fn instrument(&self, bounds: bool) -> (String, Columns) {
        let mut edits: Vec<(usize, String)> = Vec::new();
        let marks = |s: usize| -> String {
            let here = self.points.iter().enumerate().filter(|(_, p)| p.statement == s);
            here.map(|(i, p)| format!("::__mt::mark({i}, {});", p.pass.unwrap_or(0))).collect()
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
                When::Calls(s) => self.statements[s].calls,
                When::Before(s) => !marks(s).is_empty(),
                When::After(s) => {
                    let calls = marks(s);
                    text = match self.statements[s].shape {
                        Shape::Tail => format!(") {{ __mt_t => {{ {calls} __mt_t }} }}"),
                        _ => format!(" {calls}"),
                    };
                    !calls.is_empty()
                }
            };
            if made {
                edits.push((edit.at, text));
            }
        }
        edits.sort_by_key(|(at, _)| *at);
        (apply(self.source, &edits), Columns::new(self.source, &edits))
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
                Around::Method(receiver, _) => format!("`{receiver}`"),
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

    /// Edits that give a variable a name of its own, so that it can be asked
    /// about where another of the same name hides it. `None` if nothing does.
    pub fn rename(&self, variable: usize, at: usize) -> Option<Vec<(usize, String)>> {
        let v = &self.variables[variable];
        let others: Vec<&Variable> = self
            .variables
            .iter()
            .filter(|o| o.name == v.name && o.ident != v.ident && v.scope.contains(&o.ident.start))
            .collect();
        if !others.iter().any(|o| o.scope.contains(&at) || o.scope.start == at) {
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
            let text = if w.shorthand { format!(": {}__mt", v.name) } else { "__mt".into() };
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
            if inside(r) && best.as_ref().is_none_or(|(size, _)| r.end - r.start < *size) {
                best = Some((r.end - r.start, text));
            }
        }
        best.map(|(_, text)| text).or_else(|| self.destination(range))
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" and ")
}

/// The words of a program that may name variables, those in format strings too.
fn words(source: &str, tokens: TokenStream, shorthands: &BTreeSet<usize>) -> Vec<Word> {
    let mut words = Vec::new();
    collect(source, tokens, shorthands, &mut words);
    words
}

fn collect(source: &str, tokens: TokenStream, shorthands: &BTreeSet<usize>, words: &mut Vec<Word>) {
    use proc_macro2::TokenTree;
    for tree in tokens {
        let r = tree.span().byte_range();
        match tree {
            TokenTree::Group(group) => collect(source, group.stream(), shorthands, words),
            TokenTree::Ident(ident) => {
                let before = source[..r.start].trim_end();
                let field = before.ends_with('.') && !before.ends_with("..");
                if !field {
                    let shorthand = shorthands.contains(&r.start);
                    words.push(Word { name: ident.to_string(), start: r.start, end: r.end, shorthand });
                }
            }
            TokenTree::Literal(_) if source[r.clone()].contains('"') => {
                let text = &source[r.clone()];
                for (i, _) in text.match_indices('{') {
                    let rest = &text[i + 1..];
                    let length = rest.len()
                        - rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
                    if length > 0 && rest[length..].starts_with(['}', ':']) && !text[..i].ends_with('{')
                    {
                        let start = r.start + i + 1;
                        let name = rest[..length].to_string();
                        words.push(Word { name, start, end: start + length, shorthand: false });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The line, from 1, on which a byte stands.
pub(crate) fn line_of(source: &str, at: usize) -> usize {
    source.as_bytes()[..at.min(source.len())].iter().filter(|&&b| b == b'\n').count() + 1
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
            let digits = |s: &str| s.len() - s.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let l = digits(rest);
            let Some(tail) = rest[l..].strip_prefix(':') else { continue };
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

fn trait_name(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Trait(t) => Some(t.ident.to_string()),
        _ => None,
    }
}

fn drop_impls(items: &[syn::Item]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in items {
        if let syn::Item::Impl(i) = item
            && i.trait_.as_ref().is_some_and(|(_, path, _)| last(path) == "Drop")
            && let syn::Type::Path(path) = &*i.self_ty
        {
            names.insert(last(&path.path));
        }
    }
    names
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default()
}

/// One function's scopes while it is read.
struct Context {
    function: usize,
    scopes: Vec<Vec<usize>>,
    /// Loops and branches are not told apart by name: what was declared
    /// without a value, to register where it is set.
    instrumented: bool,
}

struct Reader<'a> {
    program: Program<'a>,
    contexts: Vec<Context>,
    local_traits: BTreeSet<String>,
    dropped: BTreeSet<String>,
    /// Inside an `impl` of a trait from elsewhere.
    foreign: bool,
    statics: Vec<String>,
    main: Option<(usize, Range<usize>)>,
    error: Option<TraceError>,
    /// Where a word names a field and a variable at once.
    shorthands: BTreeSet<usize>,
}

fn range(node: &impl Spanned) -> Range<usize> {
    let span = node.span();
    let range = span.byte_range();
    // A span over several tokens is joined only where the compiler allows it;
    // outside of it, the fallback joins always.
    range.start..range.end
}

impl Reader<'_> {
    fn refuse(&mut self, node: &impl Spanned, message: &str) {
        if self.error.is_none() {
            let line = node.span().start().line;
            self.error = Some(TraceError { line, message: message.into() });
        }
    }

    fn edit(&mut self, at: usize, text: impl Into<String>, when: When) {
        self.program.edits.push(Edit { at, text: text.into(), when });
    }

    fn note(&mut self, node: &impl Spanned, around: Around) {
        self.program.around.push((range(node), around));
    }

    fn text(&self, node: &impl Spanned) -> String {
        self.program.source[range(node)].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn visible(&self) -> Vec<usize> {
        self.contexts.last().map(|c| c.scopes.concat()).unwrap_or_default()
    }

    /// Reads something whose variables live up to the byte `end`.
    fn scoped(&mut self, end: usize, f: impl FnOnce(&mut Self)) {
        if let Some(c) = self.contexts.last_mut() {
            c.scopes.push(Vec::new());
        }
        f(self);
        if let Some(c) = self.contexts.last_mut() {
            for v in c.scopes.pop().into_iter().flatten() {
                self.program.variables[v].scope.end = end;
            }
        }
    }

    /// Declares what a pattern binds; gives back the numbers.
    fn bind(&mut self, pat: &syn::Pat, deferred: bool, from: usize) -> Vec<usize> {
        let mut finder = Bindings(Vec::new());
        finder.visit_pat(pat);
        let mut ids = Vec::new();
        for ident in finder.0 {
            ids.push(self.declare(ident.to_string(), &ident, deferred, from));
        }
        ids
    }

    /// Declares a variable whose name means it from the byte `from` on.
    fn declare(&mut self, name: String, node: &impl Spanned, deferred: bool, from: usize) -> usize {
        let id = self.program.variables.len();
        let mut function = 0;
        if let Some(context) = self.contexts.last_mut() {
            function = context.function;
            context.scopes.last_mut().expect("a function has a scope").push(id);
        }
        self.program.variables.push(Variable {
            name,
            function,
            line: node.span().start().line,
            deferred,
            shown: false,
            ident: range(node),
            scope: from..usize::MAX,
        });
        id
    }

    /// Registers variables at `at`, where statements may stand.
    fn register(&mut self, at: usize, ids: &[usize]) {
        if !self.contexts.last().is_some_and(|c| c.instrumented) {
            return;
        }
        for &id in ids {
            let name = self.program.variables[id].name.clone();
            self.edit(at, format!(" {} {}", registration(&name, id), guard(id)), When::Variable(id));
        }
    }

    fn function(
        &mut self,
        name: String,
        node: &impl Spanned,
        implicit: bool,
        closure: bool,
    ) -> usize {
        let line = node.span().start().line;
        let id = self.program.functions.len();
        let root = match self.contexts.last() {
            Some(context) if closure => self.program.functions[context.function].root,
            _ => id,
        };
        let range = range(node);
        self.program.functions.push(Function { name, line, implicit, closure, root, range, shown: false });
        id
    }

    /// Reads a function's signature and body.
    fn read_fn(&mut self, sig: &syn::Signature, block: &syn::Block, drops: bool) {
        if sig.asyncness.is_some() {
            self.refuse(&sig.asyncness, "`async` functions are not traced: their frames live on the heap");
        }
        let implicit = self.foreign;
        let function = self.function(sig.ident.to_string(), &sig.ident, implicit, false);
        self.program.functions[function].range = range(sig).start..range(block).end;
        let open = block.brace_token.span.open().byte_range().end;
        let close = block.brace_token.span.close().byte_range().start;
        let is_main = sig.ident == "main" && self.contexts.is_empty() && self.main.is_none();
        if is_main {
            self.main = Some((function, open..close));
            self.edit(open, " ::__mt::start(\"__MT_FOLDER\");", When::Always);
        }
        let instrumented = sig.constness.is_none();
        self.contexts.push(Context { function, scopes: vec![Vec::new()], instrumented });
        if instrumented {
            let text = format!(" let __mt_frame = ::__mt::enter({function});");
            self.edit(open, text, When::Function(function));
        }
        for input in &sig.inputs {
            let ids = match input {
                syn::FnArg::Receiver(r) => {
                    vec![self.declare("self".into(), &r.self_token, false, open)]
                }
                syn::FnArg::Typed(t) => self.bind(&t.pat, false, open),
            };
            self.register(open, &ids);
        }
        if drops {
            let text = " { use ::__mt::pick::*; (&::__mt::At(&raw const *self)).__mt_drop(); }";
            self.edit(open, text, When::Always);
        }
        self.read_block(block);
        self.leave(close);
    }

    /// Leaves a function that ends at the byte `end`.
    fn leave(&mut self, end: usize) {
        for v in self.contexts.pop().into_iter().flat_map(|c| c.scopes).flatten() {
            self.program.variables[v].scope.end = end;
        }
    }

    /// Reads a block's statements in a scope of their own.
    fn read_block(&mut self, block: &syn::Block) {
        self.scoped(range(block).end, |me| {
            let count = block.stmts.len();
            for (i, stmt) in block.stmts.iter().enumerate() {
                me.read_stmt(stmt, i + 1 == count);
            }
        });
    }

    fn read_stmt(&mut self, stmt: &syn::Stmt, is_last: bool) {
        if let syn::Stmt::Item(item) = stmt {
            if let syn::Item::Static(s) = item
                && let Some(context) = self.contexts.last()
            {
                let function = context.function;
                let name = s.ident.to_string();
                let text = format!(
                    " {{ use ::__mt::pick::*; (&::__mt::At(&raw const {name})).__mt_static(\"{name}\"); }}"
                );
                self.edit(range(item).end, text, When::Function(function));
            }
            self.visit_item(item);
            return;
        }
        if self.contexts.is_empty() {
            return;
        }
        let tail = is_last
            && match stmt {
                syn::Stmt::Expr(_, None) => true,
                syn::Stmt::Macro(m) => m.semi_token.is_none(),
                _ => false,
            };
        let leaves = matches!(
            stmt,
            syn::Stmt::Expr(
                syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_),
                _
            )
        );
        let shape = match (leaves, tail) {
            (true, _) => Shape::Leaves,
            (_, true) => Shape::Tail,
            _ => Shape::Plain,
        };
        let r = range(stmt);
        let id = self.statement(r.clone(), r.end, shape, true);
        if tail && self.contexts.last().is_some_and(|c| c.scopes.len() == 2) {
            self.program.around.push((r.clone(), Around::Return));
        }
        match stmt {
            syn::Stmt::Local(local) => {
                self.visit_pat(&local.pat);
                if let Some(init) = &local.init {
                    let mut finder = Bindings(Vec::new());
                    finder.visit_pat(&local.pat);
                    let names = finder.0.iter().map(ToString::to_string).collect();
                    self.note(&init.expr, Around::Let(names));
                    self.visit_expr(&init.expr);
                    if let Some((_, diverge)) = &init.diverge {
                        self.visit_expr(diverge);
                    }
                }
                let deferred = local.init.is_none();
                let ids = self.bind(&local.pat, deferred, r.end);
                if deferred {
                    for &v in &ids {
                        if self.contexts.last().is_some_and(|c| c.instrumented) {
                            self.edit(r.end, format!(" {}", guard(v)), When::Variable(v));
                        }
                    }
                } else {
                    self.register(r.end, &ids);
                }
            }
            syn::Stmt::Expr(expr, _) => self.visit_expr(expr),
            syn::Stmt::Macro(m) => self.visit_macro(&m.mac),
            syn::Stmt::Item(_) => {}
        }
        if shape != Shape::Leaves {
            self.edit(r.end, "", When::After(id));
        }
        self.program.statements[id].after = self.visible();
    }

    /// Notes a statement, and the edit that says that it begins.
    fn statement(&mut self, r: Range<usize>, end: usize, shape: Shape, block: bool) -> usize {
        let id = self.program.statements.len();
        let text = &self.program.source[r.clone()];
        // What a scope waits for at its end; a `join` says so itself.
        let waits = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == "scope");
        let before = self.visible();
        let context = self.contexts.last().expect("statements stand in functions");
        let (function, instrumented) = (context.function, context.instrumented);
        if block && instrumented {
            self.edit(r.start, format!("::__mt::at({id}, {waits}); "), When::Calls(id));
        }
        if block && shape == Shape::Tail {
            self.edit(r.start, "match (", When::Before(id));
        }
        self.program.statements.push(Statement {
            function,
            range: r,
            shape,
            after: before.clone(),
            before,
            calls: false,
            end,
            block,
        });
        id
    }

    /// A condition and the block that sees what it binds.
    fn read_condition(&mut self, cond: &syn::Expr, then: &syn::Block) {
        self.scoped(range(then).end, |me| {
            let first = me.program.variables.len();
            me.visit_expr(cond);
            let bound: Vec<usize> = me
                .contexts
                .last()
                .and_then(|c| c.scopes.last())
                .map(|s| s.iter().copied().filter(|&v| v >= first).collect())
                .unwrap_or_default();
            me.register(then.brace_token.span.open().byte_range().end, &bound);
            me.note(then, Around::Branch);
            me.read_block(then);
        });
    }

    /// An expression that stands for a block: of an arm, or of a closure.
    fn read_value(&mut self, expr: &syn::Expr, end: usize, enter: Option<usize>, ids: &[usize]) {
        let function = self.contexts.last().map_or(0, |c| c.function);
        let enter_text = |f: usize| format!(" let __mt_frame = ::__mt::enter({f});");
        match expr {
            syn::Expr::Block(block) if block.label.is_none() => {
                let open = block.block.brace_token.span.open().byte_range().end;
                let r = range(expr);
                let id = self.statement(r.clone(), end, Shape::Tail, false);
                self.edit(r.start, "match (", When::Before(id));
                if let Some(f) = enter {
                    self.edit(open, enter_text(f), When::Function(f));
                }
                self.register(open, ids);
                self.read_block(&block.block);
                self.edit(r.end, "", When::After(id));
            }
            _ => {
                let r = range(expr);
                let leaves = matches!(
                    expr,
                    syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_)
                );
                let shape = if leaves { Shape::Leaves } else { Shape::Tail };
                let id = self.statement(r.clone(), end, shape, false);
                // A block around it is needed only where something is seen in it.
                let instrumented = self.contexts.last().is_some_and(|c| c.instrumented);
                let when = if enter.is_some() { When::Function(function) } else { When::Calls(id) };
                if instrumented {
                    self.edit(r.start, "{", when);
                    if let Some(f) = enter {
                        self.edit(r.start, enter_text(f), when);
                    }
                    for &v in ids {
                        let name = self.program.variables[v].name.clone();
                        self.edit(r.start, format!(" {} {}", registration(&name, v), guard(v)), when);
                    }
                    self.edit(r.start, format!(" ::__mt::at({id}, false); "), when);
                }
                if shape == Shape::Tail {
                    self.edit(r.start, "match (", When::Before(id));
                }
                self.visit_expr(expr);
                if shape == Shape::Tail {
                    self.edit(r.end, "", When::After(id));
                }
                if instrumented {
                    self.edit(r.end, " }", when);
                }
            }
        }
    }

    fn bounds(&mut self, generics: &syn::Generics) {
        let calls = walkers::callables(generics);
        for param in generics.type_params() {
            if calls.contains(&param.ident.to_string()) {
                continue;
            }
            match &param.colon_token {
                Some(colon) => {
                    self.edit(range(colon).end, " ::__mt::Walk +", When::Bounds);
                    if param.bounds.is_empty() {
                        self.refuse(param, "an empty list of bounds: drop the colon");
                    }
                }
                None => self.edit(range(&param.ident).end, ": ::__mt::Walk", When::Bounds),
            }
        }
    }
}

/// Reports the variable's place; `&raw const` does not count as a borrow that lives.
fn registration(name: &str, id: usize) -> String {
    format!("{{ use ::__mt::pick::*; (&::__mt::At(&raw const {name})).__mt_var({id}); }}")
}

fn guard(id: usize) -> String {
    format!("let __mt_g{id} = ::__mt::Guard({id});")
}

/// The names that a pattern binds.
struct Bindings(Vec<syn::Ident>);

impl Visit<'_> for Bindings {
    fn visit_pat_ident(&mut self, pat: &syn::PatIdent) {
        let upper = pat.ident.to_string().starts_with(char::is_uppercase);
        if !upper || pat.mutability.is_some() || pat.by_ref.is_some() || pat.subpat.is_some() {
            self.0.push(pat.ident.clone());
        }
        visit::visit_pat_ident(self, pat);
    }
    fn visit_expr(&mut self, _: &syn::Expr) {}
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        match walkers::walker(item) {
            Ok(Some(text)) => self.edit(range(item).end, format!(" {text}"), When::Always),
            Ok(None) => {}
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        // Items in a function see none of its variables.
        let outer = std::mem::take(&mut self.contexts);
        let inside = !outer.is_empty();
        if inside && let syn::Item::Fn(f) = item && f.sig.ident == "main" {
            self.refuse(&f.sig.ident, "a second `main` inside a function: rename it");
        }
        visit::visit_item(self, item);
        self.contexts = outer;
    }

    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.bounds(&f.sig.generics);
        self.read_fn(&f.sig, &f.block, false);
    }

    fn visit_item_struct(&mut self, s: &'ast syn::ItemStruct) {
        if self.dropped.contains(&s.ident.to_string()) {
            self.bounds(&s.generics);
        }
        for (i, field) in s.fields.iter().enumerate() {
            self.program
                .fields
                .insert(field.ident.as_ref().map_or_else(|| i.to_string(), ToString::to_string));
        }
    }

    fn visit_item_enum(&mut self, e: &'ast syn::ItemEnum) {
        if self.dropped.contains(&e.ident.to_string()) {
            self.bounds(&e.generics);
        }
    }

    fn visit_item_trait(&mut self, t: &'ast syn::ItemTrait) {
        self.bounds(&t.generics);
        match &t.colon_token {
            Some(colon) if !t.supertraits.is_empty() => {
                self.edit(range(colon).end, " ::__mt::Walk +", When::Bounds);
            }
            Some(_) => {}
            None => {
                let end = if t.generics.params.is_empty() {
                    range(&t.ident).end
                } else {
                    range(&t.generics.gt_token).end
                };
                self.edit(end, ": ::__mt::Walk", When::Bounds);
            }
        }
        for item in &t.items {
            if let syn::TraitItem::Fn(f) = item {
                self.bounds(&f.sig.generics);
                if let Some(block) = &f.default {
                    let id = self.program.functions.len();
                    self.read_fn(&f.sig, block, false);
                    self.program.functions[id].name = format!("{}::{}", t.ident, f.sig.ident);
                }
            }
        }
    }

    fn visit_item_impl(&mut self, i: &'ast syn::ItemImpl) {
        self.bounds(&i.generics);
        let path = i.trait_.as_ref().map(|(_, path, _)| last(path));
        let foreign = path.as_ref().is_some_and(|name| !self.local_traits.contains(name));
        let drops = path.as_deref() == Some("Drop");
        let owner = self.text(&i.self_ty);
        let outer = std::mem::replace(&mut self.foreign, foreign);
        for item in &i.items {
            if let syn::ImplItem::Fn(f) = item {
                if !foreign {
                    self.bounds(&f.sig.generics);
                }
                let id = self.program.functions.len();
                self.read_fn(&f.sig, &f.block, drops && f.sig.ident == "drop");
                let short = owner.split('<').next().unwrap_or(&owner).to_string();
                let name = self.program.functions[id].name.clone();
                self.program.functions[id].name = format!("{short}::{name}");
            }
        }
        self.foreign = outer;
    }

    fn visit_item_static(&mut self, s: &'ast syn::ItemStatic) {
        for attribute in &s.attrs {
            if attribute.path().is_ident("global_allocator") {
                self.refuse(s, "a program with an allocator of its own is not traced: the tracer's takes its place");
            }
        }
        if self.contexts.is_empty() && s.span().start().column == 0 {
            self.statics.push(s.ident.to_string());
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_item_macro(&mut self, m: &'ast syn::ItemMacro) {
        let text = m.mac.tokens.to_string();
        if m.mac.path.is_ident("macro_rules")
            && text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == "let" || w == "fn" || w == "struct" || w == "enum")
        {
            self.refuse(m, "a macro of the program that declares variables or items is not traced: the tracer cannot see them; write them out");
        }
    }

    fn visit_item_mod(&mut self, m: &'ast syn::ItemMod) {
        if m.content.is_none() {
            self.refuse(m, "a module in a file of its own is not traced: write it in place, `mod name { … }`");
        }
        visit::visit_item_mod(self, m);
    }

    fn visit_item_extern_crate(&mut self, c: &'ast syn::ItemExternCrate) {
        if c.ident != "std" && c.ident != "core" && c.ident != "alloc" {
            self.refuse(c, "a program that needs other crates is not traced");
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.read_block(block);
    }

    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_expr_async(&mut self, e: &'ast syn::ExprAsync) {
        self.refuse(e, "`async` blocks are not traced: what they hold is laid out by the compiler");
    }

    fn visit_expr_if(&mut self, e: &'ast syn::ExprIf) {
        self.read_condition(&e.cond, &e.then_branch);
        if let Some((_, branch)) = &e.else_branch {
            self.note(branch, Around::Branch);
            self.visit_expr(branch);
        }
    }

    fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
        self.read_condition(&e.cond, &e.body);
    }

    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
        let mut finder = Bindings(Vec::new());
        finder.visit_pat(&e.pat);
        self.note(&e.expr, Around::Let(finder.0.iter().map(ToString::to_string).collect()));
        self.visit_pat(&e.pat);
        self.visit_expr(&e.expr);
        self.bind(&e.pat, false, range(e).end);
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.note(&e.expr, Around::Loop);
        self.visit_expr(&e.expr);
        self.scoped(range(e).end, |me| {
            me.visit_pat(&e.pat);
            let ids = me.bind(&e.pat, false, range(&e.body).start);
            me.register(e.body.brace_token.span.open().byte_range().end, &ids);
            me.note(&e.body, Around::Branch);
            me.read_block(&e.body);
        });
    }

    fn visit_expr_match(&mut self, e: &'ast syn::ExprMatch) {
        self.note(&e.expr, Around::Match);
        self.visit_expr(&e.expr);
        for arm in &e.arms {
            self.scoped(range(arm).end, |me| {
                me.visit_pat(&arm.pat);
                let ids = me.bind(&arm.pat, false, range(&arm.pat).end);
                if let Some((_, guard)) = &arm.guard {
                    me.visit_expr(guard);
                }
                me.note(&arm.body, Around::Branch);
                let end = arm.comma.as_ref().map_or(range(&arm.body).end, |c| range(c).end);
                if me.contexts.is_empty() {
                    me.visit_expr(&arm.body);
                } else {
                    me.read_value(&arm.body, end, None, &ids);
                }
            });
        }
    }

    fn visit_expr_closure(&mut self, e: &'ast syn::ExprClosure) {
        if e.asyncness.is_some() {
            self.refuse(e, "`async` closures are not traced");
        }
        self.note(e, Around::Closure);
        let function = self.function("closure".into(), e, true, true);
        let instrumented = e.constness.is_none();
        self.contexts.push(Context { function, scopes: vec![Vec::new()], instrumented });
        let mut ids = Vec::new();
        for pat in &e.inputs {
            ids.extend(self.bind(pat, false, range(&e.body).start));
        }
        self.read_value(&e.body, range(&e.body).end, Some(function), &ids);
        self.leave(range(&e.body).end);
    }

    fn visit_expr_loop(&mut self, e: &'ast syn::ExprLoop) {
        self.note(&e.body, Around::Branch);
        self.read_block(&e.body);
    }

    fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
        if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) {
            self.note(&e.right, Around::Branch);
        }
        visit::visit_expr_binary(self, e);
    }

    fn visit_expr_return(&mut self, e: &'ast syn::ExprReturn) {
        if let Some(value) = &e.expr {
            self.note(value, Around::Return);
        }
        visit::visit_expr_return(self, e);
    }

    fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
        let place = self.text(&e.left);
        self.note(&e.right, Around::Assign(place.clone()));
        let deferred = self.visible().into_iter().rev().find(|&v| self.program.variables[v].name == place);
        visit::visit_expr_assign(self, e);
        if let Some(v) = deferred
            && self.program.variables[v].deferred
            && self.contexts.last().is_some_and(|c| c.instrumented)
        {
            let r = range(e);
            self.edit(r.start, "{ ", When::Variable(v));
            self.edit(r.end, format!("; {} }}", registration(&place, v)), When::Variable(v));
        }
    }

    fn visit_expr_call(&mut self, e: &'ast syn::ExprCall) {
        let callee = self.text(&e.func);
        for argument in &e.args {
            self.note(argument, Around::Argument(callee.clone()));
        }
        let scope = callee.rsplit("::").next() == Some("scope");
        if scope {
            self.program.threads = true;
            self.edit(range(e).start, "::__mt::scope_ended(", When::Always);
        }
        self.spawned(callee.rsplit("::").next() == Some("spawn"), false, &e.args, |me| {
            visit::visit_expr_call(me, e);
        });
        if scope {
            self.edit(range(e).end, ")", When::Always);
        }
    }

    fn visit_expr_method_call(&mut self, e: &'ast syn::ExprMethodCall) {
        let receiver = self.text(&e.receiver);
        let method = e.method.to_string();
        self.note(&e.receiver, Around::Receiver(method.clone()));
        for argument in &e.args {
            self.note(argument, Around::Method(receiver.clone(), method.clone()));
        }
        // Without an argument, it is a thread that is joined, not a list.
        let joins = method == "join" && e.args.is_empty();
        if joins {
            let text = "::__mt::joined({ ::__mt::waiting(); ";
            self.edit(range(e).start, text, When::Always);
        }
        let scoped = !receiver.contains("Builder");
        self.spawned(method == "spawn", scoped, &e.args, |me| {
            me.visit_expr(&e.receiver);
            if joins {
                me.edit(range(&e.receiver).end, " }", When::Always);
            }
            for argument in &e.args {
                me.visit_expr(argument);
            }
        });
        if joins {
            self.edit(range(e).end, ")", When::Always);
        }
    }

    fn visit_field_pat(&mut self, f: &'ast syn::FieldPat) {
        if f.colon_token.is_none() {
            self.shorthands.insert(range(&f.member).start);
        }
        visit::visit_field_pat(self, f);
    }

    fn visit_field_value(&mut self, f: &'ast syn::FieldValue) {
        if f.colon_token.is_none() {
            self.shorthands.insert(range(&f.member).start);
        }
        visit::visit_field_value(self, f);
    }

    fn visit_macro(&mut self, m: &'ast syn::Macro) {
        let name = last(&m.path);
        if ["include", "asm", "global_asm", "naked_asm"].contains(&name.as_str()) {
            self.refuse(m, &format!("`{name}!` is not traced: the tracer cannot see what it does"));
        }
        // Arguments of the std macros are expressions; spawning in them is rare,
        // and a thread that was not counted would make a picture untrue.
        if m.tokens.to_string().contains("spawn") {
            self.refuse(m, "a thread that is started inside a macro's arguments is not traced: start it in a statement of its own");
        }
    }
}

impl Reader<'_> {
    fn spawned(
        &mut self,
        spawns: bool,
        scoped: bool,
        arguments: &syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
        inner: impl FnOnce(&mut Self),
    ) {
        let argument = arguments.first().filter(|_| spawns).map(range);
        if let Some(r) = &argument {
            self.program.threads = true;
            self.edit(r.start, format!("::__mt::spawning({scoped}, "), When::Always);
        }
        inner(self);
        if let Some(r) = argument {
            self.edit(r.end, ")", When::Always);
        }
    }
}
