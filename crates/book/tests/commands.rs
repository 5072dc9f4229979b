//! The commands that README.md and CONTRIBUTING.md name: they exist, those
//! that end and neither judge nor need the network are run, and the site is
//! served. (`cargo test` itself is proven by whoever runs this.)

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the project's folder")
}

fn book(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_book"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

/// Everything in back quotes or behind `$ ` that starts with one of our programs.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut commands = Vec::new();
    for file in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(file)).expect("it is there");
        let quoted = text.split('`').filter(|part| !part.contains('\n'));
        let typed = text.lines().filter_map(|line| line.strip_prefix("$ "));
        for command in quoted.chain(typed) {
            let words: Vec<String> = command
                .trim_start_matches("$ ")
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let ours = words
                .first()
                .is_some_and(|word| word == "cargo" || word == "bash");
            if ours && words.len() > 1 {
                commands.push((file.to_owned(), words));
            }
        }
    }
    commands
}

#[test]
fn every_command_that_is_named_exists() {
    let commands = commands();
    assert!(commands.len() > 10, "the commands were found: {commands:?}");
    for (file, words) in commands {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["cargo", "test" | "fmt" | "clippy" | "doc" | "bench", ..] => {}
            ["bash", script] => assert!(root().join(script).is_file(), "{file}: no {script}"),
            ["cargo", "run", "--example", name] => {
                assert!(
                    root().join(format!("examples/{name}.rs")).is_file(),
                    "{file}: no example {name}"
                );
            }
            ["cargo", "run", "-p", package, "--example", name, ..] => {
                let example = format!("crates/{package}/examples/{name}.rs");
                assert!(root().join(&example).is_file(), "{file}: no {example}");
            }
            ["cargo", "book", command, ..] => {
                let help = book(&[command, "--help"]);
                assert!(
                    help.status.success(),
                    "{file}: `cargo book {command}` does not exist"
                );
            }
            _ => panic!("{file}: nothing here knows `{}`", words.join(" ")),
        }
    }
}

#[test]
fn the_alias_is_there() {
    let config = fs::read_to_string(root().join(".cargo/config.toml")).expect("it is there");
    assert!(config.contains("book = \"run --package book --\""));
}

#[test]
fn blocks_are_listed() {
    let listed = book(&["blocks", "moves"]);
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success());
    assert!(
        text.contains("src/ownership/moves.md:") && text.contains("ownership_moves_sect_"),
        "{text}"
    );
}

#[test]
fn a_filter_that_names_nothing_is_an_error() {
    for command in ["check", "record"] {
        let output = book(&[command, "no-such-chapter"]);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("no block is named"));
    }
}

#[test]
fn outside_the_book_the_error_says_what_to_do() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_book"))
        .arg("check")
        .current_dir(elsewhere.path())
        .output()
        .expect("it starts");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("no book.toml") && said.contains("inside the book's folder"),
        "{said}"
    );
}

#[test]
fn a_pipe_gets_no_colors() {
    let output = book(&["check", "no-such-chapter"]);
    assert!(!output.stderr.contains(&0x1b));
}

/// A note is no failure, and comes once, where one chapter is named.
#[test]
fn code_in_the_prose_that_no_block_shows_is_noted() {
    let book = small_book(
        "# One\n\nWith `list.len()` and `list.pop()`, and once more `list.pop()`; run it by `cargo run`.\n\n\
         ```rust\nlet list = vec![1];\nassert_eq!(list.len(), 1);\n```\n",
    );
    let checked = in_small_book(book.path(), &["check", "one.md"], &[]);
    let text = said(&checked);
    assert!(checked.status.success(), "{text}");
    assert!(
        text.contains("note: 1 piece of code in the prose"),
        "{text}"
    );
    assert!(text.contains("  src/one.md:3: `list.pop()`\n"), "{text}");
    assert_eq!(text.matches("list.pop").count(), 1, "{text}");
    assert!(!text.contains("cargo run"), "{text}");
    assert!(!text.contains("list.len"), "{text}");
    let whole = said(&in_small_book(book.path(), &["check"], &[]));
    assert!(!whole.contains("list.pop"), "{whole}");
}

/// A book with one exercise, which is not done yet, and its page.
fn book_with_exercise() -> tempfile::TempDir {
    let book = small_book("# One\n");
    let files = [
        (
            "src/SUMMARY.md",
            "- [One](one.md)\n- [Exercises](part/exercises.md)\n",
        ),
        (
            "src/part/exercises.md",
            "# Exercises\n\n## Seats\n\nFolder: `examples/exercises/part/seat_hold`. To reread: \
             [One](../one.md).\n\n<details>\n<summary>Hint</summary>\n\nCount them.\n\n\
             </details>\n",
        ),
        (
            "examples/exercises/part/seat_hold/src/lib.rs",
            "//! Counts the seats.\n\npub fn seats() -> u8 {\n    2\n}\n",
        ),
        (
            "examples/exercises/part/seat_hold/tests/done.rs",
            "#[test]\nfn three() {\n    assert_eq!(seat_hold::seats(), 3);\n}\n",
        ),
    ];
    for (path, text) in files {
        let path = book.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    book
}

#[test]
fn an_exercise_points_at_its_hint_and_its_chapter() {
    let book = book_with_exercise();
    let run = |arguments: &[&str]| {
        let output = in_small_book(book.path(), arguments, &[]);
        (output.status.success(), said(&output))
    };
    let (done, text) = run(&["exercise", "seat_hold"]);
    assert!(!done, "what is not done fails: {text}");
    assert!(text.contains("to reread: One (src/one.md)"), "{text}");
    assert!(
        text.contains("a hint: `cargo book exercise seat_hold --hint`"),
        "{text}"
    );
    assert!(!text.contains("Count them."), "unasked: {text}");
    let (well, text) = run(&["exercise", "seat_hold", "--hint"]);
    assert!(well && text.contains("Count them."), "{text}");
    let (well, text) = run(&["exercise"]);
    assert!(
        well && text.contains("part, told in src/part/exercises.md"),
        "{text}"
    );

    let (well, text) = run(&["exercise", "Seat"]);
    assert!(
        !well && text.contains("did you mean `seat_hold`?"),
        "{text}"
    );

    let program = book
        .path()
        .join("examples/exercises/part/seat_hold/src/lib.rs");
    fs::write(
        &program,
        "//! Counts.\n\npub fn seats() -> u8 {\n    3\n}\n",
    )
    .expect("written");
    let (done, text) = run(&["exercise", "seat_hold"]);
    assert!(done && text.contains("done"), "{text}");
}

/// What `cargo book trace` says of a program; and whether it ended well.
fn traced(program: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("own.rs"), program).expect("written");
    let output = in_small_book(folder.path(), &["trace", "own.rs"], &[]);
    (output.status.success(), said(&output))
}

#[test]
fn a_trace_tells_what_the_program_did_besides() {
    let (well, text) = traced(
        "fn main() {\n    let mut songs = vec![1];\n    println!(\"{}\", songs.len());\n    \
         songs.push(2);\n    std::io::stdin().lines().next();\n    \
         let third = songs[2];\n    println!(\"{third}\");\n}\n",
    );
    assert!(!well, "it panicked: {text}");
    assert!(
        text.contains("── after line 3 ──\n    println!(\"{}\", songs.len());\nas before\n"),
        "{text}"
    );
    assert!(text.contains("── output ──\n1\n"), "{text}");
    assert!(text.contains("index out of bounds"), "{text}");
    assert!(text.contains("── it panicked ──\n"), "{text}");
    assert!(text.contains("without standard input"), "{text}");

    let (well, text) = traced("fn main() {\n    let song = 1;\n    assert!(song > 0);\n}\n");
    assert!(
        well && !text.contains("output") && !text.contains("note"),
        "{text}"
    );
}

#[test]
fn a_program_that_does_not_compile_is_told_whole() {
    let (well, text) = traced("fn main() {\n    let song: u8 = \"\";\n}\n");
    assert!(!well, "{text}");
    assert!(
        text.contains("--> own.rs:2:20") && text.contains("expected `u8`"),
        "{text}"
    );
    assert!(text.contains("next: mend it"), "{text}");
    let (well, text) = traced("fn main() {\n");
    assert!(!well && text.contains("own.rs:"), "{text}");
}

#[test]
fn the_tests_end_with_a_sum() {
    let book = small_book("# One\n");
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"small\"\nedition = \"2024\"\n\n[workspace]\n",
        ),
        ("src/lib.rs", ""),
        (
            "tests/a.rs",
            "#[test]\nfn one() {}\n\n#[test]\nfn two() {}\n",
        ),
        (
            "tests/b.rs",
            "#[test]\nfn three() {}\n\n#[test]\n#[ignore]\nfn four() {}\n",
        ),
    ];
    fs::create_dir(book.path().join("tests")).expect("made");
    for (path, text) in files {
        fs::write(book.path().join(path), text).expect("written");
    }
    let run = |arguments: &[&str]| {
        let arguments = [&["test", "--offline"], arguments].concat();
        let output = in_small_book(book.path(), &arguments, &[]);
        (output.status.success(), said(&output))
    };
    let (well, text) = run(&[]);
    assert!(well, "{text}");
    assert!(
        text.contains("ok: 3 tests passed, 0 failed, 1 ignored in 2 programs in "),
        "{text}"
    );
    assert!(!text.contains("running 0 tests"), "{text}");

    fs::write(
        book.path().join("tests/b.rs"),
        "#[test]\nfn three() {\n    panic!(\"a fault\");\n}\n",
    )
    .expect("written");
    let (well, text) = run(&["three"]);
    assert!(!well, "{text}");
    assert!(
        text.contains("failed: 0 tests passed, 1 failed, 0 ignored in 1 program in "),
        "{text}"
    );
    assert!(text.contains("\n  three\n  next: "), "{text}");
}

/// Stops the server, and mdbook behind it, whatever happens.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}

/// Whether mdBook is at hand, so that serving needs no network.
fn mdbook_is_here() -> bool {
    let own = Path::new(env!("CARGO_BIN_EXE_book"))
        .ancestors()
        .nth(2)
        .expect("the target folder")
        .join("tools/bin/mdbook");
    own.is_file() || Command::new("mdbook").arg("--version").output().is_ok()
}

/// Whether to go on with a test that serves; says so if not.
fn may_serve() -> bool {
    let here = mdbook_is_here();
    if !here {
        eprintln!(
            "skipped: mdbook is not here, and a test fetches nothing; run `cargo book setup`"
        );
        assert!(
            std::env::var_os("CI").is_none(),
            "on CI nothing is skipped; run `cargo book setup` before the tests"
        );
    }
    here
}

fn serve(root: &Path, folder: &Path, port: u16) -> Server {
    use std::os::unix::process::CommandExt;

    let server = Command::new(env!("CARGO_BIN_EXE_book"))
        .args([
            "serve",
            "--port",
            &port.to_string(),
            "--hostname",
            "127.0.0.1",
        ])
        // Not the folder `book`: an author may be reading there.
        .arg("--dest-dir")
        .arg(folder)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("it starts");
    Server(server)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

/// Asks until the answer comes; building the site takes its time.
fn page(port: u16, path: &str) -> String {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match get(port, path) {
            Some(page) => return page,
            None if Instant::now() > patience => panic!("no answer within a minute"),
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

#[test]
fn serve_shows_the_book() {
    if !may_serve() {
        return;
    }
    let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
    let _server = serve(&root(), folder.path(), port);
    let page = page(port, "/ownership/moves.html");
    assert!(
        page.starts_with("HTTP/1.1 200"),
        "{}",
        page.lines().next().unwrap_or_default()
    );
    assert!(page.contains("E0382"));
}

/// A book of one chapter, in a folder of its own.
fn small_book(chapter: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("written");
    fs::create_dir(folder.path().join("src")).expect("made");
    write(
        "book.toml",
        "[book]\ntitle = \"Small\"\n\n[rust]\nedition = \"2024\"\n",
    );
    write("src/SUMMARY.md", "- [One](one.md)\n");
    write("src/one.md", chapter);
    folder
}

#[test]
fn what_is_saved_while_serving_is_judged() {
    use std::io::BufRead;

    if !may_serve() {
        return;
    }
    let book = small_book("# One\n\n```rust\nlet x = 1;\n```\n");
    let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
    let mut server = serve(book.path(), folder.path(), port);
    page(port, "/one.html");
    let said = server.0.stdout.take().expect("a pipe");
    fs::write(
        book.path().join("src/one.md"),
        "# One\n\n```rust\nlet x: u8 = \"\";\n```\n",
    )
    .expect("written");
    let lines: Vec<String> = std::io::BufReader::new(said)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.contains("changed block in"))
        .collect();
    let said = lines.join("\n");
    assert!(
        said.contains("src/one.md:3: claim broken") && said.contains("E0308"),
        "{said}"
    );
}

#[test]
fn what_is_false_shows_on_the_served_page() {
    if !may_serve() {
        return;
    }
    let chapter = "# One\n\n```rust\nlet x = 1;\nassert!(x == 1);\n```\n";
    let book = small_book(chapter);
    let config = book.path().join("book.toml");
    let text = fs::read_to_string(&config).expect("read");
    fs::write(&config, text + "\n[preprocessor.draw]\n").expect("written");
    let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
    let _server = serve(book.path(), folder.path(), port);
    page(port, "/one.html");
    let comes = |wanted: bool| {
        let patience = Instant::now() + Duration::from_secs(60);
        while page(port, "/one.html").contains("src/one.md:3: claim broken") != wanted {
            assert!(Instant::now() < patience, "it should be told: {wanted}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let one = book.path().join("src/one.md");
    fs::write(&one, chapter.replace("x == 1", "x == 2")).expect("written");
    comes(true);
    fs::write(&one, chapter).expect("written");
    comes(false);
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_server_leaves_none_behind() {
    use nix::sys::signal::{Signal, kill};

    if !may_serve() {
        return;
    }
    let book = small_book("# One\n");
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let mut server = serve(book.path(), folder.path(), port);
        page(port, "/one.html");
        // Itself alone, not the group that a terminal would stop.
        let own = nix::unistd::Pid::from_raw(server.0.id().cast_signed());
        kill(own, signal).expect("sent");
        server.0.wait().expect("ended");
        let patience = Instant::now() + Duration::from_secs(10);
        while get(port, "/one.html").is_some() {
            assert!(Instant::now() < patience, "{signal}: mdbook still serves");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Runs a command in a small book; where the site is to go is the book's own
/// folder `book`.
fn in_small_book(book: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_book"))
        .args(arguments)
        .current_dir(book)
        .env_remove("MEMORY_BOOK_ADDRESS")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn the_site_is_built_and_finished() {
    if !may_serve() {
        return;
    }
    let book = small_book("# One\n\nThe first paragraph.\n");
    let page = || fs::read_to_string(book.path().join("book/one.html")).expect("a page");

    let built = in_small_book(book.path(), &["build"], &[]);
    assert!(built.status.success(), "{}", said(&built));
    assert!(said(&built).contains("The site is in book/index.html"));
    assert!(said(&built).contains("without MEMORY_BOOK_ADDRESS"));
    assert!(page().contains("Content-Security-Policy"));
    assert!(page().contains("content=\"The first paragraph.\""));
    assert!(!page().contains("canonical"));

    let address = ("MEMORY_BOOK_ADDRESS", "https://example.org/b/");
    let built = in_small_book(book.path(), &["build"], &[address]);
    assert!(built.status.success(), "{}", said(&built));
    assert!(page().contains("<link rel=\"canonical\" href=\"https://example.org/b/\">"));
    let error = fs::read_to_string(book.path().join("book/404.html")).expect("a page");
    assert!(error.contains("<base href=\"/b/\">"), "{error}");
}

#[test]
fn a_half_address_is_refused() {
    if !may_serve() {
        return;
    }
    let book = small_book("# One\n");
    let address = ("MEMORY_BOOK_ADDRESS", "example.org");
    let built = in_small_book(book.path(), &["build"], &[address]);
    assert!(!built.status.success());
    assert!(
        said(&built).contains("write it like https://example.org/memory/"),
        "{}",
        said(&built)
    );
}

#[test]
fn the_book_becomes_an_epub() {
    if !may_serve() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("book.epub");
    let made = book(&["epub", file.to_str().expect("text")]);
    assert!(made.status.success(), "{}", said(&made));
    let bytes = fs::read(&file).expect("an EPUB");
    assert!(bytes[30..].starts_with(b"mimetypeapplication/epub+zip"));
}

#[test]
fn the_book_becomes_a_pdf() {
    if !may_serve() {
        return;
    }
    if let Err(error) = site::pdf::chromium() {
        eprintln!("skipped: {error:#}");
        assert!(
            std::env::var_os("CI").is_none(),
            "on CI nothing is skipped; install Chromium before the tests"
        );
        return;
    }
    let book = small_book("# One\n\nThe first paragraph.\n");
    let made = in_small_book(book.path(), &["pdf"], &[]);
    assert!(made.status.success(), "{}", said(&made));
    let bytes = fs::read(book.path().join("book.pdf")).expect("a PDF");
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(b"/Outlines"), "an outline");
    assert!(has(b"/StructTreeRoot"), "tags");
    // The folder of the site is an author's, and stays as it is.
    assert!(!book.path().join("book").exists());
}

#[test]
fn without_a_browser_the_error_says_what_to_do() {
    let book = small_book("# One\n");
    let browser = ("CHROMIUM", "/no/such/browser");
    let made = in_small_book(book.path(), &["pdf"], &[browser]);
    assert!(!made.status.success());
    assert!(
        said(&made).contains("CHROMIUM names /no/such/browser"),
        "{}",
        said(&made)
    );
}

#[test]
fn mdbook_is_told_what_is_drawn_for() {
    assert!(book(&["draw", "supports", "html"]).status.success());
    assert!(
        !book(&["draw", "supports", "no-such-renderer"])
            .status
            .success()
    );
    // No book: an error, and nothing that mdBook could take for one.
    let drawn = book(&["draw"]);
    assert!(!drawn.status.success());
    assert!(drawn.stdout.is_empty());
}

/// skeptic's cache of programs fails now and then with "Text file busy".
#[test]
fn a_hundred_runs_side_by_side_fail_in_none() {
    let block = "\n```rust\nlet list = vec![1];\nassert_eq!(list.len(), 1);\n```\n";
    let book = small_book(&format!("# One\n{}", block.repeat(5)));
    let failed: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..10)
            .map(|worker| {
                let folder = book.path();
                scope.spawn(move || {
                    let afresh: &[&str] = if worker % 2 == 0 { &["--afresh"] } else { &[] };
                    let failed = (0..10).filter(|_| {
                        let run = Command::new(env!("CARGO_BIN_EXE_book"))
                            .arg("check")
                            .args(afresh)
                            .current_dir(folder)
                            .output()
                            .expect("it starts");
                        !run.status.success()
                    });
                    failed.count()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("it counts"))
            .sum()
    });
    assert_eq!(failed, 0);
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page).ok()?;
    Some(String::from_utf8_lossy(&page).into_owned())
}
