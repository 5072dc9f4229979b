//! Makes every block of the book a `#[test]`: `proofread` expands the
//! chapters, skeptic turns them into tests, `tests/book.rs` runs them.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs};

use anyhow::{Context, Result};
use proofread::book::Book;
use proofread::tests;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    // The folders, not the files: a new chapter is a change too.
    for watched in ["book.toml", "src", "examples"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    let book = Book::load(&root)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = out.join("blocks");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut files = Vec::new();
    for (name, text) in tests::files(&book) {
        let file = folder.join(name);
        write(&file, &text).with_context(|| format!("{} could not be written", file.display()))?;
        files.push(file);
    }
    skeptic::generate_doc_tests(&files);

    // What skeptic generates calls `skeptic::rt`. Ours stands in its place.
    let generated = out.join("skeptic-tests.rs");
    let text = if files.is_empty() {
        String::new()
    } else {
        fs::read_to_string(&generated)?
    };
    let text = text.replacen("extern crate skeptic;\n", "use super::skeptic;\n", 1);
    fs::write(out.join("blocks.rs"), text)?;
    Ok(())
}

/// Writes a file with an old date: skeptic has Cargo watch it, and a file
/// that is newer than the build script's run would bring on the next run.
fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)?;
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    fs::File::options()
        .write(true)
        .open(file)?
        .set_modified(past)?;
    Ok(())
}
