//! Programs that misbehave, each ended with a verdict in words and nothing left.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::{Ending, Limits, Outcome, Program, Rustc, folder, run, share};
use tempfile::TempDir;

const SHORT: Duration = Duration::from_millis(400);

fn guest() -> Limits {
    Limits {
        wall: SHORT,
        ..Limits::guest()
    }
}

/// Runs a shell script in a folder of its own. `$0` is a name that marks its
/// processes: the folder's.
fn sh(script: &str, limits: &Limits) -> (Outcome, TempDir) {
    let folder = folder().expect("a folder");
    let mut command = Program::new("/bin/sh");
    command
        .args(["-c", script])
        .arg(folder.path())
        .folder(folder.path());
    let outcome = run(&command, limits).expect("sh starts");
    (outcome, folder)
}

/// How many processes have the folder's name among their arguments. The dead
/// that nobody has waited for have no arguments.
#[cfg(target_os = "linux")]
fn survivors(folder: &TempDir) -> usize {
    let name = folder.path().to_string_lossy().into_owned();
    let alive = |name: &str| {
        fs::read_dir("/proc")
            .expect("/proc")
            .filter_map(Result::ok)
            .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
            .filter(|line| String::from_utf8_lossy(line).contains(name))
            .count()
    };
    // A killed process takes a moment to go.
    let deadline = Instant::now() + Duration::from_secs(2);
    while alive(&name) > 0 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    alive(&name)
}

#[cfg(not(target_os = "linux"))]
fn survivors(_: &TempDir) -> usize {
    0
}

/// What the Rust program of `rust_programs` does, by its argument.
const RUST: &str = r#"
use std::io::Read;
#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 { 1 + std::hint::black_box(deeper(depth + 1)) }
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("overflow") => println!("{}", deeper(0)),
        Some("vec") => println!("{}", vec![1u8; 100_000_000_000].len()),
        Some("touch") => {
            let mut all = Vec::new();
            loop { all.push(vec![1u8; 1 << 20]); }
        }
        Some("abort") => { println!("so far"); std::process::abort() }
        Some("exit") => std::process::exit(3),
        Some("panic") => panic!("out of songs"),
        Some("stdin") => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text).unwrap();
            println!("{read} bytes");
        }
        Some("threads") => {
            let all: Vec<_> = (0..16).map(|n| std::thread::spawn(move || n)).collect();
            println!("{}", all.into_iter().map(|t| t.join().unwrap()).sum::<i32>());
        }
        _ => {}
    }
}
"#;

#[test]
fn a_quiet_program() {
    let (outcome, _folder) = sh("true", &guest());
    assert!(outcome.ending.success());
    assert_eq!(outcome.output, "");
}

/// Whether the limit on processes holds here; sandbox.rs says where it does not.
/// On a build server it must.
#[cfg(target_os = "linux")]
fn processes_limited() -> bool {
    let (outcome, _folder) = sh("true", &guest());
    if !outcome.processes_limited {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "no limit on processes, and CI is true");
        println!("skipped: no limit on processes holds for this user here");
    }
    outcome.processes_limited
}

#[test]
fn stdout_and_stderr_keep_their_order() {
    let (outcome, _folder) = sh(
        "echo one; echo two >&2; echo three; echo four >&2",
        &guest(),
    );
    assert_eq!(outcome.output, "one\ntwo\nthree\nfour\n");
}

#[test]
fn an_endless_loop() {
    let start = Instant::now();
    let (outcome, folder) = sh("echo start; while :; do :; done", &guest());
    assert_eq!(outcome.ending, Ending::TimedOut(SHORT));
    assert_eq!(outcome.output, "start\n");
    assert!(start.elapsed() < SHORT * 3, "{:?}", start.elapsed());
    assert_eq!(survivors(&folder), 0);
}

#[test]
fn an_endless_loop_without_output() {
    let (outcome, folder) = sh("exec >&- 2>&-; while :; do :; done", &guest());
    assert_eq!(outcome.ending, Ending::TimedOut(SHORT));
    assert_eq!(survivors(&folder), 0);
}

#[test]
fn a_flood_of_output() {
    let limits = Limits {
        wall: Duration::from_secs(10),
        ..guest()
    };
    let start = Instant::now();
    let (outcome, folder) = sh("yes 0123456 & yes 0123456 >&2", &limits);
    assert_eq!(outcome.ending, Ending::TooMuchOutput(64 * 1024));
    assert_eq!(outcome.output.len(), 64 * 1024);
    assert!(outcome.output.starts_with("0123456\n"));
    assert!(start.elapsed() < limits.wall / 2);
    assert_eq!(survivors(&folder), 0);
}

#[test]
fn output_up_to_the_limit() {
    let (outcome, _folder) = sh("head -c 65536 /dev/zero", &guest());
    assert_eq!(outcome.ending, Ending::Exit(0));
    assert_eq!(outcome.output.len(), 64 * 1024);
    let (outcome, _folder) = sh("head -c 65537 /dev/zero", &guest());
    assert_eq!(outcome.ending, Ending::TooMuchOutput(64 * 1024));
}

#[test]
fn bytes_that_are_no_text() {
    let (outcome, _folder) = sh(r"printf 'a\377b'", &guest());
    assert_eq!(outcome.output, "a\u{fffd}b");
}

#[test]
#[cfg(target_os = "linux")]
fn a_fork_bomb() {
    if !processes_limited() {
        return;
    }
    // Each writes a byte that it lives. Without a limit there would be thousands.
    let bomb = r#"printf . ; "$1" -c "$2" "$0" "$1" "$2" & "$1" -c "$2" "$0" "$1" "$2" & wait"#;
    let folder = folder().expect("a folder");
    let mut command = Program::new("/bin/sh");
    command
        .args(["-c", bomb])
        .arg(folder.path())
        .args(["/bin/sh", bomb])
        .folder(folder.path());
    let outcome = run(&command, &guest()).expect("sh starts");
    // How it ends is up to the shells that find that they cannot fork.
    assert!(outcome.output.contains("fork"), "{}", outcome.output);
    assert_eq!(survivors(&folder), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn no_more_processes_than_allowed() {
    if !processes_limited() {
        return;
    }
    let script = "i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i+1)); echo $i; done";
    let (outcome, folder) = sh(script, &guest());
    let started = outcome
        .output
        .lines()
        .filter(|line| line.parse::<u32>().is_ok())
        .count();
    assert!((20..150).contains(&started), "{}", outcome.output);
    assert_eq!(survivors(&folder), 0);
}

#[test]
fn children_end_with_the_program() {
    let start = Instant::now();
    let (outcome, folder) = sh(r#"sh -c 'sleep 60; :' "$0" & echo started"#, &guest());
    assert_eq!(outcome.ending, Ending::Exit(0));
    assert_eq!(outcome.output, "started\n");
    assert!(start.elapsed() < SHORT);
    assert_eq!(survivors(&folder), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn children_that_leave_the_session_end_too() {
    let start = Instant::now();
    // It holds the pipe, ignores the polite signals, and starts more.
    let script = r#"setsid sh -c 'trap "" HUP TERM; echo away; sleep 60 & setsid sh -c "sleep 60; :" "$0" & wait; :' "$0" & sleep 0.1; echo done"#;
    let (outcome, folder) = sh(script, &guest());
    assert_eq!(outcome.ending, Ending::Exit(0));
    assert_eq!(outcome.output, "away\ndone\n");
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(survivors(&folder), 0);
}

#[test]
fn its_own_folder_is_where_it_writes() {
    let (outcome, folder) = sh(r#"echo x > a; mktemp >/dev/null; ls | wc -l"#, &guest());
    assert_eq!(outcome.ending, Ending::Exit(0), "{}", outcome.output);
    assert_eq!(outcome.output.trim(), "2");
    let mine = fs::read_dir(folder.path()).expect("readable").count();
    assert_eq!(mine, 2);
}

#[test]
fn its_folder_goes_with_all_that_it_wrote() {
    let (outcome, folder) = sh("mkdir -p a/b; echo x > a/b/c; chmod 0555 a/b/c", &guest());
    assert_eq!(outcome.ending, Ending::Exit(0), "{}", outcome.output);
    let path = folder.path().to_owned();
    folder.close().expect("deleted");
    assert!(!path.exists());
}

#[test]
fn a_file_that_grows() {
    let (outcome, _folder) = sh(
        "exec head -c 70000000 /dev/zero > big",
        &Limits {
            wall: Duration::from_secs(10),
            ..guest()
        },
    );
    assert_eq!(
        outcome.ending.to_string(),
        "was ended by SIGXFSZ (wrote a file that is too long)"
    );
}

#[test]
fn the_environment_is_minimal() {
    let folder = folder().expect("a folder");
    let mut command = Program::new("/usr/bin/env");
    command.env("SONG", "one").folder(folder.path());
    let outcome = run(&command, &guest()).expect("env starts");
    let mut names: Vec<_> = outcome
        .output
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["PATH", "RUST_BACKTRACE", "SONG", "TMPDIR"]);
    assert!(outcome.output.contains("RUST_BACKTRACE=0\n"));
}

#[test]
fn rust_programs() {
    let made = folder().expect("a folder");
    fs::write(made.path().join("main.rs"), RUST).expect("written");
    let mut rustc = Rustc::find(Path::new(".")).expect("a compiler").compiler();
    rustc
        .args(["--edition=2024", "main.rs"])
        .folder(made.path());
    let outcome = run(&rustc, &Limits::compiler()).expect("rustc starts");
    assert_eq!(outcome.ending, Ending::Exit(0), "{}", outcome.output);
    assert_eq!(outcome.output, "");
    share(made.path()).expect("shared");
    let rust = |what: &str| {
        let room = folder().expect("a folder");
        let mut command = Program::new(made.path().join("main"));
        command.arg(what).folder(room.path());
        let outcome = run(&command, &Limits::rust()).expect("it starts");
        (outcome.ending.to_string(), outcome.output)
    };
    let well = "exited with code 0";
    let abort = "was ended by SIGABRT (abort)";

    assert_eq!(rust("stdin"), (well.into(), "0 bytes\n".into()));
    assert_eq!(rust("threads"), (well.into(), "120\n".into()));
    assert_eq!(rust("exit"), ("exited with code 3".into(), "".into()));
    assert_eq!(rust("abort"), (abort.into(), "so far\n".into()));

    let (ending, output) = rust("panic");
    assert_eq!(ending, "exited with code 101");
    assert!(output.contains("out of songs"), "{output}");

    let (ending, output) = rust("overflow");
    assert_eq!(ending, abort);
    assert!(output.contains("has overflowed its stack"), "{output}");

    if cfg!(target_os = "linux") {
        let (ending, output) = rust("vec");
        assert_eq!(ending, abort);
        let said = "memory allocation of 100000000000 bytes failed";
        assert!(output.contains(said), "{output}");
        assert_eq!(rust("touch").0, abort);
    }
}

#[test]
fn a_program_that_is_not_there() {
    let folder = folder().expect("a folder");
    let mut command = Program::new("/no/such/program");
    command.folder(folder.path());
    let error = run(&command, &guest()).expect_err("it cannot start");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(error.to_string().contains("/no/such/program"), "{error}");
}

#[test]
fn a_guest_gets_no_folder_of_ours() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut command = Program::new("/bin/sh");
    command.args(["-c", "true"]).folder(elsewhere.path());
    let error = run(&command, &guest()).expect_err("it is refused");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let error = run(&Program::new("/bin/sh"), &guest()).expect_err("it is refused");
    assert!(error.to_string().contains("sandbox::folder()"), "{error}");
}

#[test]
fn runs_leave_nothing_behind_in_ourselves() {
    let count = |what: &str| {
        let path = Path::new("/proc/self").join(what);
        fs::read_dir(path).map_or(0, Iterator::count)
    };
    // Tests run beside this one; so many runs in a row would still show.
    let before = (count("fd"), count("task"));
    for _ in 0..30 {
        sh("sleep 60 & true", &guest());
    }
    let after = (count("fd"), count("task"));
    assert!(after.0 < before.0 + 30, "{before:?} {after:?}");
    assert!(after.1 < before.1 + 30, "{before:?} {after:?}");
}

/// Each run has a user of its own as long as it goes on; the end of another
/// run must not end it.
#[test]
fn many_short_runs_do_not_end_a_long_one() {
    std::thread::scope(|scope| {
        let long = scope.spawn(|| {
            let limits = Limits {
                wall: Duration::from_secs(2),
                ..Limits::guest()
            };
            sh("sleep 60", &limits).0
        });
        for _ in 0..130 {
            let (short, _) = sh("true", &Limits::guest());
            assert!(short.ending.success());
        }
        let long = long.join().expect("it ends");
        assert_eq!(long.ending, Ending::TimedOut(Duration::from_secs(2)));
    });
}
