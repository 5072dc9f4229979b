//! Reads a syntax tree: what it declares and where, and every edit that
//! instrumenting it may need.

use super::{Around, Call, Edit, Function, Program, Shape, Statement, Variable, When};
use crate::{TraceError, walkers};
use std::collections::BTreeSet;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

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
            && i.trait_
                .as_ref()
                .is_some_and(|(_, path, _)| last(path) == "Drop")
            && let syn::Type::Path(path) = &*i.self_ty
        {
            names.insert(last(&path.path));
        }
    }
    names
}

fn last(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|s| s.ident.to_string())
        .unwrap_or_default()
}

/// One function's scopes while it is read.
struct Context {
    function: usize,
    scopes: Vec<Vec<usize>>,
    /// The statements around what is being read.
    within: Vec<usize>,
    /// A `const fn` is not.
    instrumented: bool,
}

pub(super) struct Reader<'a> {
    pub(super) program: Program<'a>,
    contexts: Vec<Context>,
    local_traits: BTreeSet<String>,
    dropped: BTreeSet<String>,
    /// Inside an `impl` of a trait from elsewhere.
    foreign: bool,
    pub(super) statics: Vec<String>,
    pub(super) main: Option<(usize, Range<usize>)>,
    error: Option<TraceError>,
    /// Where a word names a field and a variable at once.
    pub(super) shorthands: BTreeSet<usize>,
    /// See [`Program::containers`].
    pub(super) containers: BTreeSet<String>,
    /// Fields that are something else in some struct.
    others: BTreeSet<String>,
}

fn range(node: &impl Spanned) -> Range<usize> {
    let span = node.span();
    let range = span.byte_range();
    // A span over several tokens is joined only where the compiler allows it;
    // outside of it, the fallback joins always.
    range.start..range.end
}

impl<'a> Reader<'a> {
    /// Reads a whole file into a program that has only its source and words.
    pub(super) fn read(mut program: Program<'a>, file: &syn::File) -> Result<Self, TraceError> {
        let dropped = drop_impls(&file.items);
        program.drops = !dropped.is_empty();
        let mut reader = Reader {
            program,
            contexts: Vec::new(),
            local_traits: file.items.iter().filter_map(trait_name).collect(),
            dropped,
            foreign: false,
            statics: Vec::new(),
            main: None,
            error: None,
            shorthands: BTreeSet::new(),
            containers: BTreeSet::new(),
            others: BTreeSet::new(),
        };
        reader.visit_file(file);
        let others = std::mem::take(&mut reader.others);
        reader.containers.retain(|name| !others.contains(name));
        match reader.error.take() {
            Some(error) => Err(error),
            None => Ok(reader),
        }
    }
}

impl Reader<'_> {
    fn refuse(&mut self, node: &impl Spanned, message: &str) {
        if self.error.is_none() {
            let line = node.span().start().line;
            self.error = Some(TraceError {
                line,
                message: message.into(),
            });
        }
    }

    fn edit(&mut self, at: usize, text: impl Into<String>, when: When) {
        self.program.edits.push(Edit {
            at,
            text: text.into(),
            when,
        });
    }

    fn note(&mut self, node: &impl Spanned, around: Around) {
        self.program.around.push((range(node), around));
    }

    fn text(&self, node: &impl Spanned) -> String {
        self.program.source[range(node)]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn visible(&self) -> Vec<usize> {
        self.contexts
            .last()
            .map(|c| c.scopes.concat())
            .unwrap_or_default()
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
            context
                .scopes
                .last_mut()
                .expect("a function has a scope")
                .push(id);
        }
        self.program.variables.push(Variable {
            name,
            function,
            line: node.span().start().line,
            deferred,
            captured: false,
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
            self.edit(
                at,
                format!(" {} {}", registration(&name, id), guard(id)),
                When::Variable(id),
            );
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
        self.program.functions.push(Function {
            name,
            line,
            implicit,
            closure,
            root,
            range,
            shown: false,
        });
        id
    }

    /// Reads a function's signature and body.
    fn read_fn(&mut self, sig: &syn::Signature, block: &syn::Block, drops: bool) {
        if sig.asyncness.is_some() {
            self.refuse(
                &sig.asyncness,
                "`async` functions are not traced: their frames live on the heap",
            );
        }
        let implicit = self.foreign;
        let function = self.function(sig.ident.to_string(), &sig.ident, implicit, false);
        self.program.functions[function].range = range(sig).start..range(block).end;
        let open = block.brace_token.span.open().byte_range().end;
        let close = block.brace_token.span.close().byte_range().start;
        let is_main = sig.ident == "main" && self.contexts.is_empty() && self.main.is_none();
        if is_main {
            self.main = Some((function, open..close));
            self.edit(
                open,
                " ::__mt::start(::core::env!(\"MEMORY_TRACE_FOLDER\"));",
                When::Always,
            );
        }
        let instrumented = sig.constness.is_none();
        self.contexts.push(Context {
            function,
            scopes: vec![Vec::new()],
            within: Vec::new(),
            instrumented,
        });
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
        for v in self
            .contexts
            .pop()
            .into_iter()
            .flat_map(|c| c.scopes)
            .flatten()
        {
            self.program.variables[v].scope.end = end;
        }
    }

    /// Reads a block's statements in a scope of their own.
    fn read_block(&mut self, block: &syn::Block) {
        let open = block.brace_token.span.open().byte_range().end;
        let close = block.brace_token.span.close().byte_range().start;
        let parent = self.contexts.last().and_then(|c| c.within.last().copied());
        let first = self.program.statements.len();
        let restores = parent.map(|parent| {
            let waits = self.program.statements[parent].waits;
            self.edit(
                open,
                format!(" let __mt_w = ::__mt::Within({parent}, {waits});"),
                When::Always,
            );
            self.program.edits.len() - 1
        });
        self.scoped(range(block).end, |me| {
            let instrumented = me.contexts.last().is_some_and(|c| c.instrumented);
            if me.program.heads && instrumented && !block.stmts.is_empty() {
                me.statement(open..open, open, Shape::Head, true);
            }
            let count = block.stmts.len();
            for (i, stmt) in block.stmts.iter().enumerate() {
                me.read_stmt(stmt, i + 1 == count);
            }
            // What is dropped at the end of the block is dropped after its last
            // statement; a value at its end keeps that statement.
            let instrumented = me.contexts.last().is_some_and(|c| c.instrumented);
            let valued = matches!(block.stmts.last(), Some(syn::Stmt::Expr(_, None)))
                || matches!(block.stmts.last(), Some(syn::Stmt::Macro(m)) if m.semi_token.is_none());
            if instrumented && !valued && !block.stmts.is_empty() {
                me.statement(close..close, usize::MAX, Shape::End, true);
            }
        });
        if let Some(edit) = restores {
            let instrumented = self.contexts.last().is_some_and(|c| c.instrumented);
            let last = if instrumented {
                self.program.statements.len()
            } else {
                first
            };
            self.program.edits[edit].when = When::Among(first, last);
        }
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
        if let Some(context) = self.contexts.last_mut() {
            context.within.push(id);
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
        if let Some(context) = self.contexts.last_mut() {
            context.within.pop();
        }
        if shape != Shape::Leaves {
            self.edit(r.end, "", When::After(id));
        }
        if shape == Shape::Plain && self.contexts.last().is_some_and(|c| c.instrumented) {
            // A call that was not foreseen must not pass for this statement's.
            self.edit(r.end, " ::__mt::at(0, false);", When::Calls(id));
        }
        self.program.statements[id].after = self.visible();
    }

    /// Notes a statement, and the edit that says that it begins.
    fn statement(&mut self, r: Range<usize>, end: usize, shape: Shape, block: bool) -> usize {
        let id = self.program.statements.len();
        let text = &self.program.source[r.clone()];
        // What a scope waits for at its end; a `join` says so itself.
        let waits = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|w| w == "scope");
        let before = self.visible();
        let context = self.contexts.last().expect("statements stand in functions");
        let (function, instrumented) = (context.function, context.instrumented);
        if block && instrumented {
            self.edit(
                r.start,
                format!("::__mt::at({id}, {waits}); "),
                When::Calls(id),
            );
        }
        if block && shape == Shape::Tail {
            self.edit(r.start, "::__mt::pass(", When::Before(id));
        }
        self.program.statements.push(Statement {
            function,
            range: r,
            shape,
            after: before.clone(),
            before,
            calls: false,
            end,
            waits,
            block,
            call: None,
        });
        id
    }

    /// Notes a call inside a statement. While it runs, the frame says so: `ask`
    /// is evaluated last before it.
    fn call(&mut self, r: Range<usize>, callee: &str, ask: Option<Range<usize>>) -> Option<usize> {
        let context = self.contexts.last()?;
        let parent = context.within.last().copied()?;
        // A constructor runs nothing; of threads, other code takes care.
        let plain = callee.starts_with(char::is_uppercase);
        if plain || !context.instrumented || matches!(callee, "spawn" | "scope" | "join") {
            return None;
        }
        let id = self.statement(r.clone(), usize::MAX, Shape::Call, false);
        let waits = self.program.statements[parent].waits;
        self.program.statements[id].call = Some(Call {
            callee: callee.to_string(),
            parent,
            ask: ask.clone(),
        });
        let runs = format!("::__mt::at({id}, {waits});");
        let first = match &ask {
            Some(_) => "()".to_string(),
            None => format!("{{ {runs} }}"),
        };
        self.edit(r.start, format!("::__mt::then({first}, "), When::Calls(id));
        if let Some(value) = &ask {
            self.edit(value.start, "::__mt::pass(", When::Calls(id));
        }
        Some(id)
    }

    /// The end of the value that [`Reader::call`] asked behind.
    fn call_begins(&mut self, id: Option<usize>) {
        if let Some(id) = id
            && let Some(Call {
                parent,
                ask: Some(value),
                ..
            }) = self.program.statements[id].call.clone()
        {
            let waits = self.program.statements[parent].waits;
            let text = format!(", {{ ::__mt::at({id}, {waits}); }})");
            self.edit(value.end, text, When::Calls(id));
        }
    }

    fn call_ends(&mut self, id: Option<usize>) {
        if let Some(id) = id
            && let Some(call) = &self.program.statements[id].call
        {
            let (parent, end) = (call.parent, self.program.statements[id].range.end);
            let waits = self.program.statements[parent].waits;
            let text = format!(", {{ ::__mt::at({parent}, {waits}); }})");
            self.edit(end, text, When::Calls(id));
        }
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
                self.edit(r.start, "::__mt::pass(", When::Before(id));
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
                let when = if enter.is_some() {
                    When::Function(function)
                } else {
                    When::Calls(id)
                };
                if instrumented {
                    self.edit(r.start, "{", when);
                    if let Some(f) = enter {
                        self.edit(r.start, enter_text(f), when);
                    }
                    for &v in ids {
                        let name = self.program.variables[v].name.clone();
                        self.edit(
                            r.start,
                            format!(" {} {}", registration(&name, v), guard(v)),
                            when,
                        );
                    }
                    if let Some(parent) = self
                        .contexts
                        .last()
                        .and_then(|c| c.within.last().copied())
                        .filter(|_| enter.is_none())
                    {
                        let waits = self.program.statements[parent].waits;
                        let text = format!(" let __mt_w = ::__mt::Within({parent}, {waits});");
                        self.edit(r.start, text, when);
                    }
                    self.edit(r.start, format!(" ::__mt::at({id}, false); "), when);
                }
                if let Some(context) = self.contexts.last_mut() {
                    context.within.push(id);
                }
                if shape == Shape::Tail {
                    self.edit(r.start, "::__mt::pass(", When::Before(id));
                }
                self.visit_expr(expr);
                if let Some(context) = self.contexts.last_mut() {
                    context.within.pop();
                }
                if shape == Shape::Tail {
                    self.edit(r.end, "", When::After(id));
                }
                if instrumented {
                    self.edit(r.end, " }", when);
                }
            }
        }
    }

    /// The variables that a `move` closure takes whole: naming them in it once
    /// more changes nothing.
    fn captures(&self, e: &syn::ExprClosure) -> Vec<usize> {
        let body = range(&e.body);
        let mut inner = Bindings(Vec::new());
        for pat in &e.inputs {
            inner.visit_pat(pat);
        }
        let mut deep = AllBindings(Vec::new());
        deep.visit_expr(&e.body);
        let own: Vec<String> = inner
            .0
            .iter()
            .chain(&deep.0)
            .map(ToString::to_string)
            .collect();
        let visible = self.visible();
        let mut found = Vec::new();
        for (i, &v) in visible.iter().enumerate() {
            let name = &self.program.variables[v].name;
            let hidden = visible[i + 1..]
                .iter()
                .any(|&o| self.program.variables[o].name == *name);
            if hidden || own.contains(name) {
                continue;
            }
            let mut uses = self
                .program
                .words
                .iter()
                .filter(|w| w.name == *name && body.contains(&w.start))
                .peekable();
            // A closure takes a field alone where only the field is named.
            if uses.peek().is_some() && uses.all(|w| !names_field(&self.program.source[w.end..])) {
                found.push(v);
            }
        }
        found
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

/// Whether a type is a list or a map of the library.
fn is_container(ty: &syn::Type) -> bool {
    const NAMES: [&str; 9] = [
        "Vec",
        "VecDeque",
        "String",
        "Option",
        "HashMap",
        "HashSet",
        "BTreeMap",
        "BTreeSet",
        "BinaryHeap",
    ];
    matches!(ty, syn::Type::Path(path) if NAMES.contains(&last(&path.path).as_str()))
}

/// The last argument that is no closure: passing a closure on would take away
/// what the compiler infers its parameters from.
fn last_value(
    arguments: &syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
) -> Option<&syn::Expr> {
    let closure = |e: &&syn::Expr| matches!(e, syn::Expr::Closure(_));
    arguments.iter().rev().find(|e| !closure(e))
}

/// Whether what follows a variable is a field of it, and no method.
fn names_field(rest: &str) -> bool {
    let Some(rest) = rest.trim_start().strip_prefix('.') else {
        return false;
    };
    let rest = rest.trim_start();
    let after = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    // `0..n` is a range.
    !rest.starts_with('.') && !after.trim_start().starts_with(['(', ':'])
}

/// Every name that is bound anywhere in an expression.
struct AllBindings(Vec<syn::Ident>);

impl Visit<'_> for AllBindings {
    fn visit_pat_ident(&mut self, pat: &syn::PatIdent) {
        self.0.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}

/// Reports the variable's place; `&raw const` does not count as a borrow that lives.
pub(super) fn registration(name: &str, id: usize) -> String {
    format!("{{ use ::__mt::pick::*; (&::__mt::At(&raw const {name})).__mt_var({id}); }}")
}

pub(super) fn plain_registration(name: &str, id: usize) -> String {
    format!("::__mt::plain_var({id}, &raw const {name});")
}

fn guard(id: usize) -> String {
    format!("let __mt_g{id} = ::__mt::Guard({id});")
}

/// The names that a pattern binds.
struct Bindings(Vec<syn::Ident>);

impl Visit<'_> for Bindings {
    fn visit_pat_ident(&mut self, pat: &syn::PatIdent) {
        let upper = pat.ident.to_string().starts_with(char::is_uppercase);
        // Both sides of `A(x) | B(x)` bind one variable.
        let known = self.0.contains(&pat.ident);
        if !known
            && (!upper || pat.mutability.is_some() || pat.by_ref.is_some() || pat.subpat.is_some())
        {
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
        if inside
            && let syn::Item::Fn(f) = item
            && f.sig.ident == "main"
        {
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
            let ident = field.ident.as_ref();
            let name = ident.map_or_else(|| i.to_string(), ToString::to_string);
            if is_container(&field.ty) {
                self.containers.insert(name.clone());
            } else {
                self.others.insert(name.clone());
            }
            self.program.fields.insert(name);
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
        let foreign = path
            .as_ref()
            .is_some_and(|name| !self.local_traits.contains(name));
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
            && text
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|w| w == "let" || w == "fn" || w == "struct" || w == "enum")
        {
            self.refuse(m, "a macro of the program that declares variables or items is not traced: the tracer cannot see them; write them out");
        }
    }

    fn visit_item_mod(&mut self, m: &'ast syn::ItemMod) {
        if m.content.is_none() {
            self.refuse(
                m,
                "a module in a file of its own is not traced: write it in place, `mod name { … }`",
            );
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
        self.refuse(
            e,
            "`async` blocks are not traced: what they hold is laid out by the compiler",
        );
    }

    fn visit_expr_if(&mut self, e: &'ast syn::ExprIf) {
        self.read_condition(&e.cond, &e.then_branch);
        if let Some((_, branch)) = &e.else_branch {
            self.note(branch, Around::Branch);
            self.visit_expr(branch);
        }
    }

    fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
        self.program.loops.push(range(e));
        self.read_condition(&e.cond, &e.body);
    }

    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
        let mut finder = Bindings(Vec::new());
        finder.visit_pat(&e.pat);
        self.note(
            &e.expr,
            Around::Let(finder.0.iter().map(ToString::to_string).collect()),
        );
        self.visit_pat(&e.pat);
        self.visit_expr(&e.expr);
        self.bind(&e.pat, false, range(e).end);
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.program.loops.push(range(e));
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
                let end = arm
                    .comma
                    .as_ref()
                    .map_or(range(&arm.body).end, |c| range(c).end);
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
        let captured = if e.capture.is_some() {
            self.captures(e)
        } else {
            Vec::new()
        };
        self.contexts.push(Context {
            function,
            scopes: vec![Vec::new()],
            within: Vec::new(),
            instrumented,
        });
        let mut ids = Vec::new();
        for v in captured {
            let old = &self.program.variables[v];
            let (name, line, ident) = (old.name.clone(), old.line, old.ident.clone());
            let id = self.declare(name, &e.body, false, range(&e.body).start);
            let new = &mut self.program.variables[id];
            (new.captured, new.line, new.ident) = (true, line, ident);
            ids.push(id);
        }
        for pat in &e.inputs {
            ids.extend(self.bind(pat, false, range(&e.body).start));
        }
        self.read_value(&e.body, range(&e.body).end, Some(function), &ids);
        self.leave(range(&e.body).end);
    }

    fn visit_expr_loop(&mut self, e: &'ast syn::ExprLoop) {
        self.program.loops.push(range(e));
        self.note(&e.body, Around::Branch);
        self.read_block(&e.body);
    }

    fn visit_expr_tuple(&mut self, e: &'ast syn::ExprTuple) {
        // A part of a tuple can be moved out of it, as a field can.
        let parts = (0..e.elems.len()).map(|i| i.to_string());
        self.program.fields.extend(parts);
        visit::visit_expr_tuple(self, e);
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
        let deferred = self
            .visible()
            .into_iter()
            .rev()
            .find(|&v| self.program.variables[v].name == place);
        visit::visit_expr_assign(self, e);
        if let Some(v) = deferred
            && self.program.variables[v].deferred
            && self.contexts.last().is_some_and(|c| c.instrumented)
        {
            let r = range(e);
            self.edit(r.start, "{ ", When::Variable(v));
            self.edit(
                r.end,
                format!("; {} }}", registration(&place, v)),
                When::Variable(v),
            );
        }
    }

    fn visit_expr_call(&mut self, e: &'ast syn::ExprCall) {
        let callee = self.text(&e.func);
        // A closure that may be called once is moved into its own call.
        for argument in e.args.iter().chain([&*e.func]) {
            self.note(argument, Around::Argument(callee.clone()));
        }
        let name = callee.rsplit("::").next().unwrap_or(&callee).to_string();
        let scope = name == "scope";
        if scope {
            self.program.threads = true;
            self.edit(range(e).start, "::__mt::scope_ended(", When::Always);
        }
        let name = match name.split_once('<') {
            Some(_) => callee
                .split("::<")
                .next()
                .unwrap_or(&callee)
                .rsplit("::")
                .next()
                .unwrap_or(&name)
                .to_string(),
            None => name,
        };
        let ask = last_value(&e.args);
        let call = self.call(range(e), &name, ask.map(range));
        self.spawned(name == "spawn", false, &e.args, |me| {
            me.visit_expr(&e.func);
            for argument in &e.args {
                me.visit_expr(argument);
                if ask.is_some_and(|a| std::ptr::eq(a, argument)) {
                    me.call_begins(call);
                }
            }
        });
        self.call_ends(call);
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
        // What a call gave is no place that could be moved by passing it on.
        let passed = matches!(&*e.receiver, syn::Expr::Call(_) | syn::Expr::MethodCall(_));
        let ask = last_value(&e.args).or(passed.then_some(&*e.receiver));
        let call = self.call(range(e), &method, ask.map(range));
        self.spawned(method == "spawn", scoped, &e.args, |me| {
            me.visit_expr(&e.receiver);
            if ask.is_some_and(|a| std::ptr::eq(a, &*e.receiver)) {
                me.call_begins(call);
            }
            if joins {
                me.edit(range(&e.receiver).end, " }", When::Always);
            }
            for argument in &e.args {
                me.visit_expr(argument);
                if ask.is_some_and(|a| std::ptr::eq(a, argument)) {
                    me.call_begins(call);
                }
            }
        });
        self.call_ends(call);
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
            self.refuse(
                m,
                &format!("`{name}!` is not traced: the tracer cannot see what it does"),
            );
        }
        // Macros whose arguments are expressions that they do not quote.
        const PLAIN: [&str; 11] = [
            "print",
            "println",
            "eprint",
            "eprintln",
            "format",
            "write",
            "writeln",
            "vec",
            "panic",
            "assert_eq",
            "assert_ne",
        ];
        let list = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if PLAIN.contains(&name.as_str())
            && let Ok(arguments) = m.parse_body_with(list)
        {
            for argument in &arguments {
                match argument {
                    // `name = value`, no assignment.
                    syn::Expr::Assign(named) => self.visit_expr(&named.right),
                    other => self.visit_expr(other),
                }
            }
        } else if m.tokens.to_string().contains("spawn") {
            // A thread that was not counted would make a picture untrue.
            self.refuse(
                m,
                "a thread that is started inside this macro's arguments is not traced: start it in a statement of its own",
            );
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
            self.edit(
                r.start,
                format!("::__mt::spawning({scoped}, "),
                When::Always,
            );
        }
        inner(self);
        if let Some(r) = argument {
            self.edit(r.end, ")", When::Always);
        }
    }
}
