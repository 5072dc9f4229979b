//! Gives the judge a version: a hash over its own sources, so that what an
//! older judge found out is not taken for what this one would; and compiles the
//! object that tells it of panics.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The judge's own sources, those of the sandbox that everything runs in, and
/// those of the tracer that draws for it.
const SOURCES: [&str; 5] = [
    "src",
    "runtime",
    "../sandbox/src",
    "../trace/src",
    "../trace/runtime",
];

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for folder in SOURCES {
        println!("cargo:rerun-if-changed={folder}");
        collect(Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file)?.hash(&mut hasher);
    }
    println!("cargo:rustc-env=PROOFREAD_VERSION={:016x}", hasher.finish());
    report()
}

/// Compiles what is linked with each Rust block. The C compiler is the one that
/// Rust links with.
fn report() -> io::Result<()> {
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    let object = Path::new(&out).join("report.o");
    println!("cargo:rerun-if-env-changed=CC");
    let cc = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let status = Command::new(&cc)
        .args(["-c", "-O2", "-fPIC", "-fexceptions", "-DUNWINDING"])
        .args(["runtime/report.c", "-o"])
        .arg(&object)
        .status()
        .map_err(|error| {
            let cc = cc.display();
            let text = format!("the C compiler `{cc}` cannot be run: {error}; install one");
            io::Error::new(error.kind(), text)
        })?;
    if !status.success() {
        let text = "the C compiler cannot compile crates/proofread/runtime/report.c";
        return Err(io::Error::other(text));
    }
    Ok(())
}

/// All files below the folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
