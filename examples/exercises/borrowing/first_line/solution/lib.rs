//! The headline that the text keeps.

pub fn headline(text: &str) -> &str {
    for line in text.lines() {
        let line = line.trim();
        if !line.is_empty() {
            return line;
        }
    }
    "untitled"
}
