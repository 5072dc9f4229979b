//! Diagrams drawn by hand: words in their boxes, arrows across no words.

mod shared;

use shared::{Area, Dice, Seen, fences, look};

fn diagram(body: &str) -> Result<Seen, draw::Trouble> {
    let text = format!("flowchart TD\naccTitle: A title\naccDescr: Words.\n{body}");
    Ok(check(&draw::diagram(&text)?))
}

/// Words lie in their own box, and boxes and arrows on no others.
fn check(drawn: &draw::Drawing) -> Seen {
    let seen = look(drawn);
    let svg = &drawn.svg;
    let boxes: Vec<&Area> = seen
        .rects
        .iter()
        .filter(|r| r.class == "box" || r.class == "round")
        .collect();
    let frames: Vec<&Area> = seen.rects.iter().filter(|r| r.class == "frame").collect();
    for (i, a) in boxes.iter().enumerate() {
        assert!(!boxes[i + 1..].iter().any(|b| b.meets(a)), "{a:?}: {svg}");
        assert!(
            !frames.iter().any(|f| f.meets(a) && !f.holds(a)),
            "{a:?}: {svg}"
        );
    }
    for (i, a) in frames.iter().enumerate() {
        let beside = |b: &&&Area| b.meets(a) && !b.holds(a) && !a.holds(b);
        assert!(!frames[i + 1..].iter().any(|b| beside(&b)), "{a:?}: {svg}");
    }
    let grounds: Vec<&Area> = seen
        .rects
        .iter()
        .filter(|r| r.class.starts_with("ground"))
        .collect();
    let mut said = Vec::new();
    for text in &seen.texts {
        let on: Vec<_> = boxes.iter().filter(|r| r.meets(text)).collect();
        let held = on.len() == 1 && on[0].holds(text);
        let arrow = grounds.iter().any(|g| g.holds(text));
        assert!(
            held || on.is_empty() && (arrow || text.class == "name"),
            "{text:?}: {svg}"
        );
        if !arrow {
            said.push(text);
        }
    }
    for (class, d) in seen.paths.iter().filter(|p| p.0.starts_with("edge")) {
        for (x, y) in points(d) {
            let on = |t: &&&Area| t.left < x && x < t.right && t.top < y && y < t.bottom;
            assert_eq!(said.iter().find(on), None, "{class} at {x} {y}: {svg}");
        }
    }
    seen
}

/// Points on a path of straight lines and bows.
fn points(d: &str) -> Vec<(f64, f64)> {
    let mut all = Vec::new();
    let mut from = (0.0, 0.0);
    let signs = ['M', 'L', 'C'];
    for (sign, part) in d.matches(signs).zip(d.split(signs).skip(1)) {
        let n: Vec<f64> = part.split(' ').map(|n| n.parse().unwrap()).collect();
        let end = (n[n.len() - 2], n[n.len() - 1]);
        let [b, c] = match sign {
            "C" => [(n[0], n[1]), (n[2], n[3])],
            _ => [from, end],
        };
        if sign != "M" {
            for step in 0..=40 {
                let t = f64::from(step) / 40.0;
                let s = 1.0 - t;
                let at = |p: f64, q: f64, r: f64, e: f64| {
                    s * s * s * p + 3.0 * s * s * t * q + 3.0 * s * t * t * r + t * t * t * e
                };
                all.push((at(from.0, b.0, c.0, end.0), at(from.1, b.1, c.1, end.1)));
            }
        }
        from = end;
    }
    all
}

#[test]
fn every_diagram_of_the_book_is_drawn() {
    let fences = fences();
    // A packet is no boxes and arrows: `charts.rs` reads those.
    let by_hand = |f: &&(String, String)| !f.1.starts_with("%%") && !f.1.starts_with("packet");
    let diagrams = fences.iter().filter(by_hand);
    let mut count = 0;
    for (place, text) in diagrams {
        let drawn = draw::diagram(text).unwrap_or_else(|e| panic!("{place}: {e:?}"));
        let seen = check(&drawn);
        assert!(seen.width <= 420.0, "{place}: {}", seen.width);
        assert!(drawn.svg.len() < 4000, "{place}: {}", drawn.svg.len());
        assert_eq!(drawn, draw::diagram(text).unwrap());
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn labels_are_what_the_author_means() {
    let seen = diagram("a[\"1. #quot;x#quot; &amp; #lt;y#gt;<br>second<br/>third\"] -->|\"#quot;z#quot;\"| b(\"round\")").unwrap();
    let words: Vec<&str> = seen.texts.iter().map(|t| t.words.as_str()).collect();
    assert_eq!(
        words,
        ["1. \"x\" & <y>", "second", "third", "round", "\"z\""]
    );
    assert!(seen.rects.iter().any(|r| r.class == "round"));
}

#[test]
fn arrows_differ_by_their_lines_and_heads() {
    let seen = diagram("a --> b\nb -.-> c\nc ==> d\nd --- e\ne ~~~ f\nf <--> g").unwrap();
    let lines = |class: &str| {
        let found = seen.paths.iter().find(|p| p.0 == class);
        found.map_or(0, |p| p.1.matches('M').count())
    };
    assert_eq!(
        [
            lines("edge"),
            lines("edge dotted"),
            lines("edge thick"),
            lines("point")
        ],
        [3, 1, 1, 5]
    );
}

#[test]
fn what_is_too_wide_for_a_phone_is_turned_or_broken() {
    let chain = "a[\"a box with words\"] --> b[\"a second box\"] --> c[\"and a third box\"] --> d[\"and the last\"]";
    let text = format!("flowchart LR\naccTitle: t\naccDescr: d\n{chain}");
    let seen = check(&draw::diagram(&text).unwrap());
    assert!(seen.width <= 352.0, "{}", seen.width);
    let seen =
        diagram("subgraph s[\"bytes\"]\ndirection LR\na ~~~ b ~~~ c\nend\np[\"a pointer\"] --> b")
            .unwrap();
    let tops: Vec<f64> = seen
        .rects
        .iter()
        .filter(|r| r.class == "box")
        .map(|r| r.top)
        .collect();
    // The pointer stands outside, and so before what is inside.
    assert!(
        tops[0] < tops[1] && tops[1] == tops[2] && tops[2] == tops[3],
        "{tops:?}"
    );
}

#[test]
fn whatever_is_drawn_can_be_read() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut drawn = 0;
    for _ in 0..50 {
        let count = 2 + dice.below(7);
        let mut body = String::new();
        let mut frame = None;
        for i in 0..count {
            if frame.is_none() && dice.below(4) == 0 {
                body += &format!("subgraph f{i}[\"{}\"]\n", dice.words(4));
                frame = Some(i);
            }
            body += &format!("n{i}[\"{}\"]\n", dice.words(6));
            if frame.is_some() && dice.below(2) == 0 {
                body += "end\n";
                frame = None;
            }
        }
        if frame.is_some() {
            body += "end\n";
        }
        for i in 1..count {
            let from = dice.below(i);
            let arrow = ["-->", "-.->", "<-->"][dice.below(3)];
            let words = if dice.below(4) == 0 {
                format!("|{}|", dice.words(2))
            } else {
                String::new()
            };
            body += &format!("n{from} {arrow}{words} n{i}\n");
        }
        match diagram(&body) {
            Ok(_) => drawn += 1,
            // It says so, and where.
            Err(trouble) => {
                assert!(
                    trouble.message.contains("would cross"),
                    "{trouble:?}\n{body}"
                );
                assert!(trouble.line > 3, "{trouble:?}\n{body}");
            }
        }
    }
    assert!(drawn >= 45, "{drawn} of 50");
}

#[test]
fn what_is_not_drawn_has_its_line() {
    for (body, line, says) in [
        ("a --> b\nb --> ] c", 5, "parse error"),
        ("a --> b\nc{\"a choice\"} --> a", 5, "shape"),
        ("a --> b\nb --o c", 5, "heads"),
        ("a --> b\nb --> b", 5, "where it comes from"),
        (
            "subgraph s[\"x\"]\na\nend\na --> s",
            7,
            "where it comes from",
        ),
        ("a --> b\nstyle a fill:#f00", 4, "colors"),
        ("a --> b\nclassDef red fill:#f00", 5, "colors"),
        ("a --> b[\"<b>x</b>\"]", 4, "only `<br>`"),
        ("subgraph s[\"x\"]\ndirection RL\na\nend", 4, "direction"),
    ] {
        let trouble = diagram(body)
            .err()
            .unwrap_or_else(|| panic!("{body} is drawn"));
        assert!(
            trouble.line == line && trouble.message.contains(says),
            "{body}: {trouble:?}"
        );
    }
    let untold = draw::diagram("flowchart TD\na --> b").unwrap_err();
    assert!(untold.message.contains("accTitle"), "{untold:?}");
    let other = draw::diagram("sequenceDiagram\na->>b: c").unwrap_err();
    assert_eq!(other.line, 1);
}

#[test]
fn the_words_of_an_arrow_stand_clear_of_its_neighbors() {
    let boxes =
        "a[\"songs\"]\nb[\"a of references\"]\nc[\"of songs lent\"]\nd[\"of references lent\"]\n";
    let drawn = diagram(&format!("{boxes}a -.-> b\na -->|memory songs| c\na --> d"));
    assert!(drawn.is_ok(), "{:?}", drawn.err());
    // A frame no wider than its title, with arrows in and out of its middle.
    let framed = "a --> b\nsubgraph f[\"a title that is long\"]\nb\nend\nb -->|words| c\na --> d";
    assert!(diagram(framed).is_ok());
}
