//! A traced program does what the untouched one does, for every traced block
//! of the book: it prints the same, panics at the same place, ends the same.

use std::path::Path;

use proofread::book::Book;
use proofread::chapter::Block;
use proofread::claim::Pictures;
use proofread::judge::{self, Judge};
use proofread::rust::settle;
use proofread::sandbox;

/// What does not hang on how two streams were put together.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines
}

fn compare(judge: &Judge, block: &Block) {
    let options = trace::Options {
        file: "src/main.rs".to_owned(),
        ..trace::Options::default()
    };
    let traced = trace::trace(&block.code, &options)
        .unwrap_or_else(|error| panic!("{}: {error}", block.place));
    let judged = judge
        .alone(block)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let run = judged
        .evidence
        .run
        .unwrap_or_else(|| panic!("{}: it did not run", block.place));
    let printed = settle(&format!("{}{}", traced.output, traced.errors));
    assert_eq!(lines(&printed), lines(&run.output), "{}", block.place);
    let ending = match traced.ending {
        trace::Ending::Returned => sandbox::Ending::Exit(0),
        trace::Ending::Panicked => sandbox::Ending::Exit(101),
        trace::Ending::Exited(code) => sandbox::Ending::Exit(code),
        trace::Ending::Killed => panic!("{}: a signal ended the traced program", block.place),
    };
    assert_eq!(ending, run.ending, "{}", block.place);
}

#[test]
fn traced_blocks_do_what_untouched_ones_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let book = Book::load(root).unwrap_or_else(|error| panic!("{error:#}"));
    let blocks: Vec<&Block> = book
        .blocks()
        .filter(|block| block.claim.pictures == Some(Pictures::Memory))
        .collect();
    assert!(!blocks.is_empty());
    let judge = Judge::new(root);
    let looked = judge::each(&blocks, |block| {
        compare(&judge, block);
        Ok(())
    });
    looked.unwrap_or_else(|error| panic!("{error:#}"));
}
