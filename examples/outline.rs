//! Prints the outline of a Markdown text: its headings, each set in by its
//! level. A title is a slice of the text; no letter is copied.
//!
//! Run it with `cargo run --example outline`, or for a file of yours with
//! `cargo run --example outline -- README.md`.

use std::env;
use std::fs;
use std::process::ExitCode;

// ANCHOR: sample
// Each line has its quotes, and its line break in them.
static SAMPLE: &str = concat!(
    "# Bread\n",
    "Flour, water, salt, and a day of patience.\n",
    "## Day one\n",
    "### Feed the starter\n",
    "## Day two\n",
    "~~~\n",
    "# in a code block, so not a heading\n",
    "~~~\n",
    "### Bake à la maison\n",
);
// ANCHOR_END: sample

// ANCHOR: headings
// ANCHOR: signature
/// The headings of `text`: how deep each is, and its title, a slice of `text`.
fn headings(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    // ANCHOR_END: signature
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        // ANCHOR: push
        if !in_code && (1..=6).contains(&level) && title.starts_with(' ') {
            found.push((level, title.trim()));
        }
        // ANCHOR_END: push
    }
    found
}
// ANCHOR_END: headings

fn main() -> ExitCode {
    // ANCHOR: text
    let file;
    let text = match env::args().nth(1) {
        None => SAMPLE,
        // ANCHOR_END: text
        Some(path) => match fs::read_to_string(&path) {
            Ok(contents) => {
                file = contents;
                file.as_str()
            }
            Err(error) => {
                eprintln!("cannot read {path}: {error}");
                eprintln!("give the path of a Markdown file");
                return ExitCode::FAILURE;
            }
        },
    };

    let outline = headings(text);
    for (level, title) in &outline {
        println!("{}{title}", "  ".repeat(level - 1));
    }

    // ANCHOR: inside
    let letters = text.as_bytes().as_ptr_range();
    let inside = outline
        .iter()
        .filter(|(_, title)| letters.contains(&title.as_ptr()))
        .count();
    println!(
        "({} titles, of which {inside} lie inside the text; {} bytes each)",
        outline.len(),
        size_of::<(usize, &str)>(),
    );
    // ANCHOR_END: inside
    ExitCode::SUCCESS
}
