//! Small books for the tests.

use std::fs;
use std::path::Path;

use proofread::book::Book;
use proofread::chapter::Block;
use proofread::judge::Judge;
use proofread::record;
use tempfile::TempDir;

/// A book of these files (paths below its root); SUMMARY.md lists the
/// chapters unless it is among them.
pub fn book(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(
        dir.path(),
        "book.toml",
        "[book]\ntitle = \"Small\"\n\n[rust]\nedition = \"2024\"\n",
    );
    let chapters = files
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("src/")?.strip_suffix(".md"));
    let summary: String = chapters
        .map(|name| format!("- [{name}]({name}.md)\n"))
        .collect();
    write(dir.path(), "src/SUMMARY.md", &summary);
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    dir
}

pub fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

pub fn load(root: &Path) -> Book {
    Book::load(root).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Everything that fails, in words.
pub fn failures(root: &Path) -> Vec<String> {
    failures_among(root, |_| true)
}

/// The problems of the book, and those of the chosen blocks that fail.
pub fn failures_among(root: &Path, chosen: impl Fn(&Block) -> bool) -> Vec<String> {
    let book = load(root);
    let blocks: Vec<_> = book.blocks().filter(|block| chosen(block)).collect();
    let judged = Judge::new(root)
        .blocks(&blocks, |_| {})
        .unwrap_or_else(|error| panic!("{error:#}"));
    let problems = book.all_problems().into_iter().map(ToString::to_string);
    problems
        .chain(
            judged
                .iter()
                .map(|j| &j.verdict)
                .filter(|v| !v.passes())
                .map(ToString::to_string),
        )
        .collect()
}

/// What the one chapter `src/one.md` of a book fails with.
pub fn one(text: &str) -> Vec<String> {
    failures(book(&[("src/one.md", text)]).path())
}

/// Records the whole book; what was refused, in words.
pub fn record_all(root: &Path) -> Vec<String> {
    let book = load(root);
    let judge = Judge::new(root);
    let mut refused = Vec::new();
    for chapter in &book.chapters {
        let recorded = record::chapter(chapter, &judge, |_| true, |_| {})
            .unwrap_or_else(|error| panic!("{error:#}"));
        refused.extend(recorded.refused.iter().map(ToString::to_string));
    }
    refused
}
