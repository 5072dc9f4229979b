//! The guest who was last.
//!
//! `welcome` writes a new name into the guest book and returns a line about
//! the guest before: "Bo comes after Ada". For the first guest of all it is
//! "Ada comes first".

pub fn welcome(book: &mut Vec<String>, name: &str) -> String {
    let before = book.last();
    book.push(name.to_string());
    match before {
        Some(before) => format!("{name} comes after {before}"),
        None => format!("{name} comes first"),
    }
}
