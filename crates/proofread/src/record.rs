//! Writes what the machine says below the blocks that it says it of, and
//! touches nothing else.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::chapter::{Block, Chapter, Rendering};
use crate::judge::Judge;
use crate::verdict::{self, Finding, Verdict};

/// What a block should have below it, or in it.
struct Update<'a> {
    block: &'a Block,
    renderings: Vec<Rendering>,
    session: Option<String>,
}

/// What recording did to one chapter.
pub struct Recorded {
    /// The chapter's file.
    pub file: String,
    /// The change as a diff; empty where nothing changed.
    pub diff: String,
    /// The blocks that were not recorded, and why.
    pub refused: Vec<Refused>,
}

/// A block that was not recorded.
pub enum Refused {
    /// Its claim does not hold, or a tool is missing.
    Verdict(Verdict),
    /// Its text cannot stand in a chapter.
    Text(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::Verdict(verdict) => write!(f, "{verdict}"),
            Refused::Text(why) => write!(f, "{why}"),
        }
    }
}

/// Records the chosen blocks of a chapter, and writes its file if that
/// changes it. `done` hears of each block.
///
/// # Errors
///
/// The machine failed; the file is as it was.
pub fn chapter(
    chapter: &Chapter,
    judge: &Judge,
    chosen: impl Fn(&Block) -> bool,
    done: impl Fn(&Verdict) + Sync,
) -> Result<Recorded> {
    let mut updates = Vec::new();
    let mut refused = Vec::new();
    let chosen: Vec<&Block> = chapter
        .blocks
        .iter()
        .filter(|block| chosen(block))
        .collect();
    for (block, judged) in chosen.iter().zip(judge.blocks(&chosen, done)?) {
        let evidence = judged.evidence;
        let verdict = judged.verdict;
        match verdict.finding {
            Finding::Holds => {}
            Finding::Skipped { .. } | Finding::Broken { .. } => {
                refused.push(Refused::Verdict(verdict))
            }
            Finding::Moved { .. } if !judge.is_steady(block, &evidence)? => {
                refused.push(Refused::Text(format!(
                    "{}: two runs print different things, so there is nothing to record\n  \
                     next: take out of the program what changes from run to run (addresses, times, orders)",
                    block.place
                )));
            }
            Finding::Moved { .. } => {
                let update = Update {
                    block,
                    renderings: verdict::renderings(block, &evidence),
                    session: verdict::session(block, &evidence),
                };
                match recordable(chapter, &update) {
                    Ok(()) => updates.push(update),
                    Err(why) => refused.push(Refused::Text(format!(
                        "{}: this text cannot be recorded: {why}\n  next: change what the program prints",
                        block.place
                    ))),
                }
            }
        }
    }
    let text = rewrite(chapter, &updates);
    let diff = if text == chapter.text {
        String::new()
    } else {
        shown_diff(&chapter.file, &chapter.text, &text)
    };
    if !diff.is_empty() {
        replace(&chapter.path, &text)?;
    }
    Ok(Recorded {
        file: chapter.file.clone(),
        diff,
        refused,
    })
}

fn shown_diff(file: &str, old: &str, new: &str) -> String {
    similar::TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(2)
        .header(file, file)
        .to_string()
}

/// Tries the update alone and reads it back: the block must be what it was,
/// with just the renderings that were meant.
fn recordable(chapter: &Chapter, update: &Update<'_>) -> Result<(), String> {
    let texts = update
        .renderings
        .iter()
        .map(|r| &r.text)
        .chain(&update.session);
    for text in texts {
        if let Some(c) = text
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            return Err(format!(
                "it holds the control character {c:?}, which no page can show"
            ));
        }
        chapter.includes.protect(text)?;
    }
    let text = rewrite(chapter, std::slice::from_ref(update));
    let again = chapter.reread(text);
    let index = chapter
        .blocks
        .iter()
        .position(|block| block == update.block)
        .unwrap_or(0);
    let same_claim =
        |a: &Block, b: &Block| a.info == b.info && (update.session.is_some() || a.code == b.code);
    match again.blocks.get(index) {
        Some(block)
            if again.blocks.len() == chapter.blocks.len()
                && again.problems.len() <= chapter.problems.len()
                && same_claim(block, update.block)
                && block.renderings == update.renderings
                && update
                    .session
                    .as_ref()
                    .is_none_or(|body| *body == block.code) =>
        {
            Ok(())
        }
        _ => Err(
            "it would not read back as it is, inside the list or quote around the block".to_owned(),
        ),
    }
}

/// The chapter's text with the updates in it.
fn rewrite(chapter: &Chapter, updates: &[Update<'_>]) -> String {
    let mut text = chapter.text.clone();
    // From the end, so that the ranges before stay true.
    for update in updates.iter().rev() {
        let block = update.block;
        let newline = if chapter.text[block.fence.clone()].contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let lines = |body: &str| -> String {
            body.lines()
                .map(|line| {
                    format!(
                        "{}{newline}",
                        format!("{}{line}", block.prefix)
                            .trim_end_matches(|c: char| line.is_empty() && c == ' ')
                    )
                })
                .collect()
        };
        let protect = |body: &str| {
            chapter
                .includes
                .protect(body)
                .unwrap_or_else(|_| body.to_owned())
        };
        let renderings: String = update
            .renderings
            .iter()
            .map(|rendering| {
                let ticks = "`".repeat(longest_run(&rendering.text).max(2) + 1);
                let (prefix, kind) = (&block.prefix, rendering.kind.fence());
                let blank = prefix.trim_end();
                let body = lines(&protect(&rendering.text));
                format!(
                    "{newline}{blank}{newline}{prefix}{ticks}{kind}{newline}{body}{prefix}{ticks}"
                )
            })
            .collect();
        text.replace_range(block.recorded.clone(), &renderings);
        if let Some(session) = &update.session {
            let fence = &chapter.text[block.fence.clone()];
            let start = block.fence.start + fence.find('\n').map_or(0, |at| at + 1);
            let end = block.fence.start + fence.rfind('\n').map_or(0, |at| at + 1);
            text.replace_range(start..end, &lines(&protect(session)));
        }
    }
    text
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Replaces a file whole or not at all: a full disk or a killed process
/// leaves the old one.
///
/// # Errors
///
/// The file system refuses; the error names the file.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let context = || format!("{} could not be written; it is as it was", path.display());
    let new = beside(path, text).with_context(context)?;
    if let Ok(metadata) = fs::metadata(path) {
        fs::set_permissions(new.path(), metadata.permissions()).with_context(context)?;
    }
    new.as_file().sync_all().with_context(context)?;
    new.persist(path).with_context(context)?;
    Ok(())
}

/// A new file with this text in the folder of `path`, to be moved there.
pub(crate) fn beside(path: &Path, text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(dir)?;
    new.write_all(text.as_bytes())?;
    Ok(new)
}
