//! What tracing costs beside compiling and running: `cargo bench -p trace`.

use std::process::Command;
use std::time::{Duration, Instant};

const PROGRAM: &str = "struct Song { title: String, year: u16 }

fn longest(songs: &[Song]) -> &Song {
    let mut best = &songs[0];
    for song in songs {
        if song.title.len() > best.title.len() {
            best = song;
        }
    }
    best // ①
}

fn main() {
    let mut songs = vec![Song { title: String::from(\"Intro\"), year: 1999 }]; // ②
    let first = songs.remove(0);
    songs.push(first); // ③
    let best = longest(&songs);
    println!(\"{} {}\", best.title, best.year); // ④
}
";

fn untraced() -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("main.rs"), PROGRAM).expect("room");
    let start = Instant::now();
    let built = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .current_dir(folder.path())
        .args(["--edition=2024", "-o", "program", "main.rs"])
        .output()
        .expect("rustc");
    assert!(built.status.success());
    Command::new(folder.path().join("program"))
        .output()
        .expect("it runs");
    start.elapsed()
}

fn traced() -> Duration {
    let start = Instant::now();
    trace::trace(PROGRAM, &trace::Options::default()).expect("it is traced");
    start.elapsed()
}

fn middle(f: impl Fn() -> Duration) -> f64 {
    f(); // warms the caches, and compiles the runtime
    let mut times: Vec<Duration> = (0..9).map(|_| f()).collect();
    times.sort();
    times[4].as_secs_f64() * 1000.0
}

fn main() {
    let (plain, drawn) = (middle(untraced), middle(traced));
    println!(
        "compiled and run: {plain:.0} ms; traced: {drawn:.0} ms; {:.2} times",
        drawn / plain
    );
}
