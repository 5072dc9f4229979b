//! The book on disk: its chapters, and what must be true of them together.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;

use crate::chapter::{Block, Chapter, Place, Problem};
use crate::claim::near;
use crate::{markdown, prose};

/// A whole book, read but not judged.
pub struct Book {
    /// The folder that holds `book.toml`.
    pub root: PathBuf,
    /// The chapters in the order of SUMMARY.md.
    pub chapters: Vec<Chapter>,
    /// What is wrong with the book as a whole: chapters left out, links that
    /// lead nowhere.
    pub problems: Vec<Problem>,
}

/// The book around `start`: the nearest folder upward that holds a `book.toml`.
///
/// # Errors
///
/// There is none.
pub fn find_root(start: &Path) -> Result<PathBuf> {
    start
        .ancestors()
        .find(|dir| dir.join("book.toml").is_file())
        .map(Path::to_owned)
        .with_context(|| {
            format!(
                "no book.toml in {} or above it; run this inside the book's folder",
                start.display()
            )
        })
}

impl Book {
    /// Reads the book in the folder `root`.
    ///
    /// # Errors
    ///
    /// A missing or broken `book.toml` or SUMMARY.md, a chapter that
    /// SUMMARY.md lists and that is not there. All else becomes a problem of
    /// its chapter.
    pub fn load(root: &Path) -> Result<Book> {
        let config = root.join("book.toml");
        if !config.is_file() {
            bail!("{} is missing; it makes a folder a book", config.display());
        }
        let book = MDBook::load(root).map_err(|error| unreadable(root, error))?;
        let mut chapters = Vec::new();
        for item in book.book.chapters() {
            let Some(path) = &item.source_path else {
                continue;
            };
            // mdBook's own copy of the text has lost its byte order mark.
            let on_disk = root.join(&book.config.book.src).join(path);
            let text = std::fs::read_to_string(&on_disk)
                .with_context(|| format!("{} cannot be read as UTF-8", on_disk.display()))?;
            chapters.push(Chapter::read(root, &book.config, path, text));
        }
        let mut book = Book {
            root: root.to_owned(),
            problems: unlisted(root, &book.config.book.src, &chapters)?,
            chapters,
        };
        book.problems.extend(book.broken_links());
        book.problems.extend(book.clashes());
        let said = prose::problems(&book);
        book.problems.extend(said);
        Ok(book)
    }

    /// All blocks of all chapters, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.chapters.iter().flat_map(|chapter| &chapter.blocks)
    }

    /// All problems, the chapters' own included, in order of their places.
    pub fn all_problems(&self) -> Vec<&Problem> {
        let own = self.chapters.iter().flat_map(|chapter| &chapter.problems);
        let mut all: Vec<_> = self.problems.iter().chain(own).collect();
        all.sort_by(|a, b| a.place.cmp(&b.place));
        all
    }

    /// Chapters whose tests would bear one name.
    fn clashes(&self) -> Vec<Problem> {
        let mut slugs = HashMap::new();
        let mut problems = Vec::new();
        for chapter in &self.chapters {
            if let Some(other) = slugs.insert(chapter.slug(), &chapter.file) {
                problems.push(Problem {
                    place: Place {
                        file: chapter.file.clone(),
                        line: 1,
                    },
                    wrong: format!(
                        "the tests of this chapter would have the same name as those of {other}"
                    ),
                    next: "rename one of the two".to_owned(),
                });
            }
        }
        problems
    }

    fn broken_links(&self) -> Vec<Problem> {
        let pages: HashMap<PathBuf, &Chapter> = self
            .chapters
            .iter()
            .map(|chapter| (tidy(&chapter.path), chapter))
            .collect();
        let mut problems = Vec::new();
        for chapter in &self.chapters {
            let dir = chapter.path.parent().unwrap_or(&self.root);
            for link in &chapter.page.links {
                if let Some((wrong, next)) = broken(&link.target, chapter, dir, &pages) {
                    let place = Place {
                        file: chapter.file.clone(),
                        line: link.line,
                    };
                    problems.push(Problem { place, wrong, next });
                }
            }
        }
        problems
    }
}

/// Why mdBook cannot read the book: it names neither SUMMARY.md nor the line of a
/// chapter that is not there.
fn unreadable(root: &Path, error: anyhow::Error) -> anyhow::Error {
    let src = mdbook_driver::config::Config::from_disk(root.join("book.toml"))
        .map_or_else(|_| PathBuf::from("src"), |config| config.book.src);
    let summary = src.join("SUMMARY.md");
    let text = std::fs::read_to_string(root.join(&summary)).unwrap_or_default();
    let links = markdown::read(&text).links;
    let gone = links
        .iter()
        .find(|link| !link.target.is_empty() && !root.join(&src).join(&link.target).is_file());
    match gone {
        Some(link) => anyhow::anyhow!(
            "{}:{}: the chapter `{}` is not there\n  next: correct the path (with `/` between \
             folders), write the chapter, or take the line away",
            summary.display(),
            link.line,
            link.target
        ),
        None => error.context(format!("the book at {} cannot be read", root.display())),
    }
}

/// Why a link leads nowhere, if it does, and the next thing to do.
fn broken(
    target: &str,
    from: &Chapter,
    dir: &Path,
    pages: &HashMap<PathBuf, &Chapter>,
) -> Option<(String, String)> {
    // The web is not ours to judge, and needs the network.
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let page = if file.is_empty() {
        Some(from)
    } else {
        let path = tidy(&dir.join(file));
        let markdown = path.with_extension("md");
        match pages.get(&path).or_else(|| pages.get(&markdown)) {
            Some(page) => Some(*page),
            None if path.is_file() && path.extension().is_none_or(|ext| ext != "md") => None,
            None => {
                return Some((
                    format!("the link `{target}` leads to no chapter and no file"),
                    meant_file(file, pages),
                ));
            }
        }
    };
    match page {
        Some(page) if !anchor.is_empty() && !page.page.ids.iter().any(|id| id == anchor) => {
            let ids: Vec<&str> = page.page.ids.iter().map(String::as_str).collect();
            let next = match near(anchor, &ids) {
                Some(meant) => format!("did you mean `#{meant}`?"),
                None => "correct the link; anchors are headings in lower case, with hyphens".into(),
            };
            Some((
                format!(
                    "the link `{target}` names a section that {} does not have",
                    page.file
                ),
                next,
            ))
        }
        _ => None,
    }
}

/// The chapter that a link to `file` may have meant: the one that is named most like
/// it, whatever its folder.
fn meant_file(file: &str, pages: &HashMap<PathBuf, &Chapter>) -> String {
    fn name(path: &str) -> &str {
        path.rsplit(['/', '\\']).next().unwrap_or(path)
    }
    let mut files: Vec<&str> = pages.values().map(|page| page.file.as_str()).collect();
    files.sort_unstable();
    let names: Vec<&str> = files.iter().map(|file| name(file)).collect();
    let slashes = if file.contains('\\') {
        " (folders are parted by `/`)"
    } else {
        ""
    };
    let meant = near(name(file), &names);
    match files.iter().find(|file| Some(name(file)) == meant) {
        Some(meant) => format!("did you mean {meant}?{slashes}"),
        None => format!("correct the link{slashes}"),
    }
}

/// The path without `.` and `..`, and without asking the disk.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

/// The one file in `src` that is not Markdown: `cargo book setup` writes it, so
/// that plain mdBook copies the script that draws diagrams into its site.
const SCRIPT: &str = "mermaid.min.js";

/// Markdown files under `src` that SUMMARY.md does not list. (mdBook makes
/// the page for lost readers out of `404.md` by itself.)
fn unlisted(root: &Path, src: &Path, chapters: &[Chapter]) -> Result<Vec<Problem>> {
    let listed: BTreeSet<&Path> = chapters
        .iter()
        .map(|chapter| chapter.path.as_path())
        .collect();
    let mut problems = Vec::new();
    let mut folders = vec![root.join(src)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            let place = |line| Place {
                file: file.clone(),
                line,
            };
            if path == root.join(src).join(SCRIPT) {
                continue;
            }
            if path.extension().is_none_or(|ext| ext != "md") {
                problems.push(Problem {
                    place: place(1),
                    wrong: "`src` holds Markdown alone; mdBook would copy this file into the site"
                        .to_owned(),
                    next: "move it to `examples` or `theme`".to_owned(),
                });
            } else if path.ends_with("404.md") {
                let page = markdown::read(&std::fs::read_to_string(&path)?);
                problems.extend(page.fences.iter().map(|fence| Problem {
                    place: place(fence.line),
                    wrong: "nothing judges a block of this page".to_owned(),
                    next: "move it into a chapter".to_owned(),
                }));
            } else if !path.ends_with("SUMMARY.md") && !listed.contains(path.as_path()) {
                problems.push(Problem {
                    place: place(1),
                    wrong: "SUMMARY.md does not list this chapter, so no reader would find it"
                        .to_owned(),
                    next: "add a line for it to src/SUMMARY.md, or take the file away".to_owned(),
                });
            }
        }
    }
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(problems)
}
