//! Judging and recording, told to a person.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use proofread::book::Book;
use proofread::chapter::{Block, Chapter};
use proofread::judge::{Judge, Judged, nothing_may_be_skipped};
use proofread::markdown::Lines;
use proofread::memory::Memory;
use proofread::prose;
use proofread::record;
use proofread::sandbox;
use proofread::tests::test_name;
use proofread::verdict::{Finding, Verdict};
use site::falsities::Falsity;

fn painted(text: impl Display, color: AnsiColor) -> String {
    let style: Style = color.on_default().bold();
    format!("{style}{text}{style:#}")
}

/// `text` in red, where a person looks.
pub fn red(text: impl Display) -> String {
    painted(text, AnsiColor::Red)
}

/// `text` in green, where a person looks.
pub fn green(text: impl Display) -> String {
    painted(text, AnsiColor::Green)
}

/// Whether the filter names the block: by a line of it (its code, or what is
/// recorded below), or as it names the chapter, or by a part of its test's name.
fn names(filter: Option<&str>, chapter: &Chapter, block: &Block) -> bool {
    let Some(filter) = filter else { return true };
    match at_line(filter) {
        Some((file, line)) => {
            let lines = Lines::of(&chapter.text);
            file_is(chapter, file)
                && (block.place.line..=lines.line(block.recorded.end)).contains(&line)
        }
        None => file_is(chapter, filter) || test_name(chapter, block).contains(filter),
    }
}

/// A file and a line: `src/ownership/moves.md:12`.
fn at_line(filter: &str) -> Option<(&str, usize)> {
    let (file, line) = filter.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

/// Whether a part of a path names the chapter, as a shell or an editor writes it.
fn file_is(chapter: &Chapter, part: &str) -> bool {
    let part = part.replace('\\', "/");
    chapter
        .file
        .contains(part.strip_prefix("./").unwrap_or(&part))
}

/// Whether the filter names the chapter or a block of it.
fn names_chapter(filter: Option<&str>, chapter: &Chapter) -> bool {
    let Some(filter) = filter else { return true };
    match at_line(filter) {
        Some((file, _)) => file_is(chapter, file),
        None => {
            file_is(chapter, filter)
                || chapter.slug().contains(filter)
                || chapter
                    .blocks
                    .iter()
                    .any(|block| names(Some(filter), chapter, block))
        }
    }
}

fn chosen<'a>(book: &'a Book, filter: Option<&str>) -> Vec<&'a Block> {
    book.chapters
        .iter()
        .flat_map(|chapter| {
            chapter
                .blocks
                .iter()
                .filter(move |block| names(filter, chapter, block))
        })
        .collect()
}

fn progress(length: usize) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(length as u64), target);
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} blocks {bar:30} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// The judge of the book, with the memory of earlier runs.
fn the_judge(root: &Path) -> Judge {
    Judge::new(root).remembering(Memory::beside_program())
}

/// What came of judging, and how long it took.
struct Session {
    judged: Vec<Judged>,
    took: Duration,
}

fn judge(book: &Book, filter: Option<&str>, judge: &Judge) -> Result<Session> {
    let start = Instant::now();
    let blocks = chosen(book, filter);
    let bar = progress(blocks.len());
    let judged = judge.blocks(&blocks, |verdict| {
        bar.inc(1);
        bar.set_message(verdict.place.to_string());
    })?;
    bar.finish_and_clear();
    Ok(Session {
        judged,
        took: start.elapsed(),
    })
}

/// Prints the problems of the book, or of the chapters that the filter names;
/// true if there are.
fn show_problems(book: &Book, filter: Option<&str>) -> bool {
    let files: Vec<&str> = book
        .chapters
        .iter()
        .filter(|chapter| names_chapter(filter, chapter))
        .map(|chapter| chapter.file.as_str())
        .collect();
    let mut any = false;
    for problem in book.all_problems() {
        let file = &problem.place.file;
        // A file that SUMMARY.md does not list is no chapter.
        if filter.is_none_or(|filter| files.contains(&file.as_str()) || file.contains(filter)) {
            anstream::println!("{}\n", problem);
            any = true;
        }
    }
    any
}

fn count(judged: &[Judged], is: impl Fn(&Finding) -> bool) -> usize {
    judged
        .iter()
        .filter(|judged| is(&judged.verdict.finding))
        .count()
}

/// "1 block", "2 blocks".
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn nothing_named(filter: Option<&str>) {
    let filter = filter.unwrap_or_default();
    anstream::eprintln!("{}: no block is named by `{filter}`", red("error"));
    eprintln!(
        "  next: name a chapter, or a line of a block, FILE:LINE; `cargo book blocks` lists them"
    );
}

/// Judges the blocks that the filter names; false where one fails.
///
/// # Errors
///
/// The book cannot be read, or the machine failed.
pub fn check(root: &Path, filter: Option<&str>, afresh: bool) -> Result<bool> {
    let book = Book::load(root)?;
    let problems = show_problems(&book, filter);
    let mut the_judge = the_judge(root);
    if afresh {
        the_judge = the_judge.afresh();
    }
    let Session { judged, took } = judge(&book, filter, &the_judge)?;
    // A chapter without blocks may be sound; a line without one is a slip.
    let named = |chapter: &Chapter| names_chapter(filter, chapter);
    let of_a_line = filter.is_some_and(|filter| at_line(filter).is_some());
    if judged.is_empty() && !problems && (of_a_line || !book.chapters.iter().any(named)) {
        nothing_named(filter);
        return Ok(false);
    }
    for verdict in judged
        .iter()
        .map(|judged| &judged.verdict)
        .filter(|verdict| verdict.finding != Finding::Holds)
    {
        anstream::println!("{verdict}\n");
    }
    let skipped = count(&judged, |f| matches!(f, Finding::Skipped { .. }));
    let contained = judged.iter().all(|judged| judged.remembered) || note_gaps();
    let good = !problems
        && contained
        && judged.iter().all(|judged| judged.verdict.passes())
        && (skipped == 0 || !nothing_may_be_skipped());
    let summary = summary(&judged, took);
    anstream::println!(
        "{} {summary}",
        if good { green("ok:") } else { red("failed:") }
    );
    if good {
        println!("  {UNSEEN}");
    } else {
        note_other_compiler(root, &the_judge)?;
    }
    if let Some(part) = filter {
        note_code_in_no_block(
            book.chapters
                .iter()
                .filter(|chapter| file_is(chapter, part)),
        );
    }
    Ok(good)
}

/// Says to the author of one chapter which code its prose has that none of its
/// blocks shows: nothing proves it, and often it is meant so.
fn note_code_in_no_block<'a>(mut chapters: impl Iterator<Item = &'a Chapter>) {
    let (Some(chapter), None) = (chapters.next(), chapters.next()) else {
        return;
    };
    let unproven = prose::in_no_block(chapter);
    if unproven.is_empty() {
        return;
    }
    anstream::println!(
        "note: {} of code in the prose, which no block of the page shows, so nothing proves:",
        counted(unproven.len(), "piece")
    );
    for (line, code) in unproven {
        println!("  {}:{line}: `{code}`", chapter.file);
    }
}

/// What a good check leaves open, and where it is looked at.
const UNSEEN: &str = "not looked at: the format of Rust blocks (`cargo test --test style`), the \
     order of terms and the plan (`cargo test --test course --test atlas`)";

/// Says what this machine does not enforce on the programs of blocks; false where
/// it must, on CI.
fn note_gaps() -> bool {
    let gaps = sandbox::gaps();
    if gaps.is_empty() {
        return true;
    }
    let named = std::env::var(UNCONTAINED).unwrap_or_default();
    let named: Vec<&str> = named.split(',').map(str::trim).collect();
    let good = !nothing_may_be_skipped() || gaps.iter().all(|gap| named.contains(&gap.word()));
    let list: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    anstream::println!("note: this machine does not limit, of what a block does: {list}");
    if !good {
        let words: Vec<&str> = gaps.iter().map(|gap| gap.word()).collect();
        let words = words.join(",");
        println!("  next: on CI, name what you accept: {UNCONTAINED}={words}");
    }
    good
}

/// The variable that names the [`sandbox::Gap`]s that are accepted on CI.
const UNCONTAINED: &str = "MEMORY_BOOK_UNCONTAINED";

fn summary(judged: &[Judged], took: Duration) -> String {
    let remembered = judged.iter().filter(|judged| judged.remembered).count();
    let mut parts = vec![format!(
        "{} in {:.2} s, {} judged, {remembered} remembered",
        counted(judged.len(), "block"),
        took.as_secs_f64(),
        judged.len() - remembered
    )];
    for (what, number) in [
        (
            "moved in wording only",
            count(judged, |f| {
                matches!(f, Finding::Moved { recorded: true, .. })
            }),
        ),
        (
            "not recorded yet",
            count(judged, |f| {
                matches!(
                    f,
                    Finding::Moved {
                        recorded: false,
                        ..
                    }
                )
            }),
        ),
        (
            "broken",
            count(judged, |f| matches!(f, Finding::Broken { .. })),
        ),
        (
            "skipped",
            count(judged, |f| matches!(f, Finding::Skipped { .. })),
        ),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    if let Some(slowest) = judged.iter().max_by_key(|judged| judged.took)
        && !slowest.took.is_zero()
    {
        let (place, took) = (&slowest.verdict.place, slowest.took.as_secs_f64());
        parts.push(format!("slowest {place} ({took:.2} s)"));
    }
    parts.join(", ")
}

/// Texts are those of one compiler; says so where another one judged.
fn note_other_compiler(root: &Path, judge: &Judge) -> Result<()> {
    let pinned = std::fs::read_to_string(root.join("rust-toolchain.toml")).unwrap_or_default();
    let pinned = pinned
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .unwrap_or_default();
    let pinned = pinned.trim_matches('"');
    let version = judge.toolchain()?.version()?;
    if !pinned.is_empty() && !version.ends_with(pinned) {
        println!("note: this is {version}; the book is recorded with rustc {pinned}");
    }
    Ok(())
}

/// Judges the whole book and sums up; false where a claim broke.
///
/// # Errors
///
/// The book cannot be read, or the machine failed.
pub fn drift(root: &Path) -> Result<bool> {
    let book = Book::load(root)?;
    show_problems(&book, None);
    let the_judge = the_judge(root);
    let Session { judged, .. } = judge(&book, None, &the_judge)?;
    for verdict in judged
        .iter()
        .map(|judged| &judged.verdict)
        .filter(|verdict| !verdict.passes())
    {
        anstream::println!("{verdict}\n");
    }
    let broken = count(&judged, |f| matches!(f, Finding::Broken { .. }));
    let moved = count(&judged, |f| matches!(f, Finding::Moved { .. }));
    let skipped = count(&judged, |f| matches!(f, Finding::Skipped { .. }));
    println!("{}:", the_judge.toolchain()?.version()?);
    println!(
        "  {} hold",
        counted(judged.len() - broken - skipped, "claim")
    );
    println!("  {} moved", counted(moved, "wording"));
    if skipped > 0 {
        println!("  {} skipped", counted(skipped, "block"));
    }
    println!("  {} broke", counted(broken, "claim"));
    Ok(broken == 0)
}

/// Judges, or records, the blocks that an author changed, and tells in a few
/// lines what came; returns what is false. `start` is when the change was noticed.
///
/// # Errors
///
/// A chapter cannot be written, or the machine failed.
pub fn changes(
    book: &Book,
    changed: &dyn Fn(&Block) -> bool,
    record: bool,
    start: Instant,
) -> Result<Vec<Falsity>> {
    let mut wrong: Vec<Verdict> = Vec::new();
    let judge = the_judge(&book.root);
    let blocks: Vec<&Block> = book.blocks().filter(|block| changed(block)).collect();
    show_problems(book, None);
    if blocks.is_empty() {
        return Ok(Vec::new());
    }
    if record {
        for chapter in &book.chapters {
            let recorded = record::chapter(chapter, &judge, changed, |_| {})?;
            show_diff(&recorded.diff);
            for refusal in recorded.refused {
                anstream::println!("{}: {refusal}\n", red("not recorded"));
                if let record::Refused::Verdict(verdict) = refusal {
                    wrong.push(verdict);
                }
            }
        }
    } else {
        for judged in judge.blocks(&blocks, |_| {})? {
            if judged.verdict.finding == Finding::Holds {
                anstream::println!("{} {}", green("ok:"), judged.verdict);
            } else {
                anstream::println!("{}\n", judged.verdict);
                wrong.push(judged.verdict);
            }
        }
    }
    let took = start.elapsed().as_secs_f64();
    println!("{} in {took:.2} s", counted(blocks.len(), "changed block"));
    let falsity = |verdict: &Verdict| {
        let block = blocks.iter().find(|block| block.place == verdict.place)?;
        Some(Falsity {
            file: block.place.file.clone(),
            info: block.info.clone(),
            code: block.code.clone(),
            said: verdict.to_string(),
        })
    };
    let skipped = |verdict: &&Verdict| matches!(verdict.finding, Finding::Skipped { .. });
    Ok(wrong
        .iter()
        .filter(|verdict| !skipped(verdict))
        .filter_map(falsity)
        .collect())
}

/// Records the blocks that the filter names; false where one was refused.
///
/// # Errors
///
/// The book cannot be read or written, or the machine failed.
pub fn record(root: &Path, filter: Option<&str>) -> Result<bool> {
    let book = Book::load(root)?;
    let blocks = chosen(&book, filter).len();
    if blocks == 0 {
        nothing_named(filter);
        return Ok(false);
    }
    let judge = the_judge(root);
    let bar = progress(blocks);
    let (mut changed, mut refused) = (0, 0);
    for chapter in &book.chapters {
        let recorded = record::chapter(
            chapter,
            &judge,
            |block| names(filter, chapter, block),
            |verdict| {
                bar.inc(1);
                bar.set_message(verdict.place.to_string());
            },
        )?;
        bar.suspend(|| {
            if !recorded.diff.is_empty() {
                changed += 1;
                show_diff(&recorded.diff);
            }
            for refusal in &recorded.refused {
                refused += 1;
                anstream::println!("{}: {refusal}\n", red("not recorded"));
            }
        });
    }
    bar.finish_and_clear();
    // A rendering that nothing claims is not the recorder's to remove.
    let problems = show_problems(&book, filter);
    println!(
        "{} looked at, {} changed, {refused} not recorded",
        counted(blocks, "block"),
        counted(changed, "chapter")
    );
    Ok(refused == 0 && !problems)
}

fn show_diff(diff: &str) {
    for line in diff.lines() {
        let line = match line.as_bytes().first() {
            Some(b'+') => painted(line, AnsiColor::Green),
            Some(b'-') => painted(line, AnsiColor::Red),
            _ => line.to_owned(),
        };
        anstream::println!("{line}");
    }
}

/// Lists the blocks that the filter names, and counts them by their fences.
///
/// # Errors
///
/// The book cannot be read.
pub fn list(root: &Path, filter: Option<&str>) -> Result<bool> {
    let book = Book::load(root)?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for chapter in &book.chapters {
        for block in chapter
            .blocks
            .iter()
            .filter(|block| names(filter, chapter, block))
        {
            println!(
                "{}  {}  {}",
                block.place,
                block.info,
                test_name(chapter, block)
            );
            *kinds.entry(block.info.clone()).or_default() += 1;
        }
    }
    println!(
        "\n{} in {}",
        counted(kinds.values().sum(), "block"),
        counted(book.chapters.len(), "chapter")
    );
    for (kind, number) in kinds {
        println!("{number:5} {kind}");
    }
    Ok(true)
}
