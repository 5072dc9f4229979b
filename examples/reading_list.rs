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

// ANCHOR: add
/// Adds the book in `line`, such as `Emma; 474`. A line that is no book is
/// left out, with a word about it.
fn add(list: &mut Vec<Book>, line: &str) {
    match book(line) {
        Some(book) => list.push(book),
        None => eprintln!("no book: {line}"),
    }
}
// ANCHOR_END: add

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

// ANCHOR: tell
fn tell(text: &str) {
    let mut list = Vec::new();
    for line in text.lines() {
        add(&mut list, line);
    }
    list.sort_by_key(|book| book.pages);
    for book in &list {
        println!("{:>5}  {}", book.pages, book.title);
    }
    println!("evenings: {}", evenings(&list));

    if list.is_empty() {
        return;
    }
    let mut thickest = &list[0];
    for book in &list {
        thickest = thicker(thickest, book);
    }
    println!("thickest: {}", thickest.title);
}
// ANCHOR_END: tell

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
    tell(&text);
    ExitCode::SUCCESS
}
