//! The tokenizer that keeps what it was lent.
//!
//! A program of a hundred lines. It is rejected in several places, one promise
//! asks more of a caller than the body needs, and one method is accepted and
//! wrong. Change signatures and bodies, but not what the comments say, and copy
//! no letter of the text.

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Name,
    Number,
    Quoted,
    Sign,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub text: &str,
}

/// Cuts a text into tokens. Blanks are skipped, and so is a note: what stands
/// between a `;` and the end of its line.
pub struct Tokenizer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokenizer<'a> {
    pub fn new(text: &'a str) -> Tokenizer<'a> {
        Tokenizer { text, at: 0 }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if !self.rest().starts_with(';') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// The next token, which is then behind the tokenizer. The text of a quoted
    /// one is what stands between its quotes; the second may be missing at the
    /// end of the text.
    pub fn next_token(&'a mut self) -> Option<Token> {
        self.skip();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, text) = if first.is_alphabetic() {
            (Kind::Name, front(rest, char::is_alphanumeric))
        } else if first.is_ascii_digit() {
            (
                Kind::Number,
                front(rest, |c| c.is_ascii_digit() || c == '.'),
            )
        } else if first == '"' {
            let inside = front(&rest[1..], |c| c != '"').to_string();
            self.at = (self.at + 2).min(self.text.len() - inside.len());
            (Kind::Quoted, inside.as_str())
        } else {
            (Kind::Sign, &rest[..first.len_utf8()])
        };
        self.at += text.len();
        Some(Token { kind, text })
    }

    /// The token that comes next, which stays in front of the tokenizer.
    pub fn peek(&self) -> Option<Token> {
        let mut ahead = Tokenizer { ..*self };
        ahead.next_token()
    }

    /// Steps over a sign if it comes next, and says whether it did.
    pub fn step_over(&mut self, sign: &'a str) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.kind == Kind::Sign && token.text == sign);
        if found {
            self.next_token();
        }
        found
    }

    /// The line in which a token of this text begins, counted from 1.
    pub fn line_of(&self, token: &Token) -> usize {
        let start = self.text.find(token.text).unwrap_or(0);
        1 + self.text[..start].matches('\n').count()
    }
}

/// The longest beginning of `text` of which every letter `belongs`.
fn front(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

/// Each name of a text once, in the order in which they first stand there.
pub fn names(text: &str) -> Vec<&str> {
    let mut tokens = Tokenizer::new(text);
    let mut names = Vec::new();
    while let Some(token) = tokens.next_token() {
        if token.kind == Kind::Name && !names.contains(&token.text) {
            names.push(token.text);
        }
    }
    names
}
