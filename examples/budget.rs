//! Adds up a month of spending, and says what is left of each limit.
//!
//! Run it with `cargo run --example budget`, or for a file of yours with
//! `cargo run --example budget -- SPENDING.txt`. Each line of the file is an
//! amount and what it was for, such as `12.50 food`.

use std::env;
use std::fs;
use std::process::ExitCode;

// ANCHOR: constants
/// Amounts are in cents, because sums of whole numbers are exact.
const EURO: u64 = 100;

/// What may be spent on what, in a month.
const LIMITS: [(&str, u64); 3] = [
    ("food", 300 * EURO),
    ("books", 40 * EURO),
    ("music", 25 * EURO),
];

/// What is read when no file is named.
static SAMPLE: &str = concat!(
    "182.40 food\n",
    "24.90 books\n",
    "70.15 food\n",
    "27.10 books\n",
    "9 music\n",
    "3.20 stamps\n",
);
// ANCHOR_END: constants

struct Envelope {
    name: String,
    limit: u64,
    spent: u64,
}

struct Budget {
    envelopes: Vec<Envelope>,
}

// ANCHOR: spent_on
impl Budget {
    /// The place that holds what was spent on `name`. For a name without a
    /// limit, an envelope is added that may hold nothing.
    fn spent_on(&mut self, name: &str) -> &mut u64 {
        let found = self.envelopes.iter().position(|e| e.name == name);
        let index = found.unwrap_or(self.envelopes.len());
        if found.is_none() {
            self.envelopes.push(Envelope {
                name: String::from(name),
                limit: 0,
                spent: 0,
            });
        }
        &mut self.envelopes[index].spent
    }
}

// ANCHOR: enter
/// Enters one line, such as `12.50 food`. `None`: the line cannot be read.
fn enter(budget: &mut Budget, line: &str) -> Option<()> {
    let (amount, name) = line.trim().split_once(' ')?;
    let amount = cents(amount)?;
    *budget.spent_on(name.trim()) += amount;
    Some(())
}
// ANCHOR_END: enter
// ANCHOR_END: spent_on

// ANCHOR: cents
/// Reads an amount such as `12.50` or `12`, in cents.
fn cents(amount: &str) -> Option<u64> {
    let (euros, cents) = amount.split_once('.').unwrap_or((amount, "00"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if cents.len() != 2 || !digits(euros) || !digits(cents) {
        return None;
    }
    let euros: u32 = euros.parse().ok()?;
    let cents: u64 = cents.parse().ok()?;
    Some(u64::from(euros) * EURO + cents)
}
// ANCHOR_END: cents

/// Only looks at the budget.
fn report(budget: &Budget) {
    for Envelope { name, limit, spent } in &budget.envelopes {
        let verdict = match limit.checked_sub(*spent) {
            Some(left) => format!("{} left", euros(left)),
            None => format!("{} too much", euros(spent - limit)),
        };
        let (spent, limit) = (euros(*spent), euros(*limit));
        println!("{name:<8}{spent:>8} of {limit:>7}{verdict:>17}");
    }
}

fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / EURO, cents % EURO)
}

fn main() -> ExitCode {
    // ANCHOR: file
    let file;
    let spending = match env::args().nth(1) {
        None => SAMPLE,
        Some(path) => match fs::read_to_string(&path) {
            Ok(contents) => {
                file = contents;
                file.as_str()
            }
            Err(error) => {
                eprintln!("cannot read {path}: {error}");
                eprintln!("give the path of a text file");
                return ExitCode::FAILURE;
            }
        },
    };
    // ANCHOR_END: file

    let envelopes = LIMITS.map(|(name, limit)| Envelope {
        name: String::from(name),
        limit,
        spent: 0,
    });
    let mut budget = Budget {
        envelopes: Vec::from(envelopes),
    };
    for (number, line) in (1..).zip(spending.lines()) {
        if !line.trim().is_empty() && enter(&mut budget, line).is_none() {
            eprintln!("line {number}: cannot read `{line}`");
            eprintln!("write an amount and a name, such as `12.50 food`");
            return ExitCode::FAILURE;
        }
    }
    report(&budget);
    ExitCode::SUCCESS
}
