//! From what the runtime wrote to steps: what is shown, under which name, and
//! what points where.

use crate::model::*;
use crate::permissions::{Answers, Finding, Place};
use crate::program::{Program, Shape};
use crate::raw::{self, Event, Kind, Line, Node};
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

/// A value on one line; `whole` at the top of a variable or block.
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
    /// Every variable's name by its number, for drops.
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
        let point = |mark: usize| &program.points[mark];
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
            Line::Error { mark, error } => {
                let label = match point(mark).label.as_str() {
                    "" => "this statement",
                    label => label,
                };
                let what = match error.as_str() {
                    "scheduling" => format!(
                        "the picture at {label} hangs on scheduling: another thread may run at \
                         this point, and its memory would differ from run to run; join it before \
                         the mark, or put the mark into the only thread that runs"
                    ),
                    "passes" if point(mark).label.is_empty() => {
                        "more than 200 pictures: mark the statements that matter, `// ①`".into()
                    }
                    "passes" => format!(
                        "more than 200 pictures: name the pass to take, as in `// {label} pass 3`"
                    ),
                    _ => format!("too many values for a picture at {label}: use a smaller example"),
                };
                return Err(TraceError {
                    line: point(mark).line,
                    message: what,
                });
            }
        }
    }
    for (mark, point) in program.points.iter().enumerate() {
        if !names.marks.contains_key(&mark) && !options.each_statement {
            let pass = point
                .pass
                .map(|p| format!(" (pass {p})"))
                .unwrap_or_default();
            let what = if point.label.is_empty() {
                "the end of `main`"
            } else {
                &point.label
            };
            return Err(TraceError {
                line: point.line,
                message: format!(
                    "this run did not come to {what}{pass}: put a mark where the program passes"
                ),
            });
        }
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

fn step(
    program: &Program,
    answers: &Answers,
    snapshot: &raw::Snapshot,
    names: &mut Names,
) -> Result<Step, TraceError> {
    let point = &program.points[snapshot.mark];
    let unsure = |message: String| TraceError {
        line: point.line,
        message,
    };
    let mut regions: Vec<Region> = Vec::new();
    let mut dropping: Vec<(usize, usize, Region, Variable)> = Vec::new();
    let mut threads: Vec<Thread> = Vec::new();
    // Lent out by a statement that runs, if anything points there already.
    let mut lent_now: Vec<String> = Vec::new();
    // Roots: what is drawn with its own arrows.
    for (t, thread) in snapshot.threads.iter().enumerate() {
        if thread.frames.is_empty() {
            continue;
        }
        let first = &program.functions[thread.frames[0].function];
        let thread_name = if t == 0 {
            "main".to_string()
        } else {
            format!("thread of line {}", first.line)
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut frames = Vec::new();
        for (depth, frame) in thread.frames.iter().enumerate() {
            let function = &program.functions[frame.function];
            let count = counts.entry(&function.name).or_default();
            *count += 1;
            let number = if *count > 1 {
                count.to_string()
            } else {
                String::new()
            };
            let mut parts = vec![function.name.as_str()];
            let place = t.to_string();
            if t > 0 {
                parts.insert(0, "thread");
                parts.insert(1, &place);
            }
            if !number.is_empty() {
                parts.push(&number);
            }
            let line = function.line.to_string();
            if function.closure {
                parts.push(&line);
            }
            let frame_id = id(&parts);
            let (visible, place) = if frame.top && t == snapshot.me {
                let s = &program.statements[point.statement];
                let seen = if s.shape == Shape::Tail {
                    &s.before
                } else {
                    &s.after
                };
                (seen.as_slice(), Place::After(snapshot.mark))
            } else {
                let s = &program.statements[frame.statement];
                if frame.statement == 0 {
                    return Err(unsure(format!(
                        "`{}` calls into this mark in a way that cannot be followed; call it directly",
                        function.name
                    )));
                }
                (s.before.as_slice(), Place::During(frame.statement))
            };
            let mut variables: Vec<Variable> = Vec::new();
            for (position, &v) in visible.iter().enumerate() {
                let declared = &program.variables[v];
                if !declared.shown {
                    continue;
                }
                let same = visible[..position]
                    .iter()
                    .filter(|&&o| program.variables[o].name == declared.name)
                    .count();
                let shadowed = visible[position + 1..]
                    .iter()
                    .any(|&o| program.variables[o].name == declared.name);
                let name_id = if same > 0 {
                    id(&[&frame_id, &declared.name, &(same + 1).to_string()])
                } else {
                    id(&[&frame_id, &declared.name])
                };
                let Some(answer) = answers.get(&(place, v)) else {
                    return Err(unsure(format!(
                        "nothing is known of `{}` here; move the mark",
                        declared.name
                    )));
                };
                if let Finding::Lent {
                    mutable: true,
                    to: Some(to),
                    ..
                } = &answer.finding
                    && let Some(method) = rearranges(to)
                {
                    return Err(unsure(format!(
                        "`{}` is being rearranged by `{method}` here, and an element of it may \
                         be in two places at once; put the mark behind the call",
                        declared.name
                    )));
                }
                let raw = frame.vars.iter().find(|r| r.id == v);
                let mut variable = Variable {
                    id: name_id,
                    shadowed,
                    name: declared.name.clone(),
                    line: declared.line,
                    ty: String::new(),
                    size: None,
                    value: Vec::new(),
                    state: State::Usable,
                    permissions: None,
                    parts: Vec::new(),
                };
                let mut node = None;
                match raw {
                    None if declared.deferred || answer.finding == Finding::NotSet => {
                        variable.state = State::NotSet;
                    }
                    None => {
                        return Err(unsure(format!(
                            "the tracer did not see where `{}` (line {}) got its value; \
                             declare it in a statement of its own",
                            declared.name, declared.line
                        )));
                    }
                    Some(raw) => {
                        variable.ty = short(&raw.ty);
                        variable.size = Some(raw.size);
                        node = raw.node.clone();
                        // What a moved variable still holds leads nowhere any more.
                        let region = Region {
                            id: variable.id.clone(),
                            addr: raw.addr,
                            size: raw.size,
                            node: node.clone().filter(|_| !raw.left),
                        };
                        if raw.gone {
                            if raw.last {
                                variable.state = State::Dropping;
                                if let Some(node) = &node {
                                    variable.value = lines(node, &snapshot.places);
                                }
                                dropping.push((threads.len(), frames.len(), region, variable));
                            }
                            continue;
                        }
                        regions.push(region);
                    }
                }
                if let Some(node) = &node {
                    variable.value = lines(node, &snapshot.places);
                    variable.parts = fields(node);
                }
                if variable.state == State::Usable {
                    variable.state = state(&answer.finding);
                }
                // A running statement has moved what the call that runs was
                // given; of all else, it may be before or after the move.
                if let Finding::Moved { running: true, .. } = &answer.finding
                    && let State::Moved { to, maybe, .. } = &mut variable.state
                {
                    let called = thread.frames.get(depth + 1).map(|next| {
                        let name = &program.functions[next.function].name;
                        format!("the call of `{}`", name.rsplit("::").next().unwrap_or(name))
                    });
                    *maybe = called.is_none() || called != *to;
                }
                if let Finding::Lent { running: true, .. } = &answer.finding {
                    lent_now.push(variable.id.clone());
                }
                if let Place::After(_) = place {
                    let finding = &answer.finding;
                    let free = *finding == Finding::Free;
                    let set = variable.state != State::NotSet;
                    variable.permissions = Some(Permissions {
                        read: set
                            && matches!(
                                finding,
                                Finding::Free | Finding::Lent { mutable: false, .. }
                            ),
                        write: set && free && answer.mutable,
                        own: set && answer.own,
                    });
                }
                variables.push(variable);
            }
            frames.push(Frame {
                id: frame_id,
                function: function.name.clone(),
                variables,
            });
        }
        threads.push(Thread {
            name: thread_name,
            frames,
        });
    }
    // Variables whose `drop` runs are drawn where something points to them.
    let points_at = |region: &Region| {
        let mut found = false;
        for node in regions.iter().filter_map(|r| r.node.as_ref()) {
            pointers(node, "", &mut |_, p, _, _| found |= region.holds(p));
        }
        found
    };
    let now: Vec<_> = dropping
        .into_iter()
        .filter(|(_, _, region, _)| points_at(region))
        .collect();
    for (t, f, region, variable) in now {
        regions.push(region);
        threads[t].frames[f].variables.push(variable);
    }

    // The heap.
    let mut live: Vec<(&raw::Block, Region)> = Vec::new();
    let freed_now: BTreeSet<usize> = snapshot
        .events
        .iter()
        .filter_map(|e| match e {
            Event::Free { i } => Some(*i),
            _ => None,
        })
        .collect();
    for block in &snapshot.blocks {
        live.push((
            block,
            Region {
                id: String::new(),
                addr: block.addr,
                size: block.size,
                node: None,
            },
        ));
    }
    let mut places: Vec<&Node> = snapshot.places.iter().collect();
    // Never by address: where literals lie is the linker's choice.
    places.sort_by_cached_key(|p| (std::cmp::Reverse(p.size), lines(p, &snapshot.places)));
    let owned = owned(snapshot);
    for (block, region) in &mut live {
        if !block.freed {
            region.node = content(region, &places, &owned);
        }
    }
    // Static memory and temporaries: whatever else was pointed to.
    let mut named: Vec<Region> = Vec::new();
    for s in &snapshot.statics {
        named.push(Region {
            id: id(&["static", &s.name]),
            addr: s.node.addr,
            size: s.node.size,
            node: Some(s.node.clone()),
        });
    }
    let mut statics: Vec<Static> = Vec::new();
    let mut temporaries: Vec<Static> = Vec::new();
    for s in &snapshot.statics {
        statics.push(Static {
            id: id(&["static", &s.name]),
            name: s.name.clone(),
            size: s.node.size,
            content: lines(&s.node, &snapshot.places),
        });
    }
    // The largest first, so that a part of a text does not stand for the whole;
    // then in the order in which the variables lead to them.
    let mut elsewhere: Vec<&Node> = Vec::new();
    for &place in &places {
        let holds = |from: u64, size: u64| from <= place.addr && place.addr < from + size.max(1);
        let known = regions.iter().chain(&named).any(|r| r.holds(place.addr))
            || live.iter().any(|(_, r)| r.holds(place.addr))
            || elsewhere.iter().any(|n| holds(n.addr, n.size));
        if place.size > 0 && !known {
            elsewhere.push(place);
        }
    }
    elsewhere.sort_by_key(|n| {
        let inside = |p: &Node| n.addr <= p.addr && p.addr < n.addr + n.size;
        snapshot.places.iter().position(inside)
    });
    for place in elsewhere {
        let on_stack = snapshot
            .threads
            .iter()
            .any(|t| t.low <= place.addr && place.addr < t.high);
        let (name, list) = if on_stack {
            (
                format!("temporary_{}", temporaries.len() + 1),
                &mut temporaries,
            )
        } else {
            let next = names.statics.len() + 1;
            let name = names.statics.entry(place.addr);
            let name = name.or_insert_with(|| format!("literal_{next}"));
            (name.clone(), &mut statics)
        };
        // Of a literal, only what is pointed to is known.
        let part = !on_stack
            && match &place.kind {
                Kind::Text { v } => program.literals.cuts(v),
                Kind::Seq { n, .. } => program.literals.shortens(*n),
                _ => false,
            };
        let mut content = lines(place, &snapshot.places);
        if let (true, Some(first)) = (part, content.first_mut()) {
            *first = format!("in part: {first}");
        }
        list.push(Static {
            id: name.clone(),
            name: String::new(),
            size: place.size,
            content,
        });
        named.push(Region {
            id: name,
            addr: place.addr,
            size: place.size,
            node: Some(place.clone()),
        });
    }
    // Follow the arrows from every variable and static.
    let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut queue: Vec<Region> = regions.iter().chain(&named).cloned().collect();
    let roots: Vec<Region> = queue.clone();
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    let mut drawn: Vec<usize> = Vec::new();
    let mut at = 0;
    let mut pending: Vec<(String, String, String, String, EdgeKind)> = Vec::new();
    while at < queue.len() {
        let region = queue[at].clone();
        at += 1;
        let Some(node) = &region.node else { continue };
        let mut found = Vec::new();
        pointers(node, "", &mut |part, p, kind, pointer| {
            found.push((part.to_string(), p, kind, pointer.clone()));
        });
        for (part, p, kind, pointer) in found {
            // A captured variable lies in its closure: the smallest is meant.
            if let Some(target) = roots.iter().filter(|r| r.holds(p)).min_by_key(|r| r.size) {
                if kind == EdgeKind::Holds && target.addr != p {
                    continue;
                }
                let to_part = part_at(target, p, &pointer);
                pending.push((region.id.clone(), part, target.id.clone(), to_part, kind));
                continue;
            }
            // Rather a live block than one that was given back there.
            let Some((block, target)) = live.iter().find(|(_, r)| r.holds(p)) else {
                continue;
            };
            if block.freed && kind == EdgeKind::Holds {
                continue;
            }
            if let Kind::Ptr {
                sc: Some(sc),
                wc: Some(wc),
                ..
            } = pointer.kind
            {
                counts.insert(block.index, (sc, wc));
            }
            let to_part = part_at(target, p, &pointer);
            pending.push((
                region.id.clone(),
                part,
                format!("\0{}", block.index),
                to_part,
                kind,
            ));
            if reached.insert(block.index) {
                drawn.push(block.index);
                if !block.freed {
                    let mut next = target.clone();
                    next.id = format!("\0{}", block.index);
                    queue.push(next);
                }
            }
        }
    }
    names.reached.extend(reached.iter().copied());
    // Blocks that no variable leads to are drawn too, but not what the library
    // keeps for threads, which comes and goes with scheduling.
    for (block, _) in &live {
        let known = !program.threads || names.reached.contains(&block.index);
        let shown =
            !block.freed || (freed_now.contains(&block.index) && !names.old.contains(&block.index));
        if known && shown && !drawn.contains(&block.index) {
            drawn.push(block.index);
        }
    }
    drawn.sort_unstable();
    for &index in &drawn {
        let next = names.blocks.len() + 1;
        names
            .blocks
            .entry(index)
            .or_insert_with(|| format!("h{next}"));
    }
    // Blocks have had no name so far, only a number behind a zero byte.
    let named_id = |text: String| match text.strip_prefix('\0').map(str::parse::<usize>) {
        Some(Ok(index)) => names.blocks.get(&index).cloned().unwrap_or_default(),
        _ => text,
    };
    let edges: BTreeSet<Edge> = pending
        .into_iter()
        .map(|(from, from_part, to, to_part, kind)| Edge {
            from: named_id(from),
            from_part,
            to: named_id(to),
            to_part,
            kind,
        })
        .collect();
    let mut heap = Vec::new();
    for &index in &drawn {
        let (block, region) = &live[index];
        let mut content = match &region.node {
            // Of what cannot be walked, the size has been said.
            None
            | Some(Node {
                kind: Kind::Bytes { .. },
                ..
            }) => Vec::new(),
            Some(node) => lines(node, &snapshot.places),
        };
        let mut count = counts.get(&index).copied();
        if block.freed {
            if let Some((old, counts)) = names.contents.get(&index) {
                content = old.clone();
                count = count.and(*counts);
            }
        } else {
            // A weak pointer's block whose value was dropped has no content. What
            // is known of parts only says nothing once they are gone.
            let whole = region.node.as_ref().is_none_or(|n| !n.ty.is_empty());
            let kept = if whole { content.clone() } else { Vec::new() };
            names.contents.insert(index, (kept, count));
        }
        heap.push(Block {
            id: names.blocks[&index].clone(),
            size: block.size,
            align: block.align,
            content,
            freed: block.freed,
            counts: count,
            reached: reached.contains(&index),
        });
    }
    let mut drops = Vec::new();
    for event in &snapshot.events {
        match event {
            Event::Free { i } => {
                names.old.insert(*i);
                if let Some(name) = names.blocks.get(i) {
                    drops.push(Dropped {
                        what: name.clone(),
                        variable: None,
                        block: true,
                    });
                }
            }
            Event::Drop { t, n, places, id } => {
                let _ = t;
                drops.push(Dropped {
                    what: filled(n, places, 0),
                    variable: id.map(|v| program.variables[v].name.clone()),
                    block: false,
                });
            }
            Event::End { id } => {
                let _ = id;
            }
        }
    }
    let closures = snapshot
        .threads
        .iter()
        .flat_map(|t| &t.frames)
        .any(|f| program.functions[f.function].closure);
    for thread in &mut threads {
        thread.frames.reverse();
        for v in thread.frames.iter_mut().flat_map(|f| &mut f.variables) {
            let owned: Vec<&String> = edges
                .iter()
                .filter(|e| e.from == v.id)
                .map(|e| &e.to)
                .collect();
            let lent = edges.iter().any(|e| {
                matches!(e.kind, EdgeKind::BorrowsMut | EdgeKind::Holds)
                    && e.from != v.id
                    && (e.to == v.id || owned.contains(&&e.to))
            });
            // What a closure borrowed lies where nothing shown lies.
            let in_closure = closures
                && matches!(&v.state, State::Lent { to: Some(to), .. } if to == "a closure");
            if lent_now.contains(&v.id) && !lent && !in_closure {
                v.state = State::Usable;
            }
        }
    }
    // Arrows in the order in which their beginnings are drawn.
    let mut order: BTreeMap<String, usize> = BTreeMap::new();
    for frame in threads.iter().flat_map(|t| &t.frames) {
        for v in &frame.variables {
            order.insert(v.id.clone(), order.len());
        }
    }
    for b in &heap {
        order.insert(b.id.clone(), order.len());
    }
    let mut edges: Vec<Edge> = edges.into_iter().collect();
    edges.sort_by_key(|e| order.get(&e.from).copied().unwrap_or(usize::MAX));
    let used: BTreeSet<&String> = edges.iter().map(|e| &e.to).collect();
    statics.retain(|s| !s.name.is_empty() || used.contains(&s.id));
    temporaries.retain(|s| used.contains(&s.id));
    statics.sort_by_key(|s| (s.name.is_empty(), s.id.len(), s.id.clone()));
    Ok(Step {
        label: point.label.clone(),
        line: point.line,
        pass: Some(snapshot.pass),
        threads,
        heap,
        statics,
        temporaries,
        edges,
        drops,
    })
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
        Kind::Ptr { m, p, n, .. } => {
            let kind = match m.as_str() {
                "own" => EdgeKind::Owns,
                "rc" => EdgeKind::Shares,
                "ref" => EdgeKind::Borrows,
                "mut" => EdgeKind::BorrowsMut,
                "weak" => EdgeKind::Weak,
                _ => EdgeKind::Raw,
            };
            let _ = n;
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
