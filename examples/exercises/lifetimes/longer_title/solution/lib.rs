//! Two titles and one signature.

pub fn longer<'a>(one: &'a str, other: &'a str) -> &'a str {
    if other.chars().count() > one.chars().count() {
        other
    } else {
        one
    }
}

pub fn shortened<'a>(title: &'a str, width: usize, instead: &'a str) -> &'a str {
    match title.char_indices().nth(width) {
        _ if title.is_empty() => instead,
        Some((end, _)) => &title[..end],
        None => title,
    }
}
