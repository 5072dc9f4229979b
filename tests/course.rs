//! The book held against its plan, and its chapters against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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

/// The parts of SUMMARY.md, each with its chapters' files.
fn parts() -> Vec<(String, Vec<String>)> {
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    for line in read("src/SUMMARY.md").lines() {
        if let Some(title) = line.strip_prefix("# ") {
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

#[test]
fn every_code_of_a_written_part_has_its_home_there() {
    let (book, plan) = (book(), read("tests/plan.md"));
    let mut written = 0;
    let mut missing = Vec::new();
    for (title, chapters) in parts() {
        let opening = format!("**{title}.**");
        let Some(paragraph) = plan
            .split("\n\n")
            .find(|paragraph| paragraph.starts_with(&opening))
        else {
            continue;
        };
        written += 1;
        let here = claimed(
            book.chapters
                .iter()
                .filter(|chapter| chapters.contains(&chapter.file)),
        );
        missing.extend(
            codes(paragraph)
                .difference(&here)
                .map(|code| format!("{code}, at home in \"{title}\"")),
        );
    }
    assert!(written > 2, "the parts of SUMMARY.md are those of the plan");
    assert!(
        missing.is_empty(),
        "no block fails with:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_claimed_error_is_in_the_atlas() {
    let book = book();
    let atlas = book
        .chapters
        .iter()
        .find(|chapter| chapter.file == "src/errors.md")
        .expect("the atlas");
    let claims = book.blocks().flat_map(|block| {
        let mut ids = Vec::new();
        match &block.claim.promise {
            Promise::Rejected { codes, uncoded } => {
                ids.extend(codes.iter().map(|code| {
                    if code.starts_with('E') {
                        code.to_lowercase()
                    } else {
                        code.clone()
                    }
                }));
                if *uncoded {
                    ids.push("uncoded".to_owned());
                }
            }
            Promise::Stopped { by, class } => ids.push(format!("{}-{class}", by.word())),
            Promise::Throws { .. } => ids.push("throws".to_owned()),
            _ => {}
        }
        ids.extend(block.claim.warns.iter().cloned());
        ids.into_iter().map(|id| (id, &block.place))
    });
    let missing: BTreeMap<String, String> = claims
        .filter(|(id, _)| !atlas.page.ids.contains(id))
        .map(|(id, place)| (id, place.to_string()))
        .collect();
    assert!(
        missing.is_empty(),
        "the badge of a block leads to its section of src/errors.md; write one for: {missing:#?}"
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
