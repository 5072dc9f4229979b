//! One chart of a program's borrows: for each variable, the lines on which it
//! owns, is lent out, or may no longer be used.

use crate::permissions::{self, Diagnostic, Finding, Place, errors, outermost};
use crate::program::{Program, line_of};
use crate::tools::{self, Tools, disk, rustc_failure};
use crate::{Options, TraceError};

/// A bar: from the beginning of a line to the end of another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bar {
    text: String,
    kind: Kind,
    from: usize,
    to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Usable,
    Shared,
    Mutable,
    Gone,
}

/// Draws the borrows of a program as one mermaid gantt chart, on which the
/// time is the line. On a program that the borrow checker refuses (E0382,
/// E0499, E0502, E0505, E0506, E0597), it shows the two ranges that collide.
///
/// ```no_run
/// let source = "fn main() {
///     let mut v = vec![1];
///     let first = &v[0];
///     println!(\"{first}\");
///     v.push(2);
/// }";
/// let chart = trace::borrows(source, &trace::Options::default())?;
/// assert!(chart.contains("section v\nowns :2, 3\nlent to first :active, 3, 4\nowns :4, 6"));
/// # Ok::<(), trace::TraceError>(())
/// ```
pub fn borrows(source: &str, options: &Options) -> Result<String, TraceError> {
    let tools = Tools::new(options)?;
    let folder = tools::folder()?;
    let here = folder.path();
    std::fs::write(here.join("main.rs"), source).map_err(|e| disk(here, &e))?;
    let mut command = tools.rustc();
    command.folder(here).args([
        "--crate-name=main",
        "--crate-type=bin",
        "--emit=metadata",
        "--error-format=json",
        "main.rs",
    ]);
    let done = tools.compile(command)?;
    if !done.success {
        let found = errors(&done.stderr);
        let Some(first) = found.iter().find(|d| !d.spans.is_empty()) else {
            return Err(rustc_failure(&done.stderr));
        };
        return collision(source, first);
    }
    let program = Program::for_borrows(source)?;
    let answers = permissions::ask(&program, &tools, here)?;
    let mut sections: Vec<(String, Vec<Bar>)> = Vec::new();
    let functions = program
        .variables
        .iter()
        .map(|v| v.function)
        .collect::<std::collections::BTreeSet<_>>();
    // What somebody borrows for, or whose borrow ends, is a borrower itself.
    let borrower = |id: usize, name: &str| {
        answers.iter().any(|(&(_, v), a)| match &a.finding {
            Finding::Dead => v == id,
            Finding::Lent { to: Some(to), .. } => to.contains(&format!("`{name}`")),
            _ => false,
        })
    };
    for (id, v) in program.variables.iter().enumerate() {
        // A variable may first be asked about at the end of its statement.
        let mut bars: Vec<Bar> = Vec::new();
        let mut points: Vec<(usize, usize)> = program
            .points
            .iter()
            .enumerate()
            .filter(|(p, _)| answers.contains_key(&(Place::After(*p), id)))
            .map(|(p, point)| {
                let s = &program.statements[point.statement];
                (line_of(source, s.range.end.saturating_sub(1)), p)
            })
            .collect();
        points.sort_unstable();
        let Some(&(last, _)) = points.last() else {
            continue;
        };
        let mut from = v.line;
        for (i, &(line, p)) in points.iter().enumerate() {
            // Of several statements on a line, the last counts.
            if points.get(i + 1).is_some_and(|next| next.0 == line) {
                continue;
            }
            let (mut text, kind) = words(&answers[&(Place::After(p), id)].finding);
            if text == "owns" && borrower(id, &v.name) {
                text = "borrows".into();
            }
            let to = points[i + 1..]
                .first()
                .map_or(last, |next| next.0 - 1)
                .max(line);
            from = from.max(if i == 0 { v.line } else { line });
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
        let name = if functions.len() > 1 {
            format!("{} in {}", v.name, program.functions[v.function].name)
        } else {
            v.name.clone()
        };
        sections.push((name, bars));
    }
    if sections.is_empty() {
        return Err(TraceError {
            line: 1,
            message: "there are no variables to draw".into(),
        });
    }
    Ok(chart("Borrows, line by line", &sections))
}

fn words(finding: &Finding) -> (String, Kind) {
    let to = |to: &Option<String>| {
        to.as_ref()
            .map(|t| format!(" to {}", t.replace('`', "")))
            .unwrap_or_default()
    };
    match finding {
        Finding::Free => ("owns".into(), Kind::Usable),
        Finding::NotSet => ("not yet set".into(), Kind::Gone),
        Finding::Moved {
            into, maybe: false, ..
        } => (format!("moved{}", to(into)), Kind::Gone),
        Finding::Moved { into, .. } => (format!("may have moved{}", to(into)), Kind::Gone),
        Finding::Partly { .. } => ("partly moved".into(), Kind::Gone),
        Finding::Lent {
            mutable: true,
            to: t,
            ..
        } => (format!("lent mutably{}", to(t)), Kind::Mutable),
        Finding::Lent { to: t, .. } => (format!("lent{}", to(t)), Kind::Shared),
        Finding::Dead => ("dead".into(), Kind::Gone),
    }
}

/// The chart of a program that does not compile: what the compiler's labels
/// say of the two ranges.
fn collision(source: &str, d: &Diagnostic) -> Result<String, TraceError> {
    let label = |words: &[&str]| {
        d.spans
            .iter()
            .filter(|s| !s.is_primary)
            .find(|s| {
                s.label
                    .as_ref()
                    .is_some_and(|l| words.iter().any(|w| l.contains(w)))
            })
            .map(outermost)
    };
    let Some(primary) = d.spans.iter().find(|s| s.is_primary).map(outermost) else {
        return Err(TraceError {
            line: 1,
            message: d.message.clone(),
        });
    };
    let line = primary.line_start;
    let name = d.message.split('`').nth(1).unwrap_or("value").to_string();
    let used =
        label(&["later used", "later call", "used here, in later"]).map_or(line, |s| s.line_start);
    let bar = |text: String, kind, from: usize, to: usize| Bar {
        text,
        kind,
        from,
        to: to.max(from),
    };
    let code = d.code();
    let lent = |kind: Kind| -> Option<Bar> {
        let s =
            label(&["occurs here", "is borrowed here", "borrow"]).filter(|s| s.line_start != 0)?;
        let program = Program::for_borrows(source).ok();
        let to = program.and_then(|p| p.holder(&(s.byte_start..s.byte_end)));
        let to = to
            .map(|t| format!(" to {}", t.replace('`', "")))
            .unwrap_or_default();
        let how = if kind == Kind::Mutable {
            "lent mutably"
        } else {
            "lent"
        };
        Some(bar(format!("{how}{to}"), kind, s.line_start, used))
    };
    let held = d
        .spans
        .iter()
        .filter(|s| !s.is_primary)
        .find_map(|s| s.label.clone().filter(|l| l.contains("occurs here")));
    let kind = match &held {
        Some(l) if l.contains("mutable borrow") && !l.contains("immutable") => Kind::Mutable,
        _ => Kind::Shared,
    };
    let own = primary.label.clone().unwrap_or_default();
    let bars = match code {
        "E0382" => {
            let moved = label(&["moved"]).map_or(line, |s| s.line_start);
            let declared = label(&["move occurs because"]).map_or(moved, |s| s.line_start);
            vec![
                bar("owns".into(), Kind::Usable, declared, moved),
                bar(
                    "moved away".into(),
                    Kind::Gone,
                    moved + usize::from(moved < line),
                    line,
                ),
                bar("used here".into(), Kind::Mutable, line, line),
            ]
        }
        "E0499" | "E0502" | "E0505" | "E0506" | "E0503" => {
            let clash = match code {
                "E0499" => "a second mutable borrow",
                "E0502" if own.contains("immutable") => "a shared borrow",
                "E0502" => "a mutable borrow",
                "E0505" => "moved here",
                "E0506" => "assigned here",
                _ => "used here",
            };
            let Some(first) = lent(kind) else {
                return Err(TraceError {
                    line,
                    message: format!("error[{code}]: {}", d.message),
                });
            };
            vec![first, bar(clash.into(), Kind::Mutable, line, line)]
        }
        "E0597" => {
            let end = label(&["dropped here"]).map_or(line, |s| s.line_start);
            let declared = label(&["declared here"]).map_or(line, |s| s.line_start);
            vec![
                bar("lives".into(), Kind::Usable, declared, end),
                bar("is borrowed".into(), Kind::Shared, line, used.max(end)),
            ]
        }
        _ => {
            let code = if code.is_empty() {
                String::new()
            } else {
                format!("error[{code}]: ")
            };
            return Err(TraceError {
                line,
                message: format!(
                    "this program fails for another reason than a borrow or a move, so there are \
                     no ranges to draw: {code}{}",
                    d.message
                ),
            });
        }
    };
    Ok(chart(
        &format!("{code}, two ranges that collide"),
        &[(name, bars)],
    ))
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

fn chart(title: &str, sections: &[(String, Vec<Bar>)]) -> String {
    let mut said = Vec::new();
    let mut body = String::new();
    for (name, bars) in sections {
        body.push_str(&format!("section {}\n", clean(name)));
        let mut parts = Vec::new();
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
            parts.push(format!("{} {lines}", b.text));
        }
        said.push(format!("{name}: {}.", parts.join(", then ")));
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
