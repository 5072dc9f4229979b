//! The programs that make the site: found on PATH, or fetched once into the
//! target folder.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use mdbook_preprocessor::config::Config;

/// A program, and the version that the book is made with.
type Tool = (&'static str, &'static str);

/// Its version is that of the `mdbook-driver` that reads the chapters for the
/// judge.
const MDBOOK: Tool = ("mdbook", "0.5.4");

/// For plain mdBook alone: `cargo book` draws the pictures itself.
const MERMAID: Tool = ("mdbook-mermaid", "0.17.1");

/// The script that draws diagrams under plain mdBook; mdbook-mermaid carries
/// it. Here, mdBook copies it into the site without loading it on each page.
const SCRIPT: &str = "src/mermaid.min.js";

/// Makes sure of both programs and of the script, so that plain mdBook works,
/// too.
///
/// # Errors
///
/// A program is neither there nor to be had, or the script cannot be written.
pub fn setup(root: &Path) -> Result<()> {
    let path = path_with(&[MDBOOK, MERMAID])?;
    write_script(root, &path)
}

/// Starts `mdbook COMMAND` on the book, with this program as its preprocessor,
/// for a site at `address` if that is known, and with more `variables` in its
/// environment. On Linux it ends when this program does, however that ends.
///
/// # Errors
///
/// mdBook is neither there nor to be had, or book.toml cannot be read.
pub fn mdbook(
    root: &Path,
    command: &str,
    arguments: &[String],
    address: Option<&str>,
    variables: &[(&str, OsString)],
) -> Result<Child> {
    let path = path_with(&[MDBOOK])?;
    let config = config(root)?;
    Command::new("mdbook")
        .arg(command)
        .args(arguments)
        .current_dir(root)
        .envs(overrides(&config, &env::current_exe()?))
        .envs(address.and_then(path_of).map(|path| (SITE_URL, path)))
        .envs(variables.iter().cloned())
        .env("PATH", &path)
        .ends_with_us()
        .spawn()
        .context("mdbook did not start")
}

/// A program that must not go on by itself.
pub(crate) trait EndsWithUs {
    /// Has it end when this program does, be it killed.
    fn ends_with_us(&mut self) -> &mut Self;
}

impl EndsWithUs for Command {
    #[cfg(target_os = "linux")]
    fn ends_with_us(&mut self) -> &mut Command {
        use std::os::unix::process::CommandExt as _;
        // The kernel sends it when the thread that started it ends: our main one.
        let hangs_up = || Ok(nix::sys::prctl::set_pdeathsig(nix::sys::signal::SIGTERM)?);
        // SAFETY: what runs between fork and exec is one system call.
        unsafe { self.pre_exec(hangs_up) }
    }

    #[cfg(not(target_os = "linux"))]
    fn ends_with_us(&mut self) -> &mut Command {
        self
    }
}

/// What mdBook reads: book.toml, and the environment over it.
///
/// # Errors
///
/// The file is not there, or one of them is wrong.
pub fn config(root: &Path) -> Result<Config> {
    let mut config =
        Config::from_disk(root.join("book.toml")).context("book.toml cannot be read")?;
    config.update_from_env()?;
    Ok(config)
}

/// mdBook's name for the path of the site, which its 404 page needs.
const SITE_URL: &str = "MDBOOK_OUTPUT__HTML__SITE_URL";

/// The path of a whole address: `/memory/` of `https://example.org/memory/`.
fn path_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    rest.find('/').map(|slash| &rest[slash..])
}

/// What `cargo book` has mdBook read over book.toml: `program` draws, so that
/// neither mermaid's preprocessor nor its script has anything left to do. A
/// book that is not drawn is left as it is.
fn overrides(config: &Config, program: &Path) -> Vec<(&'static str, OsString)> {
    if !config.contains_key("preprocessor.draw") {
        return Vec::new();
    }
    let scripts: Vec<PathBuf> = config
        .html_config()
        .unwrap_or_default()
        .additional_js
        .into_iter()
        .filter(|script| !script.to_string_lossy().contains("mermaid"))
        .collect();
    let mut draw = quoted(program.as_os_str());
    draw.push(" draw");
    let mut overrides = vec![
        ("MDBOOK_PREPROCESSOR__DRAW__COMMAND", draw),
        (
            "MDBOOK_OUTPUT__HTML__ADDITIONAL_JS",
            serde_json::json!(scripts).to_string().into(),
        ),
    ];
    if config.contains_key("preprocessor.mermaid") {
        overrides.push(("MDBOOK_PREPROCESSOR__MERMAID__RENDERERS", "[]".into()));
    }
    overrides
}

/// A path as one word of a command line, as mdBook splits it.
fn quoted(path: &OsStr) -> OsString {
    let mut quoted = OsString::from("'");
    let text = path.to_string_lossy();
    quoted.push(text.replace('\'', "'\\''"));
    quoted.push("'");
    quoted
}

/// The PATH that has the tools: the given one, and before it, where one is
/// missing, our own folder, into which it is fetched.
fn path_with(tools: &[Tool]) -> Result<OsString> {
    let own = own_folder()?.join("bin");
    let mut folders = Vec::new();
    for (tool, version) in tools {
        if is_version(Path::new(tool), version) {
            continue;
        }
        if !is_version(&own.join(tool), version) {
            fetch(tool, version, &own_folder()?)?;
        }
        folders = vec![own.clone()];
    }
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    Ok(env::join_paths(folders)?)
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
    eprintln!(
        "Getting {tool} {version}, once: it is built from source, which takes two or three \
         minutes (it stays in the target folder)"
    );
    // On PATH, so that cargo does not advise to put it there.
    let mut folders = vec![folder.join("bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let status = Command::new("cargo")
        .args(["install", "--locked", "--force", "--root"])
        .arg(folder)
        .arg(format!("{tool}@{version}"))
        // Built here, its parts are kept if the build is interrupted.
        .env("CARGO_TARGET_DIR", folder.join("build"))
        .env("PATH", env::join_paths(folders)?)
        .status()
        .context("cargo did not start")?;
    ensure!(
        status.success(),
        "{tool} {version} could not be had; with a network, try `cargo install --locked {tool}@{version}`"
    );
    Ok(())
}

/// Writes the script if it is not there: the program that carries it puts it
/// into an empty book, and it is taken from there.
fn write_script(root: &Path, path: &OsString) -> Result<()> {
    let script = root.join(SCRIPT);
    // The version stands beside it, so that a new program brings a new script.
    let stamp = own_folder()?.join("mermaid.version");
    let version = MERMAID.1;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        text.parse().expect("it parses")
    }

    #[test]
    fn the_book_is_drawn_by_this_program_alone() {
        let config = config(
            "[preprocessor.draw]\n[preprocessor.mermaid]\n[output.html]\nadditional-js = [\"theme/a.js\", \"theme/mermaid-init.js\"]\n",
        );
        let overrides = overrides(&config, Path::new("/a b/it's/book"));
        let overrides: Vec<_> = overrides
            .iter()
            .map(|(name, value)| (*name, value.to_str().expect("text")))
            .collect();
        assert_eq!(
            overrides,
            [
                (
                    "MDBOOK_PREPROCESSOR__DRAW__COMMAND",
                    r"'/a b/it'\''s/book' draw"
                ),
                ("MDBOOK_OUTPUT__HTML__ADDITIONAL_JS", r#"["theme/a.js"]"#),
                ("MDBOOK_PREPROCESSOR__MERMAID__RENDERERS", "[]"),
            ]
        );
    }

    #[test]
    fn the_path_of_an_address() {
        assert_eq!(path_of("https://example.org/a/b/"), Some("/a/b/"));
        assert_eq!(path_of("https://example.org/"), Some("/"));
        assert_eq!(path_of("https://example.org"), None);
    }

    #[test]
    fn another_book_is_left_as_it_is() {
        assert_eq!(
            overrides(&config("[book]\n"), Path::new("/book")),
            Vec::new()
        );
    }
}
