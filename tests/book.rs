//! Every block of the book, judged: skeptic makes each one a `#[test]`, named
//! after its chapter, heading and line. `cargo test moves` judges one chapter.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use proofread::book::Book;
use proofread::chapter::{Block, Place};
use proofread::judge::{self, Judge, Judged};
use proofread::memory::Memory;
use proofread::tests::test_name;
use proofread::verdict::{Verdict, renderings};

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    Book::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_or_else(|error| panic!("{error:#}"))
});

static JUDGE: LazyLock<Judge> =
    LazyLock::new(|| Judge::new(&BOOK.root).remembering(Memory::beside_program()));

/// One judgement for all tests of a run: of the blocks whose tests the command
/// line names.
static VERDICTS: LazyLock<HashMap<Place, Verdict>> = LazyLock::new(|| {
    let blocks = chosen(&std::env::args().skip(1).collect::<Vec<_>>());
    let judged = JUDGE
        .blocks(&blocks, |_| {})
        .unwrap_or_else(|error| panic!("{error:#}"));
    judged
        .into_iter()
        .map(|judged| (judged.verdict.place.clone(), judged.verdict))
        .collect()
});

/// The blocks whose tests libtest is likely to run with these arguments: what
/// it runs besides, because of `--skip 3` say, is judged when its turn comes.
fn chosen(arguments: &[String]) -> Vec<&'static Block> {
    let filters: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let names = |name: &str| {
        let name = format!("blocks::{name}");
        filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
    };
    BOOK.chapters
        .iter()
        .flat_map(|chapter| {
            chapter
                .blocks
                .iter()
                .filter(move |block| names(&test_name(chapter, block)))
        })
        .collect()
}

/// What the generated tests call in skeptic's place.
mod skeptic {
    pub mod rt {
        use super::super::{BOOK, JUDGE, VERDICTS};
        use proofread::judge::nothing_may_be_skipped;
        use proofread::tests::identify;
        use proofread::verdict::Finding;

        /// Judges the block whose text skeptic extracted.
        ///
        /// The first three arguments are skeptic's own: folders, the target.
        pub fn run_test(_root: &str, _out: &str, _target: &str, text: &str) {
            let (place, code) = identify(text).unwrap_or_else(|wrong| panic!("{wrong}"));
            let block = BOOK.blocks().find(|block| block.place == place);
            let Some(block) = block.filter(|block| block.code == code) else {
                panic!(
                    "{place}: skeptic extracted another block than the judge\n  \
                     next: run `cargo test` again; the chapter changed while it was built"
                );
            };
            let verdict = VERDICTS.get(&place).cloned().unwrap_or_else(|| {
                let judged = JUDGE.alone(block);
                judged.unwrap_or_else(|error| panic!("{error:#}")).verdict
            });
            if let Finding::Skipped { .. } = verdict.finding {
                eprintln!("{verdict}");
                assert!(
                    !nothing_may_be_skipped(),
                    "on CI nothing is skipped\n{verdict}"
                );
            }
            assert!(verdict.passes(), "\n\n{verdict}\n");
        }
    }
}

mod blocks {
    include!(concat!(env!("OUT_DIR"), "/blocks.rs"));
}

/// What no single block can show: unknown words, lost renderings, chapters
/// left out, links that lead nowhere.
#[test]
fn nothing_in_the_book_goes_unjudged() {
    let problems: Vec<String> = BOOK
        .all_problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(problems.is_empty(), "\n\n{}\n", problems.join("\n\n"));
}

/// A block judged among others gets the verdict, and has the texts, that it
/// has alone.
#[test]
fn together_is_as_alone() {
    let blocks: Vec<&Block> = BOOK.blocks().collect();
    let judge = Judge::new(&BOOK.root);
    let together = judge
        .blocks(&blocks, |_| {})
        .unwrap_or_else(|error| panic!("{error:#}"));
    let pairs: Vec<_> = blocks
        .iter()
        .zip(together)
        .filter(|(_, judged)| judged.took.is_zero())
        .collect();
    let compare = |(block, judged): &(&&Block, Judged)| {
        let alone = judge
            .alone(block)
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(judged.verdict, alone.verdict);
        assert_eq!(
            renderings(block, &judged.evidence),
            renderings(block, &alone.evidence),
            "{}",
            block.place
        );
    };
    let looked = judge::each(&pairs, |pair| {
        compare(pair);
        Ok(())
    });
    looked.unwrap_or_else(|error| panic!("{error:#}"));
}

/// Counts the fences of the book without the parser that the judge uses, and
/// asks this program which tests it has.
#[test]
fn every_fence_has_a_test() {
    let program = std::env::current_exe().expect("this test is a program");
    let output = Command::new(program)
        .args(["--list", "--format", "terse"])
        .output()
        .expect("it lists its tests");
    let listed = String::from_utf8_lossy(&output.stdout);
    let tests: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("blocks::")?.strip_suffix(": test"))
        .collect();
    let mut fences = 0;
    for chapter in &BOOK.chapters {
        for line in claims(&chapter.text) {
            fences += 1;
            let (start, end) = (chapter.slug(), format!("_line_{line}"));
            assert!(
                tests
                    .iter()
                    .any(|test| test.starts_with(&start) && test.ends_with(&end)),
                "{}:{line}: this fence has no test",
                chapter.file
            );
        }
    }
    assert_eq!(
        fences,
        tests.len(),
        "as many tests as fences that claim something"
    );
}

/// The lines of the fences that are not renderings, found by looking at
/// nothing but the starts of lines.
fn claims(text: &str) -> Vec<usize> {
    let mut open: Option<String> = None;
    let mut lines = Vec::new();
    let mut rest = text.lines().peekable();
    let mut index = 0;
    while let Some(line) = rest.next() {
        index += 1;
        let drawn = rest.peek().is_some_and(|below| below.starts_with("%% "));
        let line = line.trim_start_matches(|c: char| {
            matches!(c, '>' | '-' | '*' | '.') || c.is_whitespace() || c.is_ascii_digit()
        });
        let fence: String = line.chars().take_while(|c| *c == '`').collect();
        match &open {
            Some(opening) if fence.len() >= opening.len() && line.trim_end() == fence => {
                open = None
            }
            Some(_) => {}
            None if fence.len() >= 3 => {
                if !line[fence.len()..].starts_with("text,") && !drawn {
                    lines.push(index);
                }
                open = Some(fence);
            }
            None => {}
        }
    }
    lines
}
