//! The book held against its plan, and its chapters against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proofread::atlas::{self, Asked, Places};
use proofread::book::Book;
use proofread::chapter::Chapter;
use proofread::claim::Promise;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn book() -> Book {
    Book::load(root()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The parts of SUMMARY.md, each with its chapters' files; what stands before
/// the first of them is in none.
fn parts() -> Vec<(String, Vec<String>)> {
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    for line in read("src/SUMMARY.md").lines() {
        if line == "# Summary" {
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            // "Part 4: Ownership": the plan names parts without their numbers.
            let name = title
                .split_once(": ")
                .filter(|(part, _)| part.starts_with("Part "));
            let title = name.map_or(title, |(_, name)| name);
            parts.push((title.to_owned(), Vec::new()));
        } else if let Some((_, rest)) = line.split_once("](")
            && let Some((_, chapters)) = parts.last_mut()
        {
            chapters.push(format!("src/{}", rest.trim_end_matches(')')));
        }
    }
    parts
}

/// The codes of a paragraph of the plan: what looks like one inside brackets.
fn codes(paragraph: &str) -> BTreeSet<String> {
    paragraph
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .flat_map(|(inside, _)| inside.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            word.len() == 5
                && word.starts_with('E')
                && word[1..].bytes().all(|b| b.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect()
}

fn claimed<'a>(chapters: impl Iterator<Item = &'a Chapter>) -> BTreeSet<String> {
    chapters
        .flat_map(|chapter| &chapter.blocks)
        .filter_map(|block| match &block.claim.promise {
            Promise::Rejected { codes, .. } => Some(codes.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Codes that the course still shows, though their home is the atlas: their
/// blocks move there, and then they leave this list.
const ON_THEIR_WAY: &[&str] = &[
    "E0015", "E0053", "E0067", "E0070", "E0080", "E0120", "E0161", "E0184", "E0206", "E0307",
    "E0320", "E0322", "E0366", "E0367", "E0391", "E0409", "E0425", "E0492", "E0493", "E0599",
    "E0607", "E0608", "E0620", "E0745", "E0764", "E0801",
];

/// The paragraphs of the plan, each with the part that it is about.
fn plan() -> Vec<(String, String)> {
    let plan = read("tests/plan.md");
    plan.split("\n\n")
        .filter_map(|paragraph| {
            let (title, _) = paragraph.strip_prefix("**")?.split_once(".**")?;
            Some((title.to_owned(), paragraph.to_owned()))
        })
        .collect()
}

#[test]
fn every_part_holds_what_the_plan_has_for_it() {
    let (book, plan) = (book(), plan());
    let mut wrong = Vec::new();
    for (title, chapters) in parts() {
        let Some((_, paragraph)) = plan.iter().find(|(part, _)| *part == title) else {
            wrong.push(format!("tests/plan.md has no part \"{title}\""));
            continue;
        };
        if title == ATLAS {
            continue;
        }
        let here = claimed(
            book.chapters
                .iter()
                .filter(|chapter| chapters.contains(&chapter.file)),
        );
        wrong.extend(
            codes(paragraph)
                .difference(&here)
                .map(|code| format!("no block of \"{title}\" fails with {code}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_course_shows_no_code_without_a_reader_who_meets_it() {
    let book = book();
    let planned: BTreeSet<String> = plan()
        .iter()
        .filter(|(title, _)| title != ATLAS)
        .flat_map(|(_, paragraph)| codes(paragraph))
        .collect();
    assert!(planned.len() > 20, "the plan was read");
    let shown = claimed(
        book.chapters
            .iter()
            .filter(|chapter| !chapter.file.starts_with("src/errors")),
    );
    let on_their_way: BTreeSet<String> = ON_THEIR_WAY.iter().map(|code| code.to_string()).collect();
    let gone: Vec<&String> = on_their_way.difference(&shown).collect();
    if !gone.is_empty() {
        println!("they have left the course, take them out of ON_THEIR_WAY: {gone:?}");
    }
    let strangers: Vec<&String> = shown
        .iter()
        .filter(|code| code.starts_with('E'))
        .filter(|code| !planned.contains(*code) && !on_their_way.contains(*code))
        .collect();
    assert!(
        strangers.is_empty(),
        "{strangers:?} are in no part's brackets in tests/plan.md; their home is src/errors"
    );
}

/// The part of the error atlas.
const ATLAS: &str = "Error atlas";

/// The badge of a block always leads somewhere, and so does each code that the
/// compiler's text names.
#[test]
fn every_claimed_error_is_in_the_atlas() {
    let book = book();
    let mut places = Places::default();
    for chapter in &book.chapters {
        let path = chapter.file.trim_start_matches("src/");
        places.look_at(path, &chapter.text, &chapter.page);
    }
    let mut missing = BTreeMap::new();
    for block in book.blocks() {
        for asked in atlas::asked(block) {
            let (name, place) = match &asked {
                Asked::Named(name) => (name, places.of(name)),
                Asked::Uncoded(line) => (line, places.of_uncoded(line)),
            };
            if place.is_none() {
                missing.insert(name.clone(), block.place.to_string());
            }
        }
    }
    assert!(
        missing.is_empty(),
        "the badge of a block leads to src/errors; there is no page, or no section of lints.md or sanitizers.md, for: {missing:#?}"
    );
}

/// The terms of the glossary, each with the chapter that introduces it.
fn terms(glossary: &str) -> Vec<(String, String)> {
    glossary
        .split("\n## ")
        .skip(1)
        .map(|entry| {
            let term = entry.lines().next().unwrap_or_default().to_owned();
            let home = entry
                .lines()
                .find_map(|line| line.strip_prefix("Introduced in ["))
                .and_then(|rest| rest.split_once("]("))
                .and_then(|(_, rest)| rest.split([')', '#']).next())
                .unwrap_or_else(|| {
                    panic!("src/glossary.md: `{term}` does not say where it is introduced")
                });
            (term, format!("src/{home}"))
        })
        .collect()
}

/// No term before it is introduced: the chapter that the glossary names is the
/// first, in the order of SUMMARY.md, that links to the term. (Of the pages
/// "Coming from …" a reader reads one or none, so they introduce for themselves,
/// and for nobody else.)
#[test]
fn terms_are_introduced_where_the_glossary_says() {
    let book = book();
    let terms = terms(&read("src/glossary.md"));
    assert!(terms.len() > 20, "the terms were found");
    let mut wrong = Vec::new();
    for (term, home) in &terms {
        let anchor = format!("glossary.md#{}", term.to_lowercase().replace(' ', "-"));
        let links = |chapter: &&Chapter| {
            chapter
                .page
                .links
                .iter()
                .any(|link| link.target.ends_with(&anchor))
        };
        let for_all = |chapter: &&Chapter| !chapter.file.contains("/coming-from-");
        let first = book.chapters.iter().filter(for_all).find(links);
        let first = first.or_else(|| book.chapters.iter().find(links));
        match first {
            Some(first) if first.file == *home => {}
            Some(first) => wrong.push(format!(
                "{term}: {} links to it first, the glossary names {home}",
                first.file
            )),
            None => wrong.push(format!("{term}: no chapter links to it")),
        }
    }
    let mut sorted: Vec<String> = terms.iter().map(|(term, _)| term.to_lowercase()).collect();
    sorted.sort();
    let order: Vec<String> = terms.iter().map(|(term, _)| term.to_lowercase()).collect();
    assert_eq!(order, sorted, "the glossary is in alphabetical order");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The chapters of SUMMARY.md: their part, their title there, their file.
fn listed() -> Vec<(String, String, String)> {
    let mut part = String::new();
    let mut listed = Vec::new();
    for line in read("src/SUMMARY.md").lines() {
        if let Some(title) = line.strip_prefix("# ") {
            title.clone_into(&mut part);
        } else if let Some((title, file)) = line
            .trim_start_matches([' ', '-'])
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(')')?.rsplit_once("]("))
        {
            listed.push((part.clone(), title.to_owned(), format!("src/{file}")));
        }
    }
    listed
}

/// What is wrong with the title that SUMMARY.md gives a chapter, whose page opens
/// with `heading`. It may be shorter, but says nothing that the page does not; and the
/// overview of a part may bear the part's name.
fn misnames(part: &str, title: &str, heading: &str) -> Option<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .map(str::to_lowercase)
            .filter(|word| !word.is_empty() && word != "and")
            .collect()
    };
    let long = words(heading);
    let told = |word: &String| long.iter().any(|other| other.starts_with(word.as_str()));
    if title == heading || heading == part || words(title).iter().all(told) {
        return None;
    }
    Some(format!(
        "SUMMARY.md names it \"{title}\", its page \"{heading}\""
    ))
}

#[test]
fn a_chapter_is_named_in_the_list_as_on_its_page() {
    let listed = listed();
    assert!(listed.len() > 100, "the list was read: {}", listed.len());
    let wrong: Vec<String> = listed
        .iter()
        .filter_map(|(part, title, file)| {
            let text = read(file);
            let heading = text.lines().find_map(|line| line.strip_prefix("# "));
            let Some(heading) = heading else {
                return Some(format!("{file}: no title"));
            };
            // A heading may name its anchor behind it.
            let heading = heading.split(" {#").next().unwrap_or(heading).trim();
            misnames(part, title, heading).map(|wrong| format!("{file}: {wrong}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn another_title_than_that_of_the_page_is_found() {
    let wrong = |title, heading| misnames("Ownership", title, heading).is_some();
    assert!(!wrong("Moves", "Moves"));
    assert!(!wrong(
        "Drop and borrow",
        "A value with a `Drop` borrows to its end"
    ));
    assert!(!wrong("What ownership is", "Ownership"));
    assert!(wrong("Moves", "Copy and clone"));
    assert!(wrong("Moves and copies", "Moves"));
}
