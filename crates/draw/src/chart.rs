//! A chart of borrows: `%% borrows`, the gantt that `cargo book` writes below a
//! block of `rust,borrows`, and `%% lifetimes`, that of `rust,lifetimes`. The time is
//! the line of the program.
//!
//! ```text
//! line 2     3      4      5      6          each line is a column
//! songs
//! ┌─────┐┌╌╌╌╌╌┐┌────────────┐┌┈┈┈┈┈┈┐       one strip of bars for a variable,
//! │owns │╎     ╎│owns        │┊dead  ┊       from the start of the first line
//! └─────┘└╌╌╌╌╌┘└────────────┘└┈┈┈┈┈┈┘       to the end of the last
//!         └ lent to first                     words too long for their bar
//! ```

use std::fmt::Write;

use crate::svg::{self, escape, n, open, wide};
use crate::{Drawing, Trouble};

/// Draws one chart of borrows.
///
/// The text is what `trace::borrows` writes behind `%% borrows`. Anything else
/// is a [`Trouble`] with its line: a chart that is half understood would be half
/// wrong.
pub fn chart(text: &str) -> Result<Drawing, Trouble> {
    let chart = parse(text).map_err(|(line, message)| Trouble {
        text: 0,
        line,
        message,
    })?;
    // The narrowest picture in which every word finds a place.
    let svg = (0..20)
        .find_map(|i| picture(&chart, WIDTH + 40.0 * f64::from(i)))
        .ok_or_else(|| Trouble {
            text: 0,
            line: 1,
            message: "a word of this chart is too long to be drawn, or the chart has too many \
                      lines: take a shorter program"
                .into(),
        })?;
    Ok(Drawing {
        svg,
        title: chart.title,
        words: chart.words,
    })
}

// ---- The text -----------------------------------------------------------------

struct Chart {
    title: String,
    words: String,
    head: String,
    sections: Vec<Section>,
}

struct Section {
    name: String,
    bars: Vec<Bar>,
}

/// A bar reaches from the start of the line `from` to the end of the line `to`.
pub(crate) struct Bar {
    pub(crate) text: String,
    kind: Kind,
    pub(crate) from: usize,
    to: usize,
}

impl Bar {
    pub(crate) fn new(text: &str, kind: Kind, from: usize, to: usize) -> Bar {
        let text = text.into();
        Bar {
            text,
            kind,
            from,
            to,
        }
    }
}

impl Chart {
    /// Whether the program compiles: then no bar is in the way of another.
    fn accepted(&self) -> bool {
        self.head.ends_with("line by line")
    }
}

impl Bar {
    /// Whether it says how long a value is there, and not who owns it.
    fn ends(&self) -> bool {
        let text = self.text.as_str();
        text.ends_with("lives") || text.ends_with("is good") || text == "is good for certain"
    }

    fn is_loan(&self) -> bool {
        self.text.starts_with("lent")
    }

    /// What to say of the lines on which it is there without what it needs.
    fn outlasts(&self) -> &'static str {
        match self.text.as_str() {
            text if text.ends_with("is in use") => "still in use on",
            "must be good" => "nothing is certain on",
            _ => "still borrowed on",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// May be used.
    Owns,
    /// Lent out, shared.
    Lent,
    /// Lent out mutably, or what collides with a borrow.
    Clash,
    /// Moved away or dead.
    Gone,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Kind::Owns => "owns",
            Kind::Lent => "lent",
            Kind::Clash => "clash",
            Kind::Gone => "gone",
        }
    }
}

/// The settings that every chart has: with others, a bar would not be what it
/// is drawn as.
const SETTINGS: [&str; 3] = ["dateFormat X", "axisFormat %s", "tickInterval 1second"];

fn parse(text: &str) -> Result<Chart, (usize, String)> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(i, l)| (i + 1, l.trim()))
        .filter(|(_, l)| !l.is_empty());
    for opening in ["%% borrows", "gantt"] {
        match lines.next() {
            Some((_, l)) if l == opening => {}
            Some((1, "%% lifetimes")) => {}
            other => {
                return Err((
                    other.map_or(1, |o| o.0),
                    format!(
                        "a chart of borrows opens with `%% borrows`, then `gantt`; `{opening}` is missing"
                    ),
                ));
            }
        }
    }
    let mut heads: [Option<String>; 3] = [None, None, None];
    let mut sections: Vec<(usize, Section)> = Vec::new();
    let mut settings = Vec::new();
    for (n, line) in lines {
        let head = ["accTitle:", "accDescr:", "title "]
            .iter()
            .position(|h| line.starts_with(h));
        if let Some(i) = head {
            let (_, value) = line
                .split_once(if i < 2 { ':' } else { ' ' })
                .unwrap_or_default();
            let value = value.trim();
            if value.is_empty() || heads[i].is_some() {
                return Err((n, "this heading is empty, or stands here twice".into()));
            }
            heads[i] = Some(value.into());
        } else if SETTINGS.contains(&line) {
            settings.push(line);
        } else if let Some(name) = line.strip_prefix("section ") {
            if let Some((at, last)) = sections.last().filter(|s| s.1.bars.is_empty()) {
                return Err((*at, format!("the section `{}` has no bars", last.name)));
            }
            let name = name.trim().to_string();
            sections.push((n, Section { name, bars: vec![] }));
        } else {
            let Some((_, section)) = sections.last_mut() else {
                return Err((n, format!("`{line}` stands before the first section")));
            };
            section.bars.push(bar(line).map_err(|m| (n, m))?);
        }
    }
    if let Some((at, last)) = sections.last().filter(|s| s.1.bars.is_empty()) {
        return Err((*at, format!("the section `{}` has no bars", last.name)));
    }
    if sections.is_empty() {
        return Err((1, "this chart has no section".into()));
    }
    if let Some(missing) = SETTINGS.iter().find(|s| !settings.contains(*s)) {
        return Err((1, format!("this chart lacks `{missing}`")));
    }
    match heads {
        [Some(title), Some(words), Some(head)] => Ok(Chart {
            title,
            words,
            head,
            sections: sections.into_iter().map(|s| s.1).collect(),
        }),
        [title, words, _] => Err((
            1,
            format!(
                "this chart lacks {}",
                match (title, words) {
                    (None, _) => "accTitle, its name for those who do not see it",
                    (_, None) => "accDescr, its words for those who do not see it",
                    _ => "its title",
                }
            ),
        )),
    }
}

/// `lent to first :active, 3, 5`: the lines 3 and 4.
fn bar(line: &str) -> Result<Bar, String> {
    let wrong =
        || format!("`{line}` is no bar: expected `words :kind, first line, line behind the last`");
    let (text, rest) = line.split_once(" :").ok_or_else(wrong)?;
    let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
    let (kind, lines) = match parts.as_slice() {
        [from, to] => (Kind::Owns, [from, to]),
        ["active", from, to] => (Kind::Lent, [from, to]),
        ["crit", from, to] => (Kind::Clash, [from, to]),
        ["done", from, to] => (Kind::Gone, [from, to]),
        _ => return Err(wrong()),
    };
    let [from, end] = lines.map(|l| l.parse::<usize>().ok());
    let (Some(from), Some(end)) = (from, end) else {
        return Err(wrong());
    };
    let text = text.trim();
    if text.is_empty() || text.contains(':') || from == 0 || end > 100_000 {
        return Err(wrong());
    }
    if end <= from {
        return Err(format!("the bar `{text}` ends before it begins"));
    }
    Ok(Bar {
        text: text.into(),
        kind,
        from,
        to: end - 1,
    })
}

// ---- The picture --------------------------------------------------------------
// Lengths are units of the SVG: pixels, where the picture has its natural size.

/// A phone of 390 px shows this without shrinking it.
const WIDTH: f64 = 352.0;
/// Pixels a unit takes, where there is room for it.
pub(crate) const SCALE: f64 = 1.2;
/// From one line of words to the next.
pub(crate) const LINE: f64 = 17.0;
/// From the top of such a line to its baseline.
pub(crate) const BASE: f64 = 13.0;
/// Between a bar and its words, or its neighbor below.
const GAP: f64 = 5.0;
/// From a bar to words beside its hook.
const HOOK: f64 = 9.0;
/// Left and right of everything, so that no border is cut.
const EDGE: f64 = 2.0;

/// Words outside their bar: a hook from the bar leads to them.
struct Label {
    x: f64,
    /// Where the words begin, and how far they reach.
    left: f64,
    right: f64,
    words: Vec<String>,
    /// Lines of words between the bar and these.
    depth: usize,
}

/// A strip of bars that do not overlap, and where their words stand.
struct Strip<'a> {
    bars: Vec<&'a Bar>,
    /// Lines of words in the tallest bar.
    lines: usize,
    inside: Vec<Option<Vec<String>>>,
    /// Words right of a bar with nothing behind it.
    beside: Vec<Option<f64>>,
    above: Vec<Label>,
    below: Vec<Label>,
}

/// The columns of a picture, one for each line.
pub(crate) struct Grid {
    first: usize,
    count: usize,
    column: f64,
    width: f64,
}

impl Grid {
    pub(crate) fn new(first: usize, count: usize, width: f64) -> Grid {
        Grid {
            first,
            count,
            column: (width - 2.0 * EDGE) / count as f64,
            width,
        }
    }

    pub(crate) fn left(&self, line: usize) -> f64 {
        EDGE + (line - self.first) as f64 * self.column
    }
    fn right(&self, line: usize) -> f64 {
        self.left(line + 1)
    }
    /// A bar leaves a slit to its neighbor.
    fn bar(&self, bar: &Bar) -> (f64, f64) {
        (self.left(bar.from) + 1.0, self.right(bar.to) - 1.0)
    }
}

fn picture(chart: &Chart, width: f64) -> Option<String> {
    let bars = || chart.sections.iter().flat_map(|s| &s.bars);
    let first = bars().map(|b| b.from).min()?;
    let last = bars().map(|b| b.to).max()?;
    let count = last - first + 1;
    let grid = Grid::new(first, count, width);
    if grid.column < 5.0 {
        return None;
    }
    let mut out = String::new();
    let mut y = head(&mut out, &chart.head, width, 0.0)?;
    numbers(&mut out, &grid, y);
    y += LINE;
    let top = y;
    y += GAP;
    for section in &chart.sections {
        y += GAP;
        for words in wrap(&section.name, width)? {
            text(&mut out, "name", 0.0, y + BASE, &words);
            y += LINE;
        }
        y = rows(&mut out, section, chart.accepted(), &grid, y)?;
    }
    let height = y + GAP;
    let mut columns = String::new();
    for line in (first..=last).skip(1).step_by(2) {
        let _ = write!(
            columns,
            "M{} {}h{}V{}h-{}z",
            n(grid.left(line)),
            n(top),
            n(grid.column),
            n(height),
            n(grid.column)
        );
    }
    let mut ticks = format!("M{} {}H{}", n(EDGE), n(top), n(width - EDGE));
    for i in 0..=count {
        let _ = write!(ticks, "M{} {}v5", n(EDGE + i as f64 * grid.column), n(top));
    }
    Some(format!(
        "{}<path class=\"columns\" d=\"{columns}\"/><path class=\"axis\" d=\"{ticks}\"/>{out}</svg>",
        open("chart", (width, height), SCALE, &chart.title, &chart.words),
    ))
}

/// The words above a picture. Returns where they end.
pub(crate) fn head(out: &mut String, words: &str, width: f64, mut y: f64) -> Option<f64> {
    for words in wrap(words, width)? {
        text(out, "head", 0.0, y + BASE, &words);
        y += LINE;
    }
    Some(y + 4.0)
}

/// The lines of the program, as many as there is room for.
fn numbers(out: &mut String, grid: &Grid, y: f64) {
    let widest = wide(&(grid.first + grid.count).to_string()) + 4.0;
    let step = [1, 2, 5, 10, 20, 50, 100]
        .into_iter()
        .find(|&s| s as f64 * grid.column >= widest)
        .unwrap_or(100);
    let mut free = 0.0;
    for line in grid.first..grid.first + grid.count {
        let opening = line == grid.first;
        if !opening && line % step != 0 {
            continue;
        }
        let words = if opening {
            format!("line {line}")
        } else {
            line.to_string()
        };
        let half = wide(&words) / 2.0;
        let x = (grid.left(line) + grid.column / 2.0).clamp(half, grid.width - half);
        if x - half < free {
            continue;
        }
        free = x + half + 4.0;
        text(out, "number", x, y + BASE, &words);
    }
}

/// The bars of one variable, from `y` on. Returns where they end.
fn rows(
    out: &mut String,
    section: &Section,
    accepted: bool,
    grid: &Grid,
    mut y: f64,
) -> Option<f64> {
    // Bars that overlap stand below each other.
    let mut strips: Vec<Vec<&Bar>> = Vec::new();
    for bar in &section.bars {
        match strips
            .iter_mut()
            .find(|s| s.iter().all(|b| b.to < bar.from || bar.to < b.from))
        {
            Some(strip) => strip.push(bar),
            None => strips.push(vec![bar]),
        }
    }
    let trouble = if accepted {
        Vec::new()
    } else {
        collisions(section)
    };
    for (from, to, words) in &trouble {
        let half = wide(words) / 2.0;
        let middle = (grid.left(*from) + grid.right(*to)) / 2.0;
        let x = middle.clamp(half, (grid.width - half).max(half));
        text(out, "both", x, y + BASE, words);
        y += LINE;
    }
    let mut drawn = String::new();
    // Where bars are, between which words may stand.
    let mut bands: Vec<(f64, f64)> = Vec::new();
    for mut strip in strips {
        strip.sort_by_key(|b| b.from);
        let strip = arrange(strip, grid)?;
        let (top, bottom, end) = draw(&mut drawn, &strip, grid, y + GAP);
        match bands.last_mut() {
            Some(band) if band.1 >= top - GAP => band.1 = bottom + GAP,
            _ => bands.push((top - GAP, bottom + GAP)),
        }
        y = end;
    }
    for (from, to, _) in &trouble {
        let (left, right) = (grid.left(*from), grid.right(*to));
        for (top, bottom) in &bands {
            let _ = write!(
                out,
                "<path class=\"clash-band\" d=\"{}\"/>",
                hatch(left, *top, right - left, bottom - top)
            );
        }
    }
    out.push_str(&drawn);
    Some(if trouble.is_empty() { y } else { y + GAP })
}

/// The lines of a variable on which two bars are that cannot both be, and what
/// to say of them. Of a program that compiles there are none.
fn collisions(section: &Section) -> Vec<(usize, usize, String)> {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    let lines = |from: usize, to: usize| {
        if from == to {
            format!("line {from}")
        } else {
            format!("lines {from} to {to}")
        }
    };
    for (i, a) in section.bars.iter().enumerate() {
        for b in &section.bars[i + 1..] {
            let both = match (a.kind, b.kind) {
                // What lives may be borrowed, but not for longer than it lives.
                (Kind::Owns, Kind::Lent) if a.ends() => (b.from.max(a.to + 1), b.to, b.outlasts()),
                // An owner owns while it lends. What is only borrowed is not moved.
                (Kind::Owns, Kind::Clash) if a.text.starts_with("borrows") => {
                    (b.from, b.to, "collision on")
                }
                (Kind::Owns, _) | (_, Kind::Owns) | (Kind::Lent, Kind::Lent) => continue,
                // One loan that comes round.
                _ if a.is_loan() && b.text.starts_with("still lent") => continue,
                _ => (a.from.max(b.from), a.to.min(b.to), "collision on"),
            };
            let (from, to, what) = both;
            if from <= to && found.iter().all(|f| (f.0, f.1) != (from, to)) {
                found.push((from, to, format!("{what} {}", lines(from, to))));
            }
        }
    }
    found
}

/// Draws bars that do not overlap in one strip, from `y` on. Returns where it
/// ends. None: there is too little room.
pub(crate) fn strip(out: &mut String, bars: Vec<&Bar>, grid: &Grid, y: f64) -> Option<f64> {
    Some(draw(out, &arrange(bars, grid)?, grid, y).2)
}

/// Finds a place for the words of each bar. None: there is too little room.
fn arrange<'a>(bars: Vec<&'a Bar>, grid: &Grid) -> Option<Strip<'a>> {
    let mut strip = Strip {
        lines: 1,
        inside: Vec::new(),
        beside: Vec::new(),
        above: Vec::new(),
        below: Vec::new(),
        bars,
    };
    // A bar by itself may be taller.
    let most = if strip.bars.len() == 1 { 3 } else { 2 };
    for (i, bar) in strip.bars.iter().enumerate() {
        let (left, right) = grid.bar(bar);
        let words = wrap(&bar.text, right - left - 8.0).filter(|w| w.len() <= most);
        let next = strip.bars.get(i + 1);
        let free = next.map_or(grid.width, |b| grid.left(b.from)) - right;
        let beside = words.is_none() && wide(&bar.text) + 2.0 * GAP <= free;
        strip.beside.push(beside.then_some(right + GAP));
        strip.lines = strip.lines.max(words.as_ref().map_or(1, Vec::len));
        if words.is_none() && !beside {
            // Where there is more room: right of the hook, or left of it.
            let inset = HOOK.min((right - left) / 2.0);
            let (x, y) = (left + inset, right - inset);
            let room = (grid.width - x - HOOK).max(y - HOOK);
            let words = wrap(&bar.text, room)?;
            let wide = words.iter().map(|w| wide(w)).fold(0.0, f64::max);
            if x + HOOK + wide <= grid.width {
                strip.below.push(Label {
                    x,
                    left: x + HOOK,
                    right: x + HOOK + wide,
                    words,
                    depth: 0,
                });
            } else {
                strip.above.push(Label {
                    x: y,
                    left: y - HOOK - wide,
                    right: y - HOOK,
                    words,
                    depth: 0,
                });
            }
        }
        strip.inside.push(words);
    }
    // Right of their hooks, the words of a bar reach below its neighbors. Seen
    // from the right, each goes deeper than all whose hooks it would meet.
    for i in (0..strip.below.len()).rev() {
        strip.below[i].depth = strip.below[i + 1..]
            .iter()
            .filter(|l| l.x <= strip.below[i].right + GAP)
            .map(|l| l.depth + l.words.len())
            .max()
            .unwrap_or(0);
    }
    // Above, left of their hooks, it is the other way round.
    for i in 0..strip.above.len() {
        strip.above[i].depth = strip.above[..i]
            .iter()
            .filter(|l| l.x >= strip.above[i].left - GAP)
            .map(|l| l.depth + l.words.len())
            .max()
            .unwrap_or(0);
    }
    Some(strip)
}

/// Draws a strip from `y` on. Returns where its bars begin and end, and where
/// its words end.
fn draw(out: &mut String, strip: &Strip, grid: &Grid, mut y: f64) -> (f64, f64, f64) {
    let deep = |labels: &[Label]| {
        let lines = labels.iter().map(|l| l.depth + l.words.len()).max();
        lines.unwrap_or(0) as f64 * LINE
    };
    y += deep(&strip.above);
    let height = strip.lines as f64 * LINE + 6.0;
    for label in &strip.above {
        let line = y - (label.depth + label.words.len()) as f64 * LINE;
        hook(out, label, y, line + BASE - 4.0, -HOOK + 3.0);
        for (i, words) in label.words.iter().enumerate() {
            let class = "before";
            text(
                out,
                class,
                label.right,
                line + i as f64 * LINE + BASE,
                words,
            );
        }
    }
    for (i, bar) in strip.bars.iter().enumerate() {
        let (left, right) = grid.bar(bar);
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            bar.kind.class(),
            n(left),
            n(y),
            n(right - left),
            n(height)
        );
        if let Some(words) = &strip.inside[i] {
            let first = y + (height - words.len() as f64 * LINE) / 2.0 + BASE;
            for (k, words) in words.iter().enumerate() {
                let x = (left + right) / 2.0;
                text(out, "in", x, first + k as f64 * LINE, words);
            }
        } else if let Some(x) = strip.beside[i] {
            text(out, "", x, y + (height - LINE) / 2.0 + BASE, &bar.text);
        }
    }
    let top = y;
    y += height;
    for label in &strip.below {
        let line = y + GAP + label.depth as f64 * LINE;
        hook(out, label, y, line + BASE - 4.0, HOOK - 3.0);
        for (i, words) in label.words.iter().enumerate() {
            text(out, "", label.left, line + i as f64 * LINE + BASE, words);
        }
    }
    // The hatched band reaches a little beyond the bars.
    let below = deep(&strip.below);
    (top, y, if below > 0.0 { y + GAP + below } else { y })
}

fn hook(out: &mut String, label: &Label, from: f64, to: f64, side: f64) {
    let _ = write!(
        out,
        "<path class=\"hook\" d=\"M{} {}V{}h{}\"/>",
        n(label.x),
        n(from),
        n(to),
        n(side)
    );
}

/// Slanted lines over a rectangle, and its border: a pattern would need an id.
fn hatch(x: f64, y: f64, width: f64, height: f64) -> String {
    let mut d = format!(
        "M{} {}h{}v{}h-{}z",
        n(x),
        n(y),
        n(width),
        n(height),
        n(width)
    );
    let step = 8.0;
    let mut at = step;
    while at < width + height {
        // From the left or lower edge up to the upper or right edge.
        let (x1, y1) = if at < height {
            (0.0, at)
        } else {
            (at - height, height)
        };
        let long = (width - x1).min(y1);
        let _ = write!(d, "M{} {}l{} -{}", n(x + x1), n(y + y1), n(long), n(long));
        at += step;
    }
    d
}

// ---- Small things -------------------------------------------------------------

/// Breaks a text at its spaces. None: a word is wider than that.
fn wrap(text: &str, width: f64) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if wide(word) > width {
            return None;
        }
        match lines.last_mut() {
            Some(line) if wide(line) + wide(" ") + wide(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    Some(lines)
}

pub(crate) fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let class = svg::class(class);
    let _ = write!(
        out,
        "<text{class} x=\"{}\" y=\"{}\">{}</text>",
        n(x),
        n(y),
        escape(words)
    );
}
