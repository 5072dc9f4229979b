//! The programs of the book as models of style: rustfmt would change none of
//! those that parse, and clippy has nothing to say about a repair.

use std::fs;
use std::path::Path;
use std::process::Command;

use proofread::book::Book;
use proofread::chapter::{Block, Chapter};
use proofread::claim::Language;

fn book() -> Book {
    Book::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_or_else(|error| panic!("{error:#}"))
}

fn rust(block: &&Block) -> bool {
    block.claim.language == Language::Rust
}

/// A program beside the cargo that runs this test, or the one on PATH.
fn tool(name: &str) -> Command {
    let beside = std::env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name(name));
    Command::new(
        beside
            .filter(|path| path.is_file())
            .unwrap_or_else(|| name.into()),
    )
}

#[test]
fn blocks_are_formatted() {
    let book = book();
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    for (index, block) in book.blocks().filter(rust).enumerate() {
        // What shows a part of a program stands hidden lines and all, and is
        // formatted as a whole: inside `fn main` where it has none.
        let main = block.code.contains("fn main");
        let indented: String = block
            .code
            .lines()
            .map(|line| match line {
                "" => "\n".to_owned(),
                line => format!("    {line}\n"),
            })
            .collect();
        let text = if main {
            block.code.clone()
        } else {
            format!("fn main() {{\n{indented}}}\n")
        };
        let file = folder.path().join(format!("block_{index}.rs"));
        fs::write(&file, text).expect("written");
        let output = tool("rustfmt")
            .args(["--check", "--edition", "2024", "--color", "never"])
            .arg(&file)
            .output()
            .expect("rustfmt is a component of the toolchain");
        let said = String::from_utf8_lossy(&output.stdout);
        // A block that does not parse has no format; its errors go to stderr.
        if !output.status.success() && output.stderr.is_empty() {
            let said: Vec<&str> = said
                .lines()
                .filter(|line| !line.starts_with("Diff in"))
                .collect();
            wrong.push(format!(
                "{}: rustfmt would write\n{}",
                block.place,
                said.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n\n"));
}

#[test]
fn repairs_have_no_clippy_warnings() {
    let book = book();
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    let models = book
        .blocks()
        .filter(rust)
        .filter(|block| block.claim.repair && block.claim.warns.is_empty());
    for block in models {
        let (text, _) = proofread::rust::wrap(&block.code);
        fs::write(folder.path().join("main.rs"), text).expect("written");
        let output = tool("clippy-driver")
            .args([
                "main.rs",
                "--edition=2024",
                "--emit=metadata",
                "-A",
                "unused",
                "--color",
                "never",
            ])
            .current_dir(folder.path())
            .output()
            .expect("clippy is a component of the toolchain");
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.trim().is_empty() {
            wrong.push(format!("{}: clippy says\n{said}", block.place));
        }
    }
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n\n"));
}

/// Turns of phrase that once stood in every chapter, and how often the course may
/// have them: a refrain is read the first time only.
const REFRAINS: [(&str, usize); 5] = [
    ("An inventory", 0),
    ("Before you read on", 0),
    ("Its price", 0),
    ("That is question", 0),
    ("The price is", 6),
];

#[test]
fn nothing_is_a_refrain() {
    let book = book();
    let course = |chapter: &&Chapter| !chapter.file.starts_with("src/errors");
    for (phrase, most) in REFRAINS {
        let found: Vec<String> = book
            .chapters
            .iter()
            .filter(course)
            .flat_map(|chapter| {
                let told = chapter.text.matches(phrase).count();
                vec![chapter.file.clone(); told]
            })
            .collect();
        assert!(
            found.len() <= most,
            "\"{phrase}\" stands {} times and may {most} times: say it in another way, in one of {found:?}",
            found.len()
        );
    }
}
