//! A row's or block's content within a width: lines, cells, and what points
//! into them.

use super::content::{Content, Mark, Shape, Span, Style, span};
use crate::svg::{CHAR, columns, wide};

/// The height of a line of text.
pub(super) const LINE: i32 = 17;
/// From a line's top to its middle, where an arrow begins or ends.
pub(super) const MIDDLE: i32 = 9;
const CELL: i32 = 20;
/// Between cells and the arrows below them, and from one such to the next.
const LEVEL: i32 = 9;
/// Left of a text.
pub(super) const PAD: i32 = 8;

#[derive(Clone, Debug)]
pub(super) enum Drawn {
    Text(Vec<Span>),
    /// Left edge, right edge, text, index.
    Cells(Vec<(i32, i32, String, usize)>),
    /// A text that is as wide as reckoned, whatever the face.
    Chars(String, i32),
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub part: usize,
    /// From the top of the row or block.
    pub y: i32,
    pub indent: i32,
    pub drawn: Drawn,
}

/// A mark, placed: where its arrow goes below the cells.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub y: i32,
    pub left: i32,
    pub right: i32,
    /// The lower edge of the cell or text above.
    pub under: i32,
    /// One cell: the arrow turns up into it, here.
    pub cell: bool,
    pub tip: i32,
    /// Stretches of the same range on further lines.
    pub more: Vec<(i32, i32, i32)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    pub lines: Vec<Line>,
    pub height: i32,
    /// The farthest that a text reaches.
    pub width: i32,
    pub marks: Vec<Placed>,
}

impl Laid {
    /// The middle of a part's first line.
    pub fn middle(&self, part: usize) -> i32 {
        let line = self.lines.iter().find(|l| l.part == part);
        line.map_or(MIDDLE, |l| {
            l.y + if let Drawn::Cells(_) = l.drawn {
                CELL / 2
            } else {
                MIDDLE
            }
        })
    }

    /// How much its broken lines hurt: most within a name or value, less before
    /// a remark.
    pub fn breaks(&self) -> i32 {
        let pairs = self.lines.windows(2).filter(|w| w[0].part == w[1].part);
        pairs
            .map(|w| match &w[1].drawn {
                Drawn::Text(spans) if spans[0].style == Style::Note => 1,
                Drawn::Text(_) => 3,
                Drawn::Cells(_) | Drawn::Chars(..) => 6,
            })
            .sum()
    }

    pub fn top(&self, part: usize) -> i32 {
        self.lines
            .iter()
            .find(|l| l.part == part)
            .map_or(0, |l| l.y)
    }
}

fn up(units: f64) -> i32 {
    units.ceil() as i32
}

/// Lays a content out within a width in units. `top` and `gap` are the space
/// above the first part and between the first and the others.
pub(super) fn lay(content: &Content, width: i32, top: i32, gap: i32, bottom: i32) -> Laid {
    let mut laid = Laid::default();
    let mut y = top;
    let mut placed: Vec<Option<Placed>> = vec![None; content.marks.len()];
    for (i, part) in content.parts.iter().enumerate() {
        if i == 1 {
            y += gap;
        }
        let marks: Vec<(usize, &Mark)> = content
            .marks
            .iter()
            .enumerate()
            .filter(|(_, m)| m.part == i)
            .collect();
        match &part.shape {
            Shape::Cells(cells) if marks.len() + usize::from(fits(cells, width)) > 0 => {
                y += 1;
                for (from, to) in broken(cells, width - 2 * PAD, |c| wide(c) + 11.0) {
                    let mut x = PAD;
                    let mut drawn = Vec::new();
                    for (k, cell) in cells.iter().enumerate().take(to).skip(from) {
                        let right = x + up(wide(cell)) + 11;
                        drawn.push((x, right, cell.clone(), k));
                        x = right;
                    }
                    laid.width = laid.width.max(x);
                    let edges: Vec<(i32, i32)> = drawn.iter().map(|d| (d.0, d.1)).collect();
                    laid.lines.push(Line {
                        part: i,
                        y,
                        indent: PAD,
                        drawn: Drawn::Cells(drawn),
                    });
                    y += CELL;
                    y += levels(&mut placed, &marks, (from, to), &edges, y, true);
                }
                y += 2;
            }
            Shape::Chars(chars) => {
                for (from, to) in broken(chars, width - 2 * PAD, wide) {
                    let mut x = f64::from(PAD);
                    let mut edges = Vec::new();
                    for c in &chars[from..to] {
                        let right = x + wide(c);
                        edges.push((x.round() as i32, right.round() as i32));
                        x = right;
                    }
                    let text = chars[from..to].concat();
                    let long = up(x) - PAD;
                    laid.width = laid.width.max(PAD + long);
                    laid.lines.push(Line {
                        part: i,
                        y,
                        indent: PAD,
                        drawn: Drawn::Chars(text, long),
                    });
                    y += LINE;
                    y += levels(&mut placed, &marks, (from, to), &edges, y - 1, false);
                }
            }
            shape => {
                let whole;
                let spans = match shape {
                    Shape::Text(spans) => spans,
                    _ => {
                        whole = vec![span(Style::Plain, &part.text)];
                        &whole
                    }
                };
                let hang = up(CHAR);
                let lines = wrap(spans, f64::from(width - 2 * PAD), f64::from(hang));
                for (k, line) in lines.into_iter().enumerate() {
                    let indent = if k == 0 { PAD } else { PAD + hang };
                    let long: f64 = line.iter().map(|s| wide(&s.text)).sum();
                    laid.width = laid.width.max(indent + up(long));
                    laid.lines.push(Line {
                        part: i,
                        y,
                        indent,
                        drawn: Drawn::Text(line),
                    });
                    y += LINE;
                }
            }
        }
    }
    side_by_side(content, &mut placed);
    laid.height = y + bottom;
    laid.width += PAD;
    laid.marks = placed.into_iter().flatten().collect();
    laid
}

/// Several into one cell, side by side: from the left, whose level is the lowest comes
/// last, and so it does from the right.
fn side_by_side(content: &Content, placed: &mut [Option<Placed>]) {
    for (i, mark) in content.marks.iter().enumerate() {
        let same = |m: &&Mark| (m.part, m.from, m.to) == (mark.part, mark.from, mark.to);
        let all = content.marks.iter().filter(same).count() as i32;
        let turn = |m: &Mark| (m.back, m.level as i32 * if m.back { -1 } else { 1 });
        let before = content
            .marks
            .iter()
            .filter(same)
            .filter(|m| turn(m) < turn(mark))
            .count();
        if let Some(p) = &mut placed[i] {
            p.tip = p.left + (p.right - p.left) * (before as i32 + 1) / (all + 1);
        }
    }
}

/// Makes room below a line of cells for the arrows into it.
fn levels(
    placed: &mut [Option<Placed>],
    marks: &[(usize, &Mark)],
    (from, to): (usize, usize),
    edges: &[(i32, i32)],
    bottom: i32,
    cells: bool,
) -> i32 {
    let mut room = 0;
    let here = |m: &Mark| m.from.max(from) < m.to.min(to);
    for (index, mark) in marks.iter().filter(|(_, m)| here(m)) {
        let (a, b) = (mark.from.max(from), mark.to.min(to));
        let above = marks
            .iter()
            .filter(|(_, m)| here(m) && m.level < mark.level);
        let level = above.count() as i32 + 1;
        let y = bottom + LEVEL * level - if cells { 0 } else { 2 };
        let (left, right) = (edges[a - from].0, edges[b - 1 - from].1);
        room = room.max(y - bottom + 4);
        match &mut placed[*index] {
            Some(first) => first.more.push((y, left, right)),
            none => {
                *none = Some(Placed {
                    y,
                    left,
                    right,
                    under: bottom,
                    cell: cells && mark.to - mark.from == 1,
                    tip: (left + right) / 2,
                    more: Vec::new(),
                });
            }
        }
    }
    room
}

/// Cells that nothing points to are drawn only where one line holds them.
fn fits(cells: &[String], width: i32) -> bool {
    let long: f64 = cells.iter().map(|c| (wide(c) + 11.0).ceil()).sum();
    up(long) <= width - 2 * PAD
}

/// Breaks units into lines, rather behind a space.
fn broken(units: &[String], width: i32, wide: impl Fn(&str) -> f64) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut from = 0;
    while from < units.len() {
        let mut to = from;
        let mut long = 0.0;
        while to < units.len() && (to == from || up(long + wide(&units[to])) <= width) {
            long += wide(&units[to]);
            to += 1;
        }
        if to < units.len()
            && let Some(space) = units[from..to].iter().rposition(|u| u == " ")
        {
            to = from + space + 1;
        }
        out.push((from, to));
        from = to;
    }
    out
}

/// Breaks a text at its spaces; words that are too long, behind a sign; and
/// else anywhere. Lines after the first are `hang` units shorter.
fn wrap(spans: &[Span], width: f64, hang: f64) -> Vec<Vec<Span>> {
    let chars: Vec<(char, usize)> = spans
        .iter()
        .enumerate()
        .flat_map(|(i, s)| s.text.chars().map(move |c| (c, i)))
        .collect();
    // `cap 5` stays together, and so does the sign with its word.
    let follows = |at: usize, word: &str| {
        let long = word.chars().count();
        at >= long
            && chars[at - long..at].iter().map(|c| c.0).eq(word.chars())
            && (at == long || matches!(chars[at - long - 1].0, ' ' | '(' | ','))
    };
    let glued = |at: usize| {
        let digit = chars.get(at + 1).is_some_and(|c| c.0.is_ascii_digit());
        let counted = ["len", "cap", "strong", "weak", "line", "byte"];
        chars[at + 1..]
            .iter()
            .map(|c| c.0)
            .take(4)
            .eq("byte".chars())
            || ["✗", "⊘", "="].iter().any(|w| follows(at, w))
            || (digit && counted.iter().any(|w| follows(at, w)))
    };
    let mut lines: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    while from < chars.len() {
        let room = if lines.is_empty() {
            width
        } else {
            width - hang
        };
        let mut to = from;
        let mut long = 0.0;
        // Behind the last space or sign that fits.
        let (mut space, mut sign) = (None, None);
        while to < chars.len() {
            let c = chars[to].0;
            if c == ' ' {
                if to > from && !glued(to) {
                    space = Some(to + 1);
                }
            } else if long + columns(c) as f64 * CHAR > room + 0.01 && to > from {
                break;
            }
            long += columns(c) as f64 * CHAR;
            to += 1;
            let next = chars.get(to).map_or(' ', |c| c.0);
            if matches!(c, '<' | '(' | '[' | '{' | ',' | '.' | '_' | '/')
                || (c == ':' && next != ':' && next != ' ')
            {
                sign = Some(to);
            }
        }
        if to < chars.len() {
            to = space.or(sign.filter(|s| s - from > 3)).unwrap_or(to);
        }
        lines.push((from, to));
        from = to;
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(k, (from, to))| {
            let mut line: Vec<Span> = Vec::new();
            for &(c, i) in &chars[from..to] {
                match line.last_mut() {
                    Some(last) if last.style == spans[i].style => last.text.push(c),
                    _ => line.push(Span {
                        style: spans[i].style,
                        text: c.into(),
                    }),
                }
            }
            // Spaces at the end take no room; at the start they are an indent.
            if let Some(last) = line.last_mut() {
                let trimmed = last.text.trim_end().len();
                last.text.truncate(trimmed);
            }
            if k > 0
                && let Some(first) = line.first_mut()
            {
                first.text = first.text.trim_start().into();
            }
            line.retain(|s| !s.text.is_empty());
            line
        })
        .filter(|line| !line.is_empty())
        .collect()
}
