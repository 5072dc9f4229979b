//! Where everything stands, in all pictures of one figure together: a place
//! once given to a variable or block is kept, so that from mark to mark only
//! that moves which changed.

use std::collections::BTreeMap;

use super::content::{self, Content, End, Mark};
use super::parse::{Edge, Kind, Node, Picture};
use super::route::{self, Lane, Port, Route};
use super::wrap::{LINE, Laid, PAD, lay};
use crate::svg::{CHAR, wide};

/// The title of a frame, and a caption above a group.
pub(super) const TITLE: i32 = 20;
const CAPTION: i32 = 18;
/// Between frames, and between blocks.
const GAP: i32 = 8;
/// Wider than this, a picture shrinks on a phone.
const PHONE: i32 = 350;
/// Wider than this, its text gets too small there.
const WIDEST: i32 = 400;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// The stacks, and what lies there without a name.
    Left,
    /// The heap and static memory.
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Temporaries,
    Heap,
    Statics,
}

/// A variable or block in one picture.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub content: Content,
    pub laid: Laid,
    pub width: i32,
}

/// A variable or block in all pictures.
#[derive(Debug)]
pub(super) struct Item {
    pub side: Side,
    pub group: Option<Group>,
    /// One for each picture.
    pub versions: Vec<Option<Version>>,
    pub x: i32,
    pub y: i32,
    /// How many arrows begin or end here, in the picture that has most.
    ends: i32,
    /// Of a variable: the height of its place.
    pub height: i32,
}

impl Item {
    fn tallest(&self) -> i32 {
        self.versions
            .iter()
            .flatten()
            .map(|v| v.laid.height)
            .max()
            .unwrap_or(0)
    }
    fn lowest(&self) -> i32 {
        self.versions
            .iter()
            .flatten()
            .map(|v| v.laid.height)
            .min()
            .unwrap_or(0)
    }

    fn meets(&self, other: &Item) -> bool {
        self.versions
            .iter()
            .zip(&other.versions)
            .any(|(a, b)| a.is_some() && b.is_some())
    }
}

/// A call, at its depth.
#[derive(Debug)]
pub(super) struct Frame {
    pub id: String,
    pub function: String,
    pub y: i32,
    /// The items of its places, from the top; several may share one.
    places: Vec<Vec<usize>>,
    /// In which pictures it is; and the height of its box there.
    pub drawn: Vec<Option<i32>>,
}

impl Frame {
    /// The width of its title, and of what stands in it without variables.
    fn least(&self) -> i32 {
        let title = wide(&self.function) + wide(" stack");
        // At some mark it may have none.
        let none = wide("no variables");
        title.max(none).ceil() as i32
    }
}

#[derive(Debug)]
pub(super) struct Thread {
    title: String,
    /// By depth, from `main` on.
    depths: Vec<Vec<Frame>>,
}

impl Thread {
    fn caption(&self) -> String {
        if self.title == "main" {
            "main thread".into()
        } else {
            self.title.clone()
        }
    }
}

/// A caption.
#[derive(Debug)]
pub(super) struct Caption {
    pub x: i32,
    pub text: String,
    /// Its height in the pictures that have it.
    pub y: Vec<Option<i32>>,
}

/// An arrow: its corners, and the picture's own.
#[derive(Clone, Debug)]
pub(super) struct Arrow {
    pub kind: Kind,
    pub corners: Vec<(i32, i32)>,
    pub new: bool,
    /// The stretch of cells or text that it means: level, from, to.
    pub stretch: Vec<(i32, i32, i32)>,
}

#[derive(Debug)]
pub(super) struct Figure {
    pub items: Vec<Item>,
    pub threads: Vec<Thread>,
    pub captions: Vec<Caption>,
    /// For each picture.
    pub arrows: Vec<Vec<Arrow>>,
    /// For each picture: the lines of what was dropped, each with its place.
    pub drops: Vec<Vec<(i32, i32, String)>>,
    /// For each picture: where their caption stands.
    pub drops_y: Vec<i32>,
    pub left: i32,
    pub left_width: i32,
    pub width: i32,
    /// For each picture: where it begins, and where it ends.
    pub tops: Vec<i32>,
    pub heights: Vec<i32>,
    /// By picture: names to items.
    #[cfg(test)]
    pub names: Vec<BTreeMap<String, usize>>,
}

impl Figure {
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.threads.iter().flat_map(|t| &t.depths).flatten()
    }
}

/// An order of the places on the right.
#[derive(Clone)]
struct Order {
    /// By group, from the top: places, each with its blocks.
    groups: Vec<Vec<Vec<usize>>>,
    /// Blocks stand level with what points to them, where there is room.
    level: bool,
    /// Where the left column ends.
    end: i32,
}

/// An edge of one picture, with its ends found.
struct Found<'a> {
    edge: &'a Edge,
    from: usize,
    part: usize,
    to: usize,
    end: End,
    mark: Option<usize>,
}

/// Who is in the pictures: each variable, block and static once, however many of the
/// pictures show it.
struct Cast<'a> {
    pictures: &'a [Picture],
    items: Vec<Item>,
    /// Of each picture, its items by their names.
    names: Vec<BTreeMap<String, usize>>,
    /// All items by the frame that they lie in, if any, and by their names.
    keys: BTreeMap<(String, String), usize>,
    threads: Vec<Thread>,
}

impl<'a> Cast<'a> {
    fn of(pictures: &'a [Picture]) -> Cast<'a> {
        let mut cast = Cast {
            pictures,
            items: Vec::new(),
            names: vec![BTreeMap::new(); pictures.len()],
            keys: BTreeMap::new(),
            threads: Vec::new(),
        };
        for (k, picture) in pictures.iter().enumerate() {
            for t in 0..picture.threads.len() {
                cast.add_thread(k, t);
            }
            for node in &picture.temporaries {
                cast.add(k, "", node, Side::Left, Some(Group::Temporaries));
            }
            for node in &picture.heap {
                cast.add(k, "", node, Side::Right, Some(Group::Heap));
            }
            for node in &picture.statics {
                cast.add(k, "", node, Side::Right, Some(Group::Statics));
            }
        }
        cast.order_rows();
        cast
    }

    fn add(&mut self, k: usize, scope: &str, node: &Node, side: Side, group: Option<Group>) {
        let given_back = format!("{} given back", node.id);
        let listed = self.pictures[k]
            .drops
            .iter()
            .any(|d| d.ends_with(&format!(". {given_back}")));
        let items = &mut self.items;
        let index = *self
            .keys
            .entry((scope.to_string(), node.id.clone()))
            .or_insert_with(|| {
                items.push(Item {
                    side,
                    group,
                    versions: vec![None; self.pictures.len()],
                    x: 0,
                    y: 0,
                    ends: 0,
                    height: 0,
                });
                items.len() - 1
            });
        let content = match group {
            None => content::variable(node),
            Some(Group::Heap) => content::block(node, listed),
            Some(_) => content::fixed(node),
        };
        items[index].versions[k] = Some(Version {
            content,
            laid: Laid::default(),
            width: 0,
        });
        self.names[k].insert(node.id.clone(), index);
    }

    /// Thread `t` of picture `k`: its frames by their depth, its variables by the
    /// order of their names.
    fn add_thread(&mut self, k: usize, t: usize) {
        let (picture, count) = (&self.pictures[k], self.pictures.len());
        let thread = &picture.threads[t];
        let threads = &mut self.threads;
        let title = if thread.title.is_empty() {
            "main"
        } else {
            &thread.title
        };
        let nth = picture.threads[..t]
            .iter()
            .filter(|o| o.title == *title)
            .count();
        let found = (0..threads.len())
            .filter(|&i| threads[i].title == title)
            .nth(nth);
        let t = found.unwrap_or_else(|| {
            threads.push(Thread {
                title: title.into(),
                depths: Vec::new(),
            });
            threads.len() - 1
        });
        for (depth, frame) in thread.frames.iter().rev().enumerate() {
            let scope = format!("{t} {depth} {}", frame.id);
            let depths = &mut self.threads[t].depths;
            if depths.len() <= depth {
                depths.push(Vec::new());
            }
            let known = depths[depth].iter().position(|f| f.id == frame.id);
            let at = known.unwrap_or_else(|| {
                depths[depth].push(Frame {
                    id: frame.id.clone(),
                    function: frame.function.clone(),
                    y: 0,
                    places: Vec::new(),
                    drawn: vec![None; count],
                });
                depths[depth].len() - 1
            });
            depths[depth][at].drawn[k] = Some(0);
            for row in &frame.rows {
                self.add(k, &scope, row, Side::Left, None);
            }
        }
    }

    /// Gives the variables of each frame their places.
    fn order_rows(&mut self) {
        let keys = &self.keys;
        for (t, thread) in self.threads.iter_mut().enumerate() {
            for (depth, frames) in thread.depths.iter_mut().enumerate() {
                for frame in frames {
                    let scope = format!("{t} {depth} {}", frame.id);
                    let orders: Vec<Vec<usize>> = self
                        .pictures
                        .iter()
                        .map(|p| {
                            let texts = p.threads.iter().flat_map(|t| &t.frames);
                            texts
                                .filter(|f| f.id == frame.id)
                                .flat_map(|f| &f.rows)
                                .filter_map(|r| keys.get(&(scope.clone(), r.id.clone())).copied())
                                .collect()
                        })
                        .collect();
                    frame.places = places(&orders);
                }
            }
        }
    }
}

pub(super) fn layout(pictures: &[Picture]) -> Figure {
    let count = pictures.len();
    let Cast {
        mut items,
        names,
        threads,
        ..
    } = Cast::of(pictures);
    // What each says, where its arrows begin and end, and what is new.
    let mut found: Vec<Vec<Found>> = Vec::new();
    for (k, picture) in pictures.iter().enumerate() {
        found.push(connect(k, picture, &mut items, &names[k]));
    }
    mark_levels(&mut items, &mut found);
    for found in &found {
        let at = |i: usize| {
            let ends = |f: &&Found| f.from == i || (f.to == i && f.end == End::Whole);
            found.iter().filter(ends).count() as i32
        };
        for (i, item) in items.iter_mut().enumerate() {
            item.ends = item.ends.max(at(i));
        }
    }
    for k in 1..count {
        compare(k, &mut items, &found);
    }

    let mut figure = Figure {
        items,
        threads,
        captions: Vec::new(),
        arrows: Vec::new(),
        drops: Vec::new(),
        drops_y: Vec::new(),
        left: 0,
        left_width: 0,
        width: 0,
        tops: vec![0; count],
        heights: vec![0; count],
        #[cfg(test)]
        names,
    };
    // What the arrows need is known once they have their lanes.
    let mut gutters = figure.reckon_gutters(&found);
    for _ in 0..3 {
        figure.choose_widths(gutters, pictures);
        figure.place_left();
        figure.place_right(&found);
        let used = figure.route(&found);
        if used >= gutters {
            break;
        }
        gutters = used;
    }
    figure.finish(pictures);
    figure
}

/// Gives each variable of a frame the first place that is below all that stand
/// above it in any picture. Those that never meet may share one.
fn places(orders: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut seen: Vec<usize> = Vec::new();
    for order in orders {
        for item in order {
            if !seen.contains(item) {
                seen.push(*item);
            }
        }
    }
    let mut place: BTreeMap<usize, usize> = seen.iter().map(|i| (*i, 0)).collect();
    // As many rounds as there are variables settle every order that exists.
    for _ in 0..seen.len() {
        for order in orders {
            for pair in order.windows(2) {
                let least = place[&pair[0]] + 1;
                if let Some(p) = place.get_mut(&pair[1])
                    && *p < least
                {
                    *p = least.min(seen.len());
                }
            }
        }
    }
    let mut out: Vec<Vec<usize>> = Vec::new();
    for item in seen {
        let at = place[&item];
        while out.len() <= at {
            out.push(Vec::new());
        }
        out[at].push(item);
    }
    out.retain(|p| !p.is_empty());
    // Should orders contradict each other, nobody shares.
    let met = |p: &Vec<usize>| {
        orders
            .iter()
            .any(|o| p.iter().filter(|i| o.contains(i)).count() > 1)
    };
    if out.iter().any(met) {
        out = out.into_iter().flatten().map(|i| vec![i]).collect();
    }
    out
}

/// Finds the ends of the arrows of one picture.
fn connect<'a>(
    k: usize,
    picture: &'a Picture,
    items: &mut [Item],
    names: &BTreeMap<String, usize>,
) -> Vec<Found<'a>> {
    let mut found: Vec<(Found, bool)> = Vec::new();
    for edge in &picture.edges {
        let (Some(&from), Some(&to)) = (names.get(&edge.from), names.get(&edge.to)) else {
            continue;
        };
        let long = items[from].versions[k]
            .as_ref()
            .and_then(|v| v.content.length(edge));
        let Some(version) = &mut items[to].versions[k] else {
            continue;
        };
        let (end, told) = version.content.target(edge, long);
        found.push((
            Found {
                edge,
                from,
                part: 0,
                to,
                end,
                mark: None,
            },
            told,
        ));
    }
    let mut from: Vec<usize> = found.iter().map(|(f, _)| f.from).collect();
    from.sort_unstable();
    from.dedup();
    for item in from {
        let mine: Vec<usize> = (0..found.len())
            .filter(|&i| found[i].0.from == item)
            .collect();
        let edges: Vec<(&Edge, bool)> = mine
            .iter()
            .map(|&i| (found[i].0.edge, found[i].1))
            .collect();
        let Some(version) = &mut items[item].versions[k] else {
            continue;
        };
        let (at, inserted) = version.content.sources(&edges);
        for (i, at) in mine.into_iter().zip(at) {
            found[i].0.part = at;
        }
        for place in inserted {
            for (f, _) in found.iter_mut().filter(|(f, _)| f.to == item) {
                match &mut f.end {
                    End::Part(p) | End::Range(p, _, _) if *p >= place => *p += 1,
                    _ => {}
                }
            }
        }
    }
    found.into_iter().map(|(f, _)| f).collect()
}

/// Each arrow to a stretch of cells comes in below them on its own level: the
/// nearest to where it comes from on the first.
fn mark_levels(items: &mut [Item], found: &mut [Vec<Found>]) {
    for item in 0..items.len() {
        for (k, found) in found.iter_mut().enumerate() {
            let mut ranges: Vec<(bool, isize, Mark, usize)> = Vec::new();
            for (i, f) in found.iter().enumerate() {
                if let (End::Range(part, from, to), true) = (f.end, f.to == item) {
                    // From the right, the last cell is the nearest.
                    let back = items[f.from].side == Side::Right;
                    let near = if back { -(to as isize) } else { from as isize };
                    let mark = Mark {
                        part,
                        from,
                        to,
                        level: 0,
                        back,
                    };
                    ranges.push((back, near, mark, i));
                }
            }
            ranges.sort_by_key(|r| (r.0, r.1, r.3));
            let Some(version) = &mut items[item].versions[k] else {
                continue;
            };
            for (level, (_, _, mark, i)) in ranges.into_iter().enumerate() {
                found[i].mark = Some(version.content.marks.len());
                version.content.marks.push(Mark { level, ..mark });
            }
        }
    }
}

/// Marks what is new in picture `k`.
fn compare(k: usize, items: &mut [Item], found: &[Vec<Found>]) {
    for (i, item) in items.iter_mut().enumerate() {
        let (before, now) = item.versions.split_at_mut(k);
        let before = before[k - 1].as_ref().map(|v| &v.content);
        let Some(now) = &mut now[0] else { continue };
        now.content.compare(before);
        let arrows = |k: usize| -> Vec<&Edge> {
            found[k]
                .iter()
                .filter(|f| f.from == i)
                .map(|f| f.edge)
                .collect()
        };
        if arrows(k) != arrows(k - 1) {
            now.content.changed = true;
        }
    }
}

fn chars(n: i32) -> i32 {
    (f64::from(n) * CHAR).ceil() as i32
}

fn lay_version(version: &mut Version, group: Option<Group>, ends: i32, width: i32) {
    version.laid = match group {
        None => lay(&version.content, width, 3, 0, 4),
        Some(Group::Heap) => lay(&version.content, width, 2, 4, 4),
        Some(_) => lay(&version.content, width, 3, 0, 4),
    };
    // Each arrow has a place along the side.
    version.laid.height = version.laid.height.max(4 * ends + 4);
}

impl Figure {
    /// What the gutters may need together, at most.
    fn reckon_gutters(&self, found: &[Vec<Found>]) -> i32 {
        let (mut left, mut mid, mut right) = (0, 0, 0);
        for found in found {
            let of = |a: Side, b: Side| {
                let side = |i: usize| self.items[i].side;
                found
                    .iter()
                    .filter(|f| side(f.from) == a && side(f.to) == b)
                    .count() as i32
            };
            left = left.max(of(Side::Left, Side::Left));
            mid = mid.max(of(Side::Left, Side::Right) + of(Side::Right, Side::Left));
            right = right.max(of(Side::Right, Side::Right));
        }
        (if left > 0 { 10 + 8 * left } else { 0 })
            + (if self.has_right() {
                36 + 8 * (mid - 1).max(0)
            } else {
                0
            })
            + (if right > 0 { 10 + 8 * right } else { 0 })
    }

    fn has_right(&self) -> bool {
        self.items.iter().any(|i| i.side == Side::Right)
    }

    /// The widths of both columns for which the figure is lowest, if it can be
    /// as narrow as a phone.
    fn choose_widths(&mut self, gutters: i32, pictures: &[Picture]) {
        let has_right = self.has_right();
        let titles = self
            .frames()
            .map(|f| f.least() + 2 * PAD)
            .chain(
                self.threads
                    .iter()
                    .filter(|_| self.threads.len() > 1)
                    .map(|t| wide(&t.caption()).ceil() as i32),
            )
            .max()
            .unwrap_or(0);
        let captions = pictures.iter().any(|p| !p.drops.is_empty());
        let drops = if captions {
            wide("dropped since the last mark").ceil() as i32
        } else {
            0
        };

        // Heights, the width that is used, and how many lines were broken.
        let heights = |items: &mut Vec<Item>, side: Side, width: i32| -> (i32, i32, i32) {
            let (mut total, mut widest, mut broken) = (0, 0, 0);
            for item in items.iter_mut().filter(|i| i.side == side) {
                let mut most = 0;
                for version in item.versions.iter_mut().flatten() {
                    lay_version(version, item.group, item.ends, width);
                    widest = widest.max(version.laid.width);
                    most = most.max(version.laid.breaks());
                }
                total += item.tallest();
                broken += most;
            }
            (total, widest, broken)
        };
        // From narrow to wide, until no line is broken any more.
        let mut tried = |side: Side, least: i32| {
            let mut out = Vec::new();
            for n in 11..=38 {
                let width = (chars(n) + 2 * PAD).max(least);
                let (height, widest, broken) = heights(&mut self.items, side, width);
                out.push((width.min(widest.max(least)), height, broken));
                if broken == 0 {
                    break;
                }
            }
            out
        };
        let lefts = tried(Side::Left, titles);
        let rights = if has_right {
            tried(Side::Right, 0)
        } else {
            vec![(0, 0, 0)]
        };
        let mut best = (i64::MAX, 0, 0);
        for &(lw, lh, lb) in &lefts {
            for &(rw, rh, rb) in &rights {
                let width = (lw + rw + gutters).max(drops);
                let cost = i64::from(lh.max(rh) * 3 + (lh + rh) / 2)
                    + i64::from(lb + rb) * 25
                    + i64::from(width) / 4
                    + i64::from((width - PHONE).max(0) * 2)
                    + i64::from((width - WIDEST).max(0) * 100);
                if cost < best.0 {
                    best = (cost, lw, rw);
                }
            }
        }
        let (_, lw, rw) = best;
        heights(&mut self.items, Side::Left, lw);
        heights(&mut self.items, Side::Right, rw);
        self.left_width = lw;
        for item in &mut self.items {
            item.height = item.tallest();
            for version in item.versions.iter_mut().flatten() {
                version.width = match item.side {
                    Side::Left => lw,
                    Side::Right => version.laid.width.max(chars(8) + 2 * PAD),
                };
            }
        }
    }

    /// The stacks, each frame at its depth; below them what has no name.
    fn place_left(&mut self) {
        let several = self.threads.len() > 1;
        let mut y = 1;
        let mut captions: Vec<Caption> = Vec::new();
        for thread in &mut self.threads {
            let count = thread.depths[0][0].drawn.len();
            if several {
                let there = |k: usize| thread.depths.iter().flatten().any(|f| f.drawn[k].is_some());
                captions.push(Caption {
                    x: 0,
                    text: thread.caption(),
                    y: (0..count).map(|k| there(k).then_some(y)).collect(),
                });
                y += CAPTION;
            }
            for frames in thread.depths.iter_mut().rev() {
                let high = |f: &Frame, items: &[Item]| {
                    let rows: i32 = f
                        .places
                        .iter()
                        .map(|p| p.iter().map(|&i| items[i].height).max().unwrap_or(0))
                        .sum();
                    TITLE + if f.places.is_empty() { LINE + 6 } else { rows }
                };
                let tallest = frames
                    .iter()
                    .map(|f| high(f, &self.items))
                    .max()
                    .unwrap_or(0);
                for frame in frames {
                    frame.y = y + tallest - high(frame, &self.items);
                    let mut at = frame.y + TITLE;
                    let mut ends = Vec::new();
                    for place in &frame.places {
                        let height = place
                            .iter()
                            .map(|&i| self.items[i].height)
                            .max()
                            .unwrap_or(0);
                        for &i in place {
                            self.items[i].y = at;
                            self.items[i].height = height;
                        }
                        at += height;
                        ends.push(at);
                    }
                    for k in 0..frame.drawn.len() {
                        let last = frame
                            .places
                            .iter()
                            .rposition(|p| p.iter().any(|&i| self.items[i].versions[k].is_some()));
                        if let Some(height) = &mut frame.drawn[k] {
                            *height = match last {
                                Some(last) => ends[last] - frame.y,
                                None => TITLE + LINE + 6,
                            };
                        }
                    }
                }
                y += tallest + GAP;
            }
        }
        let loose: Vec<usize> = (0..self.items.len())
            .filter(|&i| self.items[i].group == Some(Group::Temporaries))
            .collect();
        if !loose.is_empty() {
            y += CAPTION + 2;
            for place in self.share(&loose) {
                for &i in &place {
                    self.items[i].y = y;
                }
                y += place
                    .iter()
                    .map(|&i| self.items[i].height)
                    .max()
                    .unwrap_or(0)
                    + GAP;
            }
        }
        captions.push(self.above(&loose, "temporaries"));
        self.captions = captions;
    }

    /// A caption above the first of some blocks.
    fn above(&self, items: &[usize], text: &str) -> Caption {
        let first = |k: usize| {
            let there = items
                .iter()
                .filter(|&&i| self.items[i].versions[k].is_some());
            Some(there.map(|&i| self.items[i].y).min()? - CAPTION)
        };
        Caption {
            x: items.first().map_or(0, |&i| {
                if self.items[i].side == Side::Right {
                    -1
                } else {
                    0
                }
            }),
            text: text.into(),
            y: (0..self.heights.len()).map(first).collect(),
        }
    }

    /// Places for blocks: those that never meet may share one.
    fn share(&self, items: &[usize]) -> Vec<Vec<usize>> {
        let mut places: Vec<Vec<usize>> = Vec::new();
        for &i in items {
            let free = places
                .iter_mut()
                .find(|p| p.iter().all(|&o| !self.items[o].meets(&self.items[i])));
            match free {
                Some(place) => place.push(i),
                None => places.push(vec![i]),
            }
        }
        places
    }

    /// Heap and static memory, in the order and at the heights at which the
    /// arrows are shortest.
    fn place_right(&mut self, found: &[Vec<Found>]) {
        let left_end = self
            .items
            .iter()
            .filter(|i| i.side == Side::Left)
            .map(|i| i.y + i.height)
            .max()
            .unwrap_or(0);
        let mut groups: Vec<Vec<Vec<usize>>> = Vec::new();
        for group in [Group::Heap, Group::Statics] {
            // As the arrows find them, from the newest frame on.
            let mut order: Vec<usize> = Vec::new();
            for (k, found) in found.iter().enumerate() {
                let mut todo: Vec<usize> = (0..self.items.len())
                    .filter(|&i| {
                        self.items[i].versions[k].is_some()
                            && (self.items[i].side == Side::Left
                                || self.items[i].group == Some(group))
                    })
                    .collect();
                todo.sort_by_key(|&i| (self.items[i].side, self.items[i].y, i));
                let mut seen: Vec<usize> = Vec::new();
                todo.reverse();
                while let Some(i) = todo.pop() {
                    if seen.contains(&i) {
                        continue;
                    }
                    seen.push(i);
                    if self.items[i].group == Some(group) && !order.contains(&i) {
                        order.push(i);
                    }
                    let mut next: Vec<(usize, usize)> = found
                        .iter()
                        .filter(|f| f.from == i && f.edge.kind != Kind::Weak)
                        .map(|f| (f.part, f.to))
                        .collect();
                    next.sort_unstable();
                    todo.extend(next.into_iter().rev().map(|n| n.1));
                }
            }
            let places = self.share(&order);
            if !places.is_empty() {
                groups.push(places);
            }
        }
        // The order with the shortest arrows, found by exchanging two, and by
        // moving one.
        // Heap above static memory or below it, level with what points there or
        // as high as can be.
        let mut best: Option<(i64, Order)> = None;
        for turned in [false, true] {
            for level in [true, false] {
                let mut groups = groups.clone();
                if turned {
                    groups.reverse();
                }
                let order = Order {
                    groups,
                    level,
                    end: left_end,
                };
                let (cost, order) = self.improved(order, found);
                if best.as_ref().is_none_or(|b| cost < b.0) {
                    best = Some((cost, order));
                }
            }
        }
        let Some((_, order)) = best else { return };
        self.arrange(&order, found);
        for places in &order.groups {
            let all: Vec<usize> = places.iter().flatten().copied().collect();
            let statics = self.items[all[0]].group == Some(Group::Statics);
            let text = if statics { "static memory" } else { "heap" };
            self.captions.push(self.above(&all, text));
        }
    }

    /// The order with the shortest arrows, found by exchanging two, and by
    /// moving one.
    fn improved(&mut self, mut order: Order, found: &[Vec<Found>]) -> (i64, Order) {
        let first = order.groups.clone();
        // Out of turn only where that is worth it.
        let turned = |order: &Order| -> i64 {
            let mut pairs = 0;
            for (now, first) in order.groups.iter().zip(&first) {
                let at = |place| first.iter().position(|p| p == place);
                for (i, a) in now.iter().enumerate() {
                    pairs += now[i + 1..].iter().filter(|b| at(*b) < at(a)).count() as i64;
                }
            }
            pairs * 15
        };
        let mut best = self.arrange(&order, found);
        loop {
            let mut better = None;
            for g in 0..order.groups.len() {
                let count = order.groups[g].len();
                for (a, b) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
                    if a == b {
                        continue;
                    }
                    let mut exchanged = order.clone();
                    exchanged.groups[g].swap(a, b);
                    let mut moved = order.clone();
                    let place = moved.groups[g].remove(a);
                    moved.groups[g].insert(b, place);
                    for tried in [exchanged, moved] {
                        let cost = self.arrange(&tried, found) + turned(&tried);
                        if cost < best {
                            best = cost;
                            better = Some(tried);
                        }
                    }
                }
            }
            match better {
                Some(tried) => order = tried,
                None => return (best, order),
            }
        }
    }

    /// Sets the heights for an order, and says what it costs: the length of
    /// its arrows, crossings, and pictures that are higher for it.
    fn arrange(&mut self, order: &Order, found: &[Vec<Found>]) -> i64 {
        // Space above each place, its height, and where it would like to be.
        let mut rows: Vec<(i32, i32, Option<i32>, &[usize])> = Vec::new();
        for (g, places) in order.groups.iter().enumerate() {
            for (p, place) in places.iter().enumerate() {
                let above = match (g, p) {
                    (0, 0) => CAPTION,
                    (_, 0) => CAPTION + GAP + 2,
                    // Static memory is one piece.
                    _ if self.items[place[0]].group == Some(Group::Statics) => 0,
                    _ => GAP,
                };
                let height = place
                    .iter()
                    .map(|&i| self.items[i].height)
                    .max()
                    .unwrap_or(0);
                let pictures = found.iter().enumerate().filter(|_| order.level);
                let wish = pictures.into_iter().find_map(|(k, found)| {
                    found.iter().find_map(|f| {
                        let from = &self.items[f.from];
                        (place.contains(&f.to)
                            && from.side == Side::Left
                            && matches!(f.edge.kind, Kind::Owns | Kind::Borrows | Kind::Mut))
                        .then(|| from.y + self.out(k, f) - self.aim(k, f))
                    })
                });
                rows.push((above, height, wish, place));
            }
        }
        let packed: i32 = rows.iter().map(|r| r.0 + r.1).sum();
        // A little lower is better than a bend.
        let end = (order.end + LINE).max(packed + LINE + 4);
        // No later than leaves room for those below.
        let mut latest = vec![0; rows.len()];
        let mut bottom = end;
        for (i, row) in rows.iter().enumerate().rev() {
            latest[i] = bottom - row.1;
            bottom = latest[i] - row.0;
        }
        let mut y = 0;
        for (i, (above, height, wish, place)) in rows.into_iter().enumerate() {
            let least = y + above;
            let at = wish.unwrap_or(least).min(latest[i]).max(least);
            for &item in place {
                self.items[item].y = at;
            }
            y = at + height;
        }
        let mut cost = 0;
        for (k, found) in found.iter().enumerate() {
            let lines: Vec<(i32, i32, bool)> = found
                .iter()
                .filter(|f| self.items[f.to].side == Side::Right)
                .map(|f| {
                    let (from, to) = (&self.items[f.from], &self.items[f.to]);
                    let across = from.side == Side::Left;
                    (from.y + self.out(k, f), to.y + self.aim(k, f), across)
                })
                .collect();
            // The first picture is the one that is read most closely.
            let weight = if k == 0 { 2 } else { 1 };
            for (i, a) in lines.iter().enumerate() {
                cost += weight * i64::from((a.0 - a.1).abs());
                // What a block points to reads best below it.
                if !a.2 && a.1 < a.0 {
                    cost += weight * 60;
                }
                for b in &lines[i + 1..] {
                    if a.2 && b.2 && i64::from(a.0 - b.0) * i64::from(a.1 - b.1) < 0 {
                        cost += weight * 50;
                    }
                }
            }
            // Empty space above a block, at the end of a picture.
            let left = self
                .frames()
                .filter_map(|f| Some(f.y + f.drawn[k]?))
                .max()
                .unwrap_or(0);
            let there = |i: &&Item| i.side == Side::Right && i.versions[k].is_some();
            let blocks = self.items.iter().filter(there);
            let bottom = blocks.clone().map(|i| i.y + i.height).max().unwrap_or(0);
            let packed: i32 = blocks.map(|i| i.height + GAP).sum();
            cost += i64::from((bottom - left.max(packed + CAPTION)).max(0));
        }
        cost
    }

    /// Where an arrow begins, from the top of its item.
    fn out(&self, k: usize, f: &Found) -> i32 {
        let version = self.items[f.from].versions[k].as_ref();
        version.map_or(0, |v| v.laid.middle(f.part))
    }

    /// Where an arrow would best end, from the top of its item.
    fn aim(&self, k: usize, f: &Found) -> i32 {
        let Some(v) = &self.items[f.to].versions[k] else {
            return 0;
        };
        match f.end {
            End::Whole => v.laid.middle(0),
            End::Part(p) => v.laid.middle(p),
            End::Range(p, _, _) => match f.mark.and_then(|m| v.laid.marks.get(m)) {
                Some(m) => m.y,
                None => v.laid.middle(p),
            },
        }
    }

    /// Lanes and ports for all arrows, and with them the widths of the gutters.
    /// Returns the latter together.
    fn route(&mut self, found_at: &[Vec<Found>]) -> i32 {
        let (mut routes, which) = self.routes(found_at);
        let tracks = route::choose(&mut routes);

        // Gutters as wide as their lanes need.
        let has_right = self.has_right();
        let spare = |n: usize, first: i32| {
            if n == 0 {
                0
            } else {
                first + 8 * (n as i32 - 1)
            }
        };
        self.left = spare(tracks.left, 15).max(1);
        let mid = if has_right {
            spare(tracks.mid, 30).max(34)
        } else {
            0
        };
        let right_x = self.left + self.left_width + mid;
        for item in &mut self.items {
            item.x = if item.side == Side::Left {
                self.left
            } else {
                right_x
            };
        }
        for caption in &mut self.captions {
            caption.x = if caption.x < 0 { right_x } else { self.left };
        }
        let lanes = self.right_lanes(&routes);
        self.width = self
            .items
            .iter()
            .flat_map(|i| i.versions.iter().flatten().map(|v| i.x + v.width))
            .chain([self.left + self.left_width])
            .chain(lanes.iter().map(|x| x + 1))
            .max()
            .unwrap_or(0);
        let arrow = |k: usize, f: &Found, route: usize| {
            let was = k > 0 && found_at[k - 1].iter().any(|o| o.edge == f.edge);
            Arrow {
                new: k > 0 && !was,
                ..self.arrow(k, f, &routes[route], lanes[route], right_x)
            }
        };
        let of_picture = |(k, found): (usize, &Vec<Found>)| {
            let routed = found.iter().zip(&which[k]);
            routed.map(|(f, &route)| arrow(k, f, route)).collect()
        };
        self.arrows = found_at.iter().enumerate().map(of_picture).collect();
        self.left + mid + spare(tracks.right, 15)
    }

    /// The routes that the arrows may take, and of each picture, which of them its
    /// arrows take. The same arrow in several pictures is one route.
    fn routes(&self, found_at: &[Vec<Found>]) -> (Vec<Route>, Vec<Vec<usize>>) {
        let count = found_at.len();
        let mut routes: Vec<Route> = Vec::new();
        let mut which: Vec<Vec<usize>> = Vec::new();
        for (k, found) in found_at.iter().enumerate() {
            let mut mine = Vec::new();
            for f in found {
                let (from, to) = (&self.items[f.from], &self.items[f.to]);
                let lane = match (from.side, to.side) {
                    (Side::Left, Side::Left) => Lane::Left,
                    (Side::Right, Side::Right) => Lane::Right,
                    (Side::Left, Side::Right) => Lane::Out,
                    (Side::Right, Side::Left) => Lane::Back,
                };
                let y = from.y + self.out(k, f);
                let source = Port {
                    choices: vec![y, y + 4, y - 4, y + 8, y - 8],
                };
                let aim = to.y + self.aim(k, f);
                let target = Port {
                    choices: match (f.end, f.mark) {
                        (End::Range(..), Some(_)) => vec![aim],
                        (End::Whole, _) => {
                            // Anywhere along the side, rather straight, rather
                            // at the name.
                            let (top, bottom) = (to.y + 4, to.y + to.lowest() - 4);
                            let mut ys = vec![aim];
                            if matches!(lane, Lane::Out | Lane::Back) {
                                ys.extend([y, y + 4, y - 4]);
                            }
                            for step in (8..=48).step_by(8).chain((4..=44).step_by(8)) {
                                ys.extend([aim + step, aim - step]);
                            }
                            ys.retain(|y| (top..=bottom).contains(y));
                            ys
                        }
                        _ => vec![aim, aim + 4, aim - 4, aim + 8, aim - 8],
                    },
                };
                let same = routes.iter().position(|r: &Route| {
                    r.key == (f.from, f.to)
                        && r.source == source
                        && r.target == target
                        && !r.pictures[k]
                });
                let at = same.unwrap_or_else(|| {
                    routes.push(Route {
                        key: (f.from, f.to),
                        lane,
                        source,
                        target,
                        pictures: vec![false; count],
                        chosen: (0, 0),
                        track: 0,
                    });
                    routes.len() - 1
                });
                routes[at].pictures[k] = true;
                mine.push(at);
            }
            which.push(mine);
        }
        (routes, which)
    }

    /// An arrow of picture `k` on its route, as if it were not new. `lane` is where
    /// that runs, on the right.
    fn arrow(&self, k: usize, f: &Found, r: &Route, lane: i32, right_x: i32) -> Arrow {
        let (from, to) = (&self.items[f.from], &self.items[f.to]);
        let (y1, y2) = r.ends();
        let left_edge = self.left;
        let out_edge = self.left + self.left_width;
        let right_of = |i: &Item| i.x + i.versions[k].as_ref().map_or(0, |v| v.width);
        let track = r.track as i32;
        let (x1, lane, x2, inward) = match r.lane {
            Lane::Left => (left_edge, left_edge - 14 - 8 * track, left_edge, 1),
            Lane::Right => (right_of(from), lane, right_of(to), -1),
            Lane::Out => (out_edge, out_edge + 12 + 8 * track, right_x, 1),
            Lane::Back => (right_x, out_edge + 18 + 8 * track, out_edge, -1),
        };
        let mut corners = vec![(x1, y1)];
        if y1 != y2 || matches!(r.lane, Lane::Left | Lane::Right) {
            corners.extend([(lane, y1), (lane, y2)]);
        }
        let mut stretch = Vec::new();
        let version = to.versions[k].as_ref();
        let mark = f.mark.and_then(|m| version?.laid.marks.get(m));
        match mark {
            // Below the cells, then up into the one.
            Some(m) if m.cell => {
                let x = to.x + m.tip;
                corners.extend([(x, y2), (x, to.y + m.under)]);
            }
            Some(m) => {
                let (a, b) = (to.x + m.left, to.x + m.right);
                corners.push((if inward > 0 { a } else { b }, y2));
                stretch.push((y2, a, b));
                let more = m
                    .more
                    .iter()
                    .map(|&(y, a, b)| (to.y + y, to.x + a, to.x + b));
                stretch.extend(more);
            }
            None => corners.push((x2, y2)),
        }
        Arrow {
            kind: f.edge.kind,
            corners,
            new: false,
            stretch,
        }
    }

    /// For each route on the right: where its lane is, past all blocks that it
    /// goes by. In other gutters, 0.
    fn right_lanes(&self, routes: &[Route]) -> Vec<i32> {
        let mut lanes = vec![0; routes.len()];
        let mut order: Vec<usize> = (0..routes.len())
            .filter(|&i| routes[i].lane == Lane::Right)
            .collect();
        order.sort_by_key(|&i| routes[i].track);
        let span = |r: &Route| {
            (
                r.ends().0.min(r.ends().1) - 5,
                r.ends().0.max(r.ends().1) + 5,
            )
        };
        for (n, &i) in order.iter().enumerate() {
            let (top, bottom) = span(&routes[i]);
            let past = self
                .items
                .iter()
                .filter(|item| item.side == Side::Right)
                .flat_map(|item| {
                    let versions = item.versions.iter().zip(&routes[i].pictures);
                    versions.filter_map(move |(v, there)| {
                        let v = v.as_ref().filter(|_| *there)?;
                        let by = item.y < bottom && top < item.y + v.laid.height;
                        by.then_some(item.x + v.width + 14)
                    })
                });
            let words = self.captions.iter().filter_map(|c| {
                let by = |y: &i32| *y < bottom && top < *y + CAPTION;
                let there = c.y.iter().zip(&routes[i].pictures);
                let met = there
                    .filter_map(|(y, there)| y.filter(|_| *there))
                    .any(|y| by(&y));
                met.then_some(c.x + wide(&c.text).ceil() as i32 + 8)
            });
            let beside = order[..n].iter().filter_map(|&o| {
                let (t, b) = span(&routes[o]);
                let same = routes[o].track == routes[i].track;
                (t < bottom && top < b && !same).then_some(lanes[o] + 8)
            });
            lanes[i] = past.chain(words).chain(beside).max().unwrap_or(0);
        }
        lanes
    }

    /// What was dropped stands below all else.
    fn finish(&mut self, pictures: &[Picture]) {
        let bottoms: Vec<i32> = (0..pictures.len())
            .map(|k| {
                let frames = self.frames().filter_map(|f| Some(f.y + f.drawn[k]?));
                let blocks = self.items.iter().filter(|i| i.group.is_some());
                let blocks = blocks.filter_map(|i| Some(i.y + i.versions[k].as_ref()?.laid.height));
                let arrows = self.arrows[k]
                    .iter()
                    .flat_map(|a| &a.corners)
                    .map(|c| c.1 + 5);
                frames.chain(blocks).chain(arrows).max().unwrap_or(0) + 1
            })
            .collect();
        if pictures.iter().any(|p| !p.drops.is_empty()) {
            self.width = self
                .width
                .max(wide("dropped since the last mark").ceil() as i32 + 4);
        }
        for caption in self
            .captions
            .iter()
            .filter(|c| c.y.iter().any(Option::is_some))
        {
            let right = caption.x + wide(&caption.text).ceil() as i32;
            self.width = self.width.max(right);
        }
        self.width += 1;
        for (k, picture) in pictures.iter().enumerate() {
            let frames = self.frames().filter(|f| f.drawn[k].is_some()).map(|f| f.y);
            let captions = self.captions.iter().filter_map(|c| c.y[k]);
            let arrows = self.arrows[k]
                .iter()
                .flat_map(|a| &a.corners)
                .map(|c| c.1 - 5);
            let top = frames.chain(captions).chain(arrows).min().unwrap_or(0) - 1;
            self.tops[k] = top.max(0);
            let mut lines = Vec::new();
            self.drops_y.push(bottoms[k] + 6);
            let mut y = self.drops_y[k] + CAPTION;
            for drop in &picture.drops {
                let content = Content {
                    parts: vec![content::plain(drop)],
                    ..Content::default()
                };
                let laid = lay(&content, self.width, 0, 0, 0);
                for line in laid.lines {
                    if let super::wrap::Drawn::Text(spans) = line.drawn {
                        let text: String = spans.iter().map(|s| s.text.as_str()).collect();
                        lines.push((line.indent - PAD, y + line.y, text));
                    }
                }
                y += laid.height;
            }
            self.heights[k] = if lines.is_empty() { bottoms[k] } else { y + 3 };
            self.drops.push(lines);
        }
    }
}
