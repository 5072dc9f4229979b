//! A chapter becomes blocks: claims with the renderings that belong to them.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mdbook_driver::config::Config;

use crate::claim::{self, Claim, Kind, Language, Promise, Question, Role};
use crate::include::{Includes, directives};
use crate::markdown::{self, Fence, Page};

/// A line of a file of the book.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, relative to the book's root, with `/` between folders.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Something that must be mended before it can be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub wrong: String,
    /// The next thing to do.
    pub next: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.place, self.wrong)?;
        write!(f, "  next: {}", self.next)
    }
}

/// A text that the machine recorded below a block.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rendering {
    /// Which of the block's texts it is.
    pub kind: Kind,
    /// The text as the page shows it, each line ended by `\n`.
    pub text: String,
}

/// A claim with all that it takes to judge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The opening fence.
    pub place: Place,
    /// The words of the fence, as written.
    pub info: String,
    /// The heading that it stands under.
    pub section: Option<String>,
    /// What the words claim.
    pub claim: Claim,
    /// The program as the compiler gets it: includes expanded, hidden lines
    /// uncovered. (For a console block, its body.)
    pub code: String,
    /// The first line of the code that the page hides, counted from 1.
    pub hidden: Option<usize>,
    /// What stands recorded below it, in order.
    pub renderings: Vec<Rendering>,
    /// The bytes of the chapter that hold the block's own fence.
    pub fence: Range<usize>,
    /// The bytes from the end of the block to the end of its last rendering.
    pub recorded: Range<usize>,
    /// What starts each line inside the list or quote around the block.
    pub prefix: String,
}

/// A chapter, read.
pub struct Chapter {
    /// Relative to the book's root: `src/ownership/moves.md`.
    pub file: String,
    /// The file on disk.
    pub path: PathBuf,
    /// Its text, byte for byte.
    pub text: String,
    /// The claims, in order. Those under `problems` are not among them.
    pub blocks: Vec<Block>,
    /// What cannot be judged, and why.
    pub problems: Vec<Problem>,
    /// What else the page holds.
    pub page: Page,
    /// Expands what the chapter includes.
    pub includes: Includes,
}

impl Chapter {
    /// Reads the text of the chapter at `path` (relative to the folder
    /// `src` of the book at `root`).
    pub fn read(root: &Path, config: &Config, path: &Path, text: String) -> Chapter {
        let on_disk = config.book.src.join(path);
        let file = on_disk.to_string_lossy().replace('\\', "/");
        let mut chapter = Chapter {
            path: root.join(&on_disk),
            page: markdown::read(&text),
            includes: Includes::new(root, config, path),
            blocks: Vec::new(),
            problems: Vec::new(),
            file,
            text,
        };
        chapter.collect();
        chapter
    }

    /// Reads a text that mdBook's own preprocessors have been over, so that
    /// no file is opened. Its lines are not those of the file `file`.
    pub fn expanded(file: &str, text: String) -> Chapter {
        let mut chapter = Chapter {
            file: file.to_owned(),
            path: PathBuf::from(file),
            page: markdown::read(&text),
            includes: Includes::done(),
            blocks: Vec::new(),
            problems: Vec::new(),
            text,
        };
        chapter.collect();
        chapter
    }

    /// The name that the chapter's tests start with: `ownership_moves`.
    pub fn slug(&self) -> String {
        let name = self.file.strip_suffix(".md").unwrap_or(&self.file);
        name.split('/')
            .skip(1)
            .collect::<Vec<_>>()
            .join("_")
            .replace('-', "_")
    }

    /// The same chapter with another text.
    pub fn reread(&self, text: String) -> Chapter {
        let mut chapter = Chapter {
            file: self.file.clone(),
            path: self.path.clone(),
            page: markdown::read(&text),
            includes: self.includes.clone(),
            blocks: Vec::new(),
            problems: Vec::new(),
            text,
        };
        chapter.collect();
        chapter
    }

    fn problem(&mut self, line: usize, wrong: impl Into<String>, next: impl Into<String>) {
        let place = Place {
            file: self.file.clone(),
            line,
        };
        self.problems.push(Problem {
            place,
            wrong: wrong.into(),
            next: next.into(),
        });
    }

    fn collect(&mut self) {
        let fences = std::mem::take(&mut self.page.fences);
        // The end of the last block or rendering, while nothing but white space has
        // come since.
        let mut last: Option<(usize, String)> = None;
        // Whether that block was refused, and any: what follows from it is not told.
        let (mut refused, mut any_refused) = (false, false);
        for fence in &fences {
            let below = last.take().is_some_and(|(end, prefix)| {
                prefix == fence.prefix && blank(&self.text[end..fence.range.start])
            });
            let here = Some((fence.range.end, fence.prefix.clone()));
            if !fence.closed {
                self.problem(
                    fence.line,
                    "this fence is never closed",
                    "end it with backticks on a line of their own",
                );
                continue;
            }
            let drawn = claim::DRAWN
                .iter()
                .any(|opening| fence.body.starts_with(opening));
            let role = match claim::role(&fence.info) {
                Ok(Role::Claim(claim)) if claim.language == Language::Mermaid && drawn => {
                    Ok(Role::Rendering(Kind::Picture))
                }
                role => role,
            };
            match role {
                Err(refusal) => {
                    self.problem(fence.line, refusal.wrong, refusal.next);
                    (refused, any_refused) = (true, true);
                    last = here;
                }
                Ok(Role::Claim(claim)) => {
                    refused = !self.block(fence, claim, any_refused);
                    any_refused |= refused;
                    last = here;
                }
                Ok(Role::Rendering(_)) if below && refused => last = here,
                Ok(Role::Rendering(kind)) => {
                    let text = self.includes.expand(&fence.body);
                    match self.blocks.last_mut().filter(|_| below) {
                        Some(block) => {
                            block.recorded.end = fence.range.end;
                            block.renderings.push(Rendering { kind, text });
                            last = here;
                        }
                        None => self.problem(
                            fence.line,
                            format!("this `{}` has no code right above it", kind.fence()),
                            "move it below its block, or take it away and run `cargo book record`",
                        ),
                    }
                }
            }
        }
        self.outside_fences(&fences);
        self.page.fences = fences;
        self.problems.sort_by_key(|problem| problem.place.line);
    }

    /// Takes a claim in; false where it cannot be judged. After a block that was
    /// `refused`, it may be that one which a `fix` repairs.
    fn block(&mut self, fence: &Fence, claim: Claim, refused: bool) -> bool {
        let draws = claim.language == Language::Mermaid || claim.pictures.is_some();
        if draws && fence.nested {
            self.problem(
                fence.line,
                "a diagram inside a quote or a list: mdbook-mermaid leaves the marks of the quote in it",
                "move it out to the margin",
            );
            return false;
        }
        if claim.predict.is_some() && fence.nested {
            self.problem(
                fence.line,
                "a question inside a quote or a list: its answer could not be folded",
                "move the block out to the margin, or take `predict` away",
            );
            return false;
        }
        if claim.repair && !refused && !self.blocks.iter().any(Block::fails) {
            self.problem(
                fence.line,
                "`fix` repairs the failing block before it, and there is none in this chapter",
                "put it below that block, or take `fix` away",
            );
            return false;
        }
        let code = match self.includes.expand_code(&fence.body) {
            Ok(code) => code,
            Err(wrong) => {
                self.problem(
                    fence.line,
                    wrong,
                    "correct the path or the anchor, or write `\\{{#` to show it as text",
                );
                return false;
            }
        };
        if fence.nested && code.lines().count() > fence.body.lines().count() {
            self.problem(fence.line, SEVERAL_LINES, MARGIN);
            return false;
        }
        if code.trim().is_empty() {
            self.problem(
                fence.line,
                "this block is empty",
                "write its code, or take it away",
            );
            return false;
        }
        let (code, hidden) = match claim.language {
            Language::Rust => (uncover(&code), first_hidden(&code)),
            _ => (code, None),
        };
        if claim.predict == Some(Question::Line) && claim::lines_to_choose(&code).count() < 3 {
            self.problem(
                fence.line,
                "`predict=line` needs two wrong lines to choose from, and this program has too few",
                "ask `predict=compiles`, or show more of the program",
            );
            return false;
        }
        self.blocks.push(Block {
            place: Place {
                file: self.file.clone(),
                line: fence.line,
            },
            info: fence.info.clone(),
            section: fence.section.clone(),
            claim,
            code,
            hidden,
            renderings: Vec::new(),
            fence: fence.range.clone(),
            recorded: fence.range.end..fence.range.end,
            prefix: fence.prefix.clone(),
        });
        true
    }

    /// Code that would reach the page without a fence of this chapter.
    fn outside_fences(&mut self, fences: &[Fence]) {
        for line in self.page.indented.clone() {
            self.problem(
                line,
                "code by indentation has no label, so nothing says how to judge it",
                "put it between backticks, with a label",
            );
        }
        for line in self.page.raw_pre.clone() {
            self.problem(
                line,
                "a raw `<pre>` would show code that nothing judges",
                "use a fence",
            );
        }
        for line in self.page.fences_in_html.clone() {
            self.problem(
                line,
                "this is no fence: without an empty line above it, it belongs to the HTML",
                "put an empty line above it",
            );
        }
        for (line, tag) in self.page.no_tags.clone() {
            self.problem(
                line,
                format!("`<{tag}>` is read as HTML, and vanishes from the page"),
                "put the code around it between backticks, or write the tag in lower case",
            );
        }
        let mut found = Vec::new();
        let lines = markdown::Lines::of(&self.text);
        for (index, line) in self.text.lines().enumerate() {
            // Inside a paragraph it would end nothing, and the answer would go on.
            if line.contains("<!-- answer ends") && line != claim::ANSWER_ENDS {
                found.push((
                    index + 1,
                    "this does not end an answer, since it is not alone on its line".to_owned(),
                    "write `<!-- answer ends -->` on a line of its own, between empty lines",
                ));
            }
        }
        for directive in directives(&self.text) {
            if fences
                .iter()
                .any(|fence| fence.range.contains(&directive.at))
            {
                continue;
            }
            let line = lines.line(directive.at);
            let text = directive.text;
            let expanded = self.includes.expand(text);
            if directive.kind == "playground" {
                found.push((
                    line,
                    format!("`{text}` makes a block that has no fence here"),
                    "write the fence, and `{{#include}}` the file in it",
                ));
            } else if directive.kind != "title" && expanded == text {
                found.push((
                    line,
                    format!("`{text}` names nothing"),
                    "correct the path or the anchor",
                ));
            } else if expanded.trim_end().lines().count() > 1 && nested(&self.text[..directive.at])
            {
                found.push((line, SEVERAL_LINES.to_owned(), MARGIN));
            } else {
                let inner = markdown::read(&expanded);
                if !inner.fences.is_empty() || !inner.indented.is_empty() {
                    found.push((line, format!("`{text}` brings a code block with it; a verdict could not name its line"), "write the block in this chapter, and include only its code"));
                }
            }
        }
        for (line, wrong, next) in found {
            self.problem(line, wrong, next);
        }
    }
}

impl Block {
    /// All that its verdict hangs on: the block, but not where it stands.
    pub fn essence(&self) -> (String, String, Vec<Rendering>) {
        (
            self.info.clone(),
            self.code.clone(),
            self.renderings.clone(),
        )
    }

    /// Whether the block is one that a `fix` may repair.
    pub fn fails(&self) -> bool {
        matches!(
            self.claim.promise,
            Promise::Rejected { .. }
                | Promise::Panics
                | Promise::Stopped { .. }
                | Promise::Throws { .. }
        ) || !self.claim.warns.is_empty()
    }
}

/// mdBook puts an include's lines in as they are, before Markdown is read.
const SEVERAL_LINES: &str = "an include of several lines inside a quote or a list: mdBook repeats \
     the marks of the quote before the first of them only, so that the others fall out of it";
const MARGIN: &str = "move it out to the margin, or write the lines here";

/// Whether what comes next on the last line of `before` stands in a quote or a
/// list: marks, or a list's indentation, are all that is before it.
fn nested(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.starts_with([' ', '\t', '>', '-', '*', '+'])
        || line
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .starts_with(". ")
}

/// Whether there is nothing but white space and marks of quotes.
fn blank(between: &str) -> bool {
    between.chars().all(|c| c == '>' || c.is_whitespace())
}

/// The first line that [`uncover`] would uncover, counted from 1.
fn first_hidden(code: &str) -> Option<usize> {
    let hides = |line: &str| line == "#" || line.starts_with("# ");
    let hidden = code.lines().position(|line| hides(line.trim_start()))?;
    Some(hidden + 1)
}

/// Uncovers hidden lines, as rustdoc does: `# let x;` is code that the page
/// hides, and `##` stands for a `#` at the start of a line.
///
/// ```
/// use proofread::chapter::uncover;
/// assert_eq!(uncover("# fn main() {\n## [0]\n#[derive(Debug)]\n#\n# }\n"), "fn main() {\n# [0]\n#[derive(Debug)]\n\n}\n");
/// ```
pub fn uncover(code: &str) -> String {
    code.lines()
        .map(|line| {
            let start = line.len() - line.trim_start().len();
            let (space, rest) = line.split_at(start);
            match rest {
                "#" => "\n".to_owned(),
                _ if rest.starts_with("##") => format!("{space}{}\n", &rest[1..]),
                _ if rest.starts_with("# ") => format!("{space}{}\n", &rest[2..]),
                _ => format!("{line}\n"),
            }
        })
        .collect()
}
