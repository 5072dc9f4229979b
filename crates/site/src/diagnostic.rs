//! Colors what rustc, a panic or a sanitizer says, as a terminal shows it.
//!
//! | class | for | in a terminal |
//! |---|---|---|
//! | `er` `wa` `no` `he` | `error[E0382]`, `warning`, `note`, `help` | red, yellow, green, cyan |
//! | `ti` | the text of a headline | bold |
//! | `gu` | line numbers, `|`, `-->`, `=`, `...` | blue |
//! | `p1` | what the message is about, `^^^` and its label | as its headline |
//! | `p2` | what matters to it, `---` and its label | blue |
//! | `ad` `de` | what a suggestion adds, and takes away | green, red |
//!
//! A `p1` that does not belong to an error has the class of its headline, too.

use std::ops::Range;

use crate::code::Token;
use crate::html::escape;

/// The parts of the compiler's text that stand out, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader::default();
    let lines: Vec<&str> = text.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        reader.line(line, &lines[i + 1..], &lines[..i]);
        reader.at += line.len() + 1;
    }
    reader.tokens
}

/// What a program says when it panics: its own words stand out.
pub fn panic_tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_end();
        if shown.starts_with("note: ") {
            tokens.push(token("no", at, "note".len()));
        } else if !(shown.starts_with("thread '") && shown.contains(" panicked at ")) {
            tokens.push(token("ti", at, shown.len()));
        }
        at += line.len();
    }
    tokens.retain(|token| !token.range.is_empty());
    tokens
}

/// A sanitizer's report: what it found stands out.
pub fn sanitizer_tokens(text: &str) -> Vec<Token> {
    let headline = text.lines().next().unwrap_or_default();
    let head = headline.find(':').map_or(0, |at| at + 1);
    let tokens = [
        token("er", 0, head),
        token("ti", head, headline.len() - head),
    ];
    tokens
        .into_iter()
        .filter(|token| !token.range.is_empty())
        .collect()
}

/// The text as HTML. Where an error code stands in a colored part, `link`
/// tells where the book explains it.
pub fn html(text: &str, tokens: &[Token], link: impl Fn(&str) -> Option<String>) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    let mut tokens = tokens.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let row = line.trim_end().chars().count() > SHORT;
        if row {
            let hang = hang(line);
            html.push_str(&format!("<span class=\"row\" style=\"--in:{hang}\">"));
        }
        let mut at = start;
        while let Some(token) = tokens.next_if(|token| token.range.start < end) {
            escape(&text[at..token.range.start], &mut html);
            html.push_str(&format!("<span class=\"{}\">", token.class));
            linked(&text[token.range.clone()], &link, &mut html);
            html.push_str("</span>");
            at = token.range.end;
        }
        escape(&text[at..end.max(at)], &mut html);
        if row {
            html.push_str("</span>");
        }
        start = end.max(at);
    }
    html
}

/// The longest line, in characters, that fits on the narrowest phone.
const SHORT: usize = 34;

/// Where a long line goes on below itself, in characters: at its label, or a little to
/// the right of its first word.
fn hang(line: &str) -> usize {
    let gutter = match line.split_once('|') {
        Some((number, _)) if number.trim().bytes().all(|b| b.is_ascii_digit()) => number.len() + 1,
        _ => 0,
    };
    let rest = &line[gutter..];
    let blank = |text: &str| text.len() - text.trim_start().len();
    let inside = rest.trim_start_matches(|c: char| " |_^-+~".contains(c));
    let marks = rest.len() - inside.len();
    if gutter > 0 && rest[..marks].contains(['^', '-', '+', '~']) {
        return gutter + marks;
    }
    let begins = gutter + blank(rest);
    match rest.trim_start().split_once(": ") {
        Some((word, _)) if gutter == 0 && word.len() < 10 => begins + word.len() + 2,
        _ => begins + 4,
    }
}

/// A text whose error codes are links.
fn linked(text: &str, link: impl Fn(&str) -> Option<String>, html: &mut String) {
    let mut at = 0;
    for code in codes(text) {
        let name = &text[code.clone()];
        if let Some(target) = link(name) {
            escape(&text[at..code.start], html);
            html.push_str(&format!(
                "<a href=\"{}\">{name}</a>",
                crate::html::attribute(&target)
            ));
            at = code.end;
        }
    }
    escape(&text[at..], html);
}

/// Where error codes such as `E0382` stand.
pub(crate) fn codes(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('E').filter_map(|(at, _)| {
        let code = text.get(at..at + 5)?;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let alone = !text[..at].ends_with(word) && !text[at + 5..].starts_with(word);
        (alone && code[1..].bytes().all(|b| b.is_ascii_digit())).then_some(at..at + 5)
    })
}

fn token(class: &'static str, start: usize, length: usize) -> Token {
    Token {
        class,
        range: start..start + length,
    }
}

/// Reads line by line.
#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    /// Where the line starts.
    at: usize,
    /// The class of `^^^` below the last headline.
    primary: &'static str,
    /// Whether the snippet below is a suggestion: a `help:` without a place.
    suggestion: bool,
    /// What points at which columns, since the last line of code: a label
    /// further down belongs to what stands above it.
    pointers: Vec<(Range<usize>, &'static str)>,
    /// The columns of ranges whose labels have been seen, since then.
    bars: Vec<usize>,
    /// The class of a range over several lines that is open: its bar stands
    /// before the code.
    open: Option<&'static str>,
}

impl Reader {
    fn push(&mut self, class: &'static str, range: Range<usize>) {
        if !range.is_empty() {
            let (start, length) = (self.at + range.start, range.len());
            self.tokens.push(token(class, start, length));
        }
    }

    fn line(&mut self, line: &str, below: &[&str], above: &[&str]) {
        let indent = line.len() - line.trim_start().len();
        let rest = &line[indent..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let behind = &rest[digits..];
        if indent == 0 && self.headline(line, below) {
            return;
        }
        if rest.starts_with("--> ") || rest.starts_with("::: ") {
            self.push("gu", indent..indent + 3);
        } else if line == "..." {
            self.push("gu", 0..3);
        } else if let Some(note) = rest.strip_prefix("= ") {
            self.push("gu", indent..indent + 1);
            let word = note.find(':').unwrap_or(0);
            self.push("ti", indent + 2..indent + 2 + word);
        } else if behind == "|"
            || behind.starts_with("| ")
            || behind == " |"
            || behind.starts_with(" | ")
        {
            let bar = indent + digits + behind.find('|').unwrap_or(0);
            self.push("gu", line.len() - rest.len()..bar + 1);
            if digits > 0 {
                self.code(line, bar + 1, below);
            } else {
                self.annotations(line, bar + 1, below);
            }
        } else if digits > 0 && matches!(behind.get(..2), Some(" -" | " +" | " ~")) {
            self.change(line, indent..indent + digits, below, above);
        }
    }

    /// `error[E0382]: …`, and the last lines, which stand at the margin, too.
    fn headline(&mut self, line: &str, below: &[&str]) -> bool {
        let levels = [
            ("error", "er", "p1"),
            ("warning", "wa", "p1 wa"),
            ("note", "no", "p1 no"),
            ("help", "he", "p1 he"),
        ];
        for (word, class, primary) in levels {
            let Some(rest) = line.strip_prefix(word) else {
                continue;
            };
            let code = match rest.strip_prefix('[').and_then(|rest| rest.find(']')) {
                Some(end) => end + 2,
                None => 0,
            };
            if !rest[code..].starts_with(": ") {
                continue;
            }
            let end = word.len() + code;
            self.push(class, 0..end);
            if matches!(word, "error" | "warning") {
                self.push("ti", end..line.len());
            }
            self.primary = primary;
            self.suggestion = word == "help"
                && !below
                    .first()
                    .is_some_and(|line| line.trim_start().starts_with("--> "));
            self.pointers.clear();
            self.bars.clear();
            self.open = None;
            return true;
        }
        let last = line.starts_with("For more information about ")
            || line.starts_with("Some errors have detailed explanations");
        if last {
            self.push("ti", 0..line.len());
        }
        last
    }

    /// A line of code, from behind its bar on. In a suggestion, what is new in
    /// it stands over the `+` of the next line.
    fn code(&mut self, line: &str, start: usize, below: &[&str]) {
        self.pointers.clear();
        self.bars.clear();
        if self.suggestion {
            let Some(signs) = below.first().and_then(|below| below.split_once('|')) else {
                return;
            };
            let from = line.char_indices().nth(signs.0.chars().count() + 1);
            let Some((from, _)) = from else { return };
            for (range, sign) in runs(signs.1, |c| matches!(c, '+' | '~')) {
                let column = |n: usize| {
                    let found = line[from..].char_indices().nth(n);
                    found.map_or(line.len(), |(at, _)| from + at)
                };
                let class = if sign == '+' || sign == '~' {
                    "ad"
                } else {
                    "de"
                };
                self.push(class, column(range.start)..column(range.end));
            }
            return;
        }
        if self.open.is_none() && line[start..].starts_with(" / ") {
            // A range that starts with its line; its end tells its class.
            let mut snippet = below.iter().take_while(|line| !line.is_empty());
            let end = snippet.find_map(|line| line.split_once("|_"));
            self.open = end.map(|(_, behind)| self.leads_to(behind));
        }
        if let Some(class) = self.open {
            let bar = line[start..].find(|c: char| c != ' ').map(|at| start + at);
            if let Some(bar) = bar.filter(|at| line[*at..].starts_with(['|', '/'])) {
                self.push(class, bar..bar + 1);
            }
        }
    }

    /// What stands below a line of code: pointers, bars down to labels, labels.
    fn annotations(&mut self, line: &str, start: usize, below: &[&str]) {
        if self.suggestion {
            for (range, sign) in runs(&line[start..], |c| !c.is_whitespace()) {
                let class = if sign == '-' { "de" } else { "ad" };
                self.push(class, start + range.start..start + range.end);
            }
            return;
        }
        let mut at = start;
        let mut column = 0;
        // The class of a pointer that ends right here, or one space ago.
        let mut last: Option<&'static str> = None;
        while let Some(sign) = line[at..].chars().next() {
            let length = match sign {
                // Two ranges may start side by side, each with its own bar.
                '|' => 1,
                _ => span(&line[at..], sign),
            };
            let (chars, next) = (length / sign.len_utf8(), at + length);
            let above = match self.hidden_secondary(column) {
                Some(own) if lone_label(line, below, at, at + own - column) => Some("p2"),
                _ => self.class_at(column),
            };
            match sign {
                ' ' if chars > 1 => last = None,
                ' ' => {}
                '^' => {
                    self.point(self.primary, at..next, column, chars);
                    last = Some(self.primary);
                }
                '-' => {
                    self.point("p2", at..next, column, chars);
                    last = Some("p2");
                }
                '_' => {
                    // It leads from the margin to where a range over several
                    // lines starts, or from its bar to where it ends.
                    let class = self.leads_to(&line[next..]);
                    self.push(class, at..next);
                    let before = line[start..at].trim_end();
                    if before.is_empty() {
                        self.open = Some(class);
                    } else if before.ends_with('|') {
                        self.open = None;
                    }
                    last = None;
                }
                '|' if last.is_none() && (above.is_some() || self.open.is_some()) => {
                    self.bars.push(column);
                    self.push(above.or(self.open).unwrap_or("p2"), at..next);
                }
                _ => {
                    // A label beside its range is no other's.
                    if last.is_some() {
                        let own = self.pointers.last().map(|(columns, _)| columns.start);
                        self.bars.extend(own);
                    }
                    let hides = || self.hides_primary(column) && has_text_at(below, at);
                    let class = match last {
                        Some(class) => class,
                        None if hides() => self.primary,
                        None => above.unwrap_or("p2"),
                    };
                    self.push(class, at..line.len());
                    return;
                }
            }
            (at, column) = (next, column + chars);
        }
    }

    fn point(&mut self, class: &'static str, range: Range<usize>, column: usize, chars: usize) {
        self.push(class, range);
        self.pointers.push((column..column + chars, class));
    }

    fn class_at(&self, column: usize) -> Option<&'static str> {
        let found = self
            .pointers
            .iter()
            .rev()
            .find(|(columns, _)| columns.contains(&column));
        found.map(|(_, class)| *class)
    }

    /// Whether the `---` at this column lies over the start of a longer `^^^`:
    /// then two labels stand below it, that of the `^^^` first.
    fn hides_primary(&self, column: usize) -> bool {
        let at =
            |(columns, class): &&(Range<usize>, _)| columns.contains(&column) && *class == "p2";
        let over = self.pointers.iter().find(at);
        over.is_some_and(|(over, _)| {
            let mut all = self.pointers.iter();
            all.any(|(columns, class)| columns.start == over.end && *class == self.primary)
        })
    }

    /// Where the `---` begins to be seen that lies under the start of a shorter
    /// `^^^` at this column.
    fn hidden_secondary(&self, column: usize) -> Option<usize> {
        let at = |(columns, class): &&(Range<usize>, _)| {
            columns.start == column && *class == self.primary
        };
        let (over, _) = self.pointers.iter().find(at)?;
        let mut all = self.pointers.iter();
        let hidden = all.any(|(columns, class)| columns.start == over.end && *class == "p2");
        (hidden && !self.bars.contains(&over.end)).then_some(over.end)
    }

    fn leads_to(&self, rest: &str) -> &'static str {
        let end = rest.find(|c| !matches!(c, '_' | '-' | '^'));
        match rest[..end.unwrap_or(rest.len())].ends_with('^') {
            true => self.primary,
            false => "p2",
        }
    }

    /// `10 - old` and `10 + new`: the sign, and what differs.
    fn change(&mut self, line: &str, number: Range<usize>, below: &[&str], above: &[&str]) {
        let sign = number.end + 1;
        let (class, other) = match &line[sign..=sign] {
            "-" => ("de", partner(line, below.iter().copied())),
            _ => ("ad", partner(line, above.iter().rev().copied())),
        };
        self.push("gu", number);
        let code = line.len().min(sign + 2);
        let changed = match other {
            Some(other) => differs(&line[code..], &other[other.len().min(code)..]),
            None => 0..line.len() - code,
        };
        self.push(class, sign..sign + 1);
        self.push(class, code + changed.start..code + changed.end);
    }
}

/// The line that stands against this one: with the same number and another
/// sign, among its neighbors.
fn partner<'a>(line: &str, mut others: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let number = line.split(' ').next()?;
    let other = others.next()?;
    let mut words = other.splitn(3, ' ');
    let same = words.next() == Some(number) && matches!(words.next(), Some("+" | "-"));
    (same && other[number.len()..].get(..2) != line[number.len()..].get(..2)).then_some(other)
}

/// What of `text` is not in `other`: whole words, from the first that differs
/// to the last.
fn differs(text: &str, other: &str) -> Range<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let same = |(a, b): &(char, char)| a == b;
    let count = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs
            .take_while(same)
            .map(|(c, _)| c.len_utf8())
            .sum::<usize>()
    };
    let mut start = count(&mut text.chars().zip(other.chars()));
    while text[start..].starts_with(word) && text[..start].ends_with(word) {
        start -= text[..start].chars().next_back().map_or(1, char::len_utf8);
    }
    let (rest, other) = (&text[start..], &other[start..]);
    let mut end = text.len() - count(&mut rest.chars().rev().zip(other.chars().rev()));
    while text[..end].ends_with(word) && text[end..].starts_with(word) {
        end += text[end..].chars().next().map_or(1, char::len_utf8);
    }
    start..end.max(start)
}

/// Whether a label of the next line, if it is one of labels, begins in this place.
fn has_text_at(below: &[&str], at: usize) -> bool {
    below.first().is_some_and(|line| {
        let before = line.get(..at).unwrap_or_default();
        text_at(line, at) && (before.ends_with("  ") || before.ends_with("| "))
    })
}

/// Whether a line of labels has a label, or a part of one, in this place.
fn text_at(line: &str, at: usize) -> bool {
    let text = line.get(at..).unwrap_or_default();
    is_of_labels(line) && !text.is_empty() && !text.starts_with([' ', '|'])
}

/// Whether one label stands in this place, from this line on, and none where the
/// other of two ranges begins to be seen: then it is that range's label, because a
/// second range always has one, and the first need not.
fn lone_label(line: &str, below: &[&str], at: usize, other: usize) -> bool {
    let lines = || std::iter::once(&line).chain(below.iter().take_while(|line| is_of_labels(line)));
    let taken = |line: &&&str| !line.get(other..=other).unwrap_or(" ").trim().is_empty();
    let labels = lines().filter(|line| text_at(line, at)).count();
    // What is not at its own place may be a word of the label itself.
    let own = lines().any(|line| taken(&line) && !text_at(line, at));
    labels == 1 && !own
}

/// Whether it stands below a line of code: a bar without a number.
fn is_of_labels(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// How many bytes at the start are `sign`.
fn span(text: &str, sign: char) -> usize {
    text.find(|c| c != sign).unwrap_or(text.len())
}

/// Runs of the same character, of those that count; in characters, which here
/// are one byte each.
fn runs(text: &str, counts: impl Fn(char) -> bool) -> Vec<(Range<usize>, char)> {
    let mut runs: Vec<(Range<usize>, char)> = Vec::new();
    for (at, c) in text.chars().enumerate().filter(|(_, c)| counts(*c)) {
        match runs.last_mut() {
            Some((range, last)) if range.end == at && *last == c => range.end += 1,
            _ => runs.push((at..at + 1, c)),
        }
    }
    runs
}
