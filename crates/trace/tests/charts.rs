//! The chart of borrows, on programs that compile and on those that must not.

use trace::{Options, borrows};

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
        "section v\nowns :2, 3\nlent to first :active, 3, 4\nowns :4, 5\nlent mutably to m :crit, 5, 6\n\
         owns :6, 7\nmoved to w :done, 7, 9\n\
         section first\nborrows :3, 5\ndead :done, 5, 9\n\
         section m\nborrows :5, 7\ndead :done, 7, 9\n\
         section w\nowns :7, 9\n"
    );
    let chart = borrows(source, &Options::default()).unwrap();
    assert!(chart.starts_with("gantt\naccTitle: Borrows, line by line\naccDescr: v: owns on line 2, then lent to first on line 3, then"));
}

#[test]
fn e0502_shows_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut v = vec![1];\n    let first = &v[0];\n    v.push(2);\n    println!(\"{first}\");\n}"
        ),
        "section v\nlent to first :active, 3, 6\na mutable borrow :crit, 4, 5\n"
    );
}

#[test]
fn e0499_shows_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let mut s = String::new();\n    let a = &mut s;\n    let b = &mut s;\n    a.push('x');\n    b.push('y');\n}"
        ),
        "section s\nlent mutably to a :crit, 3, 6\na second mutable borrow :crit, 4, 5\n"
    );
}

#[test]
fn e0505_and_e0506_show_the_two_ranges() {
    assert_eq!(
        bars(
            "fn main() {\n    let s = String::new();\n    let r = &s;\n    drop(s);\n    println!(\"{r}\");\n}"
        ),
        "section s\nlent to r :active, 3, 6\nmoved here :crit, 4, 5\n"
    );
    assert_eq!(
        bars(
            "fn main() {\n    let mut n = 1;\n    let r = &n;\n    n = 2;\n    println!(\"{r}{n}\");\n}"
        ),
        "section n\nlent to r :active, 3, 6\nassigned here :crit, 4, 5\n"
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
        "section x\nlives :4, 7\nis borrowed :active, 5, 8\n"
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
