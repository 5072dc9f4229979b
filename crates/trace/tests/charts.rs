//! The chart of borrows, on programs that compile and on those that must not.

use trace::{Options, borrows, lifetimes};

/// The sections and bars of a chart.
fn bars(source: &str) -> String {
    let chart = borrows(source, &Options::default()).unwrap_or_else(|e| panic!("{e}\n{source}"));
    let at = chart.find("section").unwrap();
    chart[at..].to_string()
}

#[test]
fn lent_out_shared_then_mutably_then_moved() {
    let source = "fn main() {
    let mut v = vec![1, 2];
    let first = &v[0];
    println!(\"{first}\");
    let m = &mut v;
    m.push(3);
    let w = v;
    println!(\"{w:?}\");
}";
    assert_eq!(
        bars(source),
        "section v\nowns :2, 7\nmoved to w :done, 7, 9\nlent to first :active, 3, 5\n\
         lent mutably to m :crit, 5, 7\n\
         section first\nborrows :3, 5\ndead :done, 5, 9\n\
         section m\nborrows mutably :5, 7\ndead :done, 7, 9\n\
         section w\nowns :7, 9\n"
    );
    let chart = borrows(source, &Options::default()).unwrap();
    assert!(chart.starts_with("gantt\naccTitle: Borrows, line by line\naccDescr: v: owns on lines 2 to 6, then moved to w on lines 7 to 8. Meanwhile lent to first on lines 3 to 4, and lent mutably to m on lines 5 to 6. first: borrows"));
}

#[test]
fn e0502_shows_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut v = vec![1];\n    let first = &v[0];\n    v.push(2);\n    println!(\"{first}\");\n}"
        ),
        "section v\nowns :2, 6\nlent to first :active, 3, 6\na mutable borrow :crit, 4, 5\n"
    );
}

#[test]
fn e0499_shows_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut s = String::new();\n    let a = &mut s;\n    let b = &mut s;\n    a.push('x');\n    b.push('y');\n}"
        ),
        "section s\nowns :2, 6\nlent mutably to a :crit, 3, 6\na second mutable borrow :crit, 4, 5\n"
    );
}

#[test]
fn e0505_and_e0506_show_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let s = String::new();\n    let r = &s;\n    drop(s);\n    println!(\"{r}\");\n}"
        ),
        "section s\nowns :2, 6\nlent to r :active, 3, 6\nmoved here :crit, 4, 5\n"
    );
    assert_eq!(
        bars(
            "fn main() {\n    let mut n = 1;\n    let r = &n;\n    n = 2;\n    println!(\"{r}{n}\");\n}"
        ),
        "section n\nowns :2, 6\nlent to r :active, 3, 6\nassigned here :crit, 4, 5\n"
    );
}

#[test]
fn e0382_shows_where_it_went() {
    assert_eq!(
        bars(
            "fn main() {\n    let s = String::new();\n    let t = s;\n    println!(\"{t}\");\n    println!(\"{s}\");\n}"
        ),
        "section s\nowns :2, 4\nmoved away :done, 4, 6\nused here :crit, 5, 6\n"
    );
}

#[test]
fn e0597_shows_the_end_of_the_owner() {
    assert_eq!(
        bars(
            "fn main() {\n    let r;\n    {\n        let x = 5;\n        r = &x;\n    }\n    println!(\"{r}\");\n}"
        ),
        "section x\nlives :4, 7\nis borrowed by r :active, 5, 8\n"
    );
}

#[test]
fn a_loan_that_comes_round_meets_the_next_round() {
    // The loop itself is the loan.
    assert_eq!(
        bars(
            "fn main() {\n    let mut songs = vec![1, 2];\n    for song in &songs {\n        if *song == 1 {\n            songs.push(3);\n        }\n    }\n}"
        ),
        "section songs\nowns :2, 8\nlent to the loop :active, 3, 8\na mutable borrow :crit, 5, 6\n"
    );
    // What was stored in the round before is used in the next.
    assert_eq!(
        bars(
            "fn main() {\n    let mut v = vec![1];\n    let mut kept: Vec<&mut i32> = Vec::new();\n    for _ in 0..2 {\n        kept.push(&mut v[0]);\n    }\n    println!(\"{}\", kept.len());\n}"
        ),
        "section v\nowns :2, 7\nlent mutably to kept :crit, 5, 7\n\
         still lent from the round before :crit, 4, 6\na second mutable borrow :crit, 5, 6\n"
    );
}

#[test]
fn a_mutable_loan_is_told_from_a_shared_one() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut n = 1;\n    let r = &mut n;\n    let k = n + 1;\n    *r = k;\n}"
        ),
        "section n\nowns :2, 6\nlent mutably to r :crit, 3, 6\nused here :crit, 4, 5\n"
    );
}

#[test]
fn a_value_without_a_name_goes_at_the_end_of_its_statement() {
    assert_eq!(
        bars(
            "fn main() {\n    let s: &str = String::from(\"temp\").as_str();\n    println!(\"{s}\");\n}"
        ),
        "section the value without a name\nlives :2, 3\nis borrowed by s :active, 2, 4\n"
    );
}

#[test]
fn a_value_of_a_round_does_not_reach_into_the_next() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut list: Vec<&String> = Vec::new();\n    for i in 0..2 {\n        let s = i.to_string();\n        list.push(&s);\n    }\n    println!(\"{list:?}\");\n}"
        ),
        "section s\nlives :4, 7\nis borrowed by list :active, 5, 8\n"
    );
}

#[test]
fn references_borrow_and_do_not_own() {
    let chart = bars(
        "struct Deck {\n    cards: Vec<u8>,\n}\n\nimpl Deck {\n    fn top(&self) -> Option<&u8> {\n        let last = self.cards.last();\n        last\n    }\n\n    fn add(&mut self, card: u8) {\n        let count = self.cards.len();\n        self.cards.push(card + count as u8);\n    }\n}\n\nfn longest<'a>(x: &'a str, y: &'a str) -> &'a str {\n    let pick = x.len() > y.len();\n    if pick { x } else { y }\n}\n\nfn main() {\n    let mut deck = Deck { cards: vec![1] };\n    deck.add(2);\n    println!(\"{:?} {}\", deck.top(), longest(\"a\", \"bc\"));\n}",
    );
    for row in [
        "section self in Deck top\nborrows :",
        "section self in Deck add\nborrows mutably :",
        "section card in Deck add\nowns :",
        "section x in longest\nborrows :",
        "section y in longest\nborrows :",
        "section deck in main\nowns :",
    ] {
        assert!(chart.contains(row), "{row:?} is not in\n{chart}");
    }
}

#[test]
fn loops_show_who_has_the_list_and_for_how_long() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut v = vec![1, 2, 3];\n    let a = &mut v;\n    a.push(4);\n    for x in v.iter_mut() {\n        *x += 1;\n        println!(\"{x}\");\n    }\n    let total: i32 = v.iter().sum();\n    println!(\"{total}\");\n}"
        ),
        "section v\nowns :2, 11\nlent mutably to a :crit, 3, 5\nlent mutably to the loop :crit, 5, 9\n\
         section a\nborrows mutably :3, 5\ndead :done, 5, 11\n\
         section x\nborrows mutably :5, 8\nsection total\nowns :9, 11\n"
    );
}

#[test]
fn what_leaves_its_function_is_drawn_past_its_end() {
    let returned = "fn name() -> &'static str {
    let s = String::new();
    &s
}

fn main() {
    name();
}";
    assert_eq!(
        bars(returned),
        "section s\nlives :2, 5\nis borrowed by what is returned :active, 3, 6\n"
    );
    let closure = "use std::thread;

fn main() {
    let v = vec![1];
    thread::spawn(|| {
        println!(\"{v:?}\");
    });
}";
    assert_eq!(
        bars(closure),
        "section v\nlives :4, 9\nis borrowed by the closure :active, 6, 10\n"
    );
    let escaping = "fn keep(s: &str) {
    std::thread::spawn(move || {
        println!(\"{s}\");
    });
}

fn main() {
    keep(\"text\");
}";
    assert_eq!(
        bars(escaping),
        "section s\nis good for certain :1, 6\nmust be good :active, 2, 7\n"
    );
}

#[test]
fn moves_out_of_what_is_lent_and_in_part() {
    let out = "struct Wallet { owner: String }

fn main() {
    let w = Wallet { owner: String::new() };
    let r = &w;
    let name = r.owner;
    println!(\"{name}\");
}";
    assert_eq!(
        bars(out),
        "section r\nborrows :5, 9\nmoved out of what it borrows :crit, 6, 7\n"
    );
    let part = "fn main() {
    let opt = Some(String::new());
    if let Some(s) = opt {
        println!(\"{s}\");
    }
    println!(\"{opt:?}\");
}";
    assert_eq!(
        bars(part),
        "section opt\nowns :2, 4\npartly moved :done, 4, 7\nused here :crit, 6, 7\n"
    );
    let guard = "fn main() {
    let mut n = 3;
    match n {
        1 if {
            n = 2;
            true
        } => {}
        _ => {}
    }
}";
    assert_eq!(
        bars(guard),
        "section n\nowns :2, 6\nlent to the match :active, 3, 6\nassigned here :crit, 5, 6\n"
    );
}

#[test]
fn each_holder_has_a_bar_from_where_it_holds() {
    let several = "fn main() {
    let c = 1;
    let a = &c;
    let b = &c;
    println!(\"{a}\");
    println!(\"{b}\");
}";
    assert_eq!(
        bars(several),
        "section c\nowns :2, 7\nlent to a :active, 3, 6\nlent to b :active, 4, 7\n\
         section a\nborrows :3, 6\nsection b\nborrows :4, 7\n"
    );
}

#[test]
fn a_loan_in_a_head_lasts_to_the_last_use_in_the_block() {
    let head = "fn main() {
    let mut v = vec![1];
    if let Some(n) = v.last_mut() {
        *n = 2;
    }
    println!(\"{v:?}\");
}";
    assert_eq!(
        bars(head),
        "section v\nowns :2, 7\nlent mutably to n :crit, 3, 5\n\
         section n\nborrows mutably :3, 5\n"
    );
}

#[test]
fn what_a_long_statement_moves_is_gone_from_its_head() {
    let looped = "fn main() {
    let words = vec![1, 2];
    for w in words {
        println!(\"{w}\");
    }
    println!();
}";
    assert_eq!(
        bars(looped),
        "section words\nowns :2, 3\nmoved to the loop :done, 3, 7\nsection w\nowns :3, 5\n"
    );
}

#[test]
fn other_errors_have_no_ranges() {
    let error = borrows(
        "fn main() {\n    let n: u8 = \"x\";\n}",
        &Options::default(),
    )
    .unwrap_err();
    assert_eq!(error.line, 2);
    assert!(error.message.contains("E0308"), "{error}");
}

/// The sections and bars of a chart of lifetimes.
fn lives(source: &str) -> String {
    let chart = lifetimes(source, &Options::default()).unwrap_or_else(|e| panic!("{e}\n{source}"));
    let at = chart.find("section").unwrap();
    chart[at..].to_string()
}

const SIGNATURES: &str = "struct Heading<'a> { text: &'a str }
impl<'a> Heading<'a> {
    fn new(line: &'a str) -> Self { Heading { text: line } }
}
fn longer<'a>(x: &'a str, y: &'a str) -> &'a str { if x.len() > y.len() { x } else { y } }
fn after<'a>(text: &'a str, mark: &str) -> &'a str { text.split_once(mark).map_or(text, |p| p.1) }
fn first(text: &str) -> &str { &text[..1] }
";

#[test]
fn a_result_is_in_use_within_the_lives_of_what_it_looks_into() {
    let main = "fn main() {
    let text = String::from(\"a: b\");
    let rest;
    {
        let mark = String::from(\": \");
        rest = after(&text, &mark);
    }
    let other = String::from(\"salt\");
    let best = longer(rest, &other);
    println!(\"{best}\");
    let head = Heading::new(&text);
    println!(\"{}\", head.text);
    let letter = first(&text);
    println!(\"{letter}\");
    println!(\"{text}\");
}
";
    assert_eq!(
        lives(&format!("{SIGNATURES}{main}")),
        "section rest\ntext lives :9, 24\nmark is lent for the call :active, 13, 14\n\
         'a is in use :active, 13, 17\n\
         section best\ntext lives :9, 24\nother lives :15, 24\n'a is in use :active, 16, 18\n\
         section head\ntext lives :9, 24\n'a is in use :active, 18, 20\n\
         section letter\ntext lives :9, 24\n'_ is in use :active, 20, 22\n"
    );
}

#[test]
fn what_does_not_live_long_enough_has_the_shorter_bar() {
    let main = "fn main() {
    let text = String::from(\"Bread\");
    let best;
    {
        let other = String::from(\"salt\");
        best = longer(&text, &other);
    }
    println!(\"{best}\");
}
";
    assert_eq!(
        lives(&format!("{SIGNATURES}{main}")),
        "section other\nother lives :12, 15\n'a is in use :active, 13, 16\n"
    );
}

#[test]
fn without_lifetimes_there_is_no_chart_of_them() {
    let error = lifetimes(
        "fn main() {\n    let n = 1;\n    println!(\"{n}\");\n}",
        &Options::default(),
    );
    let message = error.unwrap_err().message;
    assert!(message.contains("with a lifetime lends it"), "{message}");
}
