//! A diagram of an idea, drawn by hand: a flowchart of boxes, frames and arrows.
//!
//! ```text
//! read   ── merman-core reads the text as mermaid does
//! place  ── dugong, dagre in Rust, lays it out: which box stands where, and
//!           where arrows pass
//! here   ── of several plans, that which reads best on a phone is painted
//! ```
//!
//! merman's own drawings were tried for the book's diagrams: 33 to 45 KB each
//! with fixed colors and fonts, up to 976 units wide, words over borders. Boxes
//! sized by our measure of text, in lines as long as a phone allows, take 0.5 to
//! 1 KB and at most 352 units.

mod place;
pub(crate) mod read;

use std::fmt::Write;

use dugong::RankDir as Way;
use merman_core::diagrams::flowchart::{FlowEdgeMarker, FlowEdgeStroke};

use crate::svg::{CHAR, escape, n, open, wide};
use crate::{Drawing, Trouble, packet};
use place::{Picture, Plan, Point, Rect, finish, place};
use read::{Flow, read};

/// Draws one flowchart, or one packet.
///
/// What cannot be drawn as it is meant is a [`Trouble`] with its line.
pub fn diagram(text: &str) -> Result<Drawing, Trouble> {
    let trouble = |(line, message)| Trouble {
        text: 0,
        line,
        message,
    };
    let opening = text.lines().map(str::trim).find(|l| !l.is_empty());
    if opening.is_some_and(|l| l.starts_with("packet")) {
        return packet::packet(text).map_err(trouble);
    }
    let flow = read(text).map_err(trouble)?;
    let picture = best(&flow).map_err(|message| trouble((1, message)))?;
    if let Some(arrow) = picture.crossing {
        return Err(trouble((
            flow.arrows[arrow].line,
            "this arrow, or its words, would cross other words: take some arrows out, or draw \
             two diagrams"
                .into(),
        )));
    }
    Ok(Drawing {
        svg: paint(&flow, &picture),
        title: flow.title,
        words: flow.words,
    })
}

/// From one line of words to the next, in units of the SVG.
const LINE: f64 = 17.0;
/// From the top of such a line to its baseline.
const BASE: f64 = 13.0;
/// A phone of 390 px shows this without shrinking it.
const WIDTH: f64 = 352.0;
/// Pixels a unit takes, where there is room for it.
const SCALE: f64 = 1.2;
/// Around everything, so that no border is cut.
const EDGE: f64 = 2.0;
/// The longest line of a label.
const SIGNS: usize = 36;

/// The size of some lines of words.
fn size(words: &[String]) -> (f64, f64) {
    let width = words.iter().map(|l| wide(l)).fold(0.0, f64::max);
    (width, words.len() as f64 * LINE)
}

/// Of the plans for a flowchart, that which reads best.
fn best(flow: &Flow) -> Result<Picture, String> {
    let whole = flow.items.len();
    // What does not say its way: the whole (on a phone), and frames by themselves.
    let mut open = vec![whole];
    let frames = (0..whole).filter(|&i| flow.items[i].frame == Some(None));
    open.extend(frames.filter(|&f| flow.inside(f).nth(1).is_some()).take(3));
    let mut found: Option<(f64, Plan, Picture)> = None;
    for choice in 0..1usize << open.len() {
        let stated = |i: usize| flow.items.get(i).and_then(|i| i.frame.flatten());
        let mut plan = Plan {
            ways: (0..=whole).map(|i| stated(i).unwrap_or(flow.way)).collect(),
            signs: vec![SIGNS; whole],
            least: vec![(0.0, 0.0); whole],
            below: vec![false; whole],
        };
        let mut odd = 0.0;
        for (bit, &i) in open.iter().enumerate() {
            plan.ways[i] = [Way::TB, Way::LR][choice >> bit & 1];
            // What the text says, if it is about as good.
            if plan.ways[i] != flow.way {
                odd += if i == whole { 50.0 } else { 5.0 };
            }
        }
        let Some(picture) = narrow(flow, &mut plan, found.is_some())? else {
            continue;
        };
        let picture = finish(flow, &mut plan, picture)?;
        let over = (picture.width + 2.0 * EDGE - WIDTH).max(0.0);
        let lines = |labels: &mut dyn Iterator<Item = usize>| labels.sum::<usize>() as f64;
        let breaks = 12.0
            * (lines(&mut picture.labels.iter().map(Vec::len))
                - lines(&mut flow.items.iter().map(|i| i.label.len())));
        let length: f64 = picture.lines.iter().map(|l| place::length(l)).sum();
        let crossing = if picture.crossing.is_some() {
            5000.0
        } else {
            0.0
        };
        let cost = over * 5.0 + picture.height * 0.5 + length * 0.2 + odd + breaks + crossing;
        if found.as_ref().is_none_or(|f| cost < f.0) {
            found = Some((cost, plan, picture));
        }
    }
    let (_, mut plan, mut picture) = found.ok_or("this diagram has no box")?;
    let most = picture.width.max(WIDTH - 2.0 * EDGE);
    // A label keeps its line, where that makes the picture lower.
    for i in 0..whole {
        while picture.labels[i].len() > flow.items[i].label.len() {
            let lines = |signs| {
                flow.items[i]
                    .label
                    .iter()
                    .flat_map(|l| wrap(l, signs))
                    .count()
            };
            let fewer = (plan.signs[i]..=SIGNS).find(|&s| lines(s) < picture.labels[i].len());
            let before = std::mem::replace(&mut plan.signs[i], fewer.unwrap_or(SIGNS));
            let now = place(flow, &plan)?;
            let now = finish(flow, &mut plan, now)?;
            if fewer.is_none()
                || now.width > most
                || now.height >= picture.height
                || now.crossing.is_some()
            {
                plan.signs[i] = before;
                break;
            }
            picture = now;
        }
    }
    // Boxes side by side are of one height, and frames in a line of one width.
    plan.least = place::even(flow, &plan, &picture);
    plan.below.fill(false);
    let even = place(flow, &plan)?;
    let even = finish(flow, &mut plan, even)?;
    let good = even.width <= most && even.crossing.is_none();
    Ok(if good { even } else { picture })
}

/// Breaks labels until the picture is as narrow as a phone: each time the longest
/// line in a row that is too wide. None: that is hopeless, and there is another.
fn narrow(flow: &Flow, plan: &mut Plan, other: bool) -> Result<Option<Picture>, String> {
    let fits = |p: &Picture| p.width + 2.0 * EDGE <= WIDTH;
    let mut picture = place(flow, plan)?;
    if other && !fits(&picture) {
        let signs = std::mem::replace(&mut plan.signs, vec![9; flow.items.len()]);
        let least = place(flow, plan)?;
        plan.signs = signs;
        if least.width > 1.2 * WIDTH {
            return Ok(None);
        }
    }
    while !fits(&picture) {
        let signs = |l: &String| (wide(l) / CHAR).round() as usize;
        let longest = |i: usize| picture.labels[i].iter().map(signs).max().unwrap_or(0);
        // What stands beside an item, from end to end.
        let row = |i: usize| {
            let middle = picture.rects[i].y + picture.rects[i].h / 2.0;
            let here = picture
                .rects
                .iter()
                .filter(|r| r.y <= middle && middle <= r.y + r.h);
            here.fold((f64::MAX, f64::MIN), |e, r| {
                (e.0.min(r.x), e.1.max(r.x + r.w))
            })
        };
        let rank = |i: usize| {
            let (left, right) = row(i);
            let broad = right - left + 2.0 * EDGE > WIDTH;
            let outer = left < 1.0 || right > picture.width - 1.0;
            // Rather a box than the title of a frame.
            (flow.items[i].frame.is_none(), broad, outer, longest(i))
        };
        let breaks = |&i: &usize| {
            let mut long = picture.labels[i].iter().filter(|l| signs(l) == longest(i));
            longest(i) > 8 && long.any(|l| l.contains(' '))
        };
        let Some(most) = (0..flow.items.len()).filter(breaks).map(rank).max() else {
            break;
        };
        for i in (0..flow.items.len())
            .filter(breaks)
            .filter(|&i| rank(i) == most)
        {
            plan.signs[i] = most.3 - 1;
        }
        picture = place(flow, plan)?;
    }
    Ok(Some(picture))
}

/// Breaks a text at its spaces into lines of at most so many signs, if its words
/// are not longer, and of about the same length.
fn wrap(text: &str, signs: usize) -> Vec<String> {
    let broken = |signs: usize| {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(word),
                Some(line) if wide(line) + CHAR + wide(word) <= (signs as f64 + 0.1) * CHAR => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_string()),
            }
        }
        lines
    };
    let lines = broken(signs);
    (1..signs)
        .rev()
        .map(broken)
        .take_while(|l| l.len() == lines.len())
        .last()
        .unwrap_or(lines)
}

// ---- The picture --------------------------------------------------------------

fn paint(flow: &Flow, picture: &Picture) -> String {
    let size = (picture.width + 2.0 * EDGE, picture.height + 2.0 * EDGE);
    let mut out = open("diagram", size, SCALE, &flow.title, &flow.words);
    // Outer frames first, then what is in them.
    let mut all: Vec<usize> = (0..flow.items.len()).collect();
    all.sort_by_key(|&i| (flow.items[i].frame.is_none(), flow.around(i).count()));
    for i in all {
        let item = &flow.items[i];
        let class = match item.frame {
            Some(_) => "frame",
            None if item.round => "round",
            None => "box",
        };
        rect(&mut out, class, &picture.rects[i]);
        let class = if item.frame.is_some() {
            " class=\"name\""
        } else {
            ""
        };
        words(&mut out, class, picture.titles[i], &picture.labels[i]);
    }
    let mut lines = [
        ("edge", String::new()),
        ("edge dotted", String::new()),
        ("edge thick", String::new()),
    ];
    let mut heads = String::new();
    let mut said = String::new();
    for (arrow, line) in flow
        .arrows
        .iter()
        .zip(&picture.lines)
        .filter(|a| !a.0.hidden)
    {
        let mut line = line.clone();
        let last = line.len() - 1;
        for (end, next, marker) in [(0, 1, arrow.heads[0]), (last, last - 1, arrow.heads[1])] {
            if marker == FlowEdgeMarker::Point {
                line[end] = head(&mut heads, line[end], line[next]);
            }
        }
        let kind = match arrow.stroke {
            FlowEdgeStroke::Normal => 0,
            FlowEdgeStroke::Dotted => 1,
            FlowEdgeStroke::Thick => 2,
        };
        path(&mut lines[kind].1, &line);
    }
    for (k, arrow) in flow.arrows.iter().enumerate() {
        let Some(at) = &picture.words[k] else {
            continue;
        };
        // The line is open where its words stand.
        let within = |f: usize| flow.items[f].frame.is_some() && picture.rects[f].meets(at, 0.0);
        let class = if (0..flow.items.len()).any(within) {
            "ground framed"
        } else {
            "ground"
        };
        rect(&mut said, class, at);
        words(&mut said, "", (at.x + at.w / 2.0, at.y), &arrow.words);
    }
    lines
        .iter()
        .filter(|l| !l.1.is_empty())
        .for_each(|(class, d)| {
            let _ = write!(out, "<path class=\"{class}\" d=\"{d}\"/>");
        });
    if !heads.is_empty() {
        let _ = write!(out, "<path class=\"point\" d=\"{heads}\"/>");
    }
    out + &said + "</svg>"
}

fn rect(out: &mut String, class: &str, r: &Rect) {
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        n(r.x + EDGE),
        n(r.y + EDGE),
        n(r.w),
        n(r.h)
    );
}

fn words(out: &mut String, class: &str, at: Point, lines: &[String]) {
    for (i, line) in lines.iter().enumerate() {
        let _ = write!(
            out,
            "<text{class} x=\"{}\" y=\"{}\">{}</text>",
            n(at.0 + EDGE),
            n(at.1 + EDGE + BASE + i as f64 * LINE),
            escape(line)
        );
    }
}

/// The head of an arrow at `end`. Returns where its line ends.
fn head(out: &mut String, end: Point, next: Point) -> Point {
    let long = (next.0 - end.0).hypot(next.1 - end.1).max(0.1);
    let (dx, dy) = ((next.0 - end.0) / long, (next.1 - end.1) / long);
    let at = |back: f64, side: f64| {
        let (x, y) = (end.0 + dx * back - dy * side, end.1 + dy * back + dx * side);
        format!("{} {}", n(x + EDGE), n(y + EDGE))
    };
    let _ = write!(out, "M{}L{}L{}z", at(0.0, 0.0), at(8.0, 4.0), at(8.0, -4.0));
    (end.0 + dx * 7.0, end.1 + dy * 7.0)
}

/// A line of bows; those that are none are straight.
fn path(out: &mut String, line: &[Point]) {
    let at = |p: Point| format!("{} {}", n(p.0 + EDGE), n(p.1 + EDGE));
    let _ = write!(out, "M{}", at(line[0]));
    let mut from = line[0];
    for bow in line[1..].chunks(3) {
        let end = bow[2];
        let straight = (from.0 - end.0).abs() < 0.5 || (from.1 - end.1).abs() < 0.5;
        let _ = match straight {
            true => write!(out, "L{}", at(end)),
            false => write!(out, "C{} {} {}", at(bow[0]), at(bow[1]), at(end)),
        };
        from = end;
    }
}
