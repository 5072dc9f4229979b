//! The initials that stay for ever.
//!
//! `initials` makes the initials of a name. Somebody wanted a reference out of
//! the function, and found that `leak` makes one that the compiler accepts. It
//! is called for each of some million names.

pub fn initials(name: &str) -> &'static str {
    let made: String = name
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .collect();
    made.leak()
}
