//! `cargo book serve`: mdBook's server, and beside it the judge, who looks at
//! what an author saves.

use std::collections::HashSet;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use notify::{RecursiveMode, Watcher};
use proofread::book::Book;
use proofread::chapter::{Block, Rendering};

use crate::judging;

/// Editors write a file in several steps; what comes within this time belongs
/// together.
const STEPS: Duration = Duration::from_millis(60);

/// How often the server is looked after.
const LOOK: Duration = Duration::from_millis(500);

/// What each block of the book says.
type Essences = HashSet<(String, String, Vec<Rendering>)>;

fn essences(book: &Book) -> Essences {
    book.blocks().map(Block::essence).collect()
}

/// Judges what changes below `src` and `examples` until the server ends; with
/// `record`, renews the renderings of what changed, so that the page that
/// reloads is true. False where the server failed.
///
/// # Errors
///
/// The folders cannot be watched.
pub fn until_end(root: &Path, server: &mut Child, record: bool) -> Result<bool> {
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let access = event.as_ref().is_ok_and(|event| event.kind.is_access());
        if !access {
            // Nobody listens any more only when the server has ended.
            let _ = sender.send(());
        }
    })?;
    for folder in ["src", "examples"] {
        let folder = root.join(folder);
        if folder.is_dir() {
            watcher
                .watch(&folder, RecursiveMode::Recursive)
                .with_context(|| format!("{} cannot be watched", folder.display()))?;
        }
    }
    let mut known = Book::load(root)
        .map(|book| essences(&book))
        .unwrap_or_default();
    loop {
        match events.recv_timeout(LOOK) {
            Ok(()) => {
                while events.recv_timeout(STEPS).is_ok() {}
                known = judge_changes(root, known, record);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(server.wait()?.success()),
        }
        if let Some(status) = server.try_wait()? {
            return Ok(status.success());
        }
    }
}

/// Judges the blocks that are not among the known ones; returns what is known
/// now. A book that cannot be read, in the middle of an edit say, is told, and
/// judged when it can.
fn judge_changes(root: &Path, known: Essences, record: bool) -> Essences {
    let start = Instant::now();
    let changed = |block: &Block| !known.contains(&block.essence());
    let outcome = Book::load(root).and_then(|book| {
        judging::changes(&book, &changed, record, start)?;
        // Recording changed the book once more.
        if record { Book::load(root) } else { Ok(book) }
    });
    match outcome {
        Ok(book) => essences(&book),
        Err(error) => {
            anstream::eprintln!("{}: {error:#}", judging::red("error"));
            known
        }
    }
}
