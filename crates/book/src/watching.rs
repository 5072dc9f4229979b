//! `cargo book serve`: mdBook's server, and beside it the judge, who looks at
//! what an author saves.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use notify::{RecursiveMode, Watcher};
use proofread::book::Book;
use proofread::chapter::{Block, Rendering};

use site::falsities::{self, Falsity};

use crate::{judging, tools};

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

/// Serves the book with mdBook, to which `arguments` are handed; judges what
/// changes below `src` and `examples` until the server ends. With `record`, renews
/// the renderings of what changed, so that the page that reloads is true. What is
/// false is told on its page. False where the server failed.
///
/// # Errors
///
/// The port is taken, mdBook does not start, or the folders cannot be watched.
pub fn serve(root: &Path, arguments: &[String], record: bool) -> Result<bool> {
    is_free(&address(arguments))?;
    let told = tempfile::tempdir()?;
    let falsities = told.path().join("falsities.json");
    falsities::write(&falsities, &[])?;
    // mdBook builds again when this folder changes, as it does for `src`.
    let watched = serde_json::json!([told.path()]).to_string();
    let variables = [
        (falsities::VARIABLE, falsities.clone().into()),
        ("MDBOOK_BUILD__EXTRA_WATCH_DIRS", watched.into()),
    ];
    let mut server = tools::mdbook(root, "serve", arguments, None, &variables)?;
    until_end(root, &mut server, record, &falsities)
}

/// Where mdBook will listen: its defaults, and its own words for others.
fn address(arguments: &[String]) -> (String, u16) {
    let value = |long: &str, short: &str| {
        let mut words = arguments.iter();
        let with = words.find_map(|word| match word.strip_prefix(long) {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix('=').map(Some),
            None => (word == short).then_some(None),
        })?;
        with.map(str::to_owned).or_else(|| words.next().cloned())
    };
    let host = value("--hostname", "-n").unwrap_or_else(|| "localhost".to_owned());
    let port = value("--port", "-p").and_then(|port| port.parse().ok());
    (host, port.unwrap_or(3000))
}

/// mdBook would panic on a port that is taken.
fn is_free((host, port): &(String, u16)) -> Result<()> {
    match TcpListener::bind((host.as_str(), *port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is taken, perhaps by another `cargo book serve`\n  next: end that one, or \
             take another port: `cargo book serve --port {}`",
            port.wrapping_add(1)
        ),
        // Whatever else is wrong, mdBook tells.
        _ => Ok(()),
    }
}

/// Judges what changes until the server ends.
fn until_end(root: &Path, server: &mut Child, record: bool, falsities: &Path) -> Result<bool> {
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
    let mut wrong = Vec::new();
    loop {
        match events.recv_timeout(LOOK) {
            Ok(()) => {
                while events.recv_timeout(STEPS).is_ok() {}
                let before = wrong.clone();
                known = judge_changes(root, known, record, &mut wrong);
                if wrong != before {
                    falsities::write(falsities, &wrong)?;
                }
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
/// now, and brings up to date which of them are wrong. A book that cannot be read,
/// in the middle of an edit say, is told, and judged when it can.
fn judge_changes(root: &Path, known: Essences, record: bool, wrong: &mut Vec<Falsity>) -> Essences {
    let start = Instant::now();
    let changed = |block: &Block| !known.contains(&block.essence());
    let outcome = Book::load(root).and_then(|book| {
        let found = judging::changes(&book, &changed, record, start)?;
        let same = |falsity: &Falsity, block: &Block| {
            (&falsity.file, &falsity.info, &falsity.code)
                == (&block.place.file, &block.info, &block.code)
        };
        // What was judged anew, or is gone, is not known to be wrong any more.
        wrong.retain(|falsity| {
            let mut blocks = book.blocks();
            blocks.any(|block| same(falsity, block) && !changed(block))
        });
        wrong.extend(found);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_mdbook_will_listen() {
        let at = |words: &[&str]| {
            address(
                &words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(at(&[]), ("localhost".to_owned(), 3000));
        assert_eq!(
            at(&["--open", "-p", "3001"]),
            ("localhost".to_owned(), 3001)
        );
        assert_eq!(at(&["--port=7", "-n", "::1"]), ("::1".to_owned(), 7));
        assert_eq!(at(&["--port", "x"]), ("localhost".to_owned(), 3000));
    }

    #[test]
    fn a_port_that_is_taken_is_told() {
        let other = TcpListener::bind(("localhost", 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        let error = is_free(&("localhost".to_owned(), port))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("port {port} is taken")), "{error}");
        drop(other);
        assert!(is_free(&("localhost".to_owned(), port)).is_ok());
    }
}
