//! The mark that has to stay too long.
//!
//! `before` returns what stands in front of a mark, or the whole line if it has
//! none. The mark is only looked at. The body is right as it is.

pub fn before<'a>(line: &'a str, mark: &'a str) -> &'a str {
    match line.split_once(mark) {
        Some((front, _)) => front,
        None => line,
    }
}
