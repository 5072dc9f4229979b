//! The error atlas: which pages explain errors, and what they are called.
//!
//! Each code has a page, `errors/e0382.md`; each error without a code, too;
//! the lints share one page with a section each, and what sanitizers find
//! another. `errors.md` is the index of them all, and what has no page yet has
//! its line there.

use std::collections::HashMap;

use crate::chapter::Block;
use crate::claim::{Kind, Promise};
use crate::markdown::Page;

/// The index, below the book's `src`.
pub const INDEX: &str = "errors.md";
/// The folder of the pages, below the book's `src`.
pub const FOLDER: &str = "errors/";
/// The page with a section for each lint.
pub const LINTS: &str = "errors/lints.md";
/// The page with a section for each class of a sanitizer.
pub const SANITIZERS: &str = "errors/sanitizers.md";
/// How the pages of errors without a code begin.
const UNCODED: &str = "errors/uncoded-";

/// Whether a page, named by its path below `src` or from the root of the site,
/// belongs to the atlas (the index, which leads there, does not).
pub fn holds(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// The code that a page is about: `E0382` for `errors/e0382.md`.
pub fn code_of(path: &str) -> Option<String> {
    let name = path.strip_prefix(FOLDER)?.strip_suffix(".md")?;
    let digits = name.strip_prefix('e')?;
    let is_code = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| name.to_uppercase())
}

/// A message's first line, or a title, without what differs from program to
/// program: what it calls itself (`error[E0382]:`), names, and what stands for
/// a name (`…`).
///
/// ```
/// use proofread::atlas::bare;
/// let title = bare("E0505: cannot move out of … because it is borrowed");
/// assert_eq!(title, bare("error[E0505]: cannot move out of `list` because it is borrowed"));
/// assert_eq!(bare("borrow of moved value: `list`"), "borrow of moved value");
/// ```
pub fn bare(line: &str) -> String {
    let line = match line.split_once(": ") {
        Some((kind, rest)) if is_kind(kind) => rest,
        _ => line,
    };
    let mut bare = String::new();
    for (i, piece) in line.split('`').enumerate() {
        if i % 2 == 0 {
            bare.push_str(&piece.replace('…', " "));
        }
        bare.push(' ');
    }
    let words: Vec<&str> = bare.split_whitespace().collect();
    words.join(" ").trim_end_matches([':', ' ']).to_owned()
}

/// `error`, `error[E0382]`, `E0382`.
fn is_kind(word: &str) -> bool {
    word == "error"
        || word.starts_with("error[")
        || (word.len() == 5 && word.starts_with('E') && word[1..].parse::<u16>().is_ok())
}

/// The first line of the error that is recorded below a block.
pub fn first_line(block: &Block) -> Option<&str> {
    let error = block
        .renderings
        .iter()
        .find(|rendering| rendering.kind == Kind::Error)?;
    error.text.lines().next()
}

/// Where errors are explained, as addresses from the root of the site.
/// Names are kept in lower case.
#[derive(Clone, Debug, Default)]
pub struct Places(HashMap<String, String>);

impl Places {
    /// Looks at a page; `path` is its path below `src`. Any page may be shown,
    /// in any order.
    pub fn look_at(&mut self, path: &str, text: &str, page: &Page) {
        let address = path.replace(".md", ".html");
        if path == INDEX {
            // What has a page of its own is explained there.
            for id in &page.ids {
                let line = format!("{address}#{id}");
                self.0.entry(id.to_lowercase()).or_insert(line);
            }
        } else if path == LINTS || path == SANITIZERS {
            for id in &page.ids {
                self.0.insert(id.to_lowercase(), format!("{address}#{id}"));
            }
        } else if let Some(code) = code_of(path) {
            self.0.insert(code.to_lowercase(), address);
        } else if path.starts_with(UNCODED)
            && let Some(title) = title(text)
        {
            self.0.insert(bare(title).to_lowercase(), address);
        }
    }

    /// Where a code, a lint or a class is explained: `E0382`, `unused_mut`,
    /// `asan-double-free`.
    pub fn of(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_lowercase()).map(String::as_str)
    }

    /// Where an error without a code is explained, by its first line.
    pub fn of_uncoded(&self, line: &str) -> Option<&str> {
        self.of(&bare(line)).or_else(|| self.of("uncoded"))
    }
}

/// The heading of a page, without its mark.
pub fn title(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# "))
}

/// What the atlas has to explain about a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A code, a lint, or a sanitizer's class, by the name that
    /// [`Places::of`] knows.
    Named(String),
    /// An error without a code, by its first line.
    Uncoded(String),
}

/// Everything that the badge of a block has the atlas explain.
pub fn asked(block: &Block) -> Vec<Asked> {
    let mut asked = Vec::new();
    match &block.claim.promise {
        Promise::Rejected { codes, uncoded } => {
            asked.extend(codes.iter().cloned().map(Asked::Named));
            if *uncoded {
                let line = first_line(block).unwrap_or_default();
                asked.push(Asked::Uncoded(line.to_owned()));
            }
        }
        Promise::Stopped { by, class } => {
            asked.push(Asked::Named(format!("{}-{class}", by.word())));
        }
        Promise::Throws { .. } => asked.push(Asked::Named("throws".to_owned())),
        _ => {}
    }
    asked.extend(block.claim.warns.iter().cloned().map(Asked::Named));
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pages() {
        assert_eq!(code_of("errors/e0382.md"), Some("E0382".to_owned()));
        for other in ["errors/lints.md", "errors/e382.md", "e0382.md", "errors.md"] {
            assert_eq!(code_of(other), None, "{other}");
        }
        assert!(holds("errors/e0382.html") && !holds("errors.html"));
    }

    #[test]
    fn names_of_a_program_are_left_out() {
        for (line, words) in [
            (
                "error[E0502]: cannot borrow `v` as mutable because it is also borrowed as immutable",
                "cannot borrow as mutable because it is also borrowed as immutable",
            ),
            (
                "error: lifetime may not live long enough",
                "lifetime may not live long enough",
            ),
            (
                "E0106: missing lifetime specifier",
                "missing lifetime specifier",
            ),
            ("Errors: all of them", "Errors: all of them"),
        ] {
            assert_eq!(bare(line), words);
        }
    }

    #[test]
    fn a_page_of_its_own_comes_before_the_index() {
        let index = "# Find\n\n- <span id=\"e0382\"></span>a\n- <span id=\"e0499\"></span>b\n- <span id=\"uncoded\"></span>c\n";
        let pages = [
            ("errors/e0382.md", "# E0382: borrow of moved value\n"),
            (INDEX, index),
            (LINTS, "# Lints\n\n## Not needed {#unused_mut}\n"),
            (SANITIZERS, "# Found\n\n## Nowhere {#asan-SEGV}\n"),
            (
                "errors/uncoded-lifetime.md",
                "# lifetime may not live long enough\n",
            ),
            ("a/b.md", "# B\n\n## E {#e0001}\n"),
        ];
        for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]] {
            let mut places = Places::default();
            for (path, text) in order.map(|i| pages[i]) {
                places.look_at(path, text, &crate::markdown::read(text));
            }
            assert_eq!(places.of("E0382"), Some("errors/e0382.html"));
            assert_eq!(places.of("E0499"), Some("errors.html#e0499"));
            assert_eq!(
                places.of("unused_mut"),
                Some("errors/lints.html#unused_mut")
            );
            assert_eq!(
                places.of("asan-SEGV"),
                Some("errors/sanitizers.html#asan-SEGV")
            );
            assert_eq!(places.of("E0001"), None);
            let line = "error: lifetime may not live long enough";
            assert_eq!(
                places.of_uncoded(line),
                Some("errors/uncoded-lifetime.html")
            );
            assert_eq!(
                places.of_uncoded("error: something else"),
                Some("errors.html#uncoded")
            );
        }
    }
}
