//! What stands in a row or block: its parts, which of them hold a pointer, and
//! which are pointed to.

use super::parse::{Edge, Kind, Node};

/// Before a line that only says which arrow begins there.
const BELOW: &str = "  ";

/// How a stretch of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// A variable's or block's name.
    Name,
    /// The name of what is gone: crossed out.
    Gone,
    /// Types and sizes.
    Soft,
    /// A remark on its state.
    Note,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub style: Style,
    pub text: String,
}

pub(super) fn span(style: Style, text: impl Into<String>) -> Span {
    Span {
        style,
        text: text.into(),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text(Vec<Span>),
    /// The items of a list, each in its cell.
    Cells(Vec<String>),
    /// A text into which something points, character by character.
    Chars(Vec<String>),
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    /// `[0]`, `address`; empty for what has no name.
    pub key: String,
    pub shape: Shape,
    /// What trace wrote, by which changes are told.
    pub text: String,
    /// Not so in the picture before.
    pub new: bool,
    /// For cells: which of them.
    pub new_cells: Vec<bool>,
}

/// A stretch of cells or characters that is pointed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub part: usize,
    pub from: usize,
    pub to: usize,
    /// Arrows come in below the cells, each on a level of its own.
    pub level: usize,
    /// This one comes from the right.
    pub back: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub parts: Vec<Part>,
    pub gone: bool,
    pub marks: Vec<Mark>,
    /// Not there, or not so, in the picture before.
    pub changed: bool,
}

/// Where an arrow begins or ends within a row or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    Part(usize),
    /// The range of a part, from and to.
    Range(usize, usize, usize),
}

fn part(key: &str, shape: Shape, text: &str) -> Part {
    Part {
        key: key.into(),
        shape,
        text: text.into(),
        new: false,
        new_cells: Vec::new(),
    }
}

/// `songs: Vec<i32>`, its value and its remark.
pub(super) fn variable(node: &Node) -> Content {
    let mut parts = vec![part("", Shape::Text(headline(node)), &node.lines[0])];
    let last = node.lines.len() - 1;
    for (i, line) in node.lines.iter().enumerate().skip(1) {
        if i == 1 && i == last && matches!(line.as_str(), "not yet set" | "being dropped") {
            // Short enough for the first line.
            if let Shape::Text(spans) = &mut parts[0].shape {
                spans.push(span(Style::Note, format!(" {line}")));
            }
            parts[0].text.push_str(line);
        } else if i == last && remark(line) {
            let note = Shape::Text(vec![span(Style::Note, line)]);
            parts.push(part("", note, line));
        } else {
            parts.push(value(line, !node.gone));
        }
    }
    Content {
        parts,
        gone: node.gone,
        ..Content::default()
    }
}

/// `h1: 8 bytes`, and what it holds. `listed`: that it was given back stands
/// among what was dropped, too.
pub(super) fn block(node: &Node, listed: bool) -> Content {
    let line = &node.lines[0];
    let mut head = Vec::new();
    let name = line.strip_prefix("✗ ").unwrap_or(line);
    if name.len() < line.len() {
        head.push(span(Style::Note, "✗ "));
    }
    let (name, size) = name.split_at(name.find(':').unwrap_or(name.len()));
    let style = if node.gone { Style::Gone } else { Style::Name };
    head.push(span(style, name));
    let bare = size.strip_suffix(" given back").unwrap_or(size);
    head.push(span(Style::Soft, bare));
    if bare.len() < size.len() && !listed {
        head.push(span(Style::Note, " given back"));
    }
    let mut parts = vec![part("", Shape::Text(head), line)];
    for line in &node.lines[1..] {
        if line == "nothing shown leads here" {
            let note = Shape::Text(vec![span(Style::Note, line)]);
            parts.push(part("", note, line));
        } else {
            parts.push(value(line, true));
        }
    }
    Content {
        parts,
        gone: node.gone,
        ..Content::default()
    }
}

/// A value in static memory or a temporary: only a `static` has a name.
pub(super) fn fixed(node: &Node) -> Content {
    let mut parts = Vec::new();
    for (i, line) in node.lines.iter().enumerate() {
        if i == 0 && node.id.starts_with("static_") {
            let name = Shape::Text(vec![span(Style::Name, line)]);
            parts.push(part("", name, line));
        } else {
            parts.push(value(line, true));
        }
    }
    Content {
        parts,
        gone: node.gone,
        ..Content::default()
    }
}

/// A line as it stands.
pub(super) fn plain(line: &str) -> Part {
    part("", Shape::Text(vec![span(Style::Plain, line)]), line)
}

/// The name bold, the type soft: `entry (line 2, shadowed): usize = 9`.
fn headline(node: &Node) -> Vec<Span> {
    let line = &node.lines[0];
    let name_end = line
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(name_end);
    let style = if node.gone { Style::Gone } else { Style::Name };
    let mut spans = vec![span(style, name)];
    // ` = ` also stands in `dyn Iterator<Item = u8>`.
    let mut depth = 0i32;
    let mut equals = None;
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            '=' if depth == 0 && rest[at..].starts_with("= ") && before == ' ' => {
                equals = Some(at);
                break;
            }
            _ => {}
        }
        before = c;
    }
    match equals {
        Some(at) => {
            spans.push(span(Style::Soft, &rest[..at]));
            spans.push(span(Style::Plain, &rest[at..]));
        }
        None => spans.push(span(Style::Soft, rest)),
    }
    spans.retain(|s| !s.text.is_empty());
    spans
}

fn remark(line: &str) -> bool {
    line.starts_with("✗ ")
        || line.starts_with("⊘ ")
        || line.starts_with("lent out")
        || line == "not yet set"
        || line == "being dropped"
}

fn value(line: &str, listed: bool) -> Part {
    // `[0] len 6, cap 6`
    if let Some(end) = line.find("] ")
        && line.starts_with('[')
        && line[1..end].bytes().all(|b| b.is_ascii_digit())
    {
        let (key, rest) = line.split_at(end + 1);
        let spans = vec![span(Style::Soft, key), span(Style::Plain, rest)];
        return part(key, Shape::Text(spans), line);
    }
    if listed && let Some(items) = list(line) {
        return part("", Shape::Cells(items), line);
    }
    // `address: len 12, cap 12`
    if let Some((key, rest)) = line.split_once(": ")
        && !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        let spans = if rest == "moved" {
            vec![span(Style::Gone, key), span(Style::Note, ": moved")]
        } else {
            vec![
                span(Style::Soft, format!("{key}:")),
                span(Style::Plain, format!(" {rest}")),
            ]
        };
        return part(key, Shape::Text(spans), line);
    }
    plain(line)
}

/// The items of `[3, 5]`, `['a', ',']`: none may hold a list or a struct.
fn list(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return None;
    }
    let mut items = vec![String::new()];
    let mut quote = None;
    let mut escaped = false;
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '[' | '{' | '(') => return None,
            (None, ',') if chars.peek() == Some(&' ') => {
                chars.next();
                items.push(String::new());
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), _) if c == q && !escaped => quote = None,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        items.last_mut()?.push(c);
    }
    Some(items)
}

/// The characters of a `Debug` text as they stand there, each with its first
/// byte, the quotes included.
fn debug_chars(line: &str) -> Option<Vec<(String, usize)>> {
    let inner = line.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = vec![("\"".to_string(), 0)];
    let mut byte = 0;
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let mut shown = c.to_string();
        let mut long = c.len_utf8();
        if c == '\\' {
            let next = chars.next()?;
            shown.push(next);
            long = 1;
            if next == 'u' {
                for c in chars.by_ref() {
                    shown.push(c);
                    if c == '}' {
                        break;
                    }
                }
                let hex = shown.strip_prefix("\\u{")?.strip_suffix('}')?;
                long = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?.len_utf8();
            }
        }
        out.push((shown, byte));
        byte += long;
    }
    out.push(("\"".to_string(), byte));
    Some(out)
}

/// `[0].title` is `[0]` and more.
fn first_step(path: &str) -> (&str, &str) {
    let end = if let Some(rest) = path.strip_prefix('[') {
        rest.find(']').map_or(path.len(), |e| e + 2)
    } else {
        path.find(['.', '[']).unwrap_or(path.len())
    };
    path.split_at(end)
}

/// What neither a type nor the drawing of an arrow says.
fn said(edge: &Edge, told: bool, head: &str) -> String {
    let kind = match edge.kind {
        Kind::Mut if !head.contains("&mut") && !head.contains("*mut") => "mut",
        Kind::Weak if !head.contains("Weak<") => "weak",
        Kind::Raw if !head.contains('*') => "raw",
        _ => "",
    };
    match (kind, told) {
        (kind, true) => kind.into(),
        ("", false) => format!("to {}", edge.to_part),
        (kind, false) => format!("{kind}, to {}", edge.to_part),
    }
}

impl Content {
    /// The part whose bytes hold the value itself: behind the name, the counts.
    fn body(&self) -> usize {
        let value = |p: &Part| {
            !p.text.is_empty()
                && !remark(&p.text)
                && p.text != "nothing shown leads here"
                && !matches!(&p.shape, Shape::Text(s) if s[0].style == Style::Name)
        };
        let counts =
            |p: &Part| p.text.starts_with("strong ") && self.parts[0].text.contains(" byte");
        let mut found = 0;
        for (i, p) in self.parts.iter().enumerate().skip(1) {
            if value(p) {
                found = i;
                if !counts(p) {
                    break;
                }
            }
        }
        found
    }

    /// Where the arrows that leave begin, each at a part. What the drawing
    /// cannot say otherwise is added to the parts in words. Also tells which
    /// parts are new among them, in the order in which they were put in.
    pub fn sources(&mut self, edges: &[(&Edge, bool)]) -> (Vec<usize>, Vec<usize>) {
        let mut inserted = Vec::new();
        let mut at: Vec<usize> = edges
            .iter()
            .map(|(edge, _)| {
                let (step, _) = first_step(&edge.from_part);
                let keyed = self
                    .parts
                    .iter()
                    .position(|p| !step.is_empty() && p.key == step);
                keyed.unwrap_or_else(|| self.body())
            })
            .collect();
        let head = self.parts[0].text.clone();
        let said: Vec<String> = edges
            .iter()
            .map(|(e, told)| said(e, *told, &head))
            .collect();
        // Several from one line: each gets a line of its own below it, unless
        // nothing but its end tells it from the others.
        let together: Vec<bool> = at
            .iter()
            .map(|a| at.iter().filter(|b| a == *b).count() > 1)
            .collect();
        for i in 0..edges.len() {
            let edge = edges[i].0;
            let part_of = &self.parts[at[i]];
            let words = match edge.kind {
                Kind::Holds if !part_of.text.starts_with(BELOW) => "in its bytes",
                _ if together[i] => {
                    let rest = edge.from_part.strip_prefix(&part_of.key);
                    rest.unwrap_or_default().trim_start_matches('.')
                }
                // Cells have no room for words.
                _ if !matches!(part_of.shape, Shape::Text(_)) => said[i].as_str(),
                _ => "",
            };
            if words.is_empty() {
                continue;
            }
            let text = format!("{BELOW}{words}");
            let mut place = at[i] + 1;
            while self
                .parts
                .get(place)
                .is_some_and(|p| p.text.starts_with(BELOW))
            {
                place += 1;
            }
            // All addresses in its bytes begin at one line.
            if edge.kind == Kind::Holds && self.parts[place - 1].text == text {
                at[i] = place - 1;
                continue;
            }
            let style = if edge.kind == Kind::Holds {
                Style::Note
            } else {
                Style::Soft
            };
            let line = Shape::Text(vec![span(style, &text)]);
            self.parts.insert(place, part("", line, &text));
            for other in at.iter_mut().filter(|a| **a >= place) {
                *other += 1;
            }
            at[i] = place;
            inserted.push(place);
        }
        for (words, &at) in said.iter().zip(&at) {
            let part = &mut self.parts[at];
            if let Shape::Text(spans) = &mut part.shape
                && !words.is_empty()
                && !part.text.ends_with(words)
            {
                let text = format!(" {words}");
                part.text.push_str(&text);
                spans.push(span(Style::Note, text));
            }
        }
        (at, inserted)
    }

    /// Where an arrow that comes ends, and whether that says all that its words
    /// say. `long`: the length that the pointer carries.
    pub fn target(&mut self, edge: &Edge, long: Option<usize>) -> (End, bool) {
        let borrows = matches!(edge.kind, Kind::Borrows | Kind::Mut | Kind::Raw);
        let body = self.body();
        if edge.to_part.is_empty() || edge.to_part.starts_with("byte ") {
            let byte = match edge.to_part.strip_prefix("byte ") {
                Some(n) => n.parse().ok(),
                None => Some(0),
            };
            if borrows
                && let (Some(byte), Some(chars)) = (byte, debug_chars(&self.parts[body].text))
            {
                let all = chars.last().map_or(0, |c| c.1);
                let end = byte + long.unwrap_or(if edge.to_part.is_empty() { all } else { 1 });
                let from = chars[1..].iter().position(|c| c.1 == byte).map(|i| i + 1);
                let to = chars.iter().rposition(|c| c.1 < end).map(|i| i + 1);
                if let (Some(from), Some(to)) = (from, to)
                    && from < to
                    && (byte, end) != (0, all)
                {
                    let shown = chars.iter().map(|c| c.0.clone()).collect();
                    self.parts[body].shape = Shape::Chars(shown);
                    return (End::Range(body, from, to), true);
                }
            }
            if let (true, Shape::Cells(cells), Some(long)) =
                (borrows, &self.parts[body].shape, long)
                && edge.to_part.is_empty()
                && 0 < long
                && long < cells.len()
            {
                return (End::Range(body, 0, long), true);
            }
            return (End::Whole, edge.to_part.is_empty());
        }
        let (step, rest) = first_step(&edge.to_part);
        if let Some(at) = self.parts.iter().position(|p| p.key == step) {
            return (End::Part(at), rest.is_empty());
        }
        let index: Option<usize> = step
            .strip_prefix('[')
            .and_then(|s| s.strip_suffix(']'))
            .and_then(|s| s.parse().ok());
        if let (Some(index), Shape::Cells(cells)) = (index, &self.parts[body].shape)
            && index < cells.len()
        {
            let end = (index + long.unwrap_or(1).max(1)).min(cells.len());
            return (End::Range(body, index, end), rest.is_empty());
        }
        (End::Whole, false)
    }

    /// Marks what differs from the picture before.
    pub fn compare(&mut self, before: Option<&Content>) {
        let Some(before) = before else {
            self.changed = true;
            for part in &mut self.parts {
                part.new = true;
                if let Shape::Cells(cells) = &part.shape {
                    part.new_cells = vec![true; cells.len()];
                }
            }
            return;
        };
        let mut old: Vec<&Part> = before.parts.iter().collect();
        for part in &mut self.parts {
            match old.iter().position(|o| o.text == part.text) {
                Some(at) => {
                    old.remove(at);
                }
                None => part.new = true,
            }
        }
        // A list that changed in one cell.
        for part in self.parts.iter_mut().filter(|p| p.new) {
            if let Shape::Cells(cells) = &part.shape {
                let was = old.iter().find_map(|o| match &o.shape {
                    Shape::Cells(was) => Some(was),
                    _ => None,
                });
                part.new_cells = cells
                    .iter()
                    .enumerate()
                    .map(|(i, c)| was.and_then(|w| w.get(i)) != Some(c))
                    .collect();
            }
        }
        self.changed =
            self.gone != before.gone || !old.is_empty() || self.parts.iter().any(|p| p.new);
    }

    /// `len 4` in the part where an arrow begins.
    pub fn length(&self, edge: &Edge) -> Option<usize> {
        let (step, _) = first_step(&edge.from_part);
        let keyed = self
            .parts
            .iter()
            .position(|p| !step.is_empty() && p.key == step);
        let text = &self.parts[keyed.unwrap_or_else(|| self.body())].text;
        let rest = &text[text.find("len ")? + 4..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        // A `String` or `Vec` has a capacity, and owns from its start on.
        if rest[end..].starts_with(", cap") {
            return None;
        }
        rest[..end].parse().ok()
    }
}
