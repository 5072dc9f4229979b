//! Where boxes, frames and arrows stand, in the measure of our text. Dugong lays
//! out what is in each frame, from the innermost outward: a frame is one box in
//! what is around it, and an arrow into it leads on to its box.

use std::collections::BTreeMap;

use dugong::graphlib::{EdgeKey, Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, RankDir as Way};

use super::read::{Flow, Item};
use super::{size, wrap};

pub(super) type Point = (f64, f64);

/// A rectangle: left, top, width, height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

impl Rect {
    fn middle(&self) -> Point {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Whether another one comes nearer than `slack`.
    pub(super) fn meets(&self, other: &Rect, slack: f64) -> bool {
        self.x - slack < other.x + other.w
            && other.x < self.x + self.w + slack
            && self.y - slack < other.y + other.h
            && other.y < self.y + self.h + slack
    }
}

/// How a flowchart is to be laid out.
pub(super) struct Plan {
    /// The way in each frame; the last is that of the whole.
    pub(super) ways: Vec<Way>,
    /// How many signs a line of each label may have.
    pub(super) signs: Vec<usize>,
    /// How large each item is at least.
    pub(super) least: Vec<(f64, f64)>,
    /// Whether the title of a frame stands at its lower border.
    pub(super) below: Vec<bool>,
}

pub(super) struct Picture {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) rects: Vec<Rect>,
    pub(super) labels: Vec<Vec<String>>,
    /// Where each label stands: for a box its middle, for a frame its left end.
    /// Until it is finished, nowhere.
    pub(super) titles: Vec<Point>,
    /// For each arrow its beginning, then two controls and an end for each bow.
    pub(super) lines: Vec<Vec<Point>>,
    /// For each arrow, where its words stand.
    pub(super) words: Vec<Option<Rect>>,
    /// The first arrow that crosses words. Until it is finished, none.
    pub(super) crossing: Option<usize>,
}

/// Between the words of a box and its border.
const PAD: (f64, f64) = (9.0, 7.0);
/// Between a frame and what is in it.
const FRAME: f64 = 11.0;
/// From one box to the next, in the way of the arrows and across.
const RANKS: f64 = 34.0;
const ACROSS: f64 = 16.0;
/// What an arrow need not turn for, and how near it comes to a corner.
const STEP: f64 = 10.0;
/// Boxes without arrows, such as bytes, lie closer.
const CLOSE: f64 = 8.0;

pub(super) fn place(flow: &Flow, plan: &Plan) -> Result<Picture, String> {
    let (items, arrows) = (flow.items.len(), flow.arrows.len());
    let broken =
        |(item, &signs): (&Item, &usize)| item.label.iter().flat_map(|l| wrap(l, signs)).collect();
    let mut picture = Picture {
        width: 0.0,
        height: 0.0,
        rects: vec![Rect::default(); items],
        labels: flow.items.iter().zip(&plan.signs).map(broken).collect(),
        titles: Vec::new(),
        lines: vec![Vec::new(); arrows],
        words: vec![None; arrows],
        crossing: None,
    };
    (picture.width, picture.height) = level(flow, plan, None, &mut picture)?;
    Ok(picture)
}

/// Puts labels where no arrow passes, and looks for arrows that cross words. The
/// title of a frame goes to its lower border where none passes.
pub(super) fn finish(flow: &Flow, plan: &mut Plan, picture: Picture) -> Result<Picture, String> {
    let titles = |plan: &Plan, picture: &Picture| -> Vec<(Point, bool)> {
        let title = |i| title(flow, picture, i, plan.below[i]);
        (0..flow.items.len()).map(title).collect()
    };
    let mut picture = picture;
    let mut found = titles(plan, &picture);
    // First at the lower border, then in a frame as wide as that takes.
    for widened in [false, true] {
        let blocked: Vec<usize> = (0..found.len()).filter(|&i| !found[i].1).collect();
        if blocked.is_empty() {
            break;
        }
        for i in blocked {
            plan.below[i] ^= true;
            if widened {
                plan.least[i].0 = 2.0 * (size(&picture.labels[i]).0 + FRAME + STEP);
            }
        }
        picture = place(flow, plan)?;
        found = titles(plan, &picture);
    }
    picture.titles = found.iter().map(|t| t.0).collect();
    picture.crossing = (0..flow.arrows.len()).find(|&k| crosses(flow, &picture, k));
    Ok(picture)
}

/// Lays out the whole, or what is in a frame. Returns its size.
fn level(
    flow: &Flow,
    plan: &Plan,
    frame: Option<usize>,
    picture: &mut Picture,
) -> Result<Point, String> {
    let way = plan.ways[frame.unwrap_or(flow.items.len())];
    let own: Vec<usize> = (0..flow.items.len())
        .filter(|&i| flow.items[i].parent == frame)
        .collect();
    // The arrows between these, or between what is in them.
    let arrows: Vec<(usize, EdgeKey)> = (0..flow.arrows.len())
        .filter_map(|k| {
            let (from, to) = flow.ends(k, frame)?;
            let name = Some(k.to_string());
            Some((k, EdgeKey::new(from.to_string(), to.to_string(), name)))
        })
        .collect();
    let close = arrows.iter().all(|(k, _)| flow.arrows[*k].hidden);
    let mut graph = empty(way, if close { CLOSE } else { RANKS });
    for &i in &own {
        let label = &picture.labels[i];
        let (mut w, mut h) = size(label);
        let least = plan.least[i];
        if flow.items[i].frame.is_some() {
            let top = h + 10.0;
            let inner = level(flow, plan, Some(i), picture)?;
            w = (inner.0.max(w) + 2.0 * FRAME).max(least.0);
            h = inner.1 + top + FRAME;
            let top = if plan.below[i] { FRAME } else { top };
            shift(flow, picture, i, ((w - inner.0) / 2.0, top));
        } else {
            w = (w + 2.0 * PAD.0).max(least.0);
            h = (h + 2.0 * PAD.1).max(least.1);
        }
        let node = NodeLabel {
            width: w,
            height: h,
            ..NodeLabel::default()
        };
        graph.set_node(i.to_string(), node);
    }
    for (k, key) in &arrows {
        let arrow = &flow.arrows[*k];
        let (width, height) = size(&arrow.words);
        let edge = EdgeLabel {
            width: if width > 0.0 { width + ACROSS } else { 0.0 },
            height,
            minlen: arrow.length,
            weight: 1.0,
            ..EdgeLabel::default()
        };
        graph.set_edge_named(key.v.clone(), key.w.clone(), key.name.clone(), Some(edge));
    }
    dugong::layout(&mut graph).map_err(|e| format!("this diagram cannot be laid out: {e}"))?;

    for &i in &own {
        let node = graph.node(&i.to_string()).cloned().unwrap_or_default();
        let (w, h) = (node.width, node.height);
        let x = node.x.unwrap_or_default() - w / 2.0;
        let y = node.y.unwrap_or_default() - h / 2.0;
        picture.rects[i] = Rect { x, y, w, h };
        shift(flow, picture, i, (x, y));
    }
    // What a line must go past.
    let mut blocks: Vec<Rect> = own.iter().map(|&i| picture.rects[i]).collect();
    for (k, key) in &arrows {
        let Some(edge) = graph.edge_by_key(key) else {
            continue;
        };
        let (w, h) = size(&flow.arrows[*k].words);
        let words = edge.x.zip(edge.y).filter(|_| w > 0.0);
        picture.words[*k] = words.map(|(x, y)| Rect {
            x: x - w / 2.0,
            y: y - h / 2.0,
            w,
            h,
        });
        blocks.extend(picture.words[*k]);
    }
    for (k, key) in &arrows {
        if let Some(edge) = graph.edge_by_key(key) {
            let dagre = edge.points.iter().map(|p| (p.x, p.y)).collect();
            picture.lines[*k] = line(flow, picture, way, &blocks, *k, dagre);
        }
    }
    Ok(to_the_corner(flow, picture, &own, &arrows))
}

/// A graph for dagre, without nodes.
fn empty(way: Way, ranks: f64) -> Graph<NodeLabel, EdgeLabel, GraphLabel> {
    let mut graph = Graph::new(GraphOptions {
        multigraph: true,
        compound: false,
        directed: true,
    });
    graph.set_default_node_label(NodeLabel::default);
    graph.set_graph(GraphLabel {
        rankdir: way,
        nodesep: ACROSS,
        ranksep: ranks,
        edgesep: ACROSS,
        ..GraphLabel::default()
    });
    graph
}

/// Everything begins at the top left. Returns the size of it all.
fn to_the_corner(
    flow: &Flow,
    picture: &mut Picture,
    own: &[usize],
    arrows: &[(usize, EdgeKey)],
) -> Point {
    let seen = |k: &&(usize, EdgeKey)| !flow.arrows[k.0].hidden;
    let lines = arrows
        .iter()
        .filter(seen)
        .flat_map(|(k, _)| &picture.lines[*k]);
    let words = arrows.iter().filter_map(|(k, _)| picture.words[*k]);
    let rects = own.iter().map(|&i| picture.rects[i]).chain(words);
    let corners = rects.flat_map(|r| [(r.x, r.y), (r.x + r.w, r.y + r.h)]);
    let all = corners.chain(lines.copied());
    let none = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    let (x, y, right, bottom) = all.fold(none, |e, p| {
        (e.0.min(p.0), e.1.min(p.1), e.2.max(p.0), e.3.max(p.1))
    });
    for &i in own {
        move_item(picture, i, (-x, -y));
        shift(flow, picture, i, (-x, -y));
    }
    for (k, _) in arrows {
        move_arrow(picture, *k, (-x, -y));
    }
    (right - x, bottom - y)
}

/// Moves what is in a frame.
fn shift(flow: &Flow, picture: &mut Picture, frame: usize, by: Point) {
    for i in flow.inside(frame) {
        move_item(picture, i, by);
    }
    let within = |i: usize| flow.around(i).any(|f| f == frame);
    for (k, arrow) in flow.arrows.iter().enumerate() {
        if within(arrow.from) && within(arrow.to) {
            move_arrow(picture, k, by);
        }
    }
}

fn move_item(picture: &mut Picture, i: usize, by: Point) {
    picture.rects[i].x += by.0;
    picture.rects[i].y += by.1;
}

fn move_arrow(picture: &mut Picture, k: usize, by: Point) {
    for p in &mut picture.lines[k] {
        *p = (p.0 + by.0, p.1 + by.1);
    }
    if let Some(words) = &mut picture.words[k] {
        (words.x, words.y) = (words.x + by.0, words.y + by.1);
    }
}

/// The line of an arrow: from the middle of a side, past the ranks and its words
/// where dagre says, to the middle of a side, in bows between them.
fn line(
    flow: &Flow,
    picture: &Picture,
    way: Way,
    blocks: &[Rect],
    k: usize,
    dagre: Vec<Point>,
) -> Vec<Point> {
    let arrow = &flow.arrows[k];
    // As if all arrows led down.
    let turned = |p: Point| if way == Way::LR { (p.1, p.0) } else { p };
    let (from, to) = (&picture.rects[arrow.from], &picture.rects[arrow.to]);
    let forward = turned(dagre[0]).1 <= turned(dagre[dagre.len() - 1]).1;
    // Arrows between the same two run side by side.
    let same = |o: &usize| {
        let o = &flow.arrows[*o];
        !o.hidden && [[o.from, o.to], [o.to, o.from]].contains(&[arrow.from, arrow.to])
    };
    let all: Vec<usize> = (0..flow.arrows.len()).filter(same).collect();
    let place = all.iter().position(|&o| o == k).unwrap_or(0) as f64;
    let aside = (place - (all.len() as f64 - 1.0) / 2.0) * ACROSS;
    let port = |rect: &Rect, late: bool| {
        let (across, along) = turned(rect.middle());
        let half = turned((rect.w, rect.h)).1 / 2.0;
        (
            across + aside,
            if late { along + half } else { along - half },
        )
    };
    let mut stops = vec![port(from, forward)];
    // Dagre has a point between two ranks, too: it matters only beside words.
    let along = |p: Point, rect: &Rect| (turned(rect.middle()).1 - p.1).abs() < 1.0;
    let inner: Vec<Point> = dagre[1..dagre.len() - 1]
        .iter()
        .map(|&p| turned(p))
        .collect();
    for &p in inner
        .iter()
        .filter(|&&p| inner.len() > 1 || blocks.iter().any(|b| along(p, b)))
    {
        // Straight past what stands in this rank.
        let here = blocks.iter().filter(|b| along(p, b));
        let half = here.map(|b| turned((b.w, b.h)).1 / 2.0).fold(0.0, f64::max);
        let half = if forward { half } else { -half };
        stops.extend([(p.0, p.1 - half), (p.0, p.1 + half)]);
    }
    stops.push(port(to, !forward));
    // A small step is none: the arrow begins or arrives a little aside.
    if let [begin, end] = stops.as_mut_slice() {
        let step = end.0 - begin.0;
        let room = |rect: &Rect| turned((rect.w, rect.h)).0 / 2.0 - step.abs() > STEP;
        if step.abs() < STEP && room(from) {
            begin.0 = end.0;
        } else if step.abs() < STEP && room(to) {
            end.0 = begin.0;
        }
    }
    let mut line = vec![stops[0]];
    for pair in stops.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let half = (a.1 + b.1) / 2.0;
        let straight = (a.0 - b.0).abs() < 0.5;
        // A straight line runs on.
        if straight && line.len() > 3 && (line[line.len() - 4].0 - b.0).abs() < 0.5 {
            line.truncate(line.len() - 3);
        }
        line.extend([(a.0, half), (b.0, half), b]);
    }
    line.into_iter().map(turned).collect()
}

/// Points on a line, a few units apart.
fn points(line: &[Point]) -> Vec<Point> {
    let mut all = line[..1].to_vec();
    let mut from = line[0];
    for bow in line[1..].chunks(3) {
        for step in 1..=16 {
            let t = f64::from(step) / 16.0;
            let at = |a: f64, b: f64, c: f64, d: f64| {
                let s = 1.0 - t;
                s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
            };
            let (b, c, d) = (bow[0], bow[1], bow[2]);
            all.push((at(from.0, b.0, c.0, d.0), at(from.1, b.1, c.1, d.1)));
        }
        from = bow[2];
    }
    all
}

pub(super) fn length(line: &[Point]) -> f64 {
    let step = |p: &[Point]| (p[0].0 - p[1].0).hypot(p[0].1 - p[1].1);
    line.windows(2).map(step).sum()
}

/// Whether a line comes into a rectangle, or nearer than `slack`.
fn hits(line: &[Point], rect: &Rect, slack: f64) -> bool {
    points(line).windows(2).any(|p| {
        let part = Rect {
            x: p[0].0.min(p[1].0),
            y: p[0].1.min(p[1].1),
            w: (p[0].0 - p[1].0).abs(),
            h: (p[0].1 - p[1].1).abs(),
        };
        part.meets(rect, slack)
    })
}

/// Where a label stands: in the middle of its box, or where no arrow passes at
/// the border of its frame, if there is such a place.
fn title(flow: &Flow, picture: &Picture, i: usize, below: bool) -> (Point, bool) {
    let rect = &picture.rects[i];
    let (w, h) = size(&picture.labels[i]);
    if flow.items[i].frame.is_none() {
        return ((rect.middle().0, rect.middle().1 - h / 2.0), true);
    }
    let y = if below {
        rect.y + rect.h - h - 5.0
    } else {
        rect.y + 5.0
    };
    let (left, right) = (rect.x + FRAME, rect.x + rect.w - FRAME - w);
    let free = |&x: &f64| {
        let title = Rect { x, y, w, h };
        let mut arrows = flow.arrows.iter().zip(&picture.lines);
        !arrows.any(|(a, line)| !a.hidden && hits(line, &title, 2.0))
    };
    let found = [left, right, (left + right) / 2.0].into_iter().find(free);
    ((found.unwrap_or(left), y), found.is_some())
}

/// Whether an arrow or its words cross a box, a title or other words.
fn crosses(flow: &Flow, picture: &Picture, k: usize) -> bool {
    let arrow = &flow.arrows[k];
    if arrow.hidden {
        return false;
    }
    let mut taken: Vec<Rect> = Vec::new();
    for (o, words) in picture.words.iter().enumerate() {
        taken.extend(words.filter(|_| o != k));
    }
    for (i, item) in flow.items.iter().enumerate() {
        let own = |end: usize| end == i || flow.around(end).any(|f| f == i);
        if item.frame.is_some() {
            let (w, h) = size(&picture.labels[i]);
            let (x, y) = picture.titles[i];
            taken.push(Rect { x, y, w, h });
        }
        if !own(arrow.from) && !own(arrow.to) {
            taken.push(picture.rects[i]);
        }
    }
    let words = picture.words[k];
    taken
        .iter()
        .any(|r| hits(&picture.lines[k], r, 1.0) || words.is_some_and(|w| w.meets(r, 0.0)))
}

/// The least sizes that make a picture even: boxes of one rank equally thick, and
/// frames one after the other equally wide.
pub(super) fn even(flow: &Flow, plan: &Plan, picture: &Picture) -> Vec<(f64, f64)> {
    let mut least = plan.least.clone();
    let mut ranks: BTreeMap<(Option<usize>, i64), Vec<usize>> = BTreeMap::new();
    let way = |frame: Option<usize>| plan.ways[frame.unwrap_or(flow.items.len())];
    for (i, item) in flow.items.iter().enumerate() {
        let (x, y) = picture.rects[i].middle();
        let along = if way(item.parent) == Way::LR { x } else { y };
        let rank = ranks.entry((item.parent, along.round() as i64));
        rank.or_default().push(i);
    }
    for ((frame, _), rank) in &ranks {
        let boxes: Vec<usize> = rank
            .iter()
            .copied()
            .filter(|&i| flow.items[i].frame.is_none())
            .collect();
        let most = |side: fn(&Rect) -> f64| {
            boxes
                .iter()
                .map(|&i| side(&picture.rects[i]))
                .fold(0.0, f64::max)
        };
        let (w, h) = (most(|r| r.w), most(|r| r.h));
        for &i in &boxes {
            least[i] = if way(*frame) == Way::LR {
                (w, 0.0)
            } else {
                (0.0, h)
            };
        }
    }
    // Each a rank by itself.
    let alone: Vec<usize> = ranks
        .values()
        .filter(|r| r.len() == 1)
        .map(|r| r[0])
        .collect();
    for &i in &alone {
        // Bytes, too, are of one width.
        let kept =
            |f| (0..flow.arrows.len()).all(|k| flow.ends(k, f).is_none() || flow.arrows[k].hidden);
        let like = |o: &&usize| {
            let (a, b) = (&flow.items[i], &flow.items[**o]);
            a.parent == b.parent
                && a.frame.is_some() == b.frame.is_some()
                && (a.frame.is_some() || kept(a.parent))
        };
        let widths = alone.iter().filter(like).map(|&o| picture.rects[o].w);
        if way(flow.items[i].parent) != Way::LR {
            least[i].0 = widths.fold(0.0, f64::max);
        }
    }
    least
}
