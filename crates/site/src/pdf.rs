//! The book as a PDF: the print page, as Chromium prints it, with an outline,
//! with tags for those who listen, and with its pictures as drawings.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::finish::write;

/// Names under which Chromium and its kin are installed.
const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
];

/// Where macOS keeps it.
const BUNDLE: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The variable that names another one.
const VARIABLE: &str = "CHROMIUM";

/// How long a browser may take. A book of a thousand pages takes half a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// The browser that prints: `$CHROMIUM`, or the first that PATH has.
///
/// # Errors
///
/// There is none; the error says what to install.
pub fn chromium() -> Result<PathBuf> {
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty());
    let path = env::var_os("PATH").unwrap_or_default();
    find(named.as_deref(), &path)
}

fn find(named: Option<&OsStr>, path: &OsStr) -> Result<PathBuf> {
    let on_path = |name: &OsStr| {
        env::split_paths(path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    };
    if let Some(named) = named {
        // A name without a folder is looked for like any program.
        let given = PathBuf::from(named);
        let found = if given.components().count() > 1 {
            Some(given).filter(|given| given.is_file())
        } else {
            on_path(named)
        };
        return found
            .with_context(|| format!("{VARIABLE} names {}, which is not there", named.display()));
    }
    NAMES
        .iter()
        .find_map(|name| on_path(OsStr::new(name)))
        .or_else(|| Some(PathBuf::from(BUNDLE)).filter(|file| file.is_file()))
        .with_context(|| {
            format!(
                "Chromium prints the book, and is not here; install it (`apt-get install chromium`), or name a browser of its kind in {VARIABLE}"
            )
        })
}

/// Prints a page into a PDF. The file is there whole or not at all.
///
/// # Errors
///
/// The browser does not start, does not end, or writes no PDF; the error has
/// what it said.
pub fn print(browser: &Path, page: &Path, pdf: &Path) -> Result<()> {
    let content = produce(
        browser,
        &[
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            "--export-tagged-pdf",
        ],
        "--print-to-pdf=",
        "pdf",
        page,
    )?;
    let whole = content.starts_with(b"%PDF-") && content.trim_ascii_end().ends_with(b"%%EOF");
    ensure!(whole, "{} wrote half a PDF", browser.display());
    write(pdf, &content)
}

/// What the browser makes of a page, without showing it: the content of the
/// file, with the extension `kind`, that the option `to` names.
pub(crate) fn produce(
    browser: &Path,
    options: &[&str],
    to: &str,
    kind: &str,
    page: &Path,
) -> Result<Vec<u8>> {
    let page = page
        .canonicalize()
        .with_context(|| format!("{} is not there", page.display()))?;
    // A profile of its own, which leaves an open browser alone.
    let folder = tempfile::tempdir().context("no folder for the browser")?;
    let file = folder.path().join("made").with_extension(kind);
    let mut command = Command::new(browser);
    command
        .args([
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(options)
        .arg(option("--user-data-dir=", folder.path()))
        .arg(option(to, &file));
    if is_root() {
        // Chromium's own sandbox refuses to run for root; the page is ours.
        command.arg("--no-sandbox");
    }
    let said = run(command.arg(address(&page)?))?;
    match std::fs::read(&file) {
        Ok(content) => Ok(content),
        Err(_) => bail!("{} wrote nothing:\n{said}", browser.display()),
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// The address of a file. What an address gives a meaning of its own is
/// written as its number.
fn address(file: &Path) -> Result<String> {
    let path = file
        .to_str()
        .with_context(|| format!("{} is not text", file.display()))?;
    let mut address = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(address)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // A process owns what describes it.
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// The last of what a browser says: it complains about much that is missing on
/// a machine without a screen, before it says what ended it.
fn last(said: &str) -> String {
    let lines: Vec<&str> = said.trim().lines().collect();
    lines[lines.len().saturating_sub(3)..].join("\n")
}

/// Runs the browser to its end; returns the last of what it said.
fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} did not start"))?;
    let mut stderr = child.stderr.take().context("no pipe")?;
    // Read beside, so that it never waits for us.
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stderr.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            bail!("{name} did not end within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = last(&reader.join().unwrap_or_default());
    if !status.success() {
        bail!("{name} failed ({status}):\n{said}");
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_files() {
        let address = |path: &str| address(Path::new(path)).expect("an address");
        assert_eq!(address("/a/b.html"), "file:///a/b.html");
        assert_eq!(address("/a b/50%#ü"), "file:///a%20b/50%25%23%C3%BC");
    }

    #[test]
    fn a_missing_browser_is_named_with_what_to_do() {
        let error = find(Some(OsStr::new("/no/such/browser")), OsStr::new("")).expect_err("none");
        assert_eq!(
            error.to_string(),
            "CHROMIUM names /no/such/browser, which is not there"
        );
        if !Path::new(BUNDLE).is_file() {
            let error = find(None, OsStr::new("/no/such/folder")).expect_err("none");
            assert!(
                error.to_string().contains("apt-get install chromium"),
                "{error}"
            );
        }
    }

    #[cfg(unix)]
    fn script(text: &str) -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("chromium");
        std::fs::write(&file, text).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("set");
        (folder, file)
    }

    #[cfg(unix)]
    #[test]
    fn the_browser_is_found_by_name() {
        let (folder, file) = script("#!/bin/sh\n");
        let path = folder.path().as_os_str();
        assert_eq!(find(None, path).expect("found"), file);
        assert_eq!(
            find(Some(OsStr::new("chromium")), path).expect("found"),
            file
        );
        assert_eq!(
            find(Some(file.as_os_str()), OsStr::new("")).expect("found"),
            file
        );
    }

    /// A browser that fails, or that says nothing and writes nothing, leaves
    /// the old PDF alone.
    #[cfg(unix)]
    #[test]
    fn a_failed_print_changes_nothing() {
        for (text, said) in [
            ("#!/bin/sh\necho no screen >&2\nexit 3\n", "no screen"),
            ("#!/bin/sh\n", "wrote nothing"),
        ] {
            let (folder, browser) = script(text);
            let pdf = folder.path().join("book.pdf");
            std::fs::write(&pdf, "old").expect("written");
            let error = print(&browser, &browser, &pdf).expect_err("it fails");
            assert!(error.to_string().contains(said), "{error}");
            assert_eq!(std::fs::read_to_string(&pdf).expect("there"), "old");
        }
    }
}
