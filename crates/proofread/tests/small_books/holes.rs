//! The holes of skeptic 0.14.2's own runtime, each of which would let a lie
//! through or stop an honest book. Every text below passes or breaks there.

use crate::small;

use std::time::Instant;

use proofread::tests::{files, identify, test_name};

fn holds(text: &str) {
    assert_eq!(small::one(text), Vec::<String>::new());
}

fn fails(text: &str, with: &str) {
    let failures = small::one(text);
    assert!(
        failures.iter().any(|failure| failure.contains(with)),
        "{failures:#?}"
    );
}

#[test]
fn blocks_are_of_edition_2024() {
    // E0597 in edition 2021: the temporary outlives `shelf`.
    holds(
        "```rust\nuse std::cell::RefCell;\n\nfn pages() -> usize {\n    let shelf = RefCell::new(vec![1]);\n    shelf.borrow().len()\n}\n\nfn main() {\n    pages();\n}\n```\n",
    );
}

#[test]
fn compile_fail_is_judged_by_its_codes() {
    fails(
        "```rust,compile_fail,E0382\nlet x: u8 = \"\";\n```\n",
        "rejected with E0308",
    );
    fails(
        "```rust,compile_fail,E0382\nlet x = 1;\n```\n",
        "it compiles",
    );
}

#[test]
fn should_panic_wants_a_panic() {
    fails(
        "```rust,should_panic\nlet x: u8 = \"\";\n```\n",
        "rejected with E0308",
    );
    fails(
        "```rust,should_panic\nstd::process::exit(3);\n```\n",
        "exited with code 3",
    );
    fails(
        "```rust,should_panic\nstd::process::abort();\n```\n",
        "SIGABRT",
    );
}

#[test]
fn a_chart_of_a_rejected_program_is_a_claim() {
    fails(
        "```rust,compile_fail,E0308,borrows\nlet _x: u8 = \"\";\n```\n",
        "no picture",
    );
}

#[test]
fn a_question_can_be_asked_and_its_answer_ends() {
    holds("```rust,predict\nlet _x = 1;\n```\n\nWhy.\n\n<!-- answer ends -->\n");
    fails(
        "```rust,predict\nlet _x = 1;\n```\n\nWhy. <!-- answer ends -->\n",
        "not alone on its line",
    );
    fails(
        "> ```rust,predict\n> let _x = 1;\n> ```\n",
        "inside a quote or a list",
    );
    fails(
        "```rust,compile_fail,E0308,predict=line\nlet _x: u8 = \"\";\n```\n",
        "two wrong lines",
    );
}

#[test]
fn includes_are_expanded() {
    let dir = small::book(&[
        (
            "src/one.md",
            "```rust\n{{#include ../examples/a.rs}}\n```\n",
        ),
        (
            "examples/a.rs",
            "fn main() {\n    assert!(false, \"it ran\");\n}\n",
        ),
    ]);
    let failures = small::failures(dir.path());
    assert!(
        failures[0].contains("it panics") && failures[0].contains("src/main.rs:2:5"),
        "{failures:#?}"
    );
}

#[test]
fn a_missing_main_is_added_and_shifts_no_line() {
    fails(
        "```rust\nlet one = 1;\nassert!(one == 2);\n```\n",
        "src/main.rs:2:1",
    );
    fails(
        "```rust,compile_fail,E0308\nlet one = 1;\nlet two: u8 = \"\";\n```\n",
        "2 | let two",
    );
    holds(
        "```rust\nlet one: i32 = \"1\".parse()?;\nassert!(one == 1);\n# Ok::<(), std::num::ParseIntError>(())\n```\n",
    );
}

#[test]
fn hidden_lines_and_their_escape_are_read_as_rustdoc_reads_them() {
    holds(
        "```rust\n# let hidden = 1;\n#[allow(dead_code)]\nstruct Kept;\nassert!(hidden == 1);\n```\n",
    );
    holds("```rust\nlet text = \"\n## heading\n\";\nassert!(text == \"\\n# heading\\n\");\n```\n");
}

#[test]
fn any_text_passes_through_the_generated_tests() {
    let code = "let odd = \"####\";\nlet raw = r####\"# a\"####;\n# let hidden = 1;\nassert!(odd.len() == 4 && raw.len() == 3);\n";
    let dir = small::book(&[(
        "src/one.md",
        &format!("# A heading\n\n```rust\n{code}```\n"),
    )]);
    let book = small::load(dir.path());
    let files = files(&book);
    let (name, text) = files.iter().next().expect("one file");
    assert_eq!(name, "0003/one.md");
    assert!(
        !text[2..].contains('#'),
        "no `\"####` and no hidden line reaches skeptic: {text}"
    );
    // What skeptic hands to the test is the fence's body after a line end.
    let body = text
        .split("```rust\n")
        .nth(1)
        .expect("a fence")
        .trim_end_matches("```\n");
    let block = book.blocks().next().expect("one block");
    assert_eq!(
        identify(&format!("\n{body}")).expect("ours"),
        (block.place.clone(), block.code.clone())
    );
    assert_eq!(small::failures(dir.path()), Vec::<String>::new());
}

#[test]
fn names_lead_to_chapter_and_line_and_do_not_clash() {
    let dir = small::book(&[
        ("src/a/index.md", "# Same\n\n```rust\nlet x = 1;\n```\n"),
        (
            "src/b/index.md",
            "# Same\n\n```rust\nlet x = 1;\n```\n\nWords.\n\n```rust\nlet y = 1;\n```\n",
        ),
    ]);
    let book = small::load(dir.path());
    let names: Vec<_> = book
        .chapters
        .iter()
        .flat_map(|c| c.blocks.iter().map(move |b| test_name(c, b)))
        .collect();
    assert_eq!(
        names,
        [
            "a_index_sect_same_line_3",
            "b_index_sect_same_line_3",
            "b_index_sect_same_line_9"
        ]
    );

    let clash = small::book(&[("src/a/b.md", "# One\n"), ("src/a-b.md", "# Two\n")]);
    let failures = small::failures(clash.path());
    assert!(failures[0].contains("same name"), "{failures:#?}");
}

#[test]
fn no_crate_but_std_is_in_scope() {
    for name in ["anyhow", "tempfile", "skeptic", "proofread", "serde_json"] {
        fails(
            &format!("```rust\nuse {name} as stray;\n```\n"),
            "rejected with E0432",
        );
    }
}

#[test]
fn what_a_program_prints_is_compared() {
    fails(
        "```rust\nprintln!(\"one\");\n```\n",
        "nothing is recorded yet",
    );
    fails(
        "```rust\neprintln!(\"one\");\n```\n\n```text,output\ntwo\n```\n",
        "+one",
    );
}

#[test]
fn an_endless_program_gets_a_verdict() {
    let start = Instant::now();
    fails(
        "```rust\nloop {\n    std::hint::black_box(1);\n}\n```\n",
        "did not end within 10 s",
    );
    assert!(start.elapsed().as_secs() < 30);
}

#[test]
fn other_ends_get_verdicts_in_words() {
    fails(
        "```rust\nloop {\n    println!(\"flood\");\n}\n```\n",
        "printed more than 64 KiB",
    );
    fails(
        "```rust\nstd::process::exit(3);\n```\n",
        "exited with code 3",
    );
    fails("```rust\nstd::process::abort();\n```\n", "SIGABRT");
    fails(
        "```rust\nlet much = vec![1u8; 100 << 30];\nprintln!(\"{}\", much.len());\n```\n",
        "memory allocation of",
    );
    fails(
        "```rust\nfn deep(n: u64) -> u64 {\n    std::hint::black_box(deep(n + 1)) + 1\n}\n\nfn main() {\n    deep(0);\n}\n```\n",
        "overflowed its stack",
    );
}

#[test]
fn errors_of_code_generation_count() {
    // Accepted with `--emit=metadata`; the constant is evaluated with the code.
    fails(
        "```rust\nstruct Index<const N: usize>;\n\nimpl<const N: usize> Index<N> {\n    const BEFORE: usize = N - 1;\n}\n\nfn before<const N: usize>() -> usize {\n    Index::<N>::BEFORE\n}\n\nfn main() {\n    before::<0>();\n}\n```\n",
        "E0080",
    );
}

#[test]
fn a_diagram_in_a_quote_is_refused() {
    fails(
        "> ```mermaid\n> flowchart LR\n>     a --> b\n> ```\n",
        "quote or a list",
    );
}

#[test]
fn a_block_inside_an_included_chapter_is_refused() {
    let dir = small::book(&[
        ("src/one.md", "# One\n\n{{#include ../examples/part.md}}\n"),
        ("examples/part.md", "```rust\nlet x: u8 = \"\";\n```\n"),
    ]);
    let failures = small::failures(dir.path());
    assert!(failures[0].contains("brings a code block"), "{failures:#?}");
}

#[test]
fn an_include_of_several_lines_stands_at_the_margin() {
    let book = |text: &str| {
        let dir = small::book(&[
            ("src/one.md", text),
            ("examples/a.rs", "fn main() {\n    assert!(true);\n}\n"),
            ("examples/line.rs", "assert!(true);\n"),
        ]);
        small::failures(dir.path())
    };
    for nested in [
        "> ```rust\n> {{#include ../examples/a.rs}}\n> ```\n",
        "- Run:\n\n  ```rust\n  {{#include ../examples/a.rs}}\n  ```\n",
        "> {{#include ../examples/a.rs}}\n",
    ] {
        let failures = book(nested);
        assert!(
            failures[0].contains("several lines inside a quote or a list"),
            "{failures:#?}"
        );
    }
    for sound in [
        "> ```rust\n> {{#include ../examples/line.rs}}\n> ```\n",
        "```rust\n{{#include ../examples/a.rs}}\n```\n",
    ] {
        assert_eq!(book(sound), Vec::<String>::new());
    }
}

#[test]
fn what_html_swallows_is_a_problem() {
    fails(
        "<details>\n<summary>S</summary>\n```rust\nlet x: u8 = \"\";\n```\n</details>\n",
        "src/one.md:3: this is no fence",
    );
    fails("A Vec<T> here.\n", "`<T>` is read as HTML");
    holds("A `Vec<T>` and <b>bold</b>.\n");
}

#[test]
fn a_function_main_is_told_from_its_words() {
    holds("```rust\n// There is no fn main here.\nlet _text = \"fn main() {}\";\n```\n");
    holds("```rust\nfn main_menu() -> u8 {\n    4\n}\nassert_eq!(main_menu(), 4);\n```\n");
    fails(
        "```rust\nfn /* of all */ main() {\n    panic!();\n}\n```\n",
        "it panics",
    );
}

#[test]
fn output_must_be_text() {
    fails(
        "```rust\nuse std::io::Write;\nstd::io::stdout().write_all(&[0xff]).unwrap();\n```\n\n```text,output\n\u{fffd}\n```\n",
        "no UTF-8",
    );
    holds("```rust\nprintln!(\"\\u{fffd}\");\n```\n\n```text,output\n\u{fffd}\n```\n");
}

#[test]
fn a_recorded_text_names_no_line_behind_a_hidden_one() {
    let block = |code: &str| {
        let dir = small::book(&[(
            "src/one.md",
            &format!("```rust,compile_fail,E0308\n{code}```\n"),
        )]);
        small::record_all(dir.path());
        small::failures(dir.path())
    };
    let failures = block("# let one = 1;\nlet two: u8 = \"\";\n");
    assert!(
        failures[0].contains("speaks of line 2, while the page hides line 1"),
        "{failures:#?}"
    );
    assert_eq!(
        block("let two: u8 = \"\";\n# let one = 1;\n"),
        Vec::<String>::new()
    );
}

#[test]
fn a_diagram_is_judged_as_the_build_draws_it() {
    let titled = "    accTitle: T\n    accDescr: D.\n";
    holds(&format!(
        "```mermaid\nflowchart TD\n{titled}    a[\"A\"] --> b[\"B\"]\n```\n"
    ));
    fails(
        "```mermaid\nflowchart TD\n    a[\"A\"] --> b[\"B\"]\n```\n",
        "cannot be drawn",
    );
    fails(
        &format!("```mermaid\nflowchart TD\n{titled}    a[\"Vec<T>\"] --> b[\"B\"]\n```\n"),
        "line 4 of the diagram: `<T>`: of HTML",
    );
    fails(
        &format!("```mermaid\nsequenceDiagram\n{titled}    a->>b: c\n```\n"),
        "only flowcharts",
    );
}

#[test]
fn one_slip_gives_one_message() {
    let text = "```rust,compile_fail,E499\nlet x: u8 = \"\";\n```\n\n```text,error\nany\n```\n\n```rust,fix\nlet _x = 1;\n```\n";
    let failures = small::one(text);
    assert!(
        failures.len() == 1 && failures[0].contains("E0499"),
        "{failures:#?}"
    );
}

#[test]
fn a_chapter_that_is_not_there_is_named_with_its_line() {
    let dir = small::book(&[
        (
            "src/SUMMARY.md",
            "# Summary\n\n- [One](one.md)\n- [Two](a/gone.md)\n",
        ),
        ("src/one.md", "# One\n"),
        (
            "book.toml",
            "[book]\ntitle = \"T\"\n\n[build]\ncreate-missing = false\n",
        ),
    ]);
    let Err(error) = proofread::book::Book::load(dir.path()) else {
        panic!("it loads")
    };
    let error = format!("{error:#}");
    assert!(
        error.starts_with("src/SUMMARY.md:4: the chapter `a/gone.md` is not there"),
        "{error}"
    );
}

#[test]
fn what_a_block_lacks_is_said_where_it_fails_for_it() {
    fails(
        "```rust\nuse rand::Rng;\n\nfn main() {}\n```\n",
        "no crate but `std` is in scope",
    );
    fails(
        "```rust\nlet mut line = String::new();\nstd::io::stdin().read_line(&mut line).unwrap();\n\
         assert_eq!(line.trim().parse(), Ok(1));\n```\n",
        "a block has no standard input",
    );
    let others = small::one("```rust\nassert_eq!(1, 2);\n```\n");
    assert!(!others.concat().contains("standard input"), "{others:#?}");
}

#[test]
fn an_unknown_word_brings_the_known_one() {
    let failures = small::one("```rust,memroy\nlet _x = 1;\n```\n\n```text,output\n1\n```\n");
    assert_eq!(failures.len(), 1, "{failures:#?}");
    assert!(
        failures[0].contains("`memroy` is not a word of this fence")
            && failures[0].contains("did you mean `memory`?"),
        "{failures:#?}"
    );
}

#[test]
fn a_session_without_its_output_is_not_recorded_yet() {
    let failing = |below: &str| {
        let session = format!("```console\n$ cargo run --example hello\n{below}```\n");
        let book = small::book(&[
            ("src/one.md", &session),
            (
                "Cargo.toml",
                "[package]\nname = \"small\"\nedition = \"2024\"\n\n[workspace]\n",
            ),
            (
                "examples/hello.rs",
                "fn main() {\n    println!(\"hello\");\n}\n",
            ),
        ]);
        small::failures(book.path()).concat()
    };
    assert_eq!(failing("hello\n"), "");
    let none = failing("");
    assert!(none.contains("nothing is recorded yet"), "{none}");
    let other = failing("good-by\n");
    assert!(other.contains("only the wording moved"), "{other}");
}

#[test]
fn a_broken_link_brings_the_near_one() {
    let said = |link: &str| {
        let chapter = format!("# One\n\nSee [this]({link}).\n\n## Left over\n");
        let book = small::book(&[("src/one.md", &chapter), ("src/glossary.md", "# Terms\n")]);
        small::failures(book.path()).concat()
    };
    let of_section = said("#left");
    assert!(
        of_section.contains("did you mean `#left-over`?"),
        "{of_section}"
    );
    let of_file = said("glosary.md");
    assert!(
        of_file.contains("did you mean src/glossary.md?"),
        "{of_file}"
    );
    let of_windows = said("..\\glossary.md");
    assert!(
        of_windows.contains("folders are parted by `/`"),
        "{of_windows}"
    );
    let strange = said("#xyz");
    assert!(strange.contains("anchors are headings"), "{strange}");
}
