//! Finds the tools of other languages, and says what they read.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use sandbox::Program;

/// A tool from `PATH`, which may read its own installation.
pub fn tool(name: &str) -> Result<Program> {
    let path = find(name).with_context(|| format!("`{name}` is not in PATH; install it"))?;
    let mut tool = Program::new(&path);
    if let Some(home) = path.parent().and_then(Path::parent)
        && home != Path::new("/usr")
        && home != Path::new("/")
    {
        tool.reads(home);
    }
    Ok(tool)
}

/// A tool that starts a Java virtual machine, which finds out about its system.
pub fn java_tool(name: &str) -> Result<Program> {
    let mut tool = tool(name)?;
    tool.reads("/proc");
    if let Some(home) = tool
        .path()
        .parent()
        .and_then(Path::parent)
        .map(Path::to_owned)
    {
        // Debian keeps a JDK's settings below `/etc`, and links to them.
        for settings in ["conf", "lib/jvm.cfg"] {
            let settings = fs::canonicalize(home.join(settings)).unwrap_or_default();
            let folder = if settings.is_dir() {
                Some(&*settings)
            } else {
                settings.parent()
            };
            if let Some(folder) = folder.filter(|folder| folder.is_absolute()) {
                tool.reads(folder);
            }
        }
    }
    Ok(tool)
}

/// node; Debian keeps parts of it in a folder of their own.
pub fn node() -> Result<Program> {
    let mut node = tool("node")?;
    node.reads("/proc")
        .reads("/usr/share/nodejs")
        // Its settings for encryption are the machine's.
        .env("OPENSSL_CONF", "/dev/null");
    Ok(node)
}

/// What `PATH` leads to under this name: the program itself, where there is a link
/// to it, or a version manager's script, which looks below `HOME` for it. A script
/// that leads nowhere is passed over.
pub fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .filter(|path| is_program(path))
        .find_map(installed)
}

fn installed(path: PathBuf) -> Option<PathBuf> {
    let path = fs::canonicalize(&path).unwrap_or(path);
    static KNOWN: Mutex<BTreeMap<PathBuf, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(path)
        .or_insert_with_key(|path| real(path))
        .clone()
}

/// The program, where this is one; what it starts, where it is a script in a tool's
/// place. No block has a part in this.
fn real(path: &Path) -> Option<PathBuf> {
    let mut start = [0; 2];
    let opened = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    let name = path.file_name()?.to_str()?;
    let arguments: &[&str] = match name {
        _ if opened.is_err() || start != *b"#!" => return Some(path.to_owned()),
        "node" => &["-p", "process.execPath"],
        "java" => &["-XshowSettings:properties", "-version"],
        "javac" => &["-J-XshowSettings:properties", "-version"],
        "python3" => &[
            "-c",
            "import os, sys; print(os.path.realpath(sys.executable))",
        ],
        "go" => &["env", "GOROOT"],
        _ => return Some(path.to_owned()),
    };
    let output = Command::new(path).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let found = match name {
        "node" | "python3" => PathBuf::from(text.trim()),
        "go" => Path::new(text.trim()).join("bin/go"),
        _ => Path::new(
            text.lines()
                .find_map(|line| line.trim().strip_prefix("java.home = "))?,
        )
        .join("bin")
        .join(name),
    };
    found.is_file().then_some(found)
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
