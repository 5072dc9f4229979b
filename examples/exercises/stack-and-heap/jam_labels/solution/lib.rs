//! Labels for jam jars.

/// The label of one jar.
pub struct Label {
    text: Box<str>,
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
