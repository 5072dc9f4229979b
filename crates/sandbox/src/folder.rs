//! The folders that programs work in.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::own_user;

/// How the name of every [`folder`] begins. [`run`](crate::run) gives a folder away to
/// the guest's user and so takes no other.
pub(crate) const PREFIX: &str = "proofread-";

/// An empty folder for one block, deleted when dropped.
///
/// It lies where `TMPDIR` says; but for root, whose guests run as another user,
/// never where others have no way in (a `TMPDIR` below `/root`).
pub fn folder() -> io::Result<TempDir> {
    let configured = std::env::temp_dir();
    let elsewhere = [Path::new("/tmp"), Path::new("/var/tmp")];
    let parent = if !own_user::possible() || own_user::others_reach(&configured) {
        configured.as_path()
    } else {
        elsewhere
            .into_iter()
            .find(|path| own_user::others_reach(path))
            .unwrap_or(&configured)
    };
    tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(parent)
        .map_err(|error| {
            let at = parent.display();
            io::Error::new(
                error.kind(),
                format!("cannot make a temporary folder in {at}: {error}; TMPDIR names another"),
            )
        })
}

/// Writes a file below a temporary folder, with the folders on its way; its path.
///
/// # Errors
///
/// It cannot be written: the error names it, and what to do.
pub fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> io::Result<PathBuf> {
    let file = folder.join(name);
    let written = file
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&file, bytes));
    written.map_err(|error| {
        let at = file.display();
        let text = format!("cannot write {at}: {error}; make room, or set TMPDIR");
        io::Error::new(error.kind(), text)
    })?;
    Ok(file)
}

/// The text of a file that a run left in its folder. What is no file of its own
/// (a link to one of ours, a pipe that nobody writes to) is refused.
///
/// # Errors
///
/// There is no such file, or it cannot be read.
pub fn read_back(path: &Path) -> io::Result<String> {
    if !fs::symlink_metadata(path)?.is_file() {
        let text = format!("what the program left as {} is no file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let bytes = fs::read(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Lets every user read the folder and what lies right in it, and run what its
/// owner may run. For a program that a guest finds outside its own folder.
pub fn share(folder: &Path) -> io::Result<()> {
    let open = |path: &Path| {
        let mode = fs::symlink_metadata(path)?.permissions().mode() & 0o777;
        // Reading for all; running, or passing through, where the owner may.
        let mode = mode | 0o444 | (mode & 0o100) >> 3 | (mode & 0o100) >> 6;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_symlink() {
            open(&entry.path())?;
        }
    }
    open(folder)
}
