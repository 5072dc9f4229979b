//! The error atlas held against its plan: every memory error has its page, and
//! every page the form that somebody who is stuck can rely on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use proofread::atlas::{self, bare};
use proofread::book::Book;
use proofread::chapter::{Block, Chapter};
use proofread::claim::Promise;

/// Lints of the plan that only programs of an older edition can meet, so that
/// their sections have no block.
const OLD_EDITIONS: &[&str] = &[
    "if_let_rescope",
    "impl_trait_overcaptures",
    "tail_expr_drop_order",
];

/// Codes that rustc gives only together with others, or only with unusual
/// flags: the code, the others, why.
const NOT_ALONE: &[(&str, &[&str], &str)] = &[(
    "E0409",
    &["E0308"],
    "the two names have two types, and rustc says both",
)];

/// Pages with one repair: the code or the page, and why there is no second.
const ONE_REPAIR: &[(&str, &str)] = &[];

/// The sections of a page, in order, and whether a page may do without.
const SECTIONS: [(&str, bool); 5] = [
    (PROGRAM, false),
    ("What would go wrong", false),
    (REPAIRS, false),
    ("It also looks like this", true),
    (NEIGHBORS, false),
];
const PROGRAM: &str = "The smallest program";
const REPAIRS: &str = "Repairs";
const NEIGHBORS: &str = "Neighbors";

/// How many words a page has beside its blocks and headings.
const WORDS: std::ops::RangeInclusive<usize> = 150..=400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn book() -> Book {
    Book::load(root()).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The paragraph of the plan.
fn plan() -> String {
    let plan = fs::read_to_string(root().join("tests/plan.md")).expect("tests/plan.md");
    let paragraph = plan
        .split("\n\n")
        .find(|paragraph| paragraph.starts_with("**Error atlas.**"));
    paragraph.expect("a paragraph on the atlas").to_owned()
}

/// What stands between two signs in a text.
fn between(text: &str, open: char, close: char) -> impl Iterator<Item = &str> {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

fn planned_codes() -> BTreeSet<String> {
    between(&plan(), '[', ']')
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// What the plan has in quotation marks.
fn planned_messages() -> Vec<String> {
    plan()
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn planned_lints() -> Vec<String> {
    plan()
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// A page's name as links from the book's `src` have it.
fn path(chapter: &Chapter) -> &str {
    chapter.file.trim_start_matches("src/")
}

/// The pages with the form: those of codes, and of errors without one.
fn pages(book: &Book) -> Vec<&Chapter> {
    let mut pages: Vec<&Chapter> = book
        .chapters
        .iter()
        .filter(|chapter| {
            let path = path(chapter);
            atlas::code_of(path).is_some() || path.starts_with("errors/uncoded-")
        })
        .collect();
    pages.sort_by_key(|chapter| chapter.file.clone());
    pages
}

/// The code of a page, or its file's name.
fn name(chapter: &Chapter) -> String {
    atlas::code_of(path(chapter)).unwrap_or_else(|| chapter.file.clone())
}

fn title(chapter: &Chapter) -> &str {
    atlas::title(&chapter.text).unwrap_or_default()
}

/// A page taken apart by headings of the second order; the first has none.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split("\n## ");
    let opening = parts.next().unwrap_or_default();
    let mut sections = vec![("", opening)];
    sections.extend(parts.map(|part| part.split_once('\n').unwrap_or((part, ""))));
    sections
}

/// The other first lines that a page lists in its opening.
fn other_lines(text: &str) -> Vec<&str> {
    let (_, opening) = sections(text)[0];
    opening
        .split_once("\nThe same code also says:\n")
        .or_else(|| opening.split_once("\nIt also says:\n"))
        .map_or(Vec::new(), |(_, list)| {
            list.lines()
                .filter_map(|line| line.strip_prefix("- "))
                .collect()
        })
}

/// A first line without the code before it.
fn words(title: &str) -> &str {
    match title.split_once(": ") {
        Some((code, words)) if code.len() == 5 && code.starts_with('E') => words,
        _ => title,
    }
}

fn in_section<'a>(chapter: &'a Chapter, section: &'a str) -> impl Iterator<Item = &'a Block> {
    chapter
        .blocks
        .iter()
        .filter(move |block| block.section.as_deref() == Some(section))
}

/// Words of prose: no headings, no blocks.
fn prose(text: &str) -> usize {
    let (mut apart, mut words) = (0, 0);
    for event in new_cmark_parser(text, &MarkdownOptions::default()) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Heading { .. }) => apart += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Heading(_)) => apart -= 1,
            Event::Text(text) if apart == 0 => words += text.split_whitespace().count(),
            Event::Code(_) if apart == 0 => words += 1,
            _ => {}
        }
    }
    words
}

/// Says everything that is wrong with the pages at once.
fn on_every_page(look: impl Fn(&Chapter, &mut Vec<String>)) {
    let book = book();
    let pages = pages(&book);
    assert!(pages.len() > 2, "the pages were looked at");
    let mut wrong = Vec::new();
    for page in pages {
        let mut found = Vec::new();
        look(page, &mut found);
        wrong.extend(
            found
                .into_iter()
                .map(|found| format!("{}: {found}", page.file)),
        );
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_planned_error_has_its_page() {
    let book = book();
    let codes = planned_codes();
    assert_eq!(codes.len(), 108);
    let there: BTreeSet<String> = book
        .chapters
        .iter()
        .filter_map(|chapter| atlas::code_of(path(chapter)))
        .collect();
    assert_eq!(there, codes, "pages, and codes of tests/plan.md");

    let messages = planned_messages();
    assert_eq!(messages.len(), 3);
    let titles: Vec<String> = pages(&book)
        .into_iter()
        .filter(|page| atlas::code_of(path(page)).is_none())
        .map(|page| bare(title(page)))
        .collect();
    let sorted = |words: Vec<String>| words.into_iter().collect::<BTreeSet<String>>();
    assert_eq!(
        sorted(titles),
        sorted(messages.iter().map(|message| bare(message)).collect()),
        "pages, and messages without a code of tests/plan.md"
    );
}

/// A lint's section has a block that warns of it or, where it is denied, fails
/// with it.
#[test]
fn every_planned_lint_has_its_section() {
    let book = book();
    let page = book
        .chapters
        .iter()
        .find(|chapter| path(chapter) == atlas::LINTS)
        .expect("the page of the lints");
    let shown: BTreeSet<String> = page
        .blocks
        .iter()
        .flat_map(|block| {
            let denied = match &block.claim.promise {
                Promise::Rejected { codes, .. } => codes.clone(),
                _ => BTreeSet::new(),
            };
            denied.into_iter().chain(block.claim.warns.iter().cloned())
        })
        .collect();
    let lints = planned_lints();
    assert_eq!(lints.len(), 28);
    for lint in &lints {
        assert!(page.page.ids.contains(lint), "no section for {lint}");
        assert_ne!(
            shown.contains(lint),
            OLD_EDITIONS.contains(&lint.as_str()),
            "{lint}: a section has a block, unless only an older edition warns"
        );
    }
}

#[test]
fn pages_have_their_sections_in_order() {
    on_every_page(|page, wrong| {
        let found: Vec<&str> = sections(&page.text)
            .into_iter()
            .skip(1)
            .map(|(heading, _)| heading)
            .collect();
        let wanted: Vec<&str> = SECTIONS
            .into_iter()
            .filter(|(heading, optional)| !optional || found.contains(heading))
            .map(|(heading, _)| heading)
            .collect();
        if found != wanted {
            wrong.push(format!(
                "its sections are {found:?}, and should be {wanted:?}"
            ));
        }
        let words = prose(&page.text);
        if !WORDS.contains(&words) {
            wrong.push(format!(
                "{words} words beside the blocks, and should be {WORDS:?}"
            ));
        }
    });
}

/// Titles are what the compiler says, without the program's names, and so are
/// the other first lines.
#[test]
fn titles_are_first_lines() {
    on_every_page(|page, wrong| {
        let title = title(page);
        let recorded: BTreeSet<String> = page
            .blocks
            .iter()
            .filter(|block| is_about(block, page))
            .filter_map(atlas::first_line)
            .map(bare)
            .collect();
        for line in std::iter::once(title).chain(other_lines(&page.text)) {
            if !recorded.contains(&bare(line)) {
                wrong.push(format!(
                    "no message on the page opens with \"{line}\", but {recorded:?}"
                ));
            }
        }
        if let Some(code) = atlas::code_of(path(page))
            && !title.starts_with(&format!("{code}: "))
        {
            wrong.push(format!("its title does not open with \"{code}: \""));
        }
        let listed = other_lines(&page.text).len() + 1;
        if recorded.len() > listed {
            wrong.push(format!(
                "its messages open in {} ways, it names {listed}",
                recorded.len()
            ));
        }
    });
}

/// Whether a block is rejected for what its page is about.
fn is_about(block: &Block, page: &Chapter) -> bool {
    match (&block.claim.promise, atlas::code_of(path(page))) {
        (Promise::Rejected { codes, .. }, Some(code)) => codes.contains(&code),
        (Promise::Rejected { uncoded, .. }, None) => *uncoded,
        _ => false,
    }
}

#[test]
fn the_smallest_program_has_this_error_alone() {
    on_every_page(|page, wrong| {
        let name = name(page);
        let mut expected: BTreeSet<String> = atlas::code_of(path(page)).into_iter().collect();
        if let Some((_, others, _)) = NOT_ALONE.iter().find(|(code, ..)| *code == name) {
            expected.extend(others.iter().map(|code| code.to_string()));
        }
        let found = in_section(page, PROGRAM).any(|block| {
            is_about(block, page)
                && matches!(&block.claim.promise, Promise::Rejected { codes, .. } if *codes == expected)
        });
        if !found {
            wrong.push(format!(
                "no block of \"{PROGRAM}\" is rejected with {expected:?} and nothing else"
            ));
        }
    });
}

#[test]
fn there_are_two_repairs() {
    on_every_page(|page, wrong| {
        let repairs = in_section(page, REPAIRS)
            .filter(|block| block.claim.repair)
            .count();
        let one = ONE_REPAIR.iter().any(|(listed, _)| *listed == name(page));
        if repairs != 1 && one {
            wrong.push(format!("{repairs} repairs; take it out of ONE_REPAIR"));
        } else if repairs < 2 && !one {
            wrong.push(format!(
                "{repairs} repairs; show two, or list it in ONE_REPAIR with the reason"
            ));
        }
    });
}

#[test]
fn lists_of_exceptions_are_about_pages() {
    let book = book();
    let pages: Vec<String> = pages(&book).into_iter().map(name).collect();
    let listed = NOT_ALONE.iter().map(|(page, _, why)| (page, why));
    for (page, why) in listed.chain(ONE_REPAIR.iter().map(|(page, why)| (page, why))) {
        assert!(pages.iter().any(|name| name == page), "{page} has no page");
        assert!(!why.is_empty(), "{page}: say why");
    }
}

/// The two lists of the index are what the pages say of themselves.
#[test]
fn the_index_has_every_page() {
    let book = book();
    let index = book
        .chapters
        .iter()
        .find(|chapter| path(chapter) == atlas::INDEX)
        .expect("the index");
    let mut lacking = Vec::new();
    for page in pages(&book) {
        let target = path(page);
        let mut lines = Vec::new();
        let mut code = String::new();
        if let Some(named) = atlas::code_of(target) {
            let id = named.to_lowercase();
            lines.push(format!(
                "- <span id=\"{id}\"></span>[{named}]({target}) {}",
                words(title(page))
            ));
            code = format!(" {named}");
        }
        let all = std::iter::once(words(title(page))).chain(other_lines(&page.text));
        lines.extend(all.map(|line| format!("- [{line}]({target}){code}")));
        lacking.extend(
            lines
                .into_iter()
                .filter(|line| !index.text.lines().any(|there| there == line)),
        );
    }
    for page in book.chapters.iter().filter(|page| atlas::holds(path(page))) {
        if !index
            .page
            .links
            .iter()
            .any(|link| link.target.starts_with(path(page)))
        {
            lacking.push(format!("a link to {}", path(page)));
        }
    }
    assert!(
        lacking.is_empty(),
        "\nsrc/errors.md lacks\n{}\n",
        lacking.join("\n")
    );
}

/// Who stands on the wrong page finds the right one, and nobody is stuck on
/// a page that leads nowhere.
#[test]
fn pages_lead_to_each_other_and_into_the_course() {
    let book = book();
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    for page in book.chapters.iter().filter(|page| atlas::holds(path(page))) {
        for link in &page.page.links {
            let id = link.target.rsplit(['#', '/']).next().unwrap_or_default();
            let name = id.trim_end_matches(".md");
            if !path(page).ends_with(&format!("/{name}.md")) {
                *reached.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    let alone: Vec<String> = pages(&book)
        .into_iter()
        .map(|page| {
            path(page)
                .trim_start_matches(atlas::FOLDER)
                .trim_end_matches(".md")
                .to_owned()
        })
        .filter(|name| !reached.contains_key(name))
        .collect();
    assert!(alone.is_empty(), "no page of the atlas leads to {alone:?}");
    on_every_page(|page, wrong| {
        let all = sections(&page.text);
        let neighbors = all.iter().find(|(heading, _)| *heading == NEIGHBORS);
        let text = neighbors.map_or("", |(_, text)| *text);
        let links = proofread::markdown::read(text).links;
        let is_atlas =
            |target: &str| !target.starts_with("../") || target.starts_with("../errors.md");
        if !links.iter().any(|link| is_atlas(&link.target)) {
            wrong.push(format!("\"{NEIGHBORS}\" names no other error"));
        }
        if !links
            .iter()
            .any(|link| !is_atlas(&link.target) && !link.target.contains("glossary.md"))
        {
            wrong.push(format!("\"{NEIGHBORS}\" has no door into the course"));
        }
    });
}

/// The pages are the last of the book, below their index, in order, so that
/// reading on ends with the course.
#[test]
fn the_atlas_is_the_end_of_the_book() {
    let book = book();
    let files: Vec<&str> = book.chapters.iter().map(path).collect();
    let index = files
        .iter()
        .position(|file| *file == atlas::INDEX)
        .expect("the index");
    let (before, behind) = files.split_at(index + 1);
    assert!(before.iter().all(|file| !atlas::holds(file)));
    assert!(behind.iter().all(|file| atlas::holds(file)), "{behind:?}");
    let summary = fs::read_to_string(root().join("src/SUMMARY.md")).expect("SUMMARY.md");
    for page in pages(&book) {
        let line = format!("  - [{}]({})", title(page), path(page));
        assert!(
            summary.lines().any(|there| there == line),
            "src/SUMMARY.md lacks {line}"
        );
    }
    let codes: Vec<&&str> = behind
        .iter()
        .filter(|file| atlas::code_of(file).is_some())
        .collect();
    assert!(codes.is_sorted(), "the codes of SUMMARY.md are in order");
}
