//! The traced program, too, runs in the sandbox.

use trace::{Options, trace};

/// What a program prints whose `main` holds these lines, before its picture.
fn prints(lines: &str) -> String {
    let source = format!("fn main() {{\n{lines}\n    let done = 1; // ①\n    let _ = done;\n}}\n");
    let traced = trace(&source, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(traced.steps.len(), 1, "{}", traced.errors);
    traced.output
}

#[test]
fn it_has_a_minimal_environment() {
    let names = prints(
        "    let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();\n    names.sort();\n    println!(\"{}\", names.join(\" \"));",
    );
    assert_eq!(names, "PATH RUST_BACKTRACE TMPDIR\n");
}

#[test]
#[cfg(target_os = "linux")]
fn it_reaches_nothing_outside_its_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret"), "a secret").expect("written");
    let place = outside.path().display();
    let said = prints(&format!(
        "    println!(\"{{}}\", std::fs::read(\"{place}/secret\").is_ok());\n    println!(\"{{}}\", std::fs::write(\"{place}/new\", \"\").is_ok());\n    println!(\"{{}}\", std::net::UdpSocket::bind(\"127.0.0.1:0\").is_ok());\n    println!(\"{{}}\", std::fs::write(\"mine\", \"\").is_ok());"
    ));
    assert_eq!(said, "false\nfalse\nfalse\ntrue\n");
}

#[test]
#[cfg(target_os = "linux")]
fn its_memory_is_limited() {
    let said = prints(
        "    let mut bytes: Vec<u8> = Vec::new();\n    println!(\"{}\", bytes.try_reserve_exact(3 << 30).is_ok());",
    );
    assert_eq!(said, "false\n");
}

/// A daemon that keeps the pipe open once kept the tracer for as long as it lived.
#[test]
fn what_it_starts_ends_with_it() {
    let start = std::time::Instant::now();
    prints(
        "    let child = std::process::Command::new(\"/bin/sh\").args([\"-c\", \"sleep 30\"]).spawn();\n    println!(\"{}\", child.is_ok());",
    );
    assert!(start.elapsed() < std::time::Duration::from_secs(20));
}

/// What it leaves in the place of its report is not followed out of its folder.
#[test]
fn its_report_is_no_link() {
    let source = "fn main() {\n    let _ = std::fs::remove_file(\"events\");\n    let _ = std::os::unix::fs::symlink(\"/etc/passwd\", \"events\");\n    let done = 1; // ①\n    let _ = done;\n}\n";
    let error = trace(source, &Options::default()).expect_err("it is refused");
    assert!(error.message.contains("is no file"), "{error}");
}
