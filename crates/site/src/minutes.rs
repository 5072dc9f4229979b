//! How long a chapter takes, computed from what it holds.

use proofread::chapter::Chapter;
use proofread::claim::{Kind, Language};

/// Words of prose that a learner reads in a minute: slower than a novel.
const WORDS: f64 = 180.0;
/// Lines of a program, or of what a machine says of it.
const LINES: f64 = 25.0;
/// Pictures and charts.
const PICTURES: f64 = 4.0;

/// The minutes of a chapter, at least one. A guess, the same for all chapters.
pub fn of(chapter: &Chapter) -> u32 {
    let prose = chapter.page.prose.iter();
    let words: usize = prose
        .map(|piece| piece.text.split_whitespace().count())
        .sum();
    let mut lines = 0;
    let mut pictures = 0;
    for block in &chapter.blocks {
        match block.claim.language {
            Language::Mermaid => pictures += 1,
            _ => lines += block.code.lines().count(),
        }
        for said in &block.renderings {
            match said.kind {
                Kind::Picture => pictures += 1,
                _ => lines += said.text.lines().count(),
            }
        }
    }
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let minutes = count(words) / WORDS + count(lines) / LINES + count(pictures) / PICTURES;
    // A chapter has far fewer than four thousand million.
    (minutes.round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_programs_and_pictures_take_time() {
        let of = |text: &str| of(&Chapter::expanded("src/a.md", text.to_owned()));
        assert_eq!(of("# A\n"), 1);
        assert_eq!(of(&format!("# A\n\n{}\n", "word ".repeat(900))), 5);
        let program = format!("```rust\n{}```\n", "f();\n".repeat(100));
        assert_eq!(of(&program), 4);
    }
}
