//! Blocks that reach past their folder while they are compiled.
//! (`crates/sandbox/tests/hostile.rs` has what programs try.)

use crate::small;

use std::fs;
use std::time::Duration;

use proofread::judge::Judge;
use sandbox::Limits;

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

/// Anybody can print what a panic prints, and exit with its code.
#[test]
fn a_forged_panic_is_none() {
    let forged = "eprintln!(\"\\nthread 'main' (1) panicked at src/main.rs:1:1:\\nlate\\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\");\nstd::process::exit(101);\n";
    let with = "it printed the words of one, and exited with code 101";
    fails(&format!("```rust,should_panic\n{forged}```\n"), with);
    // Among others, too.
    fails(
        &format!("```rust,should_panic\n{forged}```\n\n").repeat(5),
        with,
    );
    // The way of reports is closed to what has not its word.
    let guess = "use std::io::Write as _;\nuse std::os::fd::FromRawFd as _;\n\nfn main() {\n    let mut report = unsafe { std::fs::File::from_raw_fd(200) };\n    let _ = report.write_all(b\"0123456789abcdef\");\n    assert!(std::env::var_os(\"JUDGE_REPORT\").is_none());\n    let started = std::fs::read(\"/proc/self/environ\").unwrap_or_default();\n    assert!(!started.windows(4).any(|text| text == b\"200:\"));\n    FORGED}\n";
    let guess = guess.replace("FORGED", forged);
    fails(&format!("```rust,should_panic\n{guess}```\n"), with);
}

#[test]
fn a_panic_with_a_hook_of_its_own_is_one() {
    let text = "```rust,should_panic\nfn main() {\n    std::panic::set_hook(Box::new(|_| {\n        eprintln!(\"thread 'main' panicked at my hook\");\n    }));\n    let thread = std::thread::spawn(|| panic!(\"late\"));\n    thread.join().unwrap();\n}\n```\n";
    let failures = small::one(text).join("\n");
    assert!(!failures.contains("broken"), "{failures}");
}

#[test]
fn a_forged_report_is_none() {
    let text = "```c,asan=double-free\n#include <stdio.h>\n#include <stdlib.h>\n\nint main(void) {\n    fputs(\"==1==ERROR: AddressSanitizer: attempting double-free on 0x1 in thread T0:\\n\", stderr);\n    fputs(\"SUMMARY: AddressSanitizer: double-free main.c:7 in free\\n\", stderr);\n    _Exit(86);\n}\n```\n";
    fails(text, "printed a report itself");
}

/// A compiler that comes to no end is that block's trouble alone.
#[test]
fn a_compiler_without_end() {
    let endless = "#![allow(long_running_const_eval)]\n\nconst NEVER: u64 = {\n    let mut steps = 0;\n    while steps < u64::MAX {\n        steps += 1;\n    }\n    steps\n};\n\nfn main() {\n    println!(\"{NEVER}\");\n}\n";
    let doubles = "macro_rules! double {\n    ($($token:tt)*) => {\n        double!($($token)* $($token)*)\n    };\n}\n\nfn main() {\n    double!(a b c d);\n}\n";
    let text = format!(
        "```rust\nlet sound = 1;\n```\n\n```rust\n{endless}```\n\n```rust\n{doubles}```\n\n```rust,compile_fail,E0308\nlet x: u8 = \"\";\n```\n"
    );
    let dir = small::book(&[("src/one.md", &text)]);
    let book = small::load(dir.path());
    let blocks: Vec<_> = book.blocks().collect();
    let limits = Limits {
        wall: Duration::from_secs(4),
        address_space: Some(1 << 30),
        ..Limits::compiler()
    };
    let judged = Judge::new(dir.path())
        .compiling_within(limits)
        .blocks(&blocks, |_| {})
        .unwrap_or_else(|error| panic!("{error:#}"));
    let said: Vec<String> = judged.iter().map(|j| j.verdict.to_string()).collect();
    assert!(!said[0].contains("broken"), "{}", said[0]);
    assert!(said[1].contains("src/one.md:5"), "{}", said[1]);
    assert!(
        said[1].contains("the compiler did not end within 4 s"),
        "{}",
        said[1]
    );
    assert!(said[2].contains("the compiler "), "{}", said[2]);
    assert!(!said[3].contains("broken"), "{}", said[3]);
}
