//! A trouble of the machine names file and line, and is not remembered.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A book of a few blocks, and a compiler that kills itself as long as there is
/// a file `trouble`.
fn book() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    // Blocks that nobody has judged before.
    let number = std::process::id();
    let block = |n: u32| format!("```rust\nlet songs = {n};\nassert!(songs > 0);\n```\n\n");
    let memory = format!(
        "```rust,borrows\nfn main() {{\n    let songs = vec![{number}];\n    let first = &songs[0];\n    assert!(*first > 0);\n}}\n```\n"
    );
    let text: String = (1..=5).map(|n| block(number * 10 + n)).collect();
    let one = format!("# One\n\n{text}{memory}");
    let files = [
        (
            "book.toml",
            "[book]\ntitle = \"Trouble\"\n\n[rust]\nedition = \"2024\"\n",
        ),
        ("src/SUMMARY.md", "- [One](one.md)\n"),
        ("src/one.md", &one),
    ];
    fs::create_dir(dir.path().join("src")).expect("made");
    for (path, text) in files {
        fs::write(dir.path().join(path), text).expect("written");
    }
    let real = std::env::var("CARGO").map_or("rustc".into(), |cargo| {
        Path::new(&cargo)
            .with_file_name("rustc")
            .display()
            .to_string()
    });
    let trouble = dir.path().join("trouble");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *--print*|*--version*) ;; *) [ -e '{}' ] && kill -9 $$ ;; esac\nexec '{real}' \"$@\"\n",
        trouble.display()
    );
    let rustc = dir.path().join("rustc");
    fs::write(&rustc, script).expect("written");
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).expect("set");
    dir
}

/// Runs `cargo book` on the book; whether it ended well, and what it said.
fn run(dir: &TempDir, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_book"))
        .args(arguments)
        .current_dir(dir.path())
        .env("RUSTC", dir.path().join("rustc"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

#[test]
fn it_names_file_and_line_and_is_not_remembered() {
    let dir = book();
    let (well, said) = run(&dir, &["record"]);
    assert!(well, "{said}");
    let trouble = dir.path().join("trouble");
    // Another text, so that nothing is remembered.
    let chapter = dir.path().join("src/one.md");
    let text = fs::read_to_string(&chapter)
        .expect("there")
        .replace("songs", "tunes");
    fs::write(&chapter, text).expect("written");
    fs::write(&trouble, "").expect("written");
    for _ in 0..2 {
        let (well, said) = run(&dir, &["check"]);
        assert!(!well, "{said}");
        assert!(said.contains("src/one.md:3: claim broken"), "{said}");
        assert!(said.contains("the compiler was ended by SIGKILL"), "{said}");
        assert!(said.contains("next: "), "{said}");
    }
    fs::remove_file(&trouble).expect("removed");
    let (_, said) = run(&dir, &["check"]);
    assert!(!said.contains("broken"), "{said}");
}

#[test]
fn what_is_judged_afresh_is_remembered() {
    let dir = book();
    let (well, said) = run(&dir, &["record"]);
    assert!(well, "{said}");
    let (well, said) = run(&dir, &["check", "--afresh"]);
    assert!(well && said.contains("0 remembered"), "{said}");
    let (well, said) = run(&dir, &["check"]);
    assert!(well && said.contains("0 judged, 6 remembered"), "{said}");
}

/// Needs root, to make a small disk.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_names_file_and_line() {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        eprintln!("skipped: only root can make a small disk");
        return;
    }
    let dir = book();
    let disk = tempfile::tempdir().expect("a folder");
    fs::set_permissions(disk.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let script = format!(
        "mount -t tmpfs -o mode=0755,size=8k none {disk} && exec {} check --afresh",
        env!("CARGO_BIN_EXE_book"),
        disk = disk.path().display()
    );
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", &script])
        .current_dir(dir.path())
        .env("TMPDIR", disk.path())
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("src/one.md:") && said.contains(": this block could not be judged"),
        "{said}"
    );
    assert!(said.contains("make room, or set TMPDIR"), "{said}");
}
