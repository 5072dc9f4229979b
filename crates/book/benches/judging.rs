//! How long judging takes, beside `mdbook test`, from one run: `cargo bench`.
//!
//! Whole processes, start to end. The first book has 120 small blocks in ten
//! chapters, 60 that run and 60 that must fail; the second is this one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use proofread::book::Book;
use proofread::chapter::Block;
use proofread::claim::{Language, Promise};
use proofread::judge::Judge;

const BOOK: &str = env!("CARGO_BIN_EXE_book");

/// Programs with a hole for a number, and what is claimed of them.
const RUN: [&str; 6] = [
    "fn main() {\n    let songs = vec![\"Naima\", \"@\"];\n    println!(\"{} songs\", songs.len());\n}\n",
    "fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {\n    if a.len() > b.len() { a } else { b }\n}\n\nfn main() {\n    println!(\"{} @\", longest(\"inbox\", \"archive\"));\n}\n",
    "#[derive(Debug, Clone)]\nstruct Message {\n    id: u32,\n}\n\nfn main() {\n    let first = Message { id: @ };\n    let copy = first.clone();\n    println!(\"{first:?} {copy:?}\");\n}\n",
    "use std::rc::Rc;\n\nfn main() {\n    let list = Rc::new(@);\n    let other = Rc::clone(&list);\n    println!(\"{} {other}\", Rc::strong_count(&list));\n}\n",
    "use std::collections::HashMap;\n\nfn main() {\n    let mut votes = HashMap::new();\n    *votes.entry(\"tea\").or_insert(@) += 1;\n    println!(\"{votes:?}\");\n}\n",
    "struct Guest(u32);\n\nimpl Drop for Guest {\n    fn drop(&mut self) {\n        println!(\"{} leaves\", self.0);\n    }\n}\n\nfn main() {\n    let _first = Guest(@);\n    println!(\"party\");\n}\n",
];
const FAIL: [(&str, &str); 6] = [
    (
        "E0382",
        "fn main() {\n    let inbox = vec![@];\n    let archive = inbox;\n    println!(\"{} {}\", inbox.len(), archive.len());\n}\n",
    ),
    (
        "E0499",
        "fn main() {\n    let mut score = @;\n    let one = &mut score;\n    let two = &mut score;\n    *one += 1;\n    *two += 1;\n}\n",
    ),
    (
        "E0502",
        "fn main() {\n    let mut list = vec![@];\n    let first = &list[0];\n    list.push(1);\n    println!(\"{first}\");\n}\n",
    ),
    (
        "E0384",
        "fn main() {\n    let total = @;\n    total = 1;\n    println!(\"{total}\");\n}\n",
    ),
    (
        "E0597",
        "fn main() {\n    let kept;\n    {\n        let short = String::from(\"@\");\n        kept = &short;\n    }\n    println!(\"{kept}\");\n}\n",
    ),
    (
        "E0308",
        "fn main() {\n    let pages: u32 = \"@\";\n    println!(\"{pages}\");\n}\n",
    ),
];

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    // Numbers that no earlier run can have remembered.
    let salt = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a date")
        .as_secs()
        % 1_000_000
        * 1000;
    small_book(folder.path(), salt);
    println!("120 blocks: 60 that run, 60 that must fail");
    check(folder.path(), &["record"]);
    table(folder.path(), "src/chapter3.md");
    println!("  by kind of block, cold:");
    for (kind, count) in [("run", 60), ("fail", 60)] {
        let seconds = timed(folder.path(), BOOK, &["check", "--afresh", kind]);
        println!("    {count} that {kind}: {seconds:.2} s");
    }

    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project");
    println!("\nthis book");
    // Edited in a copy, so that nothing is lost if this is stopped.
    let copy = tempfile::tempdir().expect("a folder");
    for part in [
        "src",
        "examples",
        "book.toml",
        "Cargo.toml",
        "Cargo.lock",
        ".cargo",
        "crates",
        "build.rs",
        "tests",
        "theme",
        "rust-toolchain.toml",
    ] {
        let status = Command::new("cp")
            .arg("-r")
            .arg(root.join(part))
            .arg(copy.path())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{part} was copied"
        );
    }
    // The sessions of the copy need its examples built; that is not judging.
    let _ = Command::new(BOOK)
        .args(["check"])
        .current_dir(copy.path())
        .env("CARGO_TARGET_DIR", target())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    table(copy.path(), "src/ownership/moves.md");
    println!("  by kind of block, cold:");
    kinds(copy.path());
    containment(copy.path());
}

/// What it costs to contain what blocks do: the whole book, cold, both ways in
/// turn.
#[cfg(all(feature = "uncontained", target_os = "linux"))]
fn containment(root: &Path) {
    use std::sync::atomic::Ordering;

    let book = Book::load(root).unwrap_or_else(|error| panic!("{error:#}"));
    let blocks: Vec<&Block> = book.blocks().collect();
    let mut least = [f64::INFINITY; 2];
    for round in 0..6 {
        let without = round % 2 == 1;
        proofread::sandbox::UNCONTAINED.store(without, Ordering::Relaxed);
        let start = Instant::now();
        Judge::new(root)
            .blocks(&blocks, |_| {})
            .unwrap_or_else(|error| panic!("{error:#}"));
        let took = &mut least[usize::from(without)];
        *took = took.min(start.elapsed().as_secs_f64());
    }
    let [with, without] = least;
    println!(
        "  contained {with:.2} s, not contained {without:.2} s: {:.2} times",
        with / without
    );
}

#[cfg(not(all(feature = "uncontained", target_os = "linux")))]
fn containment(_: &Path) {
    println!("  what containment costs: `cargo bench -p book --features uncontained`");
}

/// What each kind of block costs, judged by itself.
fn kinds(root: &Path) {
    let book = Book::load(root).unwrap_or_else(|error| panic!("{error:#}"));
    let mut kinds: BTreeMap<&str, Vec<&Block>> = BTreeMap::new();
    for block in book.blocks() {
        let claim = &block.claim;
        let kind = match (claim.language, &claim.promise) {
            (Language::C, _) => "C",
            (Language::JavaScript, _) => "JavaScript",
            (Language::Java, _) => "Java",
            (Language::Mermaid, _) => "diagrams",
            (Language::Console, _) => "sessions",
            (Language::Rust, _) if claim.pictures.is_some() => "Rust with pictures",
            (Language::Rust, _) if !claim.warns.is_empty() => "Rust that warns",
            (Language::Rust, Promise::Rejected { .. }) => "Rust that must fail",
            (Language::Rust, _) => "Rust that compiles",
        };
        kinds.entry(kind).or_default().push(block);
    }
    let judge = Judge::new(root);
    for (kind, blocks) in kinds {
        let start = Instant::now();
        judge
            .blocks(&blocks, |_| {})
            .unwrap_or_else(|error| panic!("{error:#}"));
        println!(
            "    {:4} {kind:20}{:6.2} s",
            blocks.len(),
            start.elapsed().as_secs_f64()
        );
    }
}

fn target() -> PathBuf {
    Path::new(BOOK)
        .ancestors()
        .nth(2)
        .expect("the target folder")
        .to_owned()
}

fn small_book(root: &Path, salt: u64) {
    fs::create_dir(root.join("src")).expect("made");
    fs::write(
        root.join("book.toml"),
        "[book]\ntitle = \"Small\"\n\n[rust]\nedition = \"2024\"\n",
    )
    .expect("written");
    let mut summary = String::new();
    for chapter in 0..10u64 {
        let mut text = String::from("# Chapter\n");
        for number in 0..6u64 {
            let hole = (salt + chapter * 10 + number).to_string();
            let index = number as usize;
            text += &format!(
                "\n## Run {number}\n\n```rust\n{}```\n",
                RUN[index].replace('@', &hole)
            );
            let (code, program) = FAIL[index];
            text += &format!(
                "\n## Fail {number}\n\n```rust,compile_fail,{code}\n{}```\n",
                program.replace('@', &hole)
            );
        }
        fs::write(root.join(format!("src/chapter{chapter}.md")), text).expect("written");
        summary += &format!("- [{chapter}](chapter{chapter}.md)\n");
    }
    fs::write(root.join("src/SUMMARY.md"), summary).expect("written");
}

/// The seconds that a process took; it must end well.
fn timed(root: &Path, program: &str, arguments: &[&str]) -> f64 {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let seconds = start.elapsed().as_secs_f64();
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    seconds
}

fn check(root: &Path, arguments: &[&str]) -> f64 {
    timed(root, BOOK, arguments)
}

/// The least of three: what the work takes when nothing else disturbs.
fn least(mut measure: impl FnMut() -> f64) -> f64 {
    (0..3).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

fn table(root: &Path, chapter: &str) {
    // mdbook's own test command does not need the preprocessors of the page.
    let theirs = Command::new("mdbook")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok()
        .then(|| least(|| timed(root, "mdbook", &["test"])));
    let cold = least(|| check(root, &["check", "--afresh"]));
    check(root, &["check"]);
    let path = root.join(chapter);
    let mut edits = 0;
    let edited = least(|| {
        // Another name in one block of the chapter; what it prints stays.
        edits += 1;
        let text = fs::read_to_string(&path).expect("read");
        let text = text.replacen(
            "fn main() {\n",
            &format!("fn main() {{\n    // {edits} {}\n", std::process::id()),
            1,
        );
        fs::write(&path, text).expect("written");
        check(root, &["record"]);
        // What `record` just found out is remembered; a new edit is not.
        let text = fs::read_to_string(&path).expect("read");
        fs::write(
            &path,
            text.replacen(&format!("// {edits} "), &format!("// {edits}. "), 1),
        )
        .expect("written");
        check(root, &["check"])
    });
    let nothing = least(|| check(root, &["check"]));
    let ratio = |seconds: f64| {
        theirs.map_or(String::new(), |theirs| {
            format!("  {:.0} % of mdbook test", 100.0 * seconds / theirs)
        })
    };
    match theirs {
        Some(theirs) => println!("  mdbook test            {theirs:6.2} s"),
        None => println!("  mdbook test            not on PATH"),
    }
    println!("  check, cold            {cold:6.2} s{}", ratio(cold));
    println!("  check, one block edited{edited:6.2} s");
    println!("  check, nothing edited  {nothing:6.2} s");
}
