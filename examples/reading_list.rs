//! A reading list: how long it takes, and which book is the thickest.
//!
//! Run it with `cargo run --example reading_list`, or on a list of yours with
//! `cargo run --example reading_list -- FILE`. Each line of the file is a title,
//! a semicolon and a number of pages.

use std::env;
use std::fs;
use std::process::ExitCode;

const SAMPLE: &str = "Emma; 474\nMiddlemarch; 880\nThe Time Machine; 118\n";
const PAGES_AN_EVENING: u32 = 40;

// ANCHOR: book
struct Book {
    title: String,
    pages: u32,
}
// ANCHOR_END: book

/// Reads a list, line by line. What is no book is left out, and counted.
fn read(text: &str) -> (Vec<Book>, usize) {
    let mut list = Vec::new();
    let mut skipped = 0;
    for line in text.lines() {
        match book(line) {
            Some(book) => list.push(book),
            None => skipped += 1,
        }
    }
    (list, skipped)
}

fn book(line: &str) -> Option<Book> {
    let (title, pages) = line.split_once(';')?;
    Some(Book {
        title: title.trim().to_owned(),
        pages: pages.trim().parse().ok()?,
    })
}

// ANCHOR: evenings
/// How many evenings the whole list takes. It only looks, so it borrows.
fn evenings(list: &[Book]) -> u32 {
    let mut pages = 0;
    for book in list {
        pages += book.pages;
    }
    pages.div_ceil(PAGES_AN_EVENING)
}
// ANCHOR_END: evenings

// ANCHOR: thicker
fn thicker<'a>(one: &'a Book, other: &'a Book) -> &'a Book {
    if other.pages > one.pages { other } else { one }
}
// ANCHOR_END: thicker

// ANCHOR: main
fn main() -> ExitCode {
    let text = match env::args().nth(1) {
        None => SAMPLE.to_owned(),
        Some(path) => match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("cannot read {path}: {error}");
                return ExitCode::FAILURE;
            }
        },
    };

    let (mut list, skipped) = read(&text);
    list.sort_by_key(|book| book.pages);
    for book in &list {
        println!("{:>5}  {}", book.pages, book.title);
    }
    println!("{} evenings", evenings(&list));

    if let [first, rest @ ..] = list.as_slice() {
        let mut thickest = first;
        for book in rest {
            thickest = thicker(thickest, book);
        }
        println!("longest: {}", thickest.title);
    }
    if skipped > 0 {
        println!("{skipped} lines are no books");
    }
    ExitCode::SUCCESS
}
// ANCHOR_END: main
