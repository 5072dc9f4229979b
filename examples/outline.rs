//! Prints the outline of a Markdown text: its headings, each set in by its
//! level. A title is a slice of the text; no letter is copied. If the text
//! does not begin with a title, the name of its file goes on top.
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

// ANCHOR: title
/// Takes the title of the whole off the list, if the list begins with one.
/// If not, `otherwise` has to do.
fn take_title<'a>(headings: &mut Vec<(usize, &'a str)>, otherwise: &'a str) -> &'a str {
    match headings.first() {
        Some(&(1, title)) => {
            headings.remove(0);
            title
        }
        _ => otherwise,
    }
}
// ANCHOR_END: title

// ANCHOR: outline
/// A title, and the headings below it. It owns the list, and none of the letters.
struct Outline<'a> {
    title: &'a str,
    headings: Vec<(usize, &'a str)>,
}
// ANCHOR_END: outline

// ANCHOR: methods
impl<'a> Outline<'a> {
    fn of(text: &'a str, otherwise: &'a str) -> Outline<'a> {
        let mut headings = headings(text);
        let title = take_title(&mut headings, otherwise);
        Outline { title, headings }
    }

    /// The whole from top to bottom. What is in the list does not come from
    /// the outline, and stays good without it.
    fn entries(&self) -> Vec<(usize, &'a str)> {
        let mut entries = vec![(1, self.title)];
        entries.extend(&self.headings);
        entries
    }
}
// ANCHOR_END: methods

// ANCHOR: indent
/// Two spaces for each level below the first. There are at most six levels.
fn indent(level: usize) -> &'static str {
    let spaces = "          ";
    &spaces[..2 * (level - 1)]
}
// ANCHOR_END: indent

// ANCHOR: main
fn main() -> ExitCode {
    let path = env::args().nth(1);
    // ANCHOR: text
    let file;
    let text = match &path {
        None => SAMPLE,
        Some(path) => match fs::read_to_string(path) {
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
    // ANCHOR_END: text

    let outline = Outline::of(text, path.as_deref().unwrap_or("untitled"));
    let entries = outline.entries();
    for &(level, title) in &entries {
        println!("{}{title}", indent(level));
    }

    // ANCHOR: inside
    let letters = text.as_bytes().as_ptr_range();
    let inside = entries
        .iter()
        .filter(|(_, title)| letters.contains(&title.as_ptr()))
        .count();
    println!(
        "({} titles, of which {inside} lie inside the text; {} bytes each)",
        entries.len(),
        size_of::<(usize, &str)>(),
    );
    // ANCHOR_END: inside
    ExitCode::SUCCESS
}
// ANCHOR_END: main
