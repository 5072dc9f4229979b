//! Gives the judge a version: a hash over its own sources, so that what an
//! older judge found out is not taken for what this one would.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The judge's own sources, those of the sandbox that everything runs in, and
/// those of the tracer that draws for it.
const SOURCES: [&str; 4] = ["src", "../sandbox/src", "../trace/src", "../trace/runtime"];

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
