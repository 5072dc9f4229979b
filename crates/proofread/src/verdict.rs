//! What is said about a block: its claim and its renderings held against the
//! evidence. Pure; nothing runs here.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use sandbox::Ending;
use similar::TextDiff;

use crate::chapter::{Block, Place, Rendering};
use crate::claim::{Claim, Detector, Kind, Language, Promise, list};
use crate::evidence::{Evidence, Run, Task};
use crate::rust::split_panic;
use crate::{asan, exception, guest, race};

/// The judgement of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The block's fence.
    pub place: Place,
    /// The words of the fence.
    pub info: String,
    /// What was found.
    pub finding: Finding,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The claim holds, and the page shows what the machine says.
    Holds,
    /// A tool is missing, so nothing was judged.
    Skipped {
        /// Such as `node`.
        tool: String,
    },
    /// The claim holds; what is recorded is not what the machine says now.
    Moved {
        /// The texts that differ, as a diff.
        diff: String,
        /// Whether there is a recording at all.
        recorded: bool,
    },
    /// The claim does not hold.
    Broken {
        /// What the fence says.
        claimed: String,
        /// What came, in words.
        came: String,
        /// What the machine said, if that helps.
        said: String,
        /// The next thing to do.
        next: String,
    },
}

impl Verdict {
    /// Whether the block stands as the page has it.
    pub fn passes(&self) -> bool {
        matches!(self.finding, Finding::Holds | Finding::Skipped { .. })
    }
}

/// How much of what the machine said goes into a verdict.
const SAID_LINES: usize = 14;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict {
            place,
            info,
            finding,
        } = self;
        match finding {
            Finding::Holds => write!(f, "{place}: `{info}` holds"),
            Finding::Skipped { tool } => {
                write!(
                    f,
                    "{place}: `{info}` skipped: `{tool}` is not on this machine\n  next: install it"
                )
            }
            Finding::Moved { diff, recorded } => {
                if *recorded {
                    writeln!(
                        f,
                        "{place}: only the wording moved; the claim `{info}` holds"
                    )?;
                    writeln!(f, "  - the page shows, + the machine says:")?;
                } else {
                    writeln!(
                        f,
                        "{place}: nothing is recorded yet; the claim `{info}` holds"
                    )?;
                    writeln!(f, "  the machine says:")?;
                }
                indent(f, diff)?;
                write!(
                    f,
                    "  next: read it; `cargo book record {place}` puts it on the page"
                )
            }
            Finding::Broken {
                claimed,
                came,
                said,
                next,
            } => {
                writeln!(f, "{place}: claim broken: `{info}`")?;
                writeln!(f, "  claimed: {claimed}")?;
                writeln!(f, "  came:    {came}")?;
                indent(f, said)?;
                write!(f, "  next: {next}")
            }
        }
    }
}

fn indent(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for line in text.lines().take(SAID_LINES) {
        writeln!(f, "    {line}")?;
    }
    match text.lines().count().saturating_sub(SAID_LINES) {
        0 => Ok(()),
        1 => writeln!(f, "    … and one more line"),
        more => writeln!(f, "    … and {more} more lines"),
    }
}

/// Judges `block` by its evidence.
pub fn verdict(block: &Block, evidence: &Evidence) -> Verdict {
    let finding = match &evidence.missing {
        Some(tool) => Finding::Skipped { tool: tool.clone() },
        None => match broken(block, evidence).or_else(|| hidden_line(block, evidence)) {
            Some(finding) => finding,
            None => wording(block, evidence),
        },
    };
    Verdict {
        place: block.place.clone(),
        info: block.info.clone(),
        finding,
    }
}

fn wording(block: &Block, evidence: &Evidence) -> Finding {
    let expected = renderings(block, evidence);
    if expected == block.renderings && session(block, evidence).is_none() {
        return Finding::Holds;
    }
    let show = |renderings: &[Rendering]| -> String {
        renderings
            .iter()
            .map(|r| format!("{}\n{}", r.kind.fence(), r.text))
            .collect()
    };
    let diff = match session(block, evidence) {
        Some(body) => diff(&block.code, &body),
        None => diff(&show(&block.renderings), &show(&expected)),
    };
    Finding::Moved {
        diff,
        recorded: !block.renderings.is_empty() || shows_output(block),
    }
}

/// Whether a session shows more than its commands.
fn shows_output(block: &Block) -> bool {
    block.claim.promise == Promise::Session
        && block.code.lines().any(|line| !line.starts_with("$ "))
}

/// The changed lines between two texts, with a line around each.
pub fn diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let text = diff
        .unified_diff()
        .context_radius(1)
        .missing_newline_hint(false)
        .to_string();
    text.lines()
        .filter(|line| !line.starts_with("@@"))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// What a console block's body should be, if that is not what it is.
pub fn session(block: &Block, evidence: &Evidence) -> Option<String> {
    match (&block.claim.promise, &evidence.run) {
        (Promise::Session, Some(run)) if run.output != block.code => Some(run.output.clone()),
        _ => None,
    }
}

/// The texts that belong below the block, in order, by this evidence.
pub fn renderings(block: &Block, evidence: &Evidence) -> Vec<Rendering> {
    let claim = &block.claim;
    let mut texts = Vec::new();
    let mut add = |kind, text: &str| {
        let mut text = text.to_owned();
        if !text.is_empty() {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            texts.push(Rendering { kind, text });
        }
    };
    if matches!(claim.promise, Promise::Rejected { .. }) {
        add(Kind::Error, &evidence.compilation.text);
    } else if !claim.warns.is_empty() {
        add(Kind::Warning, &evidence.compilation.text);
    }
    let output = evidence.run.as_ref().map_or("", |run| run.output.as_str());
    match &claim.promise {
        Promise::Runs => add(Kind::Output, output),
        Promise::Panics if claim.language == Language::Go => {
            let (own, panic) = exception::split_go(output);
            add(Kind::Output, &own);
            add(Kind::Panic, panic.as_deref().unwrap_or_default());
        }
        Promise::Panics => {
            let (own, panic) = split_panic(output).unwrap_or((output.to_owned(), String::new()));
            add(Kind::Output, &own);
            add(Kind::Panic, &panic);
        }
        Promise::Stopped { by, .. } => {
            let (own, report) = reported(*by, output);
            add(Kind::Output, &own);
            if let Some(report) = report {
                add(by.kind(), &report.text);
            }
        }
        Promise::Throws { .. } => {
            let (own, thrown) = exception::split(output);
            add(Kind::Output, &own);
            if let Some(thrown) = thrown {
                add(Kind::Exception, &thrown.text);
            }
        }
        Promise::Compiles | Promise::Rejected { .. } | Promise::Draws | Promise::Session => {}
    }
    if claim.pictures.is_some() {
        for picture in evidence.pictures.iter().flatten() {
            add(Kind::Picture, picture);
        }
    }
    texts
}

/// How the claim fails, if it does.
fn broken(block: &Block, evidence: &Evidence) -> Option<Finding> {
    let claim = &block.claim;
    let compilation = &evidence.compilation;
    let fail = |came: String, said: &str, next: &str| {
        Some(Finding::Broken {
            claimed: claim.to_string(),
            came,
            said: said.to_owned(),
            next: next.to_owned(),
        })
    };

    if let Some(ending) = compilation.stopped {
        let next = "give the compiler less to do in this block; if the block is sound, try again";
        return fail(format!("the compiler {ending}"), &compilation.text, next);
    }
    if let Promise::Rejected { codes, uncoded } = &claim.promise {
        if compilation.accepted {
            let next = "make the block fail, or drop `compile_fail` and its codes";
            return fail("it compiles".to_owned(), &compilation.text, next);
        }
        if *codes != compilation.errors || *uncoded != compilation.uncoded {
            let mut came = list(&compilation.errors);
            if compilation.uncoded {
                came.push_str(if came.is_empty() { "" } else { " and " });
                came.push_str("an error without a code");
            }
            let next = "correct the code, or change the fence if this error is the lesson";
            return fail(format!("rejected with {came}"), &compilation.text, next);
        }
        return first_line_moved(block, evidence)
            .or_else(|| line_of_the_wrapper(block, evidence))
            .or_else(|| not_drawn(block, evidence));
    }

    if !compilation.accepted {
        let came = match claim.language {
            Language::Mermaid => "it cannot be drawn".to_owned(),
            Language::Console => "it is no session that is run here".to_owned(),
            _ if compilation.errors.is_empty() => "the compiler rejects it".to_owned(),
            _ => format!("rejected with {}", list(&compilation.errors)),
        };
        let next = if claim.language == Language::Console {
            "write the commands as they are run, each on a line that starts with `$ `"
        } else if claim.language == Language::Mermaid {
            "mend the diagram; the table of fences in CONTRIBUTING.md says what is drawn"
        } else if claim.repair {
            "mend the repair: it is the block that readers copy"
        } else if misses_a_crate(claim.language, &compilation.errors) {
            "mend the block (no crate but `std` is in scope); if it is meant to fail, claim so"
        } else {
            "mend the block; if it is meant to fail, claim so"
        };
        return fail(came, &compilation.text, next);
    }
    let warner = match claim.language {
        Language::C => Some("the C compiler warns"),
        Language::Cpp => Some("the C++ compiler warns"),
        Language::Go => Some("`go vet` warns"),
        _ => None,
    };
    if let Some(warner) = warner.filter(|_| !compilation.text.is_empty())
        && Task::of(block).warnings_matter
    {
        let next = "mend what it warns of";
        return fail(warner.to_owned(), &compilation.text, next);
    }
    if !claim.warns.is_empty() && claim.warns != compilation.warnings {
        let came = match list(&compilation.warnings) {
            none if none.is_empty() => "no warning".to_owned(),
            lints => format!("warnings: {lints}"),
        };
        return fail(
            came,
            &compilation.text,
            "correct the code, or name in the fence what rustc warns of",
        );
    }
    let Some(run) = &evidence.run else {
        return not_drawn(block, evidence);
    };
    match stopped(claim, run) {
        Ok(()) if !run.is_text => fail(
            "it prints what is no UTF-8, so that no page could show it".to_owned(),
            &run.output,
            "print text: the bytes as numbers, say",
        ),
        Ok(()) => not_drawn(block, evidence),
        Err((came, next)) => {
            let next = if reads_input(&block.code) {
                format!("{next} (a block has no standard input: reading finds the end at once)")
            } else {
                next.to_owned()
            };
            fail(came, &exception::plain(&run.output), &next)
        }
    }
}

/// Whether a name that leads to no crate is among the errors: E0432 of a `use`, E0433
/// of a path.
fn misses_a_crate(language: Language, errors: &BTreeSet<String>) -> bool {
    language == Language::Rust && (errors.contains("E0432") || errors.contains("E0433"))
}

/// Whether a program asks for standard input, by the words of its language.
fn reads_input(code: &str) -> bool {
    [
        "stdin",
        "input(",
        "scanf",
        "getchar",
        "std::cin",
        "System.in",
    ]
    .iter()
    .any(|word| code.contains(word))
}

/// What a detector said when it stopped a program.
fn reported(by: Detector, output: &str) -> (String, Option<asan::Report>) {
    match by {
        Detector::Asan => asan::split(output),
        Detector::Tsan | Detector::Race => race::split(output),
    }
}

/// Whether the program came to the end that is claimed; else what came, and the
/// next thing to do.
fn stopped(claim: &Claim, run: &Run) -> Result<(), (String, &'static str)> {
    let ending = run.ending;
    let wrong = |came: String, next| Err((came, next));
    match &claim.promise {
        Promise::Panics => {
            let next = "make it panic, or drop `should_panic` or `panics`";
            let printed = match claim.language {
                // Its runtime ends it by this signal.
                Language::Go => exception::split_go(&run.output).1.is_some(),
                _ => split_panic(&run.output).is_some(),
            };
            match (claim.language, ending) {
                (Language::Go, Ending::Signal(6)) if printed => Ok(()),
                (Language::Rust, Ending::Exit(101)) if printed && run.reported => Ok(()),
                (Language::Go, Ending::Exit(_)) | (_, Ending::Exit(101)) if printed => wrong(
                    format!("no panic: it printed the words of one, and {ending}"),
                    next,
                ),
                _ => wrong(format!("no panic: it {ending}"), next),
            }
        }
        Promise::Stopped { by, class } => {
            let what = match by {
                Detector::Race => "race detector",
                _ => "sanitizer",
            };
            let next = "make the mistake happen, or drop the claim";
            match reported(*by, &run.output).1 {
                Some(_) if !run.reported => wrong(
                    format!("no {what} stopped it: it {ending}, and printed a report itself"),
                    next,
                ),
                Some(report)
                    if report.class == *class && ending == Ending::Exit(guest::STOPPED) =>
                {
                    Ok(())
                }
                Some(report) => wrong(
                    format!("stopped by the {what}: {}", report.class),
                    "correct the program, or the class in the fence",
                ),
                None => wrong(format!("no {what} stopped it: it {ending}"), next),
            }
        }
        Promise::Throws { kind } => {
            let next = "make it throw, or drop `throws`";
            match exception::split(&run.output).1 {
                Some(_) if !run.reported => wrong(
                    format!("no exception: it {ending}, and printed the words of one"),
                    next,
                ),
                Some(_) if ending == Ending::Exit(0) => wrong(
                    "an exception, and yet it exited with code 0".to_owned(),
                    next,
                ),
                Some(thrown) if thrown.kind == *kind => Ok(()),
                Some(thrown) => wrong(
                    format!("ended by an exception: {}", thrown.kind),
                    "correct the program, or the kind in the fence",
                ),
                None => wrong(format!("no exception: it {ending}"), next),
            }
        }
        _ if ending == Ending::Exit(0) => Ok(()),
        _ => Err(other_end(claim, run)),
    }
}

/// How a program ended that was to end by itself.
fn other_end(claim: &Claim, run: &Run) -> (String, &'static str) {
    let rust = claim.language == Language::Rust;
    if rust && run.ending == Ending::Exit(101) && split_panic(&run.output).is_some() {
        return ("it panics".to_owned(), "mend it, or claim `should_panic`");
    }
    if claim.language == Language::Go && exception::split_go(&run.output).1.is_some() {
        return ("it panics".to_owned(), "mend it, or claim `panics`");
    }
    if let Some(thrown) = exception::split(&run.output).1 {
        let came = format!("an exception ends it: {}", thrown.kind);
        return (came, "mend it, or claim `throws=…`");
    }
    (
        format!("it {}", run.ending),
        "mend it: a block ends by itself, with code 0",
    )
}

/// A program that cannot be drawn, where a picture is asked for.
fn not_drawn(block: &Block, evidence: &Evidence) -> Option<Finding> {
    let why = evidence.pictures.as_ref().err()?;
    Some(Finding::Broken {
        claimed: format!("{}, and its memory can be drawn", block.claim),
        came: format!("no picture: {why}"),
        said: String::new(),
        next: "write it in another way, or take `memory` or `borrows` away".to_owned(),
    })
}

/// An error without a code is claimed by the first line of its text.
fn first_line_moved(block: &Block, evidence: &Evidence) -> Option<Finding> {
    let Promise::Rejected { uncoded: true, .. } = block.claim.promise else {
        return None;
    };
    let recorded = block
        .renderings
        .iter()
        .find(|r| r.kind == Kind::Error)?
        .text
        .lines()
        .next()?;
    let came = evidence.compilation.text.lines().next().unwrap_or_default();
    (recorded != came).then(|| Finding::Broken {
        claimed: format!("rejected with `{recorded}`"),
        came: format!("rejected with `{came}`"),
        said: String::new(),
        next: "this line is the claim of an `uncoded` block: correct the code, or write the new line by hand".to_owned(),
    })
}

/// Readers count the lines that they see: a text that names a line must not reach
/// behind the first that the page hides, nor quote that one.
fn hidden_line(block: &Block, evidence: &Evidence) -> Option<Finding> {
    let hidden = block.hidden?;
    let texts = renderings(block, evidence);
    let shown = texts.iter().filter(|text| text.kind != Kind::Output);
    let line = shown
        .flat_map(|text| lines_named(&text.text))
        .find(|line| *line >= hidden)?;
    Some(Finding::Broken {
        claimed: block.claim.to_string(),
        came: format!(
            "a text that speaks of line {line}, while the page hides line {hidden}, so that \
             readers count otherwise"
        ),
        said: String::new(),
        next: "show the hidden lines, or move them to the end of the block".to_owned(),
    })
}

/// The lines of the program that a recorded text names.
fn lines_named(text: &str) -> Vec<usize> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)src/main\.rs:(\d+)|^ *(\d+) +\||\blines? (\d+)(?: to (\d+))?")
            .expect("a constant pattern")
    });
    let numbers = |found: regex::Captures<'_>| {
        let numbers = (1..found.len()).filter_map(|i| found.get(i)?.as_str().parse().ok());
        numbers.collect::<Vec<usize>>()
    };
    NAMED.captures_iter(text).flat_map(numbers).collect()
}

/// A block without `fn main` must not have the compiler point at the line
/// that was put above it.
fn line_of_the_wrapper(block: &Block, evidence: &Evidence) -> Option<Finding> {
    let shows = evidence.compilation.text.contains("src/main.rs:0:")
        || evidence
            .compilation
            .text
            .lines()
            .any(|line| line.starts_with("0 "));
    shows.then(|| Finding::Broken {
        claimed: block.claim.to_string(),
        came:
            "an error that points at the `fn main` put around the block, which readers do not see"
                .to_owned(),
        said: evidence.compilation.text.clone(),
        next: "write `fn main() {` … `}` in the block, hidden with `# ` if need be".to_owned(),
    })
}
