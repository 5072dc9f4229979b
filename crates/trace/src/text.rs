//! Steps for a terminal, and as JSON.

use crate::mermaid::{arrow, bytes, dropped, head, title};
use crate::model::by_line;
use crate::{Block, State, Trace, Variable};

/// The steps as text, for a terminal; the crate's first example shows it.
pub fn text(trace: &Trace) -> String {
    let mut out = String::new();
    for step in &trace.steps {
        out.push_str(&format!("── {} ──\n", head(step)));
        for thread in &step.threads {
            for frame in &thread.frames {
                let of = if step.threads.len() > 1 {
                    format!(" ({})", thread.name)
                } else {
                    String::new()
                };
                out.push_str(&format!("{}{of}\n", frame.function));
                for v in &frame.variables {
                    out.push_str(&format!("  {}\n", variable(v)));
                }
            }
        }
        let mut group = |name: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                out.push_str(&format!("{name}\n"));
                for line in lines {
                    out.push_str(&format!("  {line}\n"));
                }
            }
        };
        let value = |id: &str, name: &str, content: &[String]| {
            let name = if name.is_empty() {
                id.replace('_', " ")
            } else {
                name.to_string()
            };
            format!("{name} = {}", content.join(", "))
        };
        group(
            "temporaries",
            step.temporaries
                .iter()
                .map(|s| value(&s.id, &s.name, &s.content))
                .collect(),
        );
        group("heap", step.heap.iter().map(block).collect());
        group(
            "static memory",
            step.statics
                .iter()
                .map(|s| value(&s.id, &s.name, &s.content))
                .collect(),
        );
        group(
            "arrows",
            step.edges.iter().map(|e| arrow(step, e)).collect(),
        );
        group(
            "dropped since the last step",
            step.drops.iter().map(dropped).collect(),
        );
        out.push('\n');
    }
    out
}

/// A variable, its value and its state, on one line.
fn variable(v: &Variable) -> String {
    let mut line = title(v);
    let value = v.value.join(", ");
    if !value.is_empty() {
        line.push_str(&format!(" = {value}"));
    }
    match &v.state {
        State::Usable => {}
        State::NotSet => line.push_str("  [not yet set]"),
        State::Moved { line: l, to, maybe } => {
            let verb = if *maybe { "may have moved" } else { "moved" };
            let to = to.as_ref().map(|t| format!(" to {t}")).unwrap_or_default();
            line.push_str(&format!("  [{verb}{to} on line {l}]"));
        }
        State::PartlyMoved { line: l, fields } if fields.is_empty() => {
            line.push_str(&format!("  [a part moved on line {l}]"));
        }
        State::PartlyMoved { fields, .. } => {
            let moves = by_line(fields).into_iter();
            let moves = moves.map(|(names, l)| format!("{names} moved on line {l}"));
            line.push_str(&format!("  [{}]", moves.collect::<Vec<_>>().join(", ")));
        }
        State::Lent { mutable, to, .. } => {
            let how = if *mutable { " mutably" } else { "" };
            let to = to.as_ref().map(|t| format!(" to {t}")).unwrap_or_default();
            line.push_str(&format!("  [lent out{how}{to}]"));
        }
        State::Dead => line.push_str("  [dead: its borrow has ended]"),
        State::Dropping => line.push_str("  [being dropped]"),
    }
    line
}

/// A block of the heap on one line.
fn block(b: &Block) -> String {
    let mut line = format!("{}: {}", b.id, bytes(b.size));
    if let Some((strong, weak)) = b.counts {
        line.push_str(&format!(", strong {strong}, weak {weak}"));
    }
    if !b.content.is_empty() {
        line.push_str(&format!(" = {}", b.content.join(", ")));
    }
    if b.freed {
        line.push_str("  [given back]");
    } else if !b.reached {
        line.push_str("  [nothing shown leads here]");
    }
    line
}

/// The trace as JSON: [`Trace`] as it stands, with its `version` first. Names
/// of fields are those of the structs; [`crate::VERSION`] counts changes.
///
/// ```text
/// {
///   "version": 1,
///   "steps": [{
///     "label": "②", "line": 3, "pass": null,
///     "threads": [{ "name": "main", "frames": [{
///       "id": "main", "function": "main",
///       "variables": [{
///         "id": "main_s1", "shadowed": false, "name": "s1", "line": 2,
///         "ty": "String", "size": 24, "value": [],
///         "state": { "moved": { "line": 3, "to": "`s2`", "maybe": false } },
///         "permissions": { "read": false, "write": false, "own": false }
///       }, …]
///     }] }],
///     "heap": [{ "id": "h1", "size": 5, "align": 1, "content": ["\"hello\""],
///                "freed": false, "counts": null, "reached": true }],
///     "statics": [], "temporaries": [],
///     "edges": [{ "from": "main_s2", "from_part": "", "to": "h1", "to_part": "",
///                 "kind": "owns" }],
///     "drops": []
///   }],
///   "output": "hello\n", "errors": "", "ending": "returned"
/// }
/// ```
pub fn json(trace: &Trace) -> String {
    serde_json::to_string_pretty(trace).expect("a trace has string keys only")
}
