//! An exercise on its page: the program to mend, the test that judges it, and the
//! command, below the line that names its folder.

use std::fs;
use std::path::Path;

use crate::blocks::{Edit, one_line, sorry};
use crate::code::{self, Language, Line};
use crate::html::attribute;

/// What the line that names an exercise's folder begins with.
const LEAD: &str = "Folder: `";

/// Shows each exercise that the chapter names. `root` is the book's folder.
pub fn shown(text: &str, root: &Path) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, _) in text.match_indices(LEAD) {
        if at > 0 && !text[..at].ends_with("\n\n") {
            continue;
        }
        let rest = &text[at + LEAD.len()..];
        let Some((folder, _)) = rest.split_once('`') else {
            continue;
        };
        let end = text[at..].find("\n\n").map_or(text.len(), |end| at + end);
        edits.push(Edit {
            range: end..end,
            text: format!("\n\n{}", exercise(folder, root)),
        });
    }
    edits
}

fn exercise(folder: &str, root: &Path) -> String {
    let file = |name: &str| {
        let read = fs::read_to_string(root.join(folder).join(name));
        read.map_err(|error| sorry(&format!("{folder}/{name} cannot be read: {error}")))
    };
    let program = |name: &str, said: &str| match file(name) {
        Ok(code) => block(name, said, "rs noplayground", Language::Rust, &code),
        Err(sorry) => sorry,
    };
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let command = format!("cargo book exercise {name}\n");
    let judged = block(
        "in the book's main folder",
        "What judges it:",
        "console",
        Language::Console,
        &command,
    );
    format!(
        "<div class=\"exercise\">{}<details><summary>What its test asks for</summary>{}</details>{judged}</div>",
        program("src/lib.rs", "The program to mend:"),
        program("tests/done.rs", "The test:")
    )
}

/// A program that is judged elsewhere, on one line of HTML.
fn block(name: &str, said: &str, class: &str, language: Language, code: &str) -> String {
    let tokens = code::tokens(language, code);
    let code = one_line(&code::html(code, &tokens, |_| Line::default()));
    let name = attribute(name);
    format!(
        "<figure class=\"block plain\" aria-label=\"{said} {name}\"><figcaption class=\"claim\">{said} {name}</figcaption><pre><code class=\"{class}\">{code}</code></pre></figure>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exercise_shows_its_start_and_its_test() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("exercises/bag");
        for (name, text) in [
            ("src/lib.rs", "fn a() {}\n\n# no heading\n"),
            ("tests/done.rs", "fn b() {}\n"),
        ] {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        let text = "# E\n\nFolder: `exercises/bag`. To reread: [M](m.md).\n\nMore.\n";
        let made = crate::preprocess::apply(text, shown(text, root.path()));
        assert!(made.starts_with("# E\n\nFolder: `exercises/bag`. To reread: [M](m.md).\n\n<div class=\"exercise\"><figure "), "{made}");
        assert!(made.ends_with("</figure></div>\n\nMore.\n"), "{made}");
        assert_eq!(made.lines().filter(|l| l.contains("<figure ")).count(), 1);
        for part in [
            "<span class=\"fn\">a</span>",
            "<span class=\"fn\">b</span>",
            "cargo book exercise bag",
        ] {
            assert!(made.contains(part), "no {part} in {made}");
        }
        // Of one that is not there, the page says so.
        let made = shown("Folder: `exercises/none`.\n", root.path());
        assert!(
            made[0]
                .text
                .contains("exercises/none/src/lib.rs cannot be read"),
            "{made:?}"
        );
        assert_eq!(shown("The Folder: `a` is\n", root.path()), []);
    }
}
