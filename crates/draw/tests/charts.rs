//! Charts of borrows and packets: whatever they hold, every word can be read.

mod shared;

use shared::{Dice, Seen, fences, look};

const HEAD: &str = "%% borrows\ngantt\naccTitle: A title\naccDescr: Words & <more>.\ntitle Borrows, line by line\ndateFormat X\naxisFormat %s\ntickInterval 1second\n";

fn chart(body: &str) -> Seen {
    let drawn = draw::chart(&format!("{HEAD}{body}")).unwrap_or_else(|e| panic!("{e:?}\n{body}"));
    check(&drawn)
}

/// A chart of a program that does not compile.
fn rejected(body: &str) -> Seen {
    let head = HEAD.replace("Borrows, line by line", "E0502, two ranges that collide");
    let drawn = draw::chart(&format!("{head}{body}")).unwrap_or_else(|e| panic!("{e:?}\n{body}"));
    check(&drawn)
}

/// What a chart says to be in the way of something.
fn troubles(seen: &Seen) -> Vec<&str> {
    let both = seen.texts.iter().filter(|t| t.class == "both");
    both.map(|t| t.words.as_str()).collect()
}

/// Words lie in their own bar, or on none.
fn check(drawn: &draw::Drawing) -> Seen {
    let seen = look(drawn);
    for text in &seen.texts {
        let on: Vec<_> = seen.rects.iter().filter(|r| r.meets(text)).collect();
        match text.class.as_str() {
            "in" => assert!(on.len() == 1 && on[0].holds(text), "{text:?} in {on:?}"),
            _ => assert!(on.is_empty(), "{text:?} on {on:?}: {}", drawn.svg),
        }
    }
    for (i, bar) in seen.rects.iter().enumerate() {
        assert!(bar.left >= 0.0 && bar.right <= seen.width, "{bar:?}");
        assert!(!seen.rects[i + 1..].iter().any(|b| b.meets(bar)), "{bar:?}");
    }
    seen
}

#[test]
fn every_chart_of_the_book_is_drawn() {
    let charts = fences();
    let drawn = |text: &str| text.starts_with("%% borrows") || text.starts_with("%% lifetimes");
    let charts = charts.iter().filter(|f| drawn(&f.1));
    let mut count = 0;
    for (place, text) in charts {
        let drawn = draw::chart(text).unwrap_or_else(|e| panic!("{place}: {e:?}"));
        let seen = check(&drawn);
        assert!(seen.width <= 400.0, "{place}: {}", seen.width);
        assert!(drawn.svg.len() < 4000, "{place}: {}", drawn.svg.len());
        // A program that compiles has nothing in the way, any other has.
        let accepted = drawn.title.ends_with("line by line");
        let troubles = troubles(&seen);
        assert_eq!(troubles.is_empty(), accepted, "{place}: {troubles:?}");
        count += 1;
    }
    assert!(count >= 2, "{count}");
}

#[test]
fn a_bar_reaches_from_its_first_line_to_its_last() {
    let seen = chart("section v\nowns :2, 4\nlent to first :active, 4, 5\nowns :5, 6\n");
    let bars: Vec<_> = seen
        .rects
        .iter()
        .map(|r| (r.class.as_str(), r.left, r.right))
        .collect();
    let column = (seen.width - 4.0) / 4.0;
    let expected = [("owns", 0.0, 2.0), ("lent", 2.0, 3.0), ("owns", 3.0, 4.0)];
    for (bar, (class, from, to)) in bars.iter().zip(expected) {
        assert_eq!(bar.0, class);
        assert!((bar.1 - (3.0 + from * column)).abs() < 0.2, "{bar:?}");
        assert!((bar.2 - (1.0 + to * column)).abs() < 0.2, "{bar:?}");
    }
    let words: Vec<&str> = seen.texts.iter().map(|t| t.words.as_str()).collect();
    assert!(
        words.starts_with(&["Borrows, line by line", "line 2", "3", "4", "5", "v"]),
        "{words:?}"
    );
}

#[test]
fn what_collides_stands_below_each_other_and_is_hatched() {
    let seen = rejected(
        "section songs\nowns :1, 6\nlent to first :active, 3, 6\na mutable borrow :crit, 4, 5\n",
    );
    assert!(seen.rects[1].bottom < seen.rects[2].top);
    let band = seen.paths.iter().filter(|p| p.0 == "clash-band").count();
    assert!(band >= 1, "{:?}", seen.paths);
    assert_eq!(troubles(&seen), ["collision on line 4"]);
    // An owner owns while it lends, mutably, too.
    let seen = rejected(
        "section s\nowns :2, 6\nlent mutably to a :crit, 3, 6\na second mutable borrow :crit, 4, 5\n",
    );
    assert_eq!(troubles(&seen), ["collision on line 4"]);
    // A loan that comes round is one.
    let seen = rejected(
        "section s\nowns :2, 8\nlent mutably :crit, 5, 8\nstill lent from the round before :crit, 3, 6\na second mutable borrow :crit, 5, 6\n",
    );
    assert_eq!(troubles(&seen), ["collision on line 5"]);
    // A borrow within a life is none, one beyond it is.
    let seen = rejected("section x\nlives :4, 7\nis borrowed :active, 5, 8\n");
    assert_eq!(troubles(&seen), ["still borrowed on line 7"]);
    let seen = rejected("section x\nx lives :4, 7\n'a is in use :active, 5, 8\n");
    assert_eq!(troubles(&seen), ["still in use on line 7"]);
    // What is only borrowed cannot be moved out.
    let seen = rejected("section r\nborrows :2, 9\nmoved out of what it borrows :crit, 4, 5\n");
    assert_eq!(troubles(&seen), ["collision on line 4"]);
}

#[test]
fn of_a_program_that_compiles_nothing_is_in_the_way() {
    for body in [
        "section s\nowns :2, 9\nlent mutably to a :crit, 3, 5\nlent mutably to b :crit, 3, 6\n",
        "section s\nowns :2, 6\nmoved to t :done, 6, 9\nlent to a :active, 3, 5\n",
        "section t\none lives :2, 9\nother lives :3, 9\n'a is in use :active, 4, 6\n",
    ] {
        assert!(troubles(&chart(body)).is_empty(), "{body}");
    }
}

#[test]
fn whatever_the_bars_every_word_has_its_place() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..400 {
        let mut body = String::new();
        for _ in 0..1 + dice.below(4) {
            body += &format!("section {}\n", dice.words(5));
            let mut line = 1 + dice.below(5);
            for _ in 0..1 + dice.below(6) {
                let kind = ["", "active, ", "crit, ", "done, "][dice.below(4)];
                let end = line + 1 + dice.below(6);
                body += &format!("{} :{kind}{line}, {end}\n", dice.words(6));
                // Some begin in the one before.
                line = if dice.below(5) == 0 {
                    line
                } else {
                    end + dice.below(3)
                };
            }
        }
        let seen = chart(&body);
        assert!(seen.width <= 440.0, "{}: {body}", seen.width);
    }
}

#[test]
fn what_is_not_understood_has_its_line() {
    let broken = |from: &str, to: &str| {
        let text = format!("{HEAD}section v\nowns :2, 3\nlent :active, 3, 4\n").replace(from, to);
        let trouble = draw::chart(&text).expect_err(&text);
        (trouble.line, trouble.message)
    };
    for (from, to, line, says) in [
        ("%% borrows\n", "", 1, "opens with"),
        ("gantt\n", "pie\n", 2, "opens with"),
        ("accTitle: A title\n", "", 1, "accTitle"),
        ("accDescr: Words & <more>.", "accDescr:", 4, "empty"),
        (
            "dateFormat X",
            "dateFormat YYYY",
            6,
            "before the first section",
        ),
        ("tickInterval 1second\n", "", 1, "tickInterval"),
        ("owns :2, 3", "owns 2, 3", 10, "is no bar"),
        ("owns :2, 3", "owns :milestone, 2, 3", 10, "is no bar"),
        ("owns :2, 3", "owns :2, 2026-01-01", 10, "is no bar"),
        ("owns :2, 3", "owns :3, 3", 10, "ends before it begins"),
        ("owns :2, 3", ":2, 3", 10, "is no bar"),
        ("owns :2, 3", "section w", 9, "has no bars"),
        (
            "lent :active, 3, 4",
            "lent :active, 3, 99999999",
            11,
            "is no bar",
        ),
        ("lent :active, 3, 4", "section w", 11, "has no bars"),
    ] {
        let found = broken(from, to);
        assert!(found.0 == line && found.1.contains(says), "{to}: {found:?}");
    }
    let found = broken("lent :active, 3, 4", "lent :active, 3, 4000");
    assert!(found.1.contains("too many"), "{found:?}");
}

#[test]
fn a_packet_is_a_strip_of_fields() {
    let head = "packet\naccTitle: t\naccDescr: d\n";
    let text = format!(
        "{head}0-15: \"Source Port\"\n16-31: \"Destination\"\n32-63: \"Number\"\n64: \"URG\"\n65: \"ACK\"\n"
    );
    let drawn = draw::diagram(&text).unwrap();
    let seen = check(&drawn);
    assert_eq!(seen.rects.len(), 5);
    let fences = fences();
    let strips = fences.iter().filter(|f| f.1.starts_with("%% bytes\n"));
    let mut count = 0;
    for (place, text) in strips {
        let seen = check(&draw::chart(text).unwrap_or_else(|e| panic!("{place}: {e:?}")));
        assert!(seen.width <= 440.0, "{place}: {}", seen.width);
        count += 1;
    }
    assert!(count >= 2, "{count}");
    let gap = draw::diagram("packet\naccTitle: t\naccDescr: d\n0-3: \"a\"\n8-9: \"b\"\n");
    assert_eq!(gap.unwrap_err().line, 5);
    assert!(
        draw::diagram("packet\n0-3: \"a\"\n")
            .unwrap_err()
            .message
            .contains("accTitle")
    );
}
