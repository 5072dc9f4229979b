//! Prose that speaks of its page is held to it, as far as a machine can.
//!
//! | prose | must |
//! |---|---|
//! | an error's code | be claimed or quoted by a block of the chapter, or be a link to its place in the atlas |
//! | a link into the glossary | share a stem with the term that it leads to |
//! | a link called "next chapter" or "previous chapter" | lead there |
//! | a mark such as ② | be the mark of a block above it in the chapter, or of the first below |
//! | `line 7` | name a line of the block above or below, with something on it |
//! | ``line 7, `code` `` | quote what stands on that line |
//!
//! The first rule is for books that have an atlas. What no rule reaches, such as
//! numbers that repeat an output, stays the author's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::atlas;
use crate::book::Book;
use crate::chapter::{Block, Chapter, Place, Problem};
use crate::claim::{Language, Pictures, Promise};
use crate::markdown::Piece;

/// The chapter that explains terms.
const GLOSSARY: &str = "glossary.md";
/// The page of codes that no compiler gives any more: none of its blocks has one.
const RETIRED: &str = "errors/retired.md";
/// The signs that mark a moment of a program, in order.
const MARKS: &str = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳";

/// What the prose of a book says falsely of its pages.
pub fn problems(book: &Book) -> Vec<Problem> {
    let has_atlas = book
        .chapters
        .iter()
        .any(|chapter| below_src(chapter) == atlas::INDEX);
    let mut problems = Vec::new();
    for (index, chapter) in book.chapters.iter().enumerate() {
        let mut found = Vec::new();
        if has_atlas {
            codes(chapter, &mut found);
        }
        glossary_links(chapter, &mut found);
        neighbors(book, index, &mut found);
        marks(chapter, &mut found);
        lines(chapter, &mut found);
        problems.extend(found.into_iter().map(|said| said.problem(chapter)));
    }
    problems
}

/// Something false, on a line of a chapter.
struct Said {
    line: usize,
    wrong: String,
    next: &'static str,
}

impl Said {
    fn problem(self, chapter: &Chapter) -> Problem {
        Problem {
            place: Place {
                file: chapter.file.clone(),
                line: self.line,
            },
            wrong: self.wrong,
            next: self.next.to_owned(),
        }
    }
}

/// `ownership/moves.md` for `src/ownership/moves.md`.
fn below_src(chapter: &Chapter) -> &str {
    chapter
        .file
        .split_once('/')
        .map_or(chapter.file.as_str(), |(_, path)| path)
}

fn codes(chapter: &Chapter, found: &mut Vec<Said>) {
    static CODE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bE\d{4}\b").expect("a constant pattern"));
    let path = below_src(chapter);
    if path == RETIRED || path == atlas::INDEX {
        return;
    }
    let own = atlas::code_of(path);
    for piece in &chapter.page.prose {
        for code in CODE.find_iter(&piece.text).map(|code| code.as_str()) {
            if own.as_deref() == Some(code) {
                continue;
            }
            match &piece.link {
                Some(link) if link.contains("://") => {}
                Some(link) if link.to_lowercase().contains(&code.to_lowercase()) => {}
                Some(link) => found.push(Said {
                    line: piece.line,
                    wrong: format!("`{code}` leads to `{link}`, which is not where the atlas explains it"),
                    next: "link the code's own page, `errors/eNNNN.md`",
                }),
                None if chapter.blocks.iter().any(|block| shows(block, code)) => {}
                None => found.push(Said {
                    line: piece.line,
                    wrong: format!("no block of this chapter is rejected with `{code}` or quotes it"),
                    next: "link the code to its page in the atlas, `errors/eNNNN.md`, or correct it",
                }),
            }
        }
    }
}

/// Whether a block claims an error's code, or shows it.
fn shows(block: &Block, code: &str) -> bool {
    let claims = match &block.claim.promise {
        Promise::Rejected { codes, .. } => codes.contains(code),
        _ => false,
    };
    claims || block.code.contains(code) || block.renderings.iter().any(|r| r.text.contains(code))
}

fn glossary_links(chapter: &Chapter, found: &mut Vec<Said>) {
    for link in &chapter.page.links {
        let Some((file, anchor)) = link.target.split_once('#') else {
            continue;
        };
        let own = file.is_empty() && below_src(chapter) == GLOSSARY;
        if (own || file.rsplit('/').next() == Some(GLOSSARY)) && !akin(&link.words, anchor) {
            found.push(Said {
                line: link.line,
                wrong: format!("\"{}\" leads to the term `{anchor}`", link.words),
                next: "link the term that the words name, or name it in them",
            });
        }
    }
}

/// Whether two texts have words of one stem: a common beginning of four letters, or
/// of three where a word is short ("owns", "owner"); or one abbreviates the other
/// ("Rc", "reference counting").
fn akin(words: &str, anchor: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        let text = text.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (words, anchor) = (split(words), split(anchor));
    let alike = |a: &str, b: &str| {
        let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
        let shorter = a.chars().count().min(b.chars().count());
        common >= if shorter <= 4 { shorter.min(3) } else { 4 }
    };
    let initials: String = anchor
        .iter()
        .filter_map(|word| word.chars().next())
        .collect();
    if words.iter().any(|word| word.len() > 1 && *word == initials) {
        return true;
    }
    words.iter().any(|a| anchor.iter().any(|b| alike(a, b)))
}

fn neighbors(book: &Book, index: usize, found: &mut Vec<Said>) {
    let chapter = &book.chapters[index];
    for link in &chapter.page.links {
        let words = link.words.to_lowercase();
        let (other, which) = if words.contains("next chapter") {
            (index.checked_add(1), "next")
        } else if words.contains("previous chapter") {
            (index.checked_sub(1), "previous")
        } else {
            continue;
        };
        let other = other.and_then(|other| book.chapters.get(other));
        let file = link.target.split('#').next().unwrap_or_default();
        let led = chapter.path.parent().map(|folder| folder.join(file));
        let right = other.is_some_and(|other| {
            led.as_deref()
                .is_some_and(|led| crate::book::tidy(led) == crate::book::tidy(&other.path))
        });
        if !right {
            let name = other.map_or("none", |other| other.file.as_str());
            found.push(Said {
                line: link.line,
                wrong: format!("the {which} chapter is {name}, not `{}`", link.target),
                next: "correct the link, or name the chapter by its title",
            });
        }
    }
}

/// The marks in a text.
fn marks_in(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|sign| MARKS.contains(*sign))
}

fn marks(chapter: &Chapter, found: &mut Vec<Said>) {
    static SLIP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"//\s*(?:\(\d+\)|\[\d+\]|\d+\.?)\s*$").expect("a constant pattern")
    });
    let draws = |block: &&Block| block.claim.pictures == Some(Pictures::Memory);
    for block in chapter.blocks.iter().filter(draws) {
        if let Some(slip) = block.code.lines().find_map(|line| SLIP.find(line)) {
            found.push(Said {
                line: block.place.line,
                wrong: format!(
                    "`{}` is no mark, and no picture is drawn there",
                    slip.as_str().trim()
                ),
                next: "write the sign itself: `// ①`",
            });
        }
        let marks: BTreeSet<char> = marks_in(&block.code).collect();
        if let Some(gap) = MARKS.chars().take(marks.len()).find(|m| !marks.contains(m)) {
            found.push(Said {
                line: block.place.line,
                wrong: format!("this program has marks, and {gap} is not among them"),
                next: "number the marks ①, ②, ③ without a gap",
            });
        }
    }
    let marked: Vec<&Block> = chapter
        .blocks
        .iter()
        .filter(|block| marks_in(&block.code).next().is_some())
        .collect();
    // A sign between backticks is spoken of, and points at nothing.
    for piece in chapter.page.prose.iter().filter(|piece| !piece.code) {
        // The chapter that explains marks has none of its own to point at.
        let Some(first) = marked.first() else { break };
        for mark in marks_in(&piece.text) {
            let above = marked.iter().filter(|block| block.place.line < piece.line);
            let near: Vec<&Block> = match above.copied().collect::<Vec<_>>() {
                none if none.is_empty() => vec![*first],
                above => above,
            };
            if !near.iter().any(|block| block.code.contains(mark)) {
                found.push(Said {
                    line: piece.line,
                    wrong: format!("no block above has the mark {mark}"),
                    next: "mark the line in the program, `// ①`, or correct the sign",
                });
            }
        }
    }
}

/// The lines that prose names, with the code that is quoted right behind.
fn lines(chapter: &Chapter, found: &mut Vec<Said>) {
    static LINE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b[Ll]ines? (\d+)").expect("a constant pattern"));
    static BETWEEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:,|:| \()? ?$").expect("a constant pattern"));
    let pieces = &chapter.page.prose;
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.code) {
        for named in LINE.captures_iter(&piece.text) {
            let Some(number) = named.get(1).and_then(|n| n.as_str().parse::<usize>().ok()) else {
                continue;
            };
            let rest = &piece.text[named.get(0).map_or(0, |whole| whole.end())..];
            let quoted = pieces
                .get(at + 1)
                .filter(|next| next.code && BETWEEN.is_match(rest));
            if let Some(wrong) = misnamed(chapter, piece, number, quoted) {
                found.push(Said {
                    line: piece.line,
                    wrong,
                    next: "correct the number; a quotation behind it is checked: line 7, `let x = 1;`",
                });
            }
        }
    }
}

/// What is wrong with a line that prose names, if no block nearby has it.
fn misnamed(
    chapter: &Chapter,
    piece: &Piece,
    number: usize,
    quoted: Option<&Piece>,
) -> Option<String> {
    let programs =
        |block: &&Block| !matches!(block.claim.language, Language::Mermaid | Language::Console);
    let programs: Vec<&Block> = chapter.blocks.iter().filter(programs).collect();
    let below = programs
        .iter()
        .position(|block| block.place.line > piece.line);
    let below = below.unwrap_or(programs.len());
    // A comparison speaks of the two above.
    let near = &programs[below.saturating_sub(2)..(below + 1).min(programs.len())];
    if near.is_empty() {
        return None;
    }
    let line_of = |block: &Block| -> Option<String> {
        let line = block.code.lines().nth(number.checked_sub(1)?)?;
        line.chars()
            .any(char::is_alphanumeric)
            .then(|| line.to_owned())
    };
    let named: Vec<String> = near.iter().filter_map(|block| line_of(block)).collect();
    if named.is_empty() {
        return Some(format!("no program nearby has anything on line {number}"));
    }
    let code = quoted.map(|piece| piece.text.as_str())?;
    (!named.iter().any(|line| line.contains(code)))
        .then(|| format!("line {number} of the program does not have `{code}`"))
}

/// Pieces of code in the prose of a chapter that none of its blocks shows, each
/// once: a hint for its author, with their lines. Single names are left out, and
/// commands for a terminal.
pub fn in_no_block(chapter: &Chapter) -> Vec<(usize, &str)> {
    let shown = |code: &str| {
        let texts = |block: &Block| {
            block.code.contains(code) || block.renderings.iter().any(|r| r.text.contains(code))
        };
        chapter.blocks.iter().any(texts)
    };
    let command = |code: &str| {
        let tools = ["cargo ", "rustc ", "rustup ", "git "];
        tools.iter().any(|tool| code.starts_with(tool))
    };
    let mut told = BTreeSet::new();
    chapter
        .page
        .prose
        .iter()
        .filter(|piece| piece.code && piece.text.contains(['(', ' ']) && !shown(&piece.text))
        .filter(|piece| !command(&piece.text))
        .filter(|piece| told.insert(piece.text.as_str()))
        .map(|piece| (piece.line, piece.text.as_str()))
        .collect()
}
