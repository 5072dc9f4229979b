//! The library's surface: JSON, other runners, limits.

use std::time::Duration;
use trace::{Options, json, text, trace};

const SOURCE: &str = "fn main() {\n    let s1 = String::from(\"hello\"); // ①\n    let s2 = s1; // ②\n    println!(\"{s2}\");\n}\n";

#[test]
fn json_has_a_version_and_every_fact() {
    let value: serde_json::Value =
        serde_json::from_str(&json(&trace(SOURCE, &Options::default()).unwrap())).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["output"], "hello\n");
    assert_eq!(value["ending"], "returned");
    let step = &value["steps"][1];
    assert_eq!(step["label"], "②");
    assert_eq!(step["line"], 3);
    let s1 = &step["threads"][0]["frames"][0]["variables"][0];
    assert_eq!(s1["size"], 24);
    assert_eq!(s1["state"]["moved"]["to"], "`s2`");
    assert_eq!(s1["permissions"]["read"], false);
    assert_eq!(step["heap"][0]["size"], 5);
    assert_eq!(step["heap"][0]["align"], 1);
    assert_eq!(step["edges"][0]["kind"], "owns");
    assert_eq!(step["edges"][0]["from"], "main_s2");
}

#[test]
fn a_program_that_does_not_end_is_stopped() {
    let options = Options {
        limit: Duration::from_millis(300),
        ..Options::default()
    };
    let error = trace(
        "fn main() {\n    let a = 1; // ①\n    loop { std::hint::spin_loop(); }\n}",
        &options,
    )
    .unwrap_err();
    assert!(error.message.contains("did not end within"), "{error}");
}

#[test]
fn without_marks_one_step_or_each() {
    let source = "fn main() {\n    let a = 1;\n    let b = a + 1;\n    println!(\"{b}\");\n}";
    let one = trace(source, &Options::default()).unwrap();
    assert_eq!(
        text(&one),
        "── after line 4 ──\nmain\n  a: i32 = 1\n  b: i32 = 2\n\n"
    );
    let each = trace(
        source,
        &Options {
            each_statement: true,
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!(
        text(&each),
        "── after line 2 ──\nmain\n  a: i32 = 1\n\n── after line 3 ──\nmain\n  a: i32 = 1\n  b: i32 = 2\n\n\
         ── after line 4 ──\nmain\n  a: i32 = 1\n  b: i32 = 2\n\n"
    );
}
