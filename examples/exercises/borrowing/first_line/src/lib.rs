//! The headline that does not last.
//!
//! `headline` returns the first line of a text that is not empty, without the
//! blanks around it, and "untitled" if there is none. No letter needs to be
//! copied.

pub fn headline(text: &str) -> &str {
    for line in text.lines() {
        let line = line.trim().to_string();
        if !line.is_empty() {
            return &line;
        }
    }
    "untitled"
}
