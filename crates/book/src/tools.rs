//! The two programs that make the site: found on PATH, or fetched once into
//! the target folder.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The programs, and the versions that the book is made with. mdBook's is
/// that of the `mdbook-driver` that reads the chapters for the judge.
const TOOLS: [(&str, &str); 2] = [("mdbook", "0.5.4"), ("mdbook-mermaid", "0.17.1")];

/// The script that draws diagrams on the site; mdbook-mermaid carries it.
const MERMAID: &str = "theme/mermaid.min.js";

/// Makes sure of the programs and of the script; returns the PATH to run
/// them with.
///
/// # Errors
///
/// A program is neither there nor to be had, or the script cannot be written.
pub fn setup(root: &Path) -> Result<OsString> {
    let own = own_folder()?;
    for (tool, version) in TOOLS {
        if !(is_version(Path::new(tool), version)
            || is_version(&own.join("bin").join(tool), version))
        {
            fetch(tool, version, &own)?;
        }
    }
    let mut folders = Vec::new();
    let on_path = TOOLS
        .iter()
        .all(|(tool, version)| is_version(Path::new(tool), version));
    if !on_path {
        folders.push(own.join("bin"));
    }
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path = env::join_paths(folders)?;
    write_mermaid(root, &path)?;
    Ok(path)
}

/// Starts `mdbook COMMAND` on the book.
///
/// # Errors
///
/// See [`setup`].
pub fn mdbook(root: &Path, command: &str, arguments: &[String]) -> Result<Child> {
    let path = setup(root)?;
    Command::new("mdbook")
        .arg(command)
        .args(arguments)
        .current_dir(root)
        .env("PATH", &path)
        .spawn()
        .context("mdbook did not start")
}

/// `target/tools`, found from where this program was built.
fn own_folder() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program
        .ancestors()
        .nth(2)
        .context("this program is not in a target folder")?;
    Ok(target.join("tools"))
}

fn is_version(program: &Path, version: &str) -> bool {
    let output = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        let answer = String::from_utf8_lossy(&output.stdout);
        answer.trim().rsplit([' ', 'v']).next() == Some(version)
    })
}

fn fetch(tool: &str, version: &str, folder: &Path) -> Result<()> {
    eprintln!("Getting {tool} {version}, once (it stays in the target folder)");
    let status = Command::new("cargo")
        .args(["install", "--locked", "--force", "--root"])
        .arg(folder)
        .arg(format!("{tool}@{version}"))
        // Built here, its parts are kept if the build is interrupted.
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .status()
        .context("cargo did not start")?;
    ensure!(
        status.success(),
        "{tool} {version} could not be had; with a network, try `cargo install --locked {tool}@{version}`"
    );
    Ok(())
}

/// Writes the script if book.toml lists it and it is not there: the program that carries it puts it
/// into an empty book, and it is taken from there.
fn write_mermaid(root: &Path, path: &OsString) -> Result<()> {
    let config = fs::read_to_string(root.join("book.toml")).context("book.toml cannot be read")?;
    if !config.contains(MERMAID) {
        return Ok(());
    }
    let script = root.join(MERMAID);
    // The version stands beside it, so that a new program brings a new script.
    let stamp = own_folder()?.join("mermaid.version");
    let version = TOOLS[1].1;
    if script.is_file() && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == version) {
        return Ok(());
    }
    let empty = tempfile::tempdir()?;
    fs::write(empty.path().join("book.toml"), "[book]\n")?;
    let output = Command::new("mdbook-mermaid")
        .arg("install")
        .arg(empty.path())
        .env("PATH", path)
        .output()
        .context("mdbook-mermaid did not start")?;
    let carried = fs::read_to_string(empty.path().join("mermaid.min.js")).with_context(|| {
        format!(
            "mdbook-mermaid did not write its script: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    proofread::record::replace(&script, &carried)?;
    fs::create_dir_all(own_folder()?)?;
    fs::write(stamp, version)?;
    Ok(())
}
