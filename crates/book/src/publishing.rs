//! The site as it is published, and the book in one file.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use site::Holds;
use site::epub::About;

use crate::tools;

/// Names the whole address of the site, such as `https://example.org/memory/`.
const ADDRESS: &str = "MEMORY_BOOK_ADDRESS";

/// Names the time, in seconds since 1970, that files are to bear: the habit of
/// those who build a thing twice and compare.
const TIME: &str = "SOURCE_DATE_EPOCH";

/// The picture that links to the pages show, and what it is drawn from.
const PREVIEW: &str = "theme/preview.png";
const PREVIEW_SOURCE: &str = "theme/preview.svg";

/// Writes the site into the folder that book.toml names, and finishes it;
/// false where mdBook failed, which has said why.
///
/// # Errors
///
/// mdBook cannot be started, or the site cannot be finished.
pub fn build(root: &Path) -> Result<bool> {
    let address = address()?;
    if !tools::mdbook(root, "build", &[], address.as_deref(), &[])?
        .wait()?
        .success()
    {
        return Ok(false);
    }
    let folder = root.join(tools::config(root)?.build.build_dir);
    finish(root, &folder, address.as_deref(), Holds::Course)?;
    if address.is_none() {
        eprintln!(
            "note: without {ADDRESS} (https://example.org/memory/) the pages have neither canonical addresses nor a site map"
        );
    }
    println!("The site is in {}", from_here(&folder.join("index.html")));
    Ok(true)
}

/// Prints the book into a PDF; false where mdBook failed.
///
/// # Errors
///
/// There is no browser, or a step fails; the error says which.
pub fn pdf(root: &Path, file: &Path, holds: Holds) -> Result<bool> {
    // First, because what it needs may have to be installed.
    let browser = site::pdf::chromium()?;
    let Some(folder) = temporary_site(root)? else {
        return Ok(false);
    };
    finish(root, folder.path(), None, holds)?;
    eprintln!("Printing takes a while");
    site::pdf::print(&browser, &folder.path().join("print.html"), file)?;
    say_written(file)
}

/// Writes the book for e-readers; false where mdBook failed.
///
/// # Errors
///
/// A step fails; the error says which.
pub fn epub(root: &Path, file: &Path, holds: Holds) -> Result<bool> {
    let Some(folder) = temporary_site(root)? else {
        return Ok(false);
    };
    let config = tools::config(root)?;
    let theme = config.html_config().unwrap_or_default().theme_dir(root);
    let mut title = config.book.title.unwrap_or_else(|| "A book".to_owned());
    if holds == Holds::Atlas {
        title.push_str(" (the error atlas)");
    }
    let about = About {
        title: &title,
        holds,
        description: config.book.description.as_deref().unwrap_or_default(),
        language: config.book.language.as_deref().unwrap_or("en"),
        made: time()?,
    };
    let epub = site::epub::epub(folder.path(), &theme, &about)?;
    site::write(file, &epub)?;
    say_written(file)
}

/// Draws the picture for links anew.
///
/// # Errors
///
/// There is no browser, or it fails.
pub fn preview(root: &Path) -> Result<bool> {
    let picture = root.join(PREVIEW);
    site::preview::draw(
        &site::pdf::chromium()?,
        &root.join(PREVIEW_SOURCE),
        &picture,
    )?;
    say_written(&picture)
}

/// The site in a folder of its own, so that `book` stays as it is; nothing
/// where mdBook failed.
fn temporary_site(root: &Path) -> Result<Option<tempfile::TempDir>> {
    let folder = tempfile::tempdir().context("no folder for the site")?;
    let words = [
        "--dest-dir".to_owned(),
        folder.path().to_string_lossy().into_owned(),
    ];
    let built = tools::mdbook(root, "build", &words, None, &[])?
        .wait()?
        .success();
    Ok(built.then_some(folder))
}

fn finish(root: &Path, folder: &Path, address: Option<&str>, print: Holds) -> Result<()> {
    let preview = root.join(PREVIEW);
    let options = site::Options {
        address,
        preview: Some(&preview),
        print,
    };
    site::finish(folder, &options).map(|_| ())
}

fn say_written(file: &Path) -> Result<bool> {
    let size = fs::metadata(file)?.len() as f64 / 1e6;
    println!("Written: {} ({size:.2} MB)", from_here(file));
    Ok(true)
}

/// A path as it is short from the current folder.
fn from_here(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    let short: PathBuf = path.strip_prefix(here).unwrap_or(path).to_owned();
    short.display().to_string()
}

/// The address from the environment, as it should be; none where it is empty.
fn address() -> Result<Option<String>> {
    match env::var(ADDRESS) {
        Ok(address) if address.is_empty() => Ok(None),
        Ok(address) => {
            site::finish::check_address(&address).context(ADDRESS)?;
            Ok(Some(address))
        }
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(ADDRESS),
    }
}

/// Now, or the time that the environment names.
fn time() -> Result<u64> {
    match env::var(TIME) {
        Ok(seconds) => seconds
            .parse()
            .with_context(|| format!("{TIME} is `{seconds}`; it is a number of seconds")),
        Err(_) => Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs()),
    }
}
