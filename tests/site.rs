//! The book as mdBook and rustdoc see it.

use std::path::Path;

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use proofread::book::Book;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The book, without the programs and scripts that `cargo book setup` gets:
/// these tests need no network.
fn bare() -> MDBook {
    let text = std::fs::read_to_string(root().join("book.toml")).expect("book.toml");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("additional-js") && !line.contains("mermaid"))
        .collect();
    let config: Config = lines.join("\n").parse().expect("it parses");
    MDBook::load_with_config(root(), config).expect("the book")
}

/// `mdbook test`, the habit of the field, for what it can see.
#[test]
fn mdbook_test_passes() {
    bare()
        .test(Vec::new())
        .unwrap_or_else(|error| panic!("{error:#}"));
}

/// The anchors that the link check reckons with are those of mdBook's pages.
#[test]
fn anchors_are_mdbooks() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut site = bare();
    site.config.build.build_dir = folder.path().to_owned();
    site.build().unwrap_or_else(|error| panic!("{error:#}"));
    let book = Book::load(root()).unwrap_or_else(|error| panic!("{error:#}"));
    let mut anchors = 0;
    for chapter in &book.chapters {
        let page = chapter
            .file
            .trim_start_matches("src/")
            .replace(".md", ".html");
        let page = folder.path().join(page);
        let html = std::fs::read_to_string(&page)
            .unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for id in &chapter.page.ids {
            assert!(
                html.contains(&format!("id=\"{id}\"")),
                "{}: no `#{id}` on its page",
                chapter.file
            );
            anchors += 1;
        }
    }
    assert!(anchors > 20, "the anchors were looked at");
}
