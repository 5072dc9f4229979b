//! The pictures as SVG: classes only, no ids.

use std::fmt::Write;

use super::content::{Content, Style};
use super::layout::{Arrow, Figure, Group, Item, TITLE, Version};
use super::parse::{Kind, Picture};
use super::wrap::{Drawn, LINE, Line, PAD};
use crate::svg::{self, escape, open_at};

/// Pixels for a unit, where there is room.
const SCALE: f64 = 1.15;
/// Wider than this, a picture may shrink to 340 pixels at most (`svg.wide`).
const WIDE: i32 = 340;
/// From the top of a line to the feet of its letters.
const FEET: i32 = 13;
/// The radius of an arrow's corners.
const ROUND: i32 = 5;

/// Draws picture `k` of a figure. Where the stack was higher in another of its
/// pictures, an empty `svg.room` of that height comes first: pages that show
/// the pictures in one place show it, so that nothing moves, and others do not.
pub(super) fn paint(figure: &Figure, picture: &Picture, k: usize) -> String {
    let (top, width) = (figure.tops[k], f64::from(figure.width));
    let height = f64::from(figure.heights[k] - top);
    let wide = if figure.width > WIDE { " wide" } else { "" };
    let mut out = String::new();
    if top > 0 {
        let _ = write!(
            out,
            "<svg class=\"room{wide}\" viewBox=\"0 0 {width} {top}\" width=\"{}\" height=\"{}\" aria-hidden=\"true\"></svg>",
            (width * SCALE).round(),
            (f64::from(top) * SCALE).round()
        );
    }
    let view = (0.0, f64::from(top), width, height);
    out.push_str(&open_at(
        &format!("memory{wide}"),
        view,
        SCALE,
        &picture.title,
        &picture.words,
    ));
    for caption in &figure.captions {
        if let Some(y) = caption.y[k] {
            text(&mut out, "c", caption.x, y, &escape(&caption.text));
        }
    }
    let mut strokes = Strokes::default();
    frames(&mut out, &mut strokes, figure, k);
    for item in &figure.items {
        if let Some(version) = &item.versions[k] {
            draw_item(&mut out, &mut strokes, item, version, k);
        }
    }
    path(&mut out, "r", &strokes.rules);
    path(&mut out, "new", &strokes.bars);
    arrows(&mut out, &figure.arrows[k]);
    if !figure.drops[k].is_empty() {
        text(
            &mut out,
            "c",
            figure.left,
            figure.drops_y[k],
            "dropped since the last mark",
        );
        for (x, y, words) in &figure.drops[k] {
            text(&mut out, "", figure.left + x, *y, &escape(words));
        }
    }
    out.push_str("</svg>");
    out
}

/// What is drawn over all else: the rules between variables, and the bars beside what
/// is new.
#[derive(Default)]
struct Strokes {
    bars: String,
    rules: String,
}

/// The frames of picture `k`, without their variables.
fn frames(out: &mut String, strokes: &mut Strokes, figure: &Figure, k: usize) {
    let left = figure.left;
    for frame in figure.frames() {
        let Some(height) = frame.drawn[k] else {
            continue;
        };
        let width = figure.left_width;
        rect(out, "f", left, frame.y, width, height);
        rect(out, "h", left, frame.y, width, TITLE);
        text(out, "n", left + PAD, frame.y + 2, &escape(&frame.function));
        text(out, "c z", left + width - PAD, frame.y + 2, "stack");
        if k > 0 && frame.drawn[k - 1].is_none() {
            let _ = write!(strokes.bars, "M{} {}v{TITLE}", left + 2, frame.y);
        }
        // At another mark it may have some.
        let inside = |y: i32| frame.y <= y && y < frame.y + height;
        let filled = figure
            .items
            .iter()
            .any(|item| item.group.is_none() && item.versions[k].is_some() && inside(item.y));
        if !filled && height >= TITLE + LINE + 6 {
            text(out, "t", left + PAD, frame.y + TITLE + 3, "no variables");
        }
    }
}

/// A variable, a block, a static or a temporary, as it is in picture `k`.
fn draw_item(out: &mut String, strokes: &mut Strokes, item: &Item, version: &Version, k: usize) {
    let content = &version.content;
    let (x, y) = (item.x, item.y);
    let height = if item.group.is_some() {
        version.laid.height
    } else {
        item.height
    };
    match item.group {
        None => {
            if content.gone {
                rect(out, "g", x + 4, y + 2, version.width - 7, height - 4);
            } else {
                let _ = write!(strokes.rules, "M{x} {y}h{}", version.width);
            }
        }
        Some(group) => {
            let class = match (group, content.gone) {
                (Group::Heap, false) => "b",
                (Group::Heap, true) => "b g",
                (Group::Statics, _) => "s",
                (Group::Temporaries, _) => "f",
            };
            rect(out, class, x, y, version.width, height);
            if group == Group::Heap && content.parts.len() > 1 {
                let body = version.laid.top(1) - 2;
                let _ = write!(strokes.rules, "M{x} {}h{}", y + body, version.width);
            }
        }
    }
    if k > 0 && content.changed {
        let _ = write!(strokes.bars, "M{} {y}v{height}", x + 2);
    }
    let mut lines = String::new();
    for line in &version.laid.lines {
        draw_line(&mut lines, content, line, x, y);
    }
    if content.gone {
        let _ = write!(out, "<g class=\"gone\">{lines}</g>");
    } else {
        out.push_str(&lines);
    }
}

fn draw_line(out: &mut String, content: &Content, line: &Line, x: i32, y: i32) {
    let part = &content.parts[line.part];
    let (x0, y) = (x + line.indent, y + line.y);
    match &line.drawn {
        Drawn::Text(spans) => {
            let mut inner = String::new();
            for s in spans {
                let class = match s.style {
                    Style::Plain => "",
                    Style::Name => "n",
                    Style::Gone => "x",
                    Style::Soft => "t",
                    Style::Note => "m",
                };
                if class.is_empty() {
                    inner.push_str(&escape(&s.text));
                } else {
                    let _ = write!(
                        inner,
                        "<tspan class=\"{class}\">{}</tspan>",
                        escape(&s.text)
                    );
                }
            }
            text(out, if part.new { "w" } else { "" }, x0, y, &inner);
        }
        Drawn::Cells(cells) => {
            let mut d = String::new();
            if let (Some(first), Some(last)) = (cells.first(), cells.last()) {
                let _ = write!(
                    d,
                    "M{} {}H{}v20H{}z",
                    x + first.0,
                    y,
                    x + last.1,
                    x + first.0
                );
                for cell in &cells[1..] {
                    let _ = write!(d, "M{} {}v20", x + cell.0, y);
                }
            }
            path(out, "k", &d);
            for (a, b, words, i) in cells {
                let new = part.new_cells.get(*i).is_some_and(|n| *n);
                let class = if new { "a w" } else { "a" };
                text(out, class, x + (a + b) / 2, y + 1, &escape(words));
            }
        }
        Drawn::Chars(words, long) => {
            let class = if part.new { " class=\"w\"" } else { "" };
            let _ = write!(
                out,
                "<text{class} x=\"{x0}\" y=\"{}\" textLength=\"{long}\">{}</text>",
                y + FEET,
                escape(words)
            );
        }
    }
}

/// Lines and heads, all of one look in one path.
fn arrows(out: &mut String, arrows: &[Arrow]) {
    let looks = [
        ("o", vec![Kind::Owns]),
        ("u", vec![Kind::Borrows, Kind::Mut, Kind::Holds]),
        ("p", vec![Kind::Weak, Kind::Raw]),
    ];
    for (class, kinds) in looks {
        for new in [false, true] {
            let mut line = String::new();
            let mut head = String::new();
            let mut dot = String::new();
            let mut stretch = String::new();
            for arrow in arrows
                .iter()
                .filter(|a| a.new == new && kinds.contains(&a.kind))
            {
                let (x, y) = arrow.corners[0];
                let _ = write!(
                    dot,
                    "M{} {y}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0",
                    f64::from(x) - 2.5
                );
                rounded(&mut line, &arrow.corners, if class == "p" { 7 } else { 3 });
                tip(&mut head, arrow, class);
                for (y, a, b) in &arrow.stretch {
                    let _ = write!(stretch, "M{a} {}v4H{b}v-4", y - 4);
                }
            }
            let new = if new { " w" } else { "" };
            path(out, &format!("e {class}{new}"), &line);
            path(out, &format!("e uh{new}"), &stretch);
            path(out, &format!("e {class}h{new}"), &head);
            path(out, "d", &dot);
        }
    }
}

/// A line through the corners, rounded, that ends `short` of the last.
fn rounded(d: &mut String, corners: &[(i32, i32)], short: i32) {
    let step = |a: (i32, i32), b: (i32, i32)| ((b.0 - a.0).signum(), (b.1 - a.1).signum());
    let long = |a: (i32, i32), b: (i32, i32)| (b.0 - a.0).abs() + (b.1 - a.1).abs();
    let _ = write!(d, "M{} {}", corners[0].0, corners[0].1);
    for (i, &corner) in corners.iter().enumerate().skip(1) {
        let before = corners[i - 1];
        let (dx, dy) = step(before, corner);
        match corners.get(i + 1) {
            None => {
                let (x, y) = (corner.0 - dx * short, corner.1 - dy * short);
                let _ = if dy == 0 {
                    write!(d, "H{x}")
                } else {
                    write!(d, "V{y}")
                };
            }
            Some(&next) => {
                let r = ROUND
                    .min(long(before, corner) / 2)
                    .min(long(corner, next) / 2);
                let (ex, ey) = step(corner, next);
                let _ = if dy == 0 {
                    write!(d, "H{}", corner.0 - dx * r)
                } else {
                    write!(d, "V{}", corner.1 - dy * r)
                };
                let _ = write!(
                    d,
                    "q{} {} {} {}",
                    dx * r,
                    dy * r,
                    (dx + ex) * r,
                    (dy + ey) * r
                );
            }
        }
    }
}

/// The head at the last corner: filled, open, or a circle.
fn tip(d: &mut String, arrow: &Arrow, class: &str) {
    let [.., before, (x, y)] = arrow.corners.as_slice() else {
        return;
    };
    let (x, y) = (*x, *y);
    let (dx, dy) = ((x - before.0).signum(), (y - before.1).signum());
    // Back along the line, and to its sides.
    let at = |back: i32, side: i32| (x - dx * back - dy * side, y - dy * back + dx * side);
    let (a, b, c) = (at(9, 4), at(1, 0), at(9, -4));
    match class {
        "o" => {
            let _ = write!(d, "M{} {}L{} {}L{} {}z", a.0, a.1, b.0, b.1, c.0, c.1);
        }
        "u" => {
            let _ = write!(d, "M{} {}L{} {}L{} {}", a.0, a.1, b.0, b.1, c.0, c.1);
        }
        _ => {
            let (cx, cy) = at(4, 0);
            let _ = write!(d, "M{} {cy}a3 3 0 1 0 6 0a3 3 0 1 0-6 0", cx - 3);
        }
    }
}

fn rect(out: &mut String, class: &str, x: i32, y: i32, width: i32, height: i32) {
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
    );
}

fn path(out: &mut String, class: &str, d: &str) {
    if !d.is_empty() {
        let _ = write!(out, "<path class=\"{class}\" d=\"{d}\"/>");
    }
}

/// `inner` is XML already. `y` is the top of the line.
fn text(out: &mut String, class: &str, x: i32, y: i32, inner: &str) {
    let class = svg::class(class);
    let _ = write!(
        out,
        "<text{class} x=\"{x}\" y=\"{}\">{inner}</text>",
        y + FEET
    );
}
