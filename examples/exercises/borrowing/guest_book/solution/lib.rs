//! The guest who was last.

pub fn welcome(book: &mut Vec<String>, name: &str) -> String {
    let line = match book.last() {
        Some(before) => format!("{name} comes after {before}"),
        None => format!("{name} comes first"),
    };
    book.push(name.to_string());
    line
}
