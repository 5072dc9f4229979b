//! Blocks that reach past their folder while they are compiled.
//! (`crates/sandbox/tests/hostile.rs` has what programs try.)

use crate::small;

use std::fs;

fn holds(text: &str) {
    assert_eq!(small::one(text), Vec::<String>::new());
}

fn fails(text: &str, with: &str) {
    let failures = small::one(text);
    assert!(
        failures.iter().any(|failure| failure.contains(with)),
        "{failures:#?}"
    );
}

/// A file of the user, and its path.
fn secret() -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("secret.txt");
    fs::write(&path, "a secret").expect("written");
    let path = path.to_str().expect("a path in UTF-8").to_owned();
    (place, path)
}

#[test]
#[cfg(target_os = "linux")]
fn rustc_reads_nothing_outside() {
    let (_place, secret) = secret();
    for path in [
        &secret,
        "/etc/hostname",
        "/etc/passwd",
        "/proc/version",
        "/proc/self/environ",
    ] {
        // Alone, and among others.
        let block =
            format!("```rust,compile_fail,uncoded\nlet text = include_str!(\"{path}\");\n```\n");
        let text = block.repeat(5);
        let failures = small::one(&text).join("\n");
        assert!(failures.contains("Permission denied"), "{path}: {failures}");
        assert!(!failures.contains("it compiles"), "{path}: {failures}");
        assert!(!failures.contains("a secret"), "{failures}");
    }
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("secret.rs"), "pub fn tell() {}\n").expect("written");
    fails(
        &format!(
            "```rust\n#[path = \"{}/secret.rs\"]\nmod secret;\n\nfn main() {{\n    secret::tell();\n}}\n```\n",
            place.path().display()
        ),
        "Permission denied",
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_c_compiler_reads_nothing_outside() {
    let (_place, secret) = secret();
    for line in [
        format!("__asm__(\".incbin \\\"{secret}\\\"\");"),
        format!("#include \"{secret}\""),
        "__asm__(\".incbin \\\"/etc/hostname\\\"\");".to_owned(),
    ] {
        fails(
            &format!("```c\n{line}\n\nint main(void) {{\n    return 0;\n}}\n```\n"),
            "the compiler rejects it",
        );
    }
}

#[test]
fn nothing_of_the_environment_is_there_at_compile_time() {
    holds(
        "```rust\nassert!(option_env!(\"HOME\").is_none());\nassert!(option_env!(\"CARGO\").is_none());\nassert_eq!(option_env!(\"PATH\"), Some(\"/usr/local/bin:/usr/bin:/bin\"));\nassert_eq!(option_env!(\"TMPDIR\"), Some(\".\"));\n```\n",
    );
}
