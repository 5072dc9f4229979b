//! The letter that looks into itself.
//!
//! A letter has a text and knows its greeting, the first line of it. It is
//! returned, kept in lists, and sent to other places, so it cannot have a
//! lifetime. The greeting is looked for once, and none of its letters is copied.

pub struct Letter<'a> {
    text: String,
    greeting: &'a str,
}

impl<'a> Letter<'a> {
    pub fn new(text: String) -> Letter<'a> {
        let greeting = text.lines().next().unwrap_or("");
        Letter { text, greeting }
    }

    pub fn greeting(&self) -> &str {
        self.greeting
    }

    /// What comes behind the greeting and its line break.
    pub fn body(&self) -> &str {
        let end = self.greeting.len();
        self.text[end..].trim_start_matches(['\r', '\n'])
    }
}
