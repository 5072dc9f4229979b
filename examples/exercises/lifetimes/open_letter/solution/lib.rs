//! The letter that knows where its greeting ends.

pub struct Letter {
    text: String,
    end: usize,
}

impl Letter {
    pub fn new(text: String) -> Letter {
        let end = text.lines().next().map_or(0, str::len);
        Letter { text, end }
    }

    pub fn greeting(&self) -> &str {
        &self.text[..self.end]
    }

    /// What comes behind the greeting and its line break.
    pub fn body(&self) -> &str {
        self.text[self.end..].trim_start_matches(['\r', '\n'])
    }
}
