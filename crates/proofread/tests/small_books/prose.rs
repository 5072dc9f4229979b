//! Prose that speaks of its page, and false things that it says.

use crate::small;

/// The problems of a book with an atlas, a glossary and a chapter `src/one.md`.
fn problems(text: &str) -> Vec<String> {
    let dir = small::book(&[
        ("src/one.md", text),
        ("src/two.md", "# Two\n"),
        (
            "src/glossary.md",
            "# Glossary\n\n## Owner\n\n## Reference counting\n",
        ),
        (
            "src/errors.md",
            "# Errors\n\nE0382 and [E0499](errors/e0499.md).\n",
        ),
        (
            "src/errors/e0499.md",
            "# E0499: cannot borrow\n\nE0499 is this.\n",
        ),
    ]);
    let book = small::load(dir.path());
    book.all_problems()
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn holds(text: &str) {
    assert_eq!(problems(text), Vec::<String>::new());
}

fn fails(text: &str, with: &str) {
    let problems = problems(text);
    assert!(
        problems.len() == 1 && problems[0].contains(with),
        "{problems:#?}"
    );
}

const FAILING: &str = "```rust,compile_fail,E0308\nlet _x: u8 = \"\";\n```\n";

#[test]
fn a_code_is_shown_or_linked() {
    holds(&format!(
        "{FAILING}\nThat is E0308, not [E0499](errors/e0499.md).\n"
    ));
    fails(
        &format!("{FAILING}\nThat is E0309.\n"),
        "src/one.md:5: no block of this chapter is rejected with `E0309`",
    );
    fails(
        "See [E0382](errors/e0499.md).\n",
        "`E0382` leads to `errors/e0499.md`",
    );
}

#[test]
fn a_link_into_the_glossary_names_its_term() {
    holds("An [owner](glossary.md#owner), an [`Rc`](glossary.md#reference-counting).\n");
    holds("Who [owns](glossary.md#owner) it?\n");
    fails(
        "An [owner](glossary.md#reference-counting).\n",
        "\"owner\" leads to the term `reference-counting`",
    );
}

#[test]
fn the_next_chapter_is_the_next() {
    holds("In [the next chapter](two.md).\n");
    fails(
        "In [the next chapter](errors.md).\n",
        "the next chapter is src/two.md",
    );
    fails(
        "In [the previous chapter](two.md).\n",
        "the previous chapter is none",
    );
}

#[test]
fn a_mark_is_one_of_the_programs() {
    let program =
        "```rust,memory\nfn main() {\n    let a = 1; // ①\n    let _b = a; // ②\n}\n```\n";
    holds(&format!("{program}\nAt ②, `_b` is there.\n"));
    fails(
        &format!("{program}\nAt ③, all is gone.\n"),
        "no block above has the mark ③",
    );
    fails(
        &program.replace('①', "(1)").replace('②', "①"),
        "`// (1)` is no mark",
    );
    fails(&program.replace('②', "③"), "② is not among them");
}

#[test]
fn a_line_is_there_and_holds_what_is_quoted() {
    let program = "```rust\nlet a = 1;\n\nassert!(a == 1);\n```\n";
    holds(&format!(
        "{program}\nLine 1 makes it, and line 3, `assert!(a == 1)`, looks.\n"
    ));
    fails(
        &format!("{program}\nLine 2 makes it.\n"),
        "no program nearby has anything on line 2",
    );
    fails(
        &format!("{program}\nSee line 3 (`let a`).\n"),
        "line 3 of the program does not have `let a`",
    );
}
