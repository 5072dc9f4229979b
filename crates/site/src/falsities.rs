//! What the judge found false while the book is served: told by him, shown above
//! the block on its page. Both are processes of their own, so a file lies between.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proofread::chapter::Chapter;
use serde_json::{Value, json};

use crate::blocks::{Edit, sorry};

/// The variable that names the file.
pub const VARIABLE: &str = "MEMORY_BOOK_FALSITIES";

/// A block that is not what its page says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Falsity {
    /// Its chapter, from the book's root: `src/ownership/moves.md`.
    pub file: String,
    /// The words of its fence.
    pub info: String,
    /// Its program, as the compiler gets it.
    pub code: String,
    /// What came, for an author.
    pub said: String,
}

/// Writes what is false now, for the pages to be built next.
///
/// # Errors
///
/// The file cannot be written.
pub fn write(file: &Path, all: &[Falsity]) -> Result<()> {
    let all: Vec<Value> = all
        .iter()
        .map(|f| json!([f.file, f.info, f.code, f.said]))
        .collect();
    proofread::record::replace(file, &json!(all).to_string())
}

/// What is false, if anybody told; a file that is none says nothing.
pub(crate) fn told() -> Vec<Falsity> {
    let file = env::var_os(VARIABLE).map(PathBuf::from);
    file.and_then(|file| read(&file).ok()).unwrap_or_default()
}

fn read(file: &Path) -> Result<Vec<Falsity>> {
    let all: Vec<[String; 4]> =
        serde_json::from_str(&fs::read_to_string(file)?).context("it is no list")?;
    let falsity = |[file, info, code, said]: [String; 4]| Falsity {
        file,
        info,
        code,
        said,
    };
    Ok(all.into_iter().map(falsity).collect())
}

/// A notice above each block of the chapter that is false. (In a list or a quote
/// there is no place for one.)
pub(crate) fn notices(chapter: &Chapter, all: &[Falsity]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for block in chapter
        .blocks
        .iter()
        .filter(|block| block.prefix.is_empty())
    {
        let is =
            |f: &&Falsity| (&f.file, &f.info, &f.code) == (&chapter.file, &block.info, &block.code);
        if let Some(falsity) = all.iter().find(is) {
            let at = block.fence.start;
            edits.push(Edit {
                range: at..at,
                text: format!("{}\n\n", sorry(&falsity.said).replace("&#10;", "<br>")),
            });
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_false_block_is_told_above_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("f.json");
        let falsity = Falsity {
            file: "src/a.md".to_owned(),
            info: "rust,fix".to_owned(),
            code: "f();\n".to_owned(),
            said: "claim broken:\n<it> panics".to_owned(),
        };
        write(&file, std::slice::from_ref(&falsity)).expect("written");
        assert_eq!(read(&file).expect("read"), std::slice::from_ref(&falsity));

        let text =
            "```rust\nf();\n```\n\n```rust,should_panic\ng();\n```\n\n```rust,fix\nf();\n```\n";
        let chapter = Chapter::expanded("src/a.md", text.to_owned());
        let edits = notices(&chapter, &[falsity]);
        let made = crate::preprocess::apply(text, edits);
        let notice =
            "\n\n<p class=\"trouble\">claim broken:<br>&lt;it&gt; panics</p>\n\n```rust,fix\n";
        assert!(made.contains(notice), "{made}");
        assert_eq!(made.matches("trouble").count(), 1);
    }
}
