//! First names of guests.

/// The part of `full` before its first space.
pub fn first_name(full: &str) -> &str {
    match full.find(' ') {
        Some(end) => &full[..end],
        None => full,
    }
}
