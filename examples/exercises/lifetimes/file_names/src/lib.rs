//! The name that is made, or is already there.
//!
//! `file_name` makes a title fit for a file: each blank becomes `_`. A title
//! without blanks is fit as it is, and then no letter should be copied.

pub fn file_name(title: &str) -> &str {
    let made = title.replace(' ', "_");
    &made
}
