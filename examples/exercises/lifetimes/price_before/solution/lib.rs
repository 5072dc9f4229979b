//! The mark that is only looked at.

pub fn before<'a>(line: &'a str, mark: &str) -> &'a str {
    match line.split_once(mark) {
        Some((front, _)) => front,
        None => line,
    }
}
