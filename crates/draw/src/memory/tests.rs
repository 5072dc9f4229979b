//! Tests that look inside: what is read, and that nothing moves.

#[path = "../../tests/shared/chapters.rs"]
mod chapters;
#[path = "../../examples/sheet/fences.rs"]
mod fences;

use std::collections::BTreeMap;
use std::path::Path;

use super::content::{self, End};
use super::layout::{Figure, layout};
use super::parse::{Edge, Kind, Node, Picture, parse};

fn picture(body: &str) -> Picture {
    let text =
        format!("%% after ① line 2\nflowchart LR\naccTitle: Memory\naccDescr: Words.\n{body}");
    parse(&text).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

fn edge(line: &str) -> Edge {
    let body = format!("subgraph main_frame[\"main\"]\na[\"a\"]\nb[\"b\"]\nend\n{line}\n");
    picture(&body).edges.remove(0)
}

#[test]
fn arrows_are_read() {
    let of = |line: &str| {
        let e = edge(line);
        assert_eq!((e.from.as_str(), e.to.as_str()), ("a", "b"));
        (e.from_part, e.kind, e.to_part)
    };
    let is = |from: &str, kind: Kind, to: &str| (from.to_string(), kind, to.to_string());
    assert_eq!(of("a --> b"), is("", Kind::Owns, ""));
    assert_eq!(of("a -->|\"[0]\"| b"), is("[0]", Kind::Owns, ""));
    assert_eq!(
        of("a -->|\"items[0].title\"| b"),
        is("items[0].title", Kind::Owns, "")
    );
    assert_eq!(of("a -.-> b"), is("", Kind::Borrows, ""));
    assert_eq!(of("a -.->|\"mut\"| b"), is("", Kind::Mut, ""));
    assert_eq!(of("a -.->|\"mut to [1]\"| b"), is("", Kind::Mut, "[1]"));
    assert_eq!(
        of("a -.->|\"text to byte 6\"| b"),
        is("text", Kind::Borrows, "byte 6")
    );
    assert_eq!(of("a -.->|\"in its bytes\"| b"), is("", Kind::Holds, ""));
    assert_eq!(of("a -.-o|\"weak\"| b"), is("", Kind::Weak, ""));
    assert_eq!(of("a -.-o|\"raw to y\"| b"), is("", Kind::Raw, "y"));
    // Fields may have these names.
    assert_eq!(of("a -->|\"to\"| b"), is("to", Kind::Owns, ""));
    assert_eq!(of("a -.-o|\"to weak\"| b"), is("to", Kind::Weak, ""));
    assert_eq!(of("a -.-o|\"weak weak\"| b"), is("weak", Kind::Weak, ""));
    assert_eq!(of("a -.->|\"to to\"| b"), is("", Kind::Borrows, "to"));
}

#[test]
fn frames_threads_and_groups_are_read() {
    let p = picture(
        "subgraph stack_0[\"main\"]\nsubgraph f_frame[\"f\"]\nf_none[\"no variables\"]\nend\n\
         subgraph main_frame[\"main\"]\nmain_r[\"r: &#lt;u8#gt;<br/>✗ moved, line 3\"]\nend\nend\n\
         subgraph stack_1[\"thread of line 4\"]\nsubgraph thread_1_closure_4_frame[\"closure\"]\n\
         x[\"x: u8 = 1\"]\nend\nend\n\
         subgraph unnamed[\"temporaries\"]\ntemporary_1[\"len 1, cap 1\"]\nend\n\
         subgraph heap[\"heap\"]\nh1[\"✗ h1: 1 byte given back\"]\nend\n\
         subgraph fixed[\"static memory\"]\nstatic_N[\"N<br/>#35;\"]\nend\n\
         subgraph drops[\"dropped since the last mark\"]\ndropped[\"1. h1 given back\"]\nend\n\
         x --> h1\n\
         classDef moved opacity:0.6,stroke-dasharray:4 3,text-decoration:line-through\n\
         class main_r moved\n\
         classDef freed stroke-dasharray:2 3,text-decoration:line-through\nclass h1 freed\n",
    );
    let titles: Vec<&str> = p.threads.iter().map(|t| t.title.as_str()).collect();
    assert_eq!(titles, ["main", "thread of line 4"]);
    let frames: Vec<&str> = p.threads[0].frames.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(frames, ["f", "main"]);
    assert!(p.threads[0].frames[0].rows.is_empty());
    let row = &p.threads[0].frames[1].rows[0];
    assert_eq!(row.lines, ["r: &<u8>", "✗ moved, line 3"]);
    assert!(row.gone && p.heap[0].gone && !p.statics[0].gone);
    assert_eq!(p.statics[0].lines, ["N", "#"]);
    assert_eq!(p.temporaries.len(), 1);
    assert_eq!(p.drops, ["1. h1 given back"]);
}

fn node(lines: &[&str]) -> Node {
    Node {
        id: "n".into(),
        lines: lines.iter().map(|l| l.to_string()).collect(),
        gone: false,
    }
}

fn points(kind: Kind, to_part: &str) -> Edge {
    Edge {
        from: "p".into(),
        from_part: String::new(),
        to: "n".into(),
        to_part: to_part.into(),
        kind,
    }
}

#[test]
fn arrows_end_at_the_row_or_the_cells_that_they_mean() {
    let text = node(&["h1: 17 bytes", "\"Zoé: two coffees\""]);
    let at = |edge: &Edge, long| content::block(&text, false).target(edge, long);
    // Behind the quote; `é` has two bytes.
    assert_eq!(
        at(&points(Kind::Borrows, ""), Some(4)),
        (End::Range(1, 1, 4), true)
    );
    assert_eq!(
        at(&points(Kind::Borrows, "byte 6"), Some(11)),
        (End::Range(1, 6, 17), true)
    );
    assert_eq!(at(&points(Kind::Borrows, ""), Some(17)), (End::Whole, true));
    assert_eq!(at(&points(Kind::Owns, ""), Some(4)), (End::Whole, true));
    // Within a character, nothing can be shown: then it is said.
    assert_eq!(at(&points(Kind::Raw, "byte 3"), None), (End::Whole, false));

    let escaped = node(&["h1: 5 bytes", "\"a\\t\\\"\\u{7f}b\""]);
    let at = |part: &str| {
        content::block(&escaped, false)
            .target(&points(Kind::Raw, part), None)
            .0
    };
    assert_eq!(at("byte 3"), End::Range(1, 4, 5));
    assert_eq!(at("byte 4"), End::Range(1, 5, 6));

    let list = node(&["a: [u16; 3]", "[10, 20, 30]"]);
    let at = |part: &str, long| content::variable(&list).target(&points(Kind::Mut, part), long);
    assert_eq!(at("[1]", None), (End::Range(1, 1, 2), true));
    assert_eq!(at("[1]", Some(2)), (End::Range(1, 1, 3), true));
    assert_eq!(at("", Some(2)), (End::Range(1, 0, 2), true));
    assert_eq!(at("", None), (End::Whole, true));
    assert_eq!(at("[7]", None), (End::Whole, false));

    let rows = node(&["h2: 48 bytes", "[0] len 3, cap 3", "[1] len 5, cap 5"]);
    let at = |part: &str| content::block(&rows, false).target(&points(Kind::Borrows, part), None);
    assert_eq!(at("[1]"), (End::Part(2), true));
    assert_eq!(at("[1].name"), (End::Part(2), false));
}

#[test]
fn arrows_begin_at_the_row_that_holds_the_pointer() {
    let from = |lines: &[&str], parts: &[&str], kind: Kind| {
        let mut content = content::variable(&node(lines));
        let edges: Vec<Edge> = parts
            .iter()
            .map(|p| Edge {
                from_part: p.to_string(),
                ..points(kind, "")
            })
            .collect();
        let told: Vec<(&Edge, bool)> = edges.iter().map(|e| (e, true)).collect();
        let (at, _) = content.sources(&told);
        let texts: Vec<String> = content.parts.iter().map(|p| p.text.clone()).collect();
        (at, texts)
    };
    let (at, _) = from(
        &["s: String", "len 5, cap 5", "lent out to t"],
        &[""],
        Kind::Owns,
    );
    assert_eq!(at, [1]);
    let (at, _) = from(&["r: &String"], &[""], Kind::Borrows);
    assert_eq!(at, [0]);
    let song = ["s: Song", "title: len 2, cap 2", "by: len 3, cap 3"];
    assert_eq!(from(&song, &["by", "title"], Kind::Owns).0, [2, 1]);
    // Two from one line: each gets a line with its name.
    let (at, texts) = from(
        &["t: (String, Box<u8>)", "(len 2, cap 2, owner)"],
        &["0", "1"],
        Kind::Owns,
    );
    assert_eq!(at, [2, 3]);
    assert_eq!(texts[2..], ["  0", "  1"]);
    // What neither the type nor the line says is said.
    let (_, texts) = from(&["g: Guard"], &[""], Kind::Mut);
    assert_eq!(texts, ["g: Guard mut"]);
    let (_, texts) = from(&["g: &mut u8"], &[""], Kind::Mut);
    assert_eq!(texts, ["g: &mut u8"]);
    let (at, texts) = from(&["c: a closure = 16 bytes"], &["", ""], Kind::Holds);
    assert_eq!((at, texts[1].trim()), (vec![1, 1], "in its bytes"));
}

// ---- Steadiness -----------------------------------------------------------------

fn laid_out(texts: &[&str]) -> (Vec<Picture>, Figure) {
    let pictures: Vec<Picture> = texts.iter().map(|t| parse(t).unwrap()).collect();
    let figure = layout(&pictures);
    (pictures, figure)
}

/// All figures of the book and of the tests.
fn figures() -> Vec<(String, Vec<String>)> {
    let mut files = chapters::chapters();
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures.md"));
    let read = |file: &std::path::PathBuf| std::fs::read_to_string(file).unwrap();
    files
        .iter()
        .flat_map(|f| {
            fences::figures(&read(f))
                .into_iter()
                .map(|(l, t)| (format!("{}:{l}", f.display()), t))
        })
        .collect()
}

#[test]
fn what_stays_stands_still() {
    let mut kept = 0;
    for (place, texts) in figures() {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (pictures, figure) = laid_out(&texts);
        // A call of the same name at another depth is another call.
        let mut at: BTreeMap<(usize, String), (i32, i32)> = BTreeMap::new();
        for (k, picture) in pictures.iter().enumerate() {
            for node in picture.nodes() {
                let depth = picture
                    .threads
                    .iter()
                    .flat_map(|t| t.frames.iter().rev().enumerate())
                    .find(|(_, f)| f.rows.iter().any(|r| r.id == node.id))
                    .map_or(0, |(depth, _)| depth);
                let item = &figure.items[figure.names[k][&node.id]];
                let here = (item.x, item.y);
                if let Some(before) = at.insert((depth, node.id.clone()), here) {
                    assert_eq!(before, here, "{place}: {} moves at {k}", node.id);
                    kept += 1;
                }
            }
        }
        // Their rows and frames neither overlap nor change order.
        for (k, picture) in pictures.iter().enumerate() {
            for frame in picture.threads.iter().flat_map(|t| &t.frames) {
                let tops: Vec<(i32, i32)> = frame
                    .rows
                    .iter()
                    .map(|r| &figure.items[figure.names[k][&r.id]])
                    .map(|i| (i.y, i.y + i.height))
                    .collect();
                assert!(
                    tops.windows(2).all(|w| w[0].1 <= w[1].0),
                    "{place}: {tops:?}"
                );
            }
        }
    }
    assert!(kept > 100, "{kept}");
}

#[test]
fn main_stays_below_its_calls() {
    let before = "subgraph main_frame[\"main\"]\nmain_a[\"a: u8 = 1\"]\nend\n";
    let call = "subgraph f_frame[\"f\"]\nf_n[\"n: u8 = 1\"]\nend\n";
    let text = |body: &str| {
        format!("%% after ① line 2\nflowchart LR\naccTitle: Memory\naccDescr: Words.\n{body}")
    };
    let (a, b) = (text(before), text(&format!("{call}{before}")));
    let (_, figure) = laid_out(&[&a, &b]);
    let frames: Vec<_> = figure.frames().collect();
    assert_eq!(
        (frames[0].id.as_str(), frames[1].id.as_str()),
        ("main", "f")
    );
    assert!(frames[1].y + frames[1].drawn[1].unwrap() < frames[0].y);
    // The first picture begins where its `main` does.
    assert_eq!(figure.tops, [frames[0].y - 1, frames[1].y - 1]);
}

#[test]
fn places_are_reused_by_those_that_never_meet() {
    let row = |names: &[&str]| {
        let rows: String = names
            .iter()
            .map(|n| format!("main_{n}[\"{n}: u8 = 1\"]\n"))
            .collect();
        format!(
            "%% after ① line 2\nflowchart LR\naccTitle: Memory\naccDescr: Words.\n\
             subgraph main_frame[\"main\"]\n{rows}end\n"
        )
    };
    let texts = [row(&["a", "b"]), row(&["a", "c"]), row(&["a", "c", "d"])];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_, figure) = laid_out(&texts);
    let y = |k: usize, name: &str| figure.items[figure.names[k][&format!("main_{name}")]].y;
    assert_eq!(y(0, "b"), y(1, "c"));
    assert!(y(2, "c") < y(2, "d"));
    assert!(
        figure.heights[0] < figure.heights[2],
        "no empty place at the end"
    );
}

#[test]
fn only_what_changed_is_marked() {
    let text = |value: &str, more: &str| {
        format!(
            "%% after ① line 2\nflowchart LR\naccTitle: Memory\naccDescr: Words.\n\
             subgraph main_frame[\"main\"]\nmain_a[\"a: u8 = {value}\"]\nmain_b[\"b: Vec#lt;u8#gt;<br/>len 2, cap 2\"]\n{more}end\n\
             subgraph heap[\"heap\"]\nh1[\"h1: 2 bytes<br/>[1, {value}]\"]\nend\nmain_b --> h1\n"
        )
    };
    let texts = [
        text("1", ""),
        text("2", "main_c[\"c: u8 = 1\"]\n"),
        text("2", "main_c[\"c: u8 = 1\"]\n"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (_, figure) = laid_out(&texts);
    let changed = |k: usize| -> Vec<&str> {
        let names = figure.names[k].iter();
        let is = |i: usize| {
            figure.items[i].versions[k]
                .as_ref()
                .unwrap()
                .content
                .changed
        };
        names
            .filter(|(_, i)| is(**i))
            .map(|(n, _)| n.as_str())
            .collect()
    };
    assert_eq!(changed(0), [""; 0]);
    assert_eq!(changed(1), ["h1", "main_a", "main_c"]);
    assert_eq!(changed(2), [""; 0]);
    let h1 = figure.items[figure.names[1]["h1"]].versions[1]
        .as_ref()
        .unwrap();
    assert_eq!(h1.content.parts[1].new_cells, [false, true]);
    assert!(figure.arrows.iter().flatten().all(|a| !a.new));
}
