//! A step as a mermaid flowchart: compact, and said once more in sentences.

use crate::model::by_line;
use crate::{Block, Edge, EdgeKind, State, Static, Step, Trace, Variable};

/// `after ② line 3`, the head of a picture.
pub(crate) fn head(step: &Step) -> String {
    let mut text = String::from("after ");
    if !step.label.is_empty() {
        text.push_str(&step.label);
        text.push(' ');
    }
    text.push_str(&format!("line {}", step.line));
    if let Some(pass) = step.pass {
        text.push_str(&format!(" pass {pass}"));
    }
    text
}

/// Each step as a mermaid text: its first line, and the whole.
pub fn mermaid(trace: &Trace) -> Vec<(String, String)> {
    trace
        .steps
        .iter()
        .map(|step| {
            let head = format!("%% {}", head(step));
            let text = picture(step);
            (head.clone(), format!("{head}\n{text}"))
        })
        .collect()
}

/// Text inside a label: mermaid's own codes for what it would read as syntax.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '#' => out.push_str("#35;"),
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            '\\' => out.push_str("#92;"),
            c if c.is_control() => out.push('␤'),
            c => out.push(c),
        }
    }
    out
}

/// What mermaid takes after `accDescr:`, on one line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if matches!(c, '#' | '\n' | '\r') {
                ','
            } else {
                c
            }
        })
        .collect()
}

fn label(parts: &[String]) -> String {
    parts
        .iter()
        .map(|p| escape(p))
        .collect::<Vec<_>>()
        .join("<br/>")
}

/// A variable's remark on its state, beside its value.
fn remark(state: &State) -> Option<String> {
    let to = |to: &Option<String>| {
        to.as_ref()
            .map(|t| format!(" {}", t.replace('`', "")))
            .unwrap_or_default()
    };
    match state {
        State::Usable => None,
        State::NotSet => Some("not yet set".into()),
        State::Moved { line, to: t, maybe } => {
            let verb = if *maybe { "may have moved" } else { "moved" };
            Some(match t {
                Some(_) => format!("✗ {verb} to{}, line {line}", to(t)),
                None => format!("✗ {verb}, line {line}"),
            })
        }
        State::PartlyMoved { line, fields } if fields.is_empty() => {
            Some(format!("✗ partly moved, line {line}"))
        }
        State::PartlyMoved { fields, .. } => {
            let moves = by_line(fields).into_iter();
            let moves = moves.map(|(names, line)| format!("{names} moved, line {line}"));
            Some(format!("✗ {}", moves.collect::<Vec<_>>().join(", ")))
        }
        State::Lent {
            mutable: true,
            to: t,
            ..
        } => Some(format!("⊘ lent out mutably{}", given(&to(t)))),
        State::Lent { to: t, .. } => Some(format!("lent out{}", given(&to(t)))),
        State::Dead => Some("✗ dead: its borrow has ended".into()),
        State::Dropping => Some("being dropped".into()),
    }
}

fn given(to: &str) -> String {
    if to.is_empty() {
        String::new()
    } else {
        format!(" to{to}")
    }
}

/// `s1: String`, and which of several of one name.
pub(crate) fn title(v: &Variable) -> String {
    let mut text = v.name.clone();
    if v.shadowed {
        text.push_str(&format!(" (line {}, shadowed)", v.line));
    }
    if !v.ty.is_empty() {
        text.push_str(&format!(": {}", v.ty));
    }
    text
}

fn simple(value: &[String]) -> bool {
    value.len() == 1 && value[0].chars().count() <= 16
}

fn variable(v: &Variable) -> String {
    let mut parts = vec![title(v)];
    // The value of a pointer is its arrow.
    let value: Vec<String> = v
        .value
        .iter()
        .filter(|text| !matches!(text.as_str(), "owner" | "&" | "&mut" | "raw" | "weak"))
        .cloned()
        .collect();
    if simple(&value) && !value[0].contains(',') && !value[0].starts_with("len ") {
        parts[0] = format!("{} = {}", parts[0], value[0]);
    } else {
        parts.extend(value);
    }
    parts.extend(remark(&v.state));
    format!("{}[\"{}\"]", v.id, label(&parts))
}

pub(crate) fn bytes(n: u64) -> String {
    if n == 1 {
        "1 byte".into()
    } else {
        format!("{n} bytes")
    }
}

fn block(b: &Block) -> String {
    let mut parts = vec![format!("{}: {}", b.id, bytes(b.size))];
    if b.freed {
        parts[0] = format!("✗ {}: {} given back", b.id, bytes(b.size));
    }
    if let Some((strong, weak)) = b.counts {
        parts.push(format!("strong {strong}, weak {weak}"));
    }
    parts.extend(b.content.iter().cloned());
    if !b.reached && !b.freed {
        parts.push("nothing shown leads here".into());
    }
    format!("{}[\"{}\"]", b.id, label(&parts))
}

fn fixed(s: &Static) -> String {
    let mut parts = Vec::new();
    if !s.name.is_empty() {
        parts.push(s.name.clone());
    }
    parts.extend(s.content.iter().cloned());
    format!("{}[\"{}\"]", s.id, label(&parts))
}

fn edge(e: &Edge) -> String {
    let mut words = Vec::new();
    if !e.from_part.is_empty() {
        words.push(e.from_part.clone());
    }
    match e.kind {
        EdgeKind::BorrowsMut => words.push("mut".into()),
        EdgeKind::Weak => words.push("weak".into()),
        EdgeKind::Raw => words.push("raw".into()),
        EdgeKind::Holds => words.push("in its bytes".into()),
        _ => {}
    }
    if !e.to_part.is_empty() {
        words.push(format!("to {}", e.to_part));
    }
    let line = match e.kind {
        EdgeKind::Owns | EdgeKind::Shares => "-->",
        EdgeKind::Borrows | EdgeKind::BorrowsMut | EdgeKind::Holds => "-.->",
        EdgeKind::Weak | EdgeKind::Raw => "-.-o",
    };
    if words.is_empty() {
        format!("{} {line} {}", e.from, e.to)
    } else {
        format!(
            "{} {line}|\"{}\"| {}",
            e.from,
            escape(&words.join(" ")),
            e.to
        )
    }
}

fn picture(step: &Step) -> String {
    let mut out = String::from("flowchart LR\n");
    out.push_str(&format!("accTitle: Memory {}\n", head(step)));
    out.push_str(&format!("accDescr: {}\n", plain(&describe(step))));
    let mut gone = Vec::new();
    let mut freed = Vec::new();
    for (t, thread) in step.threads.iter().enumerate() {
        if step.threads.len() > 1 {
            out.push_str(&format!(
                "subgraph stack_{t}[\"{}\"]\n",
                escape(&thread.name)
            ));
        }
        for frame in &thread.frames {
            out.push_str(&format!(
                "subgraph {}_frame[\"{}\"]\n",
                frame.id,
                escape(&frame.function)
            ));
            if frame.variables.is_empty() {
                out.push_str(&format!("{}_none[\"no variables\"]\n", frame.id));
            }
            for v in &frame.variables {
                out.push_str(&format!("{}\n", variable(v)));
                if matches!(v.state, State::Moved { .. } | State::Dead) {
                    gone.push(v.id.clone());
                }
            }
            out.push_str("end\n");
        }
        if step.threads.len() > 1 {
            out.push_str("end\n");
        }
    }
    let mut group = |id: &str, title: &str, nodes: Vec<String>| {
        if !nodes.is_empty() {
            out.push_str(&format!(
                "subgraph {id}[\"{title}\"]\n{}\nend\n",
                nodes.join("\n")
            ));
        }
    };
    group(
        "unnamed",
        "temporaries",
        step.temporaries.iter().map(fixed).collect(),
    );
    group("heap", "heap", step.heap.iter().map(block).collect());
    group(
        "fixed",
        "static memory",
        step.statics.iter().map(fixed).collect(),
    );
    for b in step.heap.iter().filter(|b| b.freed) {
        freed.push(b.id.clone());
    }
    if !step.drops.is_empty() {
        let list: Vec<String> = step
            .drops
            .iter()
            .enumerate()
            .map(|(i, d)| format!("{}. {}", i + 1, dropped(d)))
            .collect();
        group(
            "drops",
            "dropped since the last mark",
            vec![format!("dropped[\"{}\"]", label(&list))],
        );
    }
    for e in &step.edges {
        out.push_str(&edge(e));
        out.push('\n');
    }
    if !gone.is_empty() {
        out.push_str(
            "classDef moved opacity:0.6,stroke-dasharray:4 3,text-decoration:line-through\n",
        );
        out.push_str(&format!("class {} moved\n", gone.join(",")));
    }
    if !freed.is_empty() {
        out.push_str("classDef freed stroke-dasharray:2 3,text-decoration:line-through\n");
        out.push_str(&format!("class {} freed\n", freed.join(",")));
    }
    out
}

/// `cat: Noisy("cat")`, or `h2 given back`.
pub(crate) fn dropped(d: &crate::Dropped) -> String {
    match (&d.variable, d.block) {
        (_, true) => format!("{} given back", d.what),
        (Some(v), _) => format!("{v}: {}", d.what),
        (None, _) => d.what.clone(),
    }
}

/// A step in sentences, for a person who has nothing else.
///
/// ```text
/// Stack frame of main. s1, a String, was moved to `s2` on line 3 and may no
/// longer be used. s2, a String of 24 bytes, has len 5, cap 5. Heap. h1 has 5
/// bytes and holds "hello". s2 owns h1.
/// ```
pub fn describe(step: &Step) -> String {
    let mut s: Vec<String> = Vec::new();
    for thread in &step.threads {
        if step.threads.len() > 1 {
            s.push(format!("Stack of {}.", thread.name));
        }
        for (i, frame) in thread.frames.iter().enumerate() {
            let place = if i == 0 && thread.frames.len() > 1 {
                ", the newest"
            } else {
                ""
            };
            let none = if frame.variables.is_empty() {
                ", without variables"
            } else {
                ""
            };
            s.push(format!("Stack frame of {}{place}{none}.", frame.function));
            for v in &frame.variables {
                s.push(sentence(v));
            }
        }
    }
    for t in &step.temporaries {
        s.push(format!(
            "{} on the stack has no name and holds {}.",
            words(&t.id),
            t.content.join(", ")
        ));
    }
    if step.heap.is_empty() {
        s.push("The heap is empty.".into());
    } else {
        s.push("Heap.".into());
    }
    for b in &step.heap {
        let content = if b.content.is_empty() {
            String::new()
        } else {
            format!(
                " and {} {}",
                if b.freed { "held" } else { "holds" },
                b.content.join(", ")
            )
        };
        let verb = if b.freed {
            "was given back: it had"
        } else {
            "has"
        };
        let counts = b
            .counts
            .map(|(strong, weak)| format!(", strong count {strong}, weak count {weak},"))
            .unwrap_or_default();
        let alone = if b.reached || b.freed {
            ""
        } else {
            " Nothing shown leads to it."
        };
        s.push(format!(
            "{} {verb} {}{counts}{content}.{alone}",
            b.id,
            bytes(b.size)
        ));
    }
    if !step.statics.is_empty() {
        s.push("Static memory.".into());
    }
    for k in &step.statics {
        let name = if k.name.is_empty() {
            words(&k.id)
        } else {
            k.name.clone()
        };
        s.push(format!("{name} holds {}.", k.content.join(", ")));
    }
    for e in &step.edges {
        s.push(arrow(step, e));
    }
    if !step.drops.is_empty() {
        let list: Vec<String> = step.drops.iter().map(dropped).collect();
        s.push(format!(
            "Dropped since the last mark, in order: {}.",
            list.join(", then ")
        ));
    }
    s.join(" ")
}

fn words(id: &str) -> String {
    id.replace('_', " ")
}

/// A node's name as a reader knows it.
pub(crate) fn name(step: &Step, id: &str) -> String {
    for frame in step.threads.iter().flat_map(|t| &t.frames) {
        for v in &frame.variables {
            if v.id == id {
                let several = step.threads.iter().map(|t| t.frames.len()).sum::<usize>() > 1;
                let line = if v.shadowed {
                    format!(" (line {})", v.line)
                } else {
                    String::new()
                };
                let of = if several {
                    format!(" of {}", frame.function)
                } else {
                    String::new()
                };
                return format!("{}{line}{of}", v.name);
            }
        }
    }
    for k in &step.statics {
        if k.id == id && !k.name.is_empty() {
            return k.name.clone();
        }
    }
    words(id)
}

/// An arrow as a sentence.
pub(crate) fn arrow(step: &Step, e: &Edge) -> String {
    let part = |part: &str, whole: String| {
        if part.is_empty() {
            whole
        } else {
            format!("{part} of {whole}")
        }
    };
    let from = part(&e.from_part, name(step, &e.from));
    let to = part(&e.to_part, name(step, &e.to));
    let freed = step.heap.iter().any(|b| b.id == e.to && b.freed);
    let verb = match e.kind {
        EdgeKind::Owns => "owns",
        EdgeKind::Shares => "is one of the owners of",
        EdgeKind::Borrows => "borrows",
        EdgeKind::BorrowsMut => "mutably borrows",
        EdgeKind::Weak => "points weakly to",
        EdgeKind::Raw if freed => "dangles: it is a raw pointer to the freed",
        EdgeKind::Raw => "is a raw pointer to",
        EdgeKind::Holds => "holds in its bytes the address of",
    };
    format!("{from} {verb} {to}.")
}

/// A variable as a sentence.
fn sentence(v: &Variable) -> String {
    let mut text = v.name.clone();
    if v.shadowed {
        text.push_str(&format!(
            " of line {}, shadowed by a later {}",
            v.line, v.name
        ));
    }
    match (v.ty.as_str(), v.size) {
        ("", _) | (_, None) => {}
        (ty, Some(size)) => text.push_str(&format!(", {ty}, {}", bytes(size))),
    }
    let value = v.value.join(", ");
    if !value.is_empty() && !matches!(value.as_str(), "owner" | "&" | "&mut" | "raw" | "weak") {
        text.push_str(&format!(": {value}"));
    }
    text.push('.');
    let to = |to: &Option<String>| to.as_ref().map(|t| format!(" to {t}")).unwrap_or_default();
    match &v.state {
        State::Usable => {}
        State::NotSet => text.push_str(" It is not yet set."),
        State::Moved { line, to: t, maybe } => {
            let verb = if *maybe {
                "may have been moved"
            } else {
                "was moved"
            };
            text.push_str(&format!(
                " It {verb}{} on line {line} and may not be used.",
                to(t)
            ));
        }
        State::PartlyMoved { line, fields } if fields.is_empty() => {
            text.push_str(&format!(" A part of it was moved on line {line}."));
        }
        State::PartlyMoved { fields, .. } => {
            for (names, line) in by_line(fields) {
                text.push_str(&format!(" Its {names} was moved on line {line}."));
            }
        }
        State::Lent {
            mutable: true,
            line,
            to: t,
        } => text.push_str(&format!(
            " It is lent out mutably{} since line {line} and may not be touched.",
            to(t)
        )),
        State::Lent { line, to: t, .. } => text.push_str(&format!(
            " It is lent out{} since line {line} and may only be read.",
            to(t)
        )),
        State::Dead => text.push_str(" Its borrow has ended, so it may not be used."),
        State::Dropping => text.push_str(" It is being dropped."),
    }
    text
}
