//! The reader that keeps its words on loan.
//!
//! `Words` hands out the words of a text, one after the other. A word is a part
//! of the text, so it should be good for as long as the text is.

pub struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub fn new(text: &'a str) -> Words<'a> {
        Words { rest: text }
    }

    pub fn next_word(&mut self) -> Option<&str> {
        let start = self.rest.trim_start();
        if start.is_empty() {
            return None;
        }
        let end = start.find(char::is_whitespace).unwrap_or(start.len());
        let (word, rest) = start.split_at(end);
        self.rest = rest;
        Some(word)
    }
}
