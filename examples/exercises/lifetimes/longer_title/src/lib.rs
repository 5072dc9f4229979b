//! Two titles and one signature.
//!
//! `longer` returns the longer of two titles, and of two equally long ones
//! the first. `shortened` returns at most the first `width` letters of a title,
//! or `instead` when the title has none at all. No letter needs to be copied.

pub fn longer(one: &str, other: &str) -> &str {
    if other.chars().count() > one.chars().count() {
        other
    } else {
        one
    }
}

pub fn shortened(title: &str, width: usize, instead: &str) -> &str {
    match title.char_indices().nth(width) {
        _ if title.is_empty() => instead,
        Some((end, _)) => &title[..end],
        None => title,
    }
}
