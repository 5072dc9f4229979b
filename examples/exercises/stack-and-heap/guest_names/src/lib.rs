//! First names of guests.
//!
//! `first_name` gives out what stands before the first space: "Zoé" for "Zoé
//! Dubois". A name without a space is a first name as a whole. The result
//! shall be a part of the name that came in; no letter is to be copied.

/// The part of `full` before its first space.
pub fn first_name(full: &str) -> &str {
    let mut first = String::new();
    for letter in full.chars() {
        if letter == ' ' {
            break;
        }
        first.push(letter);
    }
    &first
}
