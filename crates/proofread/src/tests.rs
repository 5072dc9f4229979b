//! Hands the blocks of the book to skeptic, which makes each a `#[test]`,
//! and takes them back when the test runs.
//!
//! skeptic 0.14.2 names a test after the file, the heading and the line that
//! it finds a block at. So each block gets a file of its own, named after
//! its chapter and padded so that the block stands on its chapter's line.
//! Since the block's own file is where its lines are counted, no include and
//! no other block can shift them, and two chapters cannot clash.

use std::collections::BTreeMap;

use crate::book::Book;
use crate::chapter::{Block, Chapter, Place};

/// Stands for `#` on the way through skeptic, which would take `# ` at the
/// start of a line for a hidden line, and whose generated Rust ends at `"####`.
const HASH: char = '\u{E023}';

/// The name that skeptic gives to the block's test.
///
/// It is what `cargo test NAME` filters on: `ownership_moves_sect_the_rule_line_42`.
pub fn test_name(chapter: &Chapter, block: &Block) -> String {
    let line = block.place.line;
    match block.section.as_deref().map(sanitize).filter(|_| line > 2) {
        Some(section) => format!("{}_sect_{section}_line_{line}", chapter.slug()),
        None => format!("{}_line_{line}", chapter.slug()),
    }
}

/// skeptic's own rule for names.
fn sanitize(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    name.split('_')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// The files to write for skeptic: a path below the folder that holds them,
/// and the text.
///
/// Every judged block is labelled `rust` there, whatever it is, since that is
/// all that skeptic looks for; what the block is, the judge knows.
pub fn files(book: &Book) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for chapter in &book.chapters {
        for block in &chapter.blocks {
            let path = format!("{:04}/{}.md", block.place.line, chapter.slug());
            files.insert(path, file(block));
        }
    }
    files
}

fn file(block: &Block) -> String {
    let line = block.place.line;
    let mut text = String::new();
    let mut at = 1;
    if let Some(section) = block.section.as_deref().filter(|_| line > 2) {
        text.push_str(&format!("# {}\n", sanitize(section)));
        at = 2;
    }
    text.push_str(&"\n".repeat(line.saturating_sub(at)));
    let code = block.code.replace('#', &HASH.to_string());
    let fence = "`".repeat(2 + 1 + code.split(|c| c != '`').map(str::len).max().unwrap_or(0));
    text.push_str(&format!("{fence}rust\n{}\n{code}{fence}\n", block.place));
    text
}

/// The block's place and its code, out of the text that a test was given.
///
/// # Errors
///
/// The text does not come from [`files`].
pub fn identify(text: &str) -> Result<(Place, String), String> {
    let wrong = || format!("not a text of this book's:\n{text}");
    let text = text.strip_prefix('\n').unwrap_or(text);
    let (place, code) = text.split_once('\n').ok_or_else(wrong)?;
    let (file, line) = place.rsplit_once(':').ok_or_else(wrong)?;
    let line = line.parse().map_err(|_| wrong())?;
    Ok((
        Place {
            file: file.to_owned(),
            line,
        },
        code.replace(HASH, "#"),
    ))
}
