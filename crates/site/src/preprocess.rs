//! mdBook's preprocessor protocol: the book comes as JSON, and goes back with
//! its blocks as figures.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use mdbook_preprocessor::PreprocessorContext;
use mdbook_preprocessor::book::Book;
use proofread::atlas::{self, Places};
use proofread::chapter::{Chapter, Place, Problem};
use proofread::markdown::Lines;

use crate::blocks::{self, Atlas, Edit, Pen, Undrawn};
use crate::errors;
use crate::exercises;
use crate::falsities::{self, Falsity};
use crate::glossary::{self, Terms};
use crate::headings;
use crate::minutes;
use crate::predict;

/// The chapter whose sections explain terms.
const GLOSSARY: &str = "glossary.md";

/// Whether figures are made for this renderer.
pub fn supports(renderer: &str) -> bool {
    renderer == "html"
}

/// Reads a book as mdBook hands it to a preprocessor, and writes it with its
/// figures.
///
/// # Errors
///
/// The input is no book, the output cannot be written, or pictures cannot be
/// drawn: then all of them are named. While mdBook serves the book, a picture
/// that cannot be drawn is named on the page and on standard error instead,
/// because mdBook would not even start.
pub fn run(mut input: impl Read, mut output: impl Write) -> Result<()> {
    // In one piece, both ways: a reader is parsed byte by byte, and standard
    // output would take the book in thousands.
    let mut text = Vec::new();
    input.read_to_end(&mut text)?;
    let (context, mut book): (PreprocessorContext, Book) =
        serde_json::from_slice(&text).context("this is no book of mdBook's")?;
    let serving = context
        .config
        .contains_key("output.html.live-reload-endpoint");
    let problems = figures(&context, &mut book, &Pen::default());
    if !problems.is_empty() {
        let list: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let list = list.join("\n");
        if serving {
            eprintln!("{list}");
        } else {
            bail!("{list}");
        }
    }
    let book = serde_json::to_vec(&book)?;
    output
        .write_all(&book)
        .and_then(|()| output.flush())
        .context("mdBook does not take the book back")
}

/// Makes the figures of all chapters, on all cores.
pub fn figures(context: &PreprocessorContext, book: &mut Book, pen: &Pen) -> Vec<Problem> {
    let src = &context.config.book.src;
    let mut shared = Shared {
        pen: *pen,
        root: context.root.clone(),
        falsities: falsities::told(),
        ..Shared::default()
    };
    let mut chapters: Vec<(PathBuf, &str)> = Vec::new();
    for chapter in book.chapters() {
        let Some(path) = &chapter.path else { continue };
        let name = slashes(path);
        if name == GLOSSARY {
            shared.terms = glossary::read(&chapter.content);
        } else if name == atlas::INDEX || atlas::holds(&name) {
            let page = proofread::markdown::read(&chapter.content);
            shared.places.look_at(&name, &chapter.content, &page);
        }
        chapters.push((path.clone(), &chapter.content));
    }

    // The longest first, so that no core waits for one at the end.
    chapters.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    let next = AtomicUsize::new(0);
    let root = context.root.as_path();
    let worker = || {
        let mut made = Vec::new();
        while let Some((path, text)) = chapters.get(next.fetch_add(1, Ordering::Relaxed)) {
            let file = src.join(path);
            // Its lines are those that an author sees; without it, the lines
            // that mdBook hands over are the best there are.
            let source = fs::read_to_string(root.join(&file));
            let source = source.as_deref().unwrap_or(text);
            made.push((path.clone(), chapter(&shared, &file, path, text, source)));
        }
        made
    };
    let cores = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    let made: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(worker)).collect();
        let mut made = worker();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });

    let mut problems = Vec::new();
    let mut texts = HashMap::new();
    for (path, (text, troubles)) in made {
        problems.extend(troubles);
        texts.insert(path, text);
    }
    book.for_each_chapter_mut(|chapter| {
        let made = chapter.path.as_ref().and_then(|path| texts.remove(path));
        if let Some(text) = made {
            chapter.content = text;
        }
    });
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    problems
}

/// What all chapters share.
#[derive(Default)]
pub struct Shared {
    /// What draws.
    pub pen: Pen,
    /// Where errors are explained.
    pub places: Places,
    /// The terms of the glossary.
    pub terms: Terms,
    /// The book's folder.
    pub root: PathBuf,
    /// What the judge found false.
    pub falsities: Vec<Falsity>,
}

/// Makes the figures of one chapter: its Markdown with figures, and what could
/// not be drawn.
///
/// `file` names it for an author, `path` is its path below the book's `src`,
/// `text` is what mdBook made of it, `source` what stands in the file.
pub fn chapter(
    shared: &Shared,
    file: &Path,
    path: &Path,
    text: &str,
    source: &str,
) -> (String, Vec<Problem>) {
    let file = slashes(file);
    let chapter = Chapter::expanded(&file, text.to_owned());
    let root = "../".repeat(path.components().count().saturating_sub(1));
    let here = slashes(&path.with_extension("html"));
    let atlas = Atlas {
        places: &shared.places,
        root: &root,
        here: &here,
    };
    let mut problems = Vec::new();
    // Before the figures: an answer ends where the next question begins.
    let mut edits = predict::endings(&chapter);
    edits.extend(falsities::notices(&chapter, &shared.falsities));
    edits.extend(blocks::figures(&chapter, &shared.pen, atlas, |undrawn| {
        let problem = problem(&chapter, undrawn, source);
        let said = format!("{}: {}", problem.place, problem.wrong);
        problems.push(problem);
        said
    }));
    match slashes(path).as_str() {
        GLOSSARY => edits.extend(headings::glossary(text)),
        atlas::INDEX => edits.extend(headings::jumps(text)),
        page => {
            let headings = headings::of(text);
            edits.extend(headings::beliefs(text, &headings));
            // What is read from front to back, and not looked up.
            if page.contains('/') && !atlas::holds(page) {
                edits.extend(headings::below_title(&headings, &minutes_said(&chapter)));
            }
        }
    }
    edits.extend(exercises::shown(text, &shared.root));
    edits.extend(glossary::explain(text, &shared.terms));
    edits.extend(errors::links(&chapter, atlas));
    (apply(text, edits), problems)
}

/// How long the chapter takes, for a reader.
fn minutes_said(chapter: &Chapter) -> String {
    let minutes = match minutes::of(chapter) {
        1 => "1 minute".to_owned(),
        more => format!("{more} minutes"),
    };
    format!("\n<div class=\"minutes\">About {minutes}</div>\n\n")
}

/// A path as links write it.
fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Names the line of the file that holds what cannot be drawn: the line that
/// an author sees, though includes have shifted it here.
fn problem(chapter: &Chapter, undrawn: Undrawn, source: &str) -> Problem {
    let text = &chapter.text;
    let fences = &chapter.page.fences;
    let fence = fences
        .iter()
        .find(|fence| fence.range.start == undrawn.fence);
    let whole = fence.map_or("", |fence| &text[fence.range.clone()]);
    let which = text[..undrawn.fence].matches(whole).count();
    let line = match source.match_indices(whole).nth(which) {
        Some((at, _)) => Lines::of(source).line(at),
        None => Lines::of(text).line(undrawn.fence),
    };
    Problem {
        place: Place {
            file: chapter.file.clone(),
            line: line + undrawn.line,
        },
        wrong: format!("this picture cannot be drawn: {}", undrawn.message),
        next: match undrawn.recorded {
            true => "run `cargo book record`; if the picture stays as it is, its drawer has a gap: please report the block".to_owned(),
            false => "correct the diagram".to_owned(),
        },
    }
}

/// Puts texts in the place of others.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let more: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut edited = String::with_capacity(text.len() + more);
    let mut at = 0;
    for edit in edits {
        edited.push_str(&text[at..edit.range.start]);
        edited.push_str(&edit.text);
        at = edit.range.end;
    }
    edited.push_str(&text[at..]);
    edited
}

#[cfg(test)]
mod tests {
    use draw::{Drawing, Trouble};
    use mdbook_preprocessor::book::{BookItem, Chapter as Leaf};
    use mdbook_preprocessor::config::Config;

    use super::*;

    /// A book on disk as mdBook's `links` hands it on: `{{#include}}` gone.
    struct Draft {
        folder: tempfile::TempDir,
        book: Book,
    }

    impl Draft {
        fn new(chapters: &[(&str, &str)]) -> Draft {
            let folder = tempfile::tempdir().expect("a folder");
            let mut book = Book::new();
            for (path, text) in chapters {
                let file = folder.path().join("src").join(path);
                fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
                fs::write(file, text).expect("a file");
                let text = text.replace("{{#include three}}", "1\n2\n3");
                let leaf = Leaf::new(path, text, path, Vec::new());
                book.push_item(BookItem::Chapter(leaf));
            }
            Draft { folder, book }
        }

        fn context(&self, config: &str) -> PreprocessorContext {
            let config: Config = config.parse().expect("it parses");
            PreprocessorContext::new(self.folder.path().to_owned(), config, "html".to_owned())
        }

        fn run(&self, config: &str) -> Result<Vec<String>> {
            let input = serde_json::to_vec(&(self.context(config), &self.book))?;
            let mut output = Vec::new();
            run(&input[..], &mut output)?;
            let book: Book = serde_json::from_slice(&output)?;
            Ok(book.chapters().map(|leaf| leaf.content.clone()).collect())
        }
    }

    const BAD: &str = "```mermaid\nno such diagram\n```\n";

    #[test]
    fn the_book_comes_back_with_figures_links_and_terms() {
        let draft = Draft::new(&[
            (
                "errors.md",
                "# Atlas\n\n<a id=\"e0499\"></a>E0499, E0382.\n",
            ),
            ("errors/e0382.md", "# E0382: gone\n\nGone.\n"),
            ("glossary.md", "# Glossary\n\n## Move\n\nHand over.\n"),
            (
                "a/b.md",
                "# B\n\nA [move](../glossary.md#move), an E0382.\n\n```rust,compile_fail,E0382\nf()\n```\n",
            ),
        ]);
        let texts = draft.run("").expect("it is drawn");
        assert!(texts[0].starts_with("# Atlas\n"), "{}", texts[0]);
        let page = &texts[3];
        assert!(
            page.contains("<a class=\"term\" href=\"../glossary.md#move\">move</a>"),
            "{page}"
        );
        // In the prose, and on the badge.
        let link = "<a href=\"../errors/e0382.html\">E0382</a>";
        assert_eq!(page.matches(link).count(), 2, "{page}");
        assert!(page.contains("data-term=\"move\""), "{page}");
    }

    #[test]
    fn all_pictures_that_cannot_be_drawn_are_named_by_their_lines() {
        let twice = format!("# A\n\n```text\n{{{{#include three}}}}\n```\n\n{BAD}\n{BAD}");
        let draft = Draft::new(&[("a.md", &twice), ("b.md", BAD)]);
        let error = draft.run("").expect_err("they cannot be drawn").to_string();
        let places: Vec<&str> = error
            .lines()
            .filter(|line| line.starts_with("src/"))
            .map(|line| line.split(": ").next().unwrap_or_default())
            .collect();
        assert_eq!(
            places,
            ["src/a.md:8", "src/a.md:12", "src/b.md:2"],
            "{error}"
        );
        assert_eq!(error.matches("\n  next: ").count(), 3, "{error}");
    }

    #[test]
    fn while_serving_the_page_says_what_is_wrong() {
        let draft = Draft::new(&[("a.md", BAD)]);
        let served = draft.run("[output.html]\nlive-reload-endpoint = \"__live\"\n");
        let texts = served.expect("mdBook goes on");
        assert!(
            texts[0].contains("<p class=\"trouble\">src/a.md:2: this picture cannot be drawn: "),
            "{}",
            texts[0]
        );
    }

    #[test]
    fn a_recorded_picture_is_named_by_its_own_line() {
        let pen = Pen {
            memory: |texts| {
                Err(Trouble {
                    text: texts.len() - 1,
                    line: 2,
                    message: "no".to_owned(),
                })
            },
            chart: |_| unreachable!(),
            diagram: |_| -> Result<Drawing, Trouble> { unreachable!() },
        };
        let mut draft = Draft::new(&[(
            "a.md",
            "```rust,memory\nf(); // ①\n```\n\n```mermaid\n%% after ① line 1\n```\n\n```mermaid\n%% after ② line 1\nx\n```\n",
        )]);
        let context = draft.context("");
        let problems = figures(&context, &mut draft.book, &pen);
        let places: Vec<String> = problems.iter().map(|p| p.place.to_string()).collect();
        assert_eq!(places, ["src/a.md:11"]);
        assert!(problems[0].next.contains("cargo book record"));
    }
}
