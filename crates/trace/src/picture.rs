//! From what the runtime wrote to steps: what is shown, under which name, and
//! what points where.

mod stack;
mod step;

use step::step;

use crate::model::*;
use crate::permissions::{Answers, Finding};
use crate::program::{Point, Program};
use crate::raw::{self, Kind, Line, Node};
use crate::{Options, TraceError, VERSION};
use std::collections::{BTreeMap, BTreeSet};

/// A type's name without its modules: `alloc::vec::Vec<main::Song>` is `Vec<Song>`.
pub(crate) fn short(ty: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let ty = ty.replace("{{closure}}", "closure");
    let mut chars = ty.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            word.clear();
        } else {
            out.push_str(&word);
            word.clear();
            out.push(c);
        }
    }
    out.push_str(&word);
    if out == "closure" {
        "a closure".into()
    } else {
        out
    }
}

/// A value on one line.
fn inline(node: &Node, places: &[Node]) -> String {
    match &node.kind {
        Kind::Scalar { v } => v.clone(),
        Kind::Text { v } => format!("{v:?}"),
        Kind::Moved {} => "moved".into(),
        Kind::Bytes { .. } if node.size == 0 => "no bytes".into(),
        Kind::Bytes { .. } => format!("{} bytes", node.size),
        Kind::Seq { n, e } => {
            let mut items: Vec<String> = e.iter().map(|i| inline(i, places)).collect();
            if *n > e.len() {
                items.push(format!("… {} more", n - e.len()));
            }
            format!("[{}]", items.join(", "))
        }
        Kind::Map { e, .. } => {
            let mut items: Vec<String> = e
                .chunks(2)
                .map(|pair| {
                    pair.iter()
                        .map(|i| filled(i, places, 0))
                        .collect::<Vec<_>>()
                        .join(": ")
                })
                .collect();
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        Kind::Set { e, .. } => {
            let mut items: Vec<String> = e.iter().map(|i| filled(i, places, 0)).collect();
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        Kind::Rec { v, y, f } => {
            let parts: Vec<String> = f
                .iter()
                .map(|(name, part)| {
                    if y == "struct" {
                        format!("{name}: {}", inline(part, places))
                    } else {
                        inline(part, places)
                    }
                })
                .collect();
            match y.as_str() {
                "unit" => v.clone(),
                "struct" if parts.is_empty() => v.clone(),
                "struct" => format!("{v} {{ {} }}", parts.join(", ")),
                _ if v.is_empty() && parts.len() == 1 => format!("({},)", parts[0]),
                _ => format!("{v}({})", parts.join(", ")),
            }
        }
        Kind::Ptr { m, p, n, c, d, .. } => {
            // The counts of an `Rc` stand in the block that it shares, where they are.
            let mut words = Vec::new();
            if let Some(n) = n {
                words.push(format!("len {n}"));
            }
            if let Some(c) = c {
                words.push(format!("cap {c}"));
            }
            if let Some(d) = d {
                words.push(format!("vtable of {}", short(d)));
            }
            if *p == 0 && n.is_none() && matches!(m.as_str(), "raw" | "weak") {
                words = vec!["points nowhere".into()];
            }
            if words.is_empty() {
                words.push(match m.as_str() {
                    "own" | "rc" => "owner".into(),
                    "mut" => "&mut".into(),
                    "raw" => "raw".into(),
                    "weak" => "weak".into(),
                    _ => "&".into(),
                });
            }
            words.join(", ")
        }
    }
}

/// A value over several lines: one for each part of a struct or list.
fn lines(node: &Node, places: &[Node]) -> Vec<String> {
    match &node.kind {
        Kind::Rec { v, y, f }
            if y == "struct" && !f.is_empty() && short(&node.ty).starts_with(v.as_str()) =>
        {
            f.iter()
                .map(|(name, part)| format!("{name}: {}", inline(part, places)))
                .collect()
        }
        Kind::Seq { n, e }
            if !e.is_empty() && !e.iter().all(|i| matches!(i.kind, Kind::Scalar { .. })) =>
        {
            let mut out: Vec<String> = e
                .iter()
                .enumerate()
                .map(|(i, part)| format!("[{i}] {}", inline(part, places)))
                .collect();
            if *n > e.len() {
                out.push(format!("… {} more", n - e.len()));
            }
            out
        }
        _ => vec![inline(node, places)],
    }
}

/// The fields of a struct or a tuple, and where each lies in it.
fn fields(node: &Node) -> Vec<Part> {
    match &node.kind {
        Kind::Rec { v, f, .. } if short(&node.ty).starts_with(v.as_str()) => f
            .iter()
            .filter_map(|(name, part)| {
                // What a cell says of its state lies nowhere in it.
                let at = part.addr.checked_sub(node.addr)?;
                Some(Part {
                    name: name.clone(),
                    at,
                    size: part.size,
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Where an address lies.
#[derive(Clone, Debug)]
struct Region {
    id: String,
    addr: u64,
    size: u64,
    node: Option<Node>,
}

impl Region {
    fn holds(&self, at: u64) -> bool {
        self.addr <= at && at < self.addr + self.size.max(1)
    }
}

/// Lines, and strong and weak counts.
type Content = (Vec<String>, Option<(usize, usize)>);

/// The names given so far, and what blocks held when last seen.
#[derive(Default)]
struct Names {
    blocks: BTreeMap<usize, String>,
    statics: BTreeMap<u64, String>,
    contents: BTreeMap<usize, Content>,
    reached: BTreeSet<usize>,
    /// Given back before the last step.
    old: BTreeSet<usize>,
    /// How often each mark was passed.
    marks: BTreeMap<usize, u32>,
}

/// Makes a trace of what the runtime wrote.
pub(crate) fn build(
    program: &Program,
    answers: &Answers,
    events: &str,
    output: String,
    errors: String,
    ended: sandbox::Ending,
    options: &Options,
) -> Result<Trace, TraceError> {
    let ending = match ended {
        sandbox::Ending::Exit(0) => Ending::Returned,
        sandbox::Ending::Exit(101) => Ending::Panicked,
        sandbox::Ending::Exit(code) => Ending::Exited(code),
        sandbox::Ending::Signal(_) => Ending::Killed,
        stopped => {
            return Err(TraceError {
                line: 1,
                message: format!(
                    "the program {stopped}: a picture needs a program that ends by itself"
                ),
            });
        }
    };
    let mut names = Names::default();
    let mut steps = Vec::new();
    for text in events.lines() {
        let line: Line = serde_json::from_str(text).map_err(|error| TraceError {
            line: 1,
            message: format!("the runtime's report is cut off or broken: {error}"),
        })?;
        match line {
            Line::Snapshot(mut snapshot) => {
                open_locks(&mut snapshot);
                steps.push(step(program, answers, &snapshot, &mut names)?);
                *names.marks.entry(snapshot.mark).or_default() += 1;
            }
            Line::Error { mark, error } => return Err(too_much(&program.points[mark], &error)),
        }
    }
    if !options.each_statement {
        all_passed(program, &names)?;
    }
    for step in &mut steps {
        let mark = program
            .points
            .iter()
            .position(|p| p.label == step.label && p.line == step.line);
        let once = mark
            .and_then(|m| names.marks.get(&m))
            .is_some_and(|&n| n == 1);
        if once && mark.is_none_or(|m| program.points[m].pass.is_none()) {
            step.pass = None;
        }
    }
    Ok(Trace {
        version: VERSION,
        steps,
        output,
        errors,
        ending,
    })
}

/// Why the runtime has no picture at a mark.
fn too_much(point: &Point, error: &str) -> TraceError {
    let label = match point.label.as_str() {
        "" => "this statement",
        label => label,
    };
    let message = match error {
        "scheduling" => format!(
            "the picture at {label} hangs on scheduling: another thread may run at \
             this point, and its memory would differ from run to run; join it before \
             the mark, or put the mark into the only thread that runs"
        ),
        "passes" if point.label.is_empty() => {
            "more than 200 pictures: mark the statements that matter, `// ①`".into()
        }
        "passes" => {
            format!("more than 200 pictures: name the pass to take, as in `// {label} pass 3`")
        }
        _ => format!("too many values for a picture at {label}: use a smaller example"),
    };
    TraceError {
        line: point.line,
        message,
    }
}

/// The run has come to every mark.
fn all_passed(program: &Program, names: &Names) -> Result<(), TraceError> {
    let mut points = program.points.iter().enumerate();
    let missed = points.find(|(mark, _)| !names.marks.contains_key(mark));
    let Some((_, point)) = missed else {
        return Ok(());
    };
    let pass = point
        .pass
        .map(|p| format!(" (pass {p})"))
        .unwrap_or_default();
    let what = if point.label.is_empty() {
        "the end of `main`"
    } else {
        &point.label
    };
    Err(TraceError {
        line: point.line,
        message: format!(
            "this run did not come to {what}{pass}: put a mark where the program passes"
        ),
    })
}

/// The method of the library in "the call of `sort_by`", if a list is in no order
/// that may be looked at while it runs: elements are moved bit by bit, or dropped
/// before the list says so.
fn rearranges(holder: &str) -> Option<&str> {
    let method = holder.strip_prefix("the call of `")?.strip_suffix('`')?;
    let stem = |stem: &&str| {
        method
            .strip_prefix(*stem)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    [
        "sort",
        "retain",
        "dedup",
        "select_nth",
        "extract_if",
        "splice",
        "resize",
    ]
    .iter()
    .any(stem)
    .then_some(method)
}

/// Puts what a guard leads to into the lock that it holds: the runtime may not
/// look past a lock that is taken.
fn open_locks(snapshot: &mut raw::Snapshot) {
    fn open(node: &mut Node, places: &[Node]) {
        let (from, to) = (node.addr, node.addr + node.size);
        if let Kind::Rec { v, f, .. } = &mut node.kind {
            let locked = v == "Mutex"
                && matches!(
                    f.last(),
                    Some((
                        _,
                        Node {
                            kind: Kind::Bytes { .. },
                            ..
                        }
                    ))
                );
            for (_, part) in f.iter_mut() {
                let held = places
                    .iter()
                    .filter(|p| from <= p.addr && p.addr < to)
                    .max_by_key(|p| p.size);
                match held {
                    Some(held) if locked && matches!(part.kind, Kind::Bytes { .. }) => {
                        *part = held.clone();
                    }
                    _ => open(part, places),
                }
            }
        } else if let Kind::Seq { e, .. } = &mut node.kind {
            e.iter_mut().for_each(|part| open(part, places));
        }
    }
    let places = snapshot.places.clone();
    let frames = snapshot.threads.iter_mut().flat_map(|t| &mut t.frames);
    let variables = frames
        .flat_map(|f| &mut f.vars)
        .filter_map(|v| v.node.as_mut());
    let statics = snapshot.statics.iter_mut().map(|s| &mut s.node);
    for node in variables.chain(statics).chain(&mut snapshot.places) {
        open(node, &places);
    }
}

/// A name that mermaid takes as an identifier.
fn id(parts: &[&str]) -> String {
    let text = parts.join("_");
    text.chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect()
}

fn state(finding: &Finding) -> State {
    match finding {
        Finding::Free => State::Usable,
        Finding::NotSet => State::NotSet,
        Finding::Moved {
            line, into, maybe, ..
        } => State::Moved {
            line: *line,
            to: into.clone(),
            maybe: *maybe,
        },
        Finding::Partly { line, fields, .. } => State::PartlyMoved {
            line: *line,
            fields: fields.clone(),
        },
        Finding::Lent {
            mutable, line, to, ..
        } => State::Lent {
            mutable: *mutable,
            line: *line,
            to: to.clone(),
        },
        Finding::Dead => State::Dead,
    }
}

/// A value with what it points to put in, as `Debug` would show it.
fn filled(node: &Node, places: &[Node], depth: usize) -> String {
    // A list and its first item begin at one address, and so do a text and its
    // first part.
    let wanted = pointee(&node.ty);
    let length = match &node.kind {
        Kind::Ptr { n, .. } => *n,
        _ => None,
    };
    let long = |n: &Node| match &n.kind {
        Kind::Text { v } => length.is_none_or(|l| l == v.len()),
        Kind::Seq { n, .. } => length.is_none_or(|l| l == *n),
        _ => true,
    };
    let target = |p: u64| {
        places
            .iter()
            .find(|n| p != 0 && n.addr == p && n.ty == wanted && long(n))
    };
    match &node.kind {
        Kind::Ptr { m, p, .. } if depth < 4 && m != "raw" && m != "weak" => match target(*p) {
            Some(found) => filled(found, places, depth + 1),
            None => inline(node, places),
        },
        Kind::Rec { v, y, f } => {
            let parts: Vec<String> = f
                .iter()
                .map(|(name, part)| {
                    let text = filled(part, places, depth + 1);
                    if y == "struct" {
                        format!("{name}: {text}")
                    } else {
                        text
                    }
                })
                .collect();
            match y.as_str() {
                _ if parts.is_empty() => v.clone(),
                "struct" => format!("{v} {{ {} }}", parts.join(", ")),
                _ => format!("{v}({})", parts.join(", ")),
            }
        }
        Kind::Seq { e, .. } if e.len() <= 8 => {
            let items: Vec<String> = e.iter().map(|i| filled(i, places, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => inline(node, places),
    }
}

/// The type that a pointer of this type points to, as the runtime names it.
fn pointee(ty: &str) -> String {
    if let Some(rest) = ty.strip_prefix('&') {
        return rest.strip_prefix("mut ").unwrap_or(rest).to_string();
    }
    if ty.ends_with("::String") {
        return "str".into();
    }
    let inner = match (ty.find('<'), ty.ends_with('>')) {
        (Some(i), true) => &ty[i + 1..ty.len() - 1],
        _ => return String::new(),
    };
    if ty.starts_with("alloc::vec::Vec<") {
        return format!("[{inner}]");
    }
    inner.to_string()
}

/// Calls `f` for every pointer in a value: its part, target, kind, and itself.
fn pointers(node: &Node, part: &str, f: &mut impl FnMut(&str, u64, EdgeKind, &Node)) {
    match &node.kind {
        Kind::Ptr { m, p, .. } => {
            let kind = match m.as_str() {
                "own" => EdgeKind::Owns,
                "rc" => EdgeKind::Shares,
                "ref" => EdgeKind::Borrows,
                "mut" => EdgeKind::BorrowsMut,
                "weak" => EdgeKind::Weak,
                _ => EdgeKind::Raw,
            };
            if *p != 0 {
                f(part, *p, kind, node);
            }
        }
        Kind::Bytes { w } => {
            for &p in w {
                f(part, p, EdgeKind::Holds, node);
            }
        }
        Kind::Map { w, e, .. } | Kind::Set { w, e, .. } => {
            for &p in w {
                f(part, p, EdgeKind::Owns, node);
            }
            let map = matches!(node.kind, Kind::Map { .. });
            for (i, child) in e.iter().enumerate() {
                let name = if map && i % 2 == 0 {
                    "key"
                } else if map {
                    "value"
                } else {
                    "item"
                };
                pointers(child, &join(part, name), f);
            }
        }
        _ => {
            let single = matches!(&node.kind, Kind::Rec { y, .. } if y != "struct");
            let parts: Vec<(String, &Node)> = node
                .parts()
                .into_iter()
                .filter(|(n, _)| !n.is_empty())
                .collect();
            let only = parts.len() == 1 && single;
            for (name, child) in parts {
                let name = if only {
                    part.to_string()
                } else {
                    join(part, &name)
                };
                pointers(child, &name, f);
            }
        }
    }
}

fn join(part: &str, name: &str) -> String {
    if part.is_empty() || name.starts_with('[') {
        format!("{part}{name}")
    } else {
        format!("{part}.{name}")
    }
}

/// What the pointers of the owners lead to.
#[derive(Default)]
struct Owned {
    /// The addresses of whole values: what a `Box`, a `Vec`, an `Rc` holds.
    whole: BTreeSet<u64>,
    /// Addresses in the tables of maps and sets, which show their entries
    /// themselves, in an order that differs from run to run.
    tables: BTreeSet<u64>,
}

fn owned(snapshot: &raw::Snapshot) -> Owned {
    fn look(node: &Node, owned: &mut Owned) {
        match &node.kind {
            Kind::Ptr { m, p, .. } if matches!(m.as_str(), "own" | "rc") => {
                owned.whole.insert(*p);
            }
            Kind::Map { w, e } | Kind::Set { w, e } => {
                owned.tables.extend(w);
                e.iter().for_each(|child| look(child, owned));
            }
            _ => {
                for (_, child) in node.parts() {
                    look(child, owned);
                }
            }
        }
    }
    let mut owned = Owned::default();
    let frames = snapshot.threads.iter().flat_map(|t| &t.frames);
    let variables = frames.flat_map(|f| &f.vars).filter_map(|v| v.node.as_ref());
    let statics = snapshot.statics.iter().map(|s| &s.node);
    for node in variables.chain(statics).chain(&snapshot.places) {
        look(node, &mut owned);
    }
    owned
}

/// What lies in a block, of the values that were followed, the largest first: the
/// value that its owner leads to, or, where no owner is known, the parts that
/// something else points to.
fn content(block: &Region, places: &[&Node], owned: &Owned) -> Option<Node> {
    let inside = || places.iter().filter(|p| block.holds(p.addr));
    let whole = inside().find(|p| owned.whole.contains(&p.addr) || p.size == block.size);
    if let Some(whole) = whole {
        return Some((*whole).clone());
    }
    if owned.tables.iter().any(|&p| block.holds(p)) {
        return None;
    }
    // A list may have room behind its items.
    let list =
        |p: &&&Node| p.addr == block.addr && matches!(p.kind, Kind::Seq { .. } | Kind::Text { .. });
    if let Some(list) = inside().find(list) {
        return Some((*list).clone());
    }
    let mut parts: Vec<(u64, &Node)> = Vec::new();
    for &part in inside() {
        let at = part.addr - block.addr;
        let within = |&(o, n): &(u64, &Node)| o <= at && at < o + n.size.max(1);
        if !parts.iter().any(within) {
            parts.push((at, part));
        }
    }
    parts.sort_by_key(|(at, _)| *at);
    let f: Vec<(String, Node)> = parts
        .into_iter()
        .map(|(at, part)| (format!("byte {at}"), part.clone()))
        .collect();
    (!f.is_empty()).then(|| Node {
        addr: block.addr,
        size: block.size,
        ty: String::new(),
        kind: Kind::Rec {
            v: String::new(),
            y: "struct".into(),
            f,
        },
    })
}

/// The part of a region at an address, for a pointer of this type.
fn part_at(region: &Region, at: u64, pointer: &Node) -> String {
    let Some(root) = &region.node else {
        return String::new();
    };
    let Kind::Ptr { m, .. } = &pointer.kind else {
        return String::new();
    };
    if matches!(m.as_str(), "own" | "rc" | "weak") {
        return String::new();
    }
    let wanted = match pointer.ty.as_bytes().first() {
        Some(b'&') => Some(pointer.ty[1..].trim_start_matches("mut ")),
        Some(b'*') => Some(
            pointer
                .ty
                .trim_start_matches("*const ")
                .trim_start_matches("*mut "),
        ),
        // A guard: any part that begins there.
        _ => None,
    };
    fn find(node: &Node, at: u64, wanted: Option<&str>, path: &str) -> Option<String> {
        if node.addr == at && wanted.is_none_or(|w| node.ty == w) {
            return Some(path.to_string());
        }
        let parts: Vec<(String, &Node)> = node
            .parts()
            .into_iter()
            .filter(|(n, _)| !n.is_empty())
            .collect();
        let only = parts.len() == 1 && matches!(&node.kind, Kind::Rec { y, .. } if y != "struct");
        for (name, child) in parts {
            if child.addr <= at && at < child.addr + child.size.max(1) {
                let path = if only {
                    path.to_string()
                } else {
                    join(path, &name)
                };
                if let Some(found) = find(child, at, wanted, &path) {
                    return Some(found);
                }
                // A slice begins at an item.
                if child.addr == at
                    && wanted.is_some_and(|w| w.starts_with('['))
                    && node.ty.starts_with('[')
                {
                    return Some(path);
                }
            }
        }
        None
    }
    if at == root.addr && wanted.is_some_and(|w| w.starts_with('[') || w == "str") {
        return String::new();
    }
    match find(root, at, wanted, "") {
        Some(path) => path,
        None if at == region.addr || at == root.addr => String::new(),
        None => format!("byte {}", at - region.addr),
    }
}
