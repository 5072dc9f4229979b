//! The pictures' permissions against the compiler, asked each question alone, on
//! random programs, for as long as `TRACE_ORACLE_SECONDS` says (4 without it).
//! The seed is printed; `TRACE_ORACLE_SEED` repeats a run. The whole, with the
//! book's own programs, is `cargo run -p trace --example oracle`.

#[path = "oracle/mod.rs"]
mod oracle;

use std::time::{Duration, Instant, SystemTime};

use oracle::random::{self, Dice};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn pictures_agree_with_the_compiler_asked_alone() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = number("TRACE_ORACLE_SEED").unwrap_or_else(|| now.map_or(1, |t| t.as_secs() | 1));
    let patience = Duration::from_secs(number("TRACE_ORACLE_SECONDS").unwrap_or(4));
    println!("TRACE_ORACLE_SEED={seed}");
    let oracle = oracle::Oracle::new();
    let start = Instant::now();
    let (mut dice, mut programs, mut questions) = (Dice(seed), 0, 0);
    while programs == 0 || start.elapsed() < patience {
        let statements = random::statements(&mut dice);
        let marks = random::marks(&mut dice, random::lines(&statements));
        let program = random::program(&statements, &marks);
        if !oracle.compiles(&program) {
            continue;
        }
        let verdict = oracle.judge(&program);
        programs += 1;
        questions += verdict.questions;
        if !verdict.disagreements.is_empty() {
            let small = oracle::shrunk(&oracle, statements, marks);
            panic!(
                "TRACE_ORACLE_SEED={seed}\n{}\n{}",
                small.0,
                small.1.join("\n")
            );
        }
    }
    println!("{programs} programs, {questions} questions asked alone");
    assert!(questions > 0);
}
