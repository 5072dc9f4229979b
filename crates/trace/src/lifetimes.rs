//! A chart of lifetimes: for each value that may hold what it was lent, the lines on
//! which it is in use, and those on which what it looks into lives. The first must lie
//! within each of the others.

use std::collections::BTreeMap;

use syn::visit::Visit;

use crate::borrows::{Bar, Collision, Kind, Row, bar, chart, rejected, rows};
use crate::program::{Program, line_of, parse};
use crate::tools::{self, Tools};
use crate::{Options, TraceError};

/// Draws the lifetimes of a program as one mermaid gantt chart, on which the time is
/// the line: for every variable that gets its value from a function with references in
/// its result, or from a struct with a lifetime parameter. Of a program that is rejected
/// because something does not live long enough, the bar that is too short.
///
/// ```no_run
/// let source = "fn first(text: &str) -> &str {
///     &text[..1]
/// }
/// fn main() {
///     let text = String::from(\"ab\");
///     let letter = first(&text);
///     println!(\"{letter}\");
///     println!(\"{text}\");
/// }";
/// let chart = trace::lifetimes(source, &trace::Options::default())?;
/// assert!(chart.contains("section letter\ntext lives :5, 10\n'_ is in use :active, 6, 8"));
/// # Ok::<(), trace::TraceError>(())
/// ```
///
/// # Errors
///
/// Nothing of the kind is there, or what [`crate::borrows`] refuses.
pub fn lifetimes(source: &str, options: &Options) -> Result<String, TraceError> {
    let tools = Tools::new(options)?;
    let folder = tools::folder()?;
    let here = folder.path();
    let (_, file) = parse(source)?;
    let mut named = Named::default();
    named.visit_file(&file);
    named.calls = true;
    named.visit_file(&file);
    if let Some(Collision { name, bars, .. }) = rejected(source, &tools, here)? {
        return Ok(chart(
            "A lifetime that is too short",
            &[too_short(&named, name, bars)],
        ));
    }
    let program = Program::for_borrows(source)?;
    let rows = rows(&program, &tools, here)?;
    let sections: Vec<_> = (0..program.variables.len())
        .filter_map(|holder| section(&program, &rows, &named, holder))
        .collect();
    if sections.is_empty() {
        return Err(TraceError {
            line: 1,
            message: "no variable here gets what a function or a struct with a lifetime lends it: \
                      bind the result of such a call with `let`, and use it"
                .into(),
        });
    }
    Ok(chart("Lifetimes, line by line", &sections))
}

/// The bars of one variable that holds what it was lent.
fn section(
    program: &Program,
    rows: &[Row],
    named: &Named,
    holder: usize,
) -> Option<(String, Vec<Bar>)> {
    let others = rows.iter().filter(|row| row.variable != holder);
    let holder = &program.variables[holder];
    let made = named.made.get(&holder.ident.start);
    let made = made.or_else(|| named.assigned.get(&holder.name))?;
    let mut used: Option<(usize, usize)> = None;
    let mut bars = Vec::new();
    for row in others {
        let lender = &program.variables[row.variable];
        let loans = row.bars.iter().filter(|b| b.lends_to(&holder.name));
        let loans = loans.map(|b| (b.from, b.to)).reduce(around);
        let Some((from, to)) = loans.filter(|_| lender.function == holder.function) else {
            continue;
        };
        used = Some(used.map_or((from, to), |u| around(u, (from, to))));
        let scope = line_of(program.source, lender.scope.end);
        let gone = row.bars.iter().find(|b| b.kind == Kind::Gone);
        let end = gone.map_or(scope, |b| b.from.saturating_sub(1));
        let verb = if row.borrows() { "is good" } else { "lives" };
        let text = format!("{} {verb}", lender.name);
        bars.push(bar(&text, Kind::Usable, lender.line, end.max(to)));
    }
    let (from, to) = used?;
    for name in made.lent.iter().filter(|name| **name != holder.name) {
        let drawn = |b: &Bar| b.text.split(' ').next() == Some(name.as_str());
        let known = program.variables.iter().any(|v| v.name == *name);
        if known && !bars.iter().any(drawn) {
            let text = format!("{name} is lent for the call");
            bars.push(bar(&text, Kind::Shared, from, from));
        }
    }
    let text = format!("{} is in use", made.lifetime);
    bars.push(bar(&text, Kind::Shared, from, to));
    Some((holder.name.clone(), bars))
}

/// The lines from the first of both to the last.
fn around(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The same two ranges as in a chart of borrows, in the words of lifetimes.
fn too_short(named: &Named, name: String, bars: Vec<Bar>) -> (String, Vec<Bar>) {
    let words = |b: Bar| {
        let by = b.text.strip_prefix("is borrowed by ").map(str::to_string);
        let text = match (&by, b.kind) {
            (_, Kind::Usable) if b.text == "lives" => format!("{name} lives"),
            (Some(by), _) => format!("{} is in use", named.of(by)),
            _ => b.text.clone(),
        };
        Bar { text, ..b }
    };
    (name.clone(), bars.into_iter().map(words).collect())
}

/// How a variable got its value.
struct Made {
    name: String,
    /// `'a`, or `'_` where it was left out.
    lifetime: String,
    /// The variables that the call was given.
    lent: Vec<String>,
}

/// What the program says of lifetimes.
#[derive(Default)]
struct Named {
    /// First the signatures are read, then what calls them.
    calls: bool,
    /// Functions with a reference or a lifetime in their result, and structs with a
    /// lifetime parameter; each with the lifetime's name.
    known: BTreeMap<String, String>,
    /// Variables, by the first byte of their name where it is declared.
    made: BTreeMap<usize, Made>,
    /// Variables that get their value after they were declared, by name.
    assigned: BTreeMap<String, Made>,
    /// The lifetime of the `impl` around.
    own: Option<String>,
}

impl Named {
    fn of(&self, holder: &str) -> &str {
        let mut made = self.made.values().chain(self.assigned.values());
        let made = made.find(|m| m.name == holder);
        made.map_or("the reference", |m| m.lifetime.as_str())
    }

    fn note(&mut self, sig: &syn::Signature) {
        let syn::ReturnType::Type(_, result) = &sig.output else {
            return;
        };
        let mut found = Lifetimes(None, self.own.clone());
        found.visit_type(result);
        if let Some(name) = found.0 {
            self.known.insert(sig.ident.to_string(), name);
        }
    }

    fn bind(&mut self, pat: &syn::Pat, value: &syn::Expr) {
        let mut call = Calls(self, None);
        call.visit_expr(value);
        let Some((lifetime, lent)) = call.1 else {
            return;
        };
        let ident = match pat {
            syn::Pat::Ident(p) => &p.ident,
            syn::Pat::Type(t) => match &*t.pat {
                syn::Pat::Ident(p) => &p.ident,
                _ => return,
            },
            _ => return,
        };
        let made = Made {
            name: ident.to_string(),
            lifetime,
            lent,
        };
        self.made.insert(ident.span().byte_range().start, made);
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let first = item.generics.lifetimes().next();
        self.own = first.map(|l| l.lifetime.to_string());
        syn::visit::visit_item_impl(self, item);
        self.own = None;
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if let Some(first) = item.generics.lifetimes().next() {
            self.known
                .insert(item.ident.to_string(), first.lifetime.to_string());
        }
    }

    fn visit_signature(&mut self, sig: &'ast syn::Signature) {
        if !self.calls {
            self.note(sig);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (true, Some(init)) = (self.calls, &local.init) {
            self.bind(&local.pat, &init.expr);
        }
        syn::visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
        if let (true, syn::Expr::Path(place)) = (self.calls, &*e.left) {
            let mut call = Calls(self, None);
            call.visit_expr(&e.right);
            if let (Some((lifetime, lent)), Some(ident)) = (call.1, place.path.get_ident()) {
                let name = ident.to_string();
                let made = Made {
                    name: name.clone(),
                    lifetime,
                    lent,
                };
                self.assigned.insert(name, made);
            }
        }
        syn::visit::visit_expr_assign(self, e);
    }
}

/// The first lifetime in a type; a reference without one has `'_`, and `Self` that of
/// its `impl`.
struct Lifetimes(Option<String>, Option<String>);

impl<'ast> Visit<'ast> for Lifetimes {
    fn visit_type_reference(&mut self, r: &'ast syn::TypeReference) {
        let name = r
            .lifetime
            .as_ref()
            .map_or("'_".to_string(), |l| l.to_string());
        self.0.get_or_insert(name);
        syn::visit::visit_type_reference(self, r);
    }

    fn visit_lifetime(&mut self, l: &'ast syn::Lifetime) {
        self.0.get_or_insert(l.to_string());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let (true, Some(own)) = (path.is_ident("Self"), &self.1) {
            self.0.get_or_insert(own.clone());
        }
        syn::visit::visit_path(self, path);
    }
}

/// The outermost call of what is known, its lifetime and the variables that it is given.
struct Calls<'n>(&'n Named, Option<(String, Vec<String>)>);

impl Calls<'_> {
    fn found<'e>(&mut self, callee: &str, given: impl Iterator<Item = &'e syn::Expr>) {
        if let (None, Some(lifetime)) = (&self.1, self.0.known.get(callee)) {
            let mut words = Words(Vec::new());
            given.for_each(|e| words.visit_expr(e));
            self.1 = Some((lifetime.clone(), words.0));
        }
    }
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_call(&mut self, e: &'ast syn::ExprCall) {
        if let syn::Expr::Path(callee) = &*e.func
            && let Some(last) = callee.path.segments.last()
        {
            self.found(&last.ident.to_string(), e.args.iter());
        }
        syn::visit::visit_expr_call(self, e);
    }

    fn visit_expr_method_call(&mut self, e: &'ast syn::ExprMethodCall) {
        let given = e.args.iter().chain([&*e.receiver]);
        self.found(&e.method.to_string(), given);
        syn::visit::visit_expr_method_call(self, e);
    }

    fn visit_expr_struct(&mut self, e: &'ast syn::ExprStruct) {
        if let Some(last) = e.path.segments.last() {
            self.found(&last.ident.to_string(), e.fields.iter().map(|f| &f.expr));
        }
        syn::visit::visit_expr_struct(self, e);
    }

    // What a closure calls, it calls later.
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
}

/// The variables that an expression borrows outright: `&text`, `text.as_str()`.
struct Words(Vec<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
        if let syn::Expr::Path(path) = &*e.expr
            && let Some(ident) = path.path.get_ident()
        {
            self.0.push(ident.to_string());
        }
        syn::visit::visit_expr_reference(self, e);
    }
}
