//! Labels for jam jars.
//!
//! A label keeps a text and a year. The text comes from whoever types it, and
//! it never grows once the label is made. So a label shall own its text, and
//! take three words at most: 24 bytes on a 64-bit machine.

/// The label of one jar.
pub struct Label {
    text: str,
    year: u16,
}

impl Label {
    /// A label with a text of its own.
    pub fn new(text: &str, year: u16) -> Label {
        let text = text.into();
        Label { text, year }
    }

    /// What is to be printed on it.
    pub fn line(&self) -> String {
        format!("{} {}", &self.text, self.year)
    }
}
