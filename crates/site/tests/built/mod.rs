//! The site as `cargo book build` makes it, built by this process: no network,
//! no other program.

// Each test that shares this file uses a part of it.
#![allow(dead_code)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::read::GzEncoder;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// Where the site lies on its host: not at the root.
pub const PREFIX: &str = "/memory/";

/// The project's folder.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()
            .expect("the project's folder")
    });
    &ROOT
}

/// The book as mdBook loads it, without the two preprocessors that are
/// programs: they are not asked for.
///
/// # Errors
///
/// book.toml or a chapter cannot be read.
fn bare(root: &Path) -> Result<MDBook> {
    let mut config = Config::from_disk(root.join("book.toml"))?;
    let scripts = config.html_config().unwrap_or_default().additional_js;
    let scripts: Vec<PathBuf> = scripts
        .into_iter()
        .filter(|script| !script.to_string_lossy().contains("mermaid"))
        .collect();
    config.set("output.html.additional-js", scripts)?;
    config.set("output.html.site-url", PREFIX)?;
    let none: [&str; 0] = [];
    for name in ["draw", "mermaid"] {
        config.set(format!("preprocessor.{name}.optional"), true)?;
        config.set(format!("preprocessor.{name}.renderers"), none)?;
    }
    MDBook::load_with_config(root, config)
}

/// Our preprocessor, called in place of its program.
struct Draw;

impl Preprocessor for Draw {
    // Not `draw`: book.toml speaks of the program of that name.
    fn name(&self) -> &str {
        "draw-in-process"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let problems = site::preprocess::figures(context, &mut book, &Default::default());
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ensure!(problems.is_empty(), "{}", problems.join("\n"));
        Ok(book)
    }
}

/// Builds the book in `root` into `folder`, finished.
///
/// # Errors
///
/// As `cargo book build` has them.
pub fn build(root: &Path, folder: &Path) -> Result<()> {
    let mut book = bare(root)?;
    book.config.build.build_dir = folder.to_owned();
    book.with_preprocessor(Draw);
    book.build()?;
    let preview = root.join("theme/preview.png");
    let options = site::Options {
        address: Some("https://example.org/memory/"),
        preview: preview.is_file().then_some(preview.as_path()),
        print: site::Holds::Course,
    };
    site::finish(folder, &options)?;
    Ok(())
}

/// A built site. Until this process ends, no other test builds there.
pub struct Built {
    pub folder: PathBuf,
    _held: File,
}

impl Built {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// As `cargo book build` has them.
    pub fn new() -> Result<Built> {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let held = File::create(place.join("site.lock"))?;
        held.lock()?;
        let folder = place.join("site");
        // What another version of the book left there is not part of this one.
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| folder.display().to_string());
            }
            _ => {}
        }
        build(root(), &folder)?;
        Ok(Built {
            folder,
            _held: held,
        })
    }

    /// Every page, as its path below the folder, in order.
    ///
    /// # Errors
    ///
    /// A folder cannot be read.
    pub fn pages(&self) -> Result<Vec<String>> {
        let mut pages = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "html") {
                    let page = path.strip_prefix(&self.folder)?;
                    pages.push(page.to_string_lossy().into_owned());
                }
            }
        }
        pages.sort();
        Ok(pages)
    }

    /// The text of a page.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn text(&self, page: &str) -> Result<String> {
        fs::read_to_string(self.folder.join(page)).with_context(|| page.to_owned())
    }
}

/// Compressed as a host does: at the level that is gzip's own.
///
/// # Errors
///
/// None that a slice could cause.
pub fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    GzEncoder::new(bytes, Compression::new(6)).read_to_end(&mut compressed)?;
    Ok(compressed)
}
