//! Changes a file whole or not at all. An error half way leaves the old file as
//! it was, and no rubbish beside it.
//!
//! Run it with `cargo run --example whole_or_nothing`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The next version of a file. It lies beside the file until it is published,
/// and is thrown away if it never is.
struct Draft {
    target: PathBuf,
    beside: PathBuf,
    writer: BufWriter<File>,
    published: bool,
}

impl Draft {
    fn of(target: &Path) -> io::Result<Draft> {
        let beside = target.with_extension("draft");
        let writer = BufWriter::new(File::create(&beside)?);
        Ok(Draft {
            target: target.to_path_buf(),
            beside,
            writer,
            published: false,
        })
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "{text}")
    }
}

// ANCHOR: ends
impl Draft {
    /// Puts the draft in the place of the file. Takes the draft, so that nobody
    /// writes to it afterwards.
    fn publish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.beside, &self.target)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // A drop can't report an error. What is left over does no harm.
            let _ = fs::remove_file(&self.beside);
        }
    }
}
// ANCHOR_END: ends

// ANCHOR: prices
/// Writes a new price list. An entry looks like `soup 650`.
fn update(list: &Path, entries: &[&str]) -> io::Result<()> {
    let mut draft = Draft::of(list)?;
    for entry in entries {
        let (dish, cents) = entry
            .split_once(' ')
            .ok_or_else(|| io::Error::other(format!("no price: {entry}")))?;
        let cents: u32 = cents.parse().map_err(io::Error::other)?;
        draft.line(&format!("{dish}: {cents} cents"))?;
    }
    draft.publish()
}

fn main() -> io::Result<()> {
    let folder = Folder::new()?;
    let list = folder.path.join("prices.txt");

    for entries in [["soup 650", "pie 480"], ["soup 700", "pie"]] {
        match update(&list, &entries) {
            Ok(()) => println!("published"),
            Err(error) => println!("not published, {error}"),
        }
        folder.show(&list)?;
    }
    Ok(())
}
// ANCHOR_END: prices

/// A folder of our own, removed with all that is in it.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> io::Result<Folder> {
        let name = format!("whole-or-nothing-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path)?;
        Ok(Folder { path })
    }

    fn show(&self, list: &Path) -> io::Result<()> {
        let text = fs::read_to_string(list)?;
        let lines: Vec<&str> = text.lines().collect();
        let files = fs::read_dir(&self.path)?.count();
        println!("  {lines:?}, files: {files}");
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // As above: an error here has nobody to go to.
        let _ = fs::remove_dir_all(&self.path);
    }
}
