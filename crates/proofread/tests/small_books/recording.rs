//! Recording writes what the machine says, and nothing else.

use crate::small;

use std::fs;

fn recorded(text: &str) -> (String, Vec<String>) {
    let dir = small::book(&[("src/one.md", text)]);
    let refused = small::record_all(dir.path());
    let after = fs::read_to_string(dir.path().join("src/one.md")).expect("read");
    small::record_all(dir.path());
    let again = fs::read_to_string(dir.path().join("src/one.md")).expect("read");
    assert_eq!(after, again, "a second recording changes nothing");
    (after, refused)
}

const HELLO: &str = "```rust\nprintln!(\"hello\");\n```\n";

#[test]
fn a_missing_rendering_is_added() {
    let (after, refused) = recorded(&format!("# One\n\n{HELLO}\nEnd.\n"));
    assert_eq!(
        after,
        format!("# One\n\n{HELLO}\n```text,output\nhello\n```\n\nEnd.\n")
    );
    assert!(refused.is_empty());
}

#[test]
fn a_stale_rendering_is_replaced_and_a_needless_one_removed() {
    let text = format!(
        "{HELLO}\n```text,output\nold\n```\n\n```rust\nlet x = 1;\n```\n\n```text,output\nold\n```\n\nEnd.\n"
    );
    let (after, _) = recorded(&text);
    assert_eq!(
        after,
        format!("{HELLO}\n```text,output\nhello\n```\n\n```rust\nlet x = 1;\n```\n\nEnd.\n")
    );
}

#[test]
fn the_prefix_of_quotes_lists_and_details_is_kept() {
    let text = "> Look:\n>\n> ```rust\n> println!(\"a\\n\\nb\");\n> ```\n\n1. One\n\n   ```rust\n   println!(\"hello\");\n   ```\n\n2. Two\n\n<details>\n<summary>Answer</summary>\n\n```rust\nprintln!(\"hello\");\n```\n\n</details>\n";
    let (after, refused) = recorded(text);
    assert_eq!(refused, Vec::<String>::new());
    assert!(
        after.contains("> ```\n>\n> ```text,output\n> a\n>\n> b\n> ```\n"),
        "{after}"
    );
    assert!(
        after.contains("   ```\n\n   ```text,output\n   hello\n   ```\n\n2. Two"),
        "{after}"
    );
    assert!(
        after.contains("```text,output\nhello\n```\n\n</details>\n"),
        "{after}"
    );
}

#[test]
fn every_other_byte_stays() {
    let text = format!(
        "\u{feff}# One  \r\n\r\nTrailing  \r\n\r\n{}\r\nEnd",
        HELLO.replace('\n', "\r\n")
    );
    let (after, _) = recorded(&text);
    let expected = text.replace(
        "```\r\n\r\nEnd",
        "```\r\n\r\n```text,output\r\nhello\r\n```\r\n\r\nEnd",
    );
    assert_eq!(after, expected);
}

#[test]
fn a_rendering_outgrows_backticks_and_escapes_what_mdbook_expands() {
    let code =
        "```rust\nprintln!(\"{}\", \"````\");\nprintln!(\"{}include x.md}}}}\", \"{{#\");\n```\n";
    let (after, refused) = recorded(code);
    assert_eq!(refused, Vec::<String>::new());
    assert!(
        after.contains("`````text,output\n````\n\\{{#include x.md}}\n`````\n"),
        "{after}"
    );
    assert_eq!(small::one(&after), Vec::<String>::new());
}

#[test]
fn a_broken_claim_is_not_recorded() {
    let text = "```rust,compile_fail,E0499\nlet x: u8 = \"\";\n```\n\n```text,error\nold\n```\n";
    let (after, refused) = recorded(text);
    assert_eq!(after, text);
    assert!(
        refused[0].contains("claim broken") && refused[0].contains("E0308"),
        "{refused:?}"
    );
}

#[test]
fn the_first_line_of_an_uncoded_error_is_a_claim() {
    let text = "```rust,compile_fail,uncoded\nfn f<'a, 'b>(a: &'a u8, b: &'b u8) -> &'a u8 {\n    let _ = a;\n    b\n}\n\nfn main() {}\n```\n\n```text,error\nerror: something else\n```\n";
    let (after, refused) = recorded(text);
    assert_eq!(after, text);
    assert!(
        refused[0].contains("lifetime may not live long enough"),
        "{refused:?}"
    );
}

#[test]
fn what_changes_from_run_to_run_is_refused() {
    let text = "```rust\nlet x = Box::new(1);\nprintln!(\"{x:p} {}\", std::process::id());\n```\n";
    let (after, refused) = recorded(text);
    assert_eq!(after, text);
    assert!(refused[0].contains("two runs"), "{refused:?}");
}

#[test]
fn what_a_page_cannot_show_is_refused() {
    let text = "```rust\nprintln!(\"\\x1b[31mred\");\n```\n";
    let (after, refused) = recorded(text);
    assert_eq!(after, text);
    assert!(refused[0].contains("control character"), "{refused:?}");
}

#[test]
fn a_chapter_that_cannot_be_written_stays_whole() {
    // Root may write anywhere, so a folder stands where the new file would go.
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("gone").join("one.md");
    let error = proofread::record::replace(&path, "text").expect_err("there is no such folder");
    assert!(
        format!("{error:#}").contains("one.md could not be written"),
        "{error:#}"
    );
    assert!(!path.exists());
}
