//! Lanes and ports for arrows, so that none lies on another and few cross.

/// Which gutter an arrow takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Left of the stacks, from a row to a row.
    Left,
    /// Right of the blocks, from a block to a block.
    Right,
    /// From the stacks to the blocks.
    Out,
    /// From a block to the stacks.
    Back,
}

/// The heights at which an arrow may begin or end, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub choices: Vec<i32>,
}

/// One arrow, in all pictures that have it.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub key: (usize, usize),
    pub lane: Lane,
    pub source: Port,
    pub target: Port,
    pub pictures: Vec<bool>,
    /// The chosen heights of source and target.
    pub chosen: (usize, usize),
    /// The chosen lane of its gutter, from the stacks on in the middle, from
    /// the boxes on at the sides.
    pub track: usize,
}

/// How many lanes each gutter has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tracks {
    pub left: usize,
    pub mid: usize,
    pub right: usize,
}

/// A stretch of an arrow: across at a height, or along a lane.
#[derive(Clone, Copy)]
struct Stretch {
    across: bool,
    /// Its height, or its lane.
    at: i32,
    from: i32,
    to: i32,
}

/// What it costs if two lie on each other.
const CLASH: i64 = 1000;

/// What a middle lane's end is: beyond every lane.
const FAR: i32 = 1000;

impl Route {
    /// The heights where it begins and ends.
    pub fn ends(&self) -> (i32, i32) {
        (
            self.source.choices[self.chosen.0],
            self.target.choices[self.chosen.1],
        )
    }

    fn middle(&self) -> bool {
        matches!(self.lane, Lane::Out | Lane::Back)
    }

    fn gutter(&self) -> u8 {
        match self.lane {
            Lane::Left => 0,
            Lane::Right => 1,
            Lane::Out | Lane::Back => 2,
        }
    }

    fn stretches(&self) -> Vec<Stretch> {
        let (y1, y2) = self.ends();
        let lane = self.track as i32;
        let (begin, end) = match self.lane {
            Lane::Out => (-1, FAR),
            Lane::Back => (FAR, -1),
            _ => (-1, -1),
        };
        let across = |at: i32, a: i32, b: i32| Stretch {
            across: true,
            at,
            from: a.min(b),
            to: a.max(b),
        };
        if y1 == y2 && self.middle() {
            return vec![across(y1, begin, end)];
        }
        vec![
            across(y1, begin, lane),
            Stretch {
                across: false,
                at: lane,
                from: y1.min(y2),
                to: y1.max(y2),
            },
            across(y2, lane, end),
        ]
    }

    /// What it costs by itself.
    fn cost(&self) -> i64 {
        let (y1, y2) = self.ends();
        let mut cost = (self.chosen.0 * 3 + self.chosen.1) as i64;
        let jog = (y1 - y2).abs();
        if jog > 0 {
            cost += 6;
            if jog < 10 {
                cost += 15;
            }
            cost += if self.middle() { 1 } else { 2 } * self.track as i64;
        } else if !self.middle() {
            cost += CLASH;
        }
        cost
    }

    fn meets(&self, other: &Route) -> bool {
        self.gutter() == other.gutter()
            && self
                .pictures
                .iter()
                .zip(&other.pictures)
                .any(|(a, b)| *a && *b)
    }

    /// What two arrows of one picture cost together.
    fn clash(&self, other: &Route) -> i64 {
        let mut cost = 0;
        // Their heads would touch.
        if self.key.1 == other.key.1 && (self.ends().1 - other.ends().1).abs() < 8 {
            cost += 8;
        }
        for a in self.stretches() {
            for b in other.stretches() {
                cost += match (a.across, b.across) {
                    (true, true) => {
                        let near = (a.at - b.at).abs();
                        let shared = a.from.max(b.from) < a.to.min(b.to);
                        match near {
                            0..4 if shared => CLASH,
                            4..6 if shared => 40,
                            // Two ends on one spot of a box.
                            0..4 if a.from == b.from || a.to == b.to => CLASH,
                            _ => 0,
                        }
                    }
                    (false, false) => {
                        let over = a.from.max(b.from) - 4 < a.to.min(b.to);
                        if a.at == b.at && over { CLASH } else { 0 }
                    }
                    (true, false) => crossing(a, b),
                    (false, true) => crossing(b, a),
                };
            }
        }
        cost
    }
}

fn crossing(across: Stretch, along: Stretch) -> i64 {
    let inside = across.from < along.at && along.at < across.to;
    let through = along.from < across.at && across.at < along.to;
    if inside && through {
        // At a corner it would look like a joint.
        let near = (across.at - along.from).min(along.to - across.at);
        if near < 4 { 60 } else { 12 }
    } else {
        0
    }
}

/// Lets one arrow after the other choose its ports and lane, until none can
/// better the whole. Returns what it costs.
fn settle(routes: &mut [Route], meets: &[Vec<usize>], order: &[usize]) -> i64 {
    let mut placed = vec![false; routes.len()];
    for round in 0..8 {
        let mut moved = false;
        for &i in order {
            let most = (meets[i].len() + 1).min(12);
            let now = (routes[i].chosen, routes[i].track);
            let mut best = (i64::MAX, now.0, now.1);
            for source in 0..routes[i].source.choices.len() {
                for target in 0..routes[i].target.choices.len() {
                    for track in 0..most {
                        routes[i].chosen = (source, target);
                        routes[i].track = track;
                        let mut cost = routes[i].cost();
                        // At first each heeds those that have chosen.
                        for &k in meets[i].iter().filter(|&&k| placed[k]) {
                            if cost >= best.0 {
                                break;
                            }
                            cost += routes[i].clash(&routes[k]);
                        }
                        if cost < best.0 {
                            best = (cost, (source, target), track);
                        }
                    }
                }
            }
            (routes[i].chosen, routes[i].track) = (best.1, best.2);
            moved |= now != (best.1, best.2);
            placed[i] = true;
        }
        if !moved && round > 0 {
            break;
        }
    }
    let pairs = meets
        .iter()
        .enumerate()
        .flat_map(|(i, m)| m.iter().map(move |&k| (i, k)));
    let alone: i64 = routes.iter().map(Route::cost).sum();
    alone
        + pairs
            .filter(|(i, k)| i < k)
            .map(|(i, k)| routes[i].clash(&routes[k]))
            .sum::<i64>()
}

/// Chooses lanes and ports for all. Returns how many lanes each gutter needs.
pub(super) fn choose(routes: &mut [Route]) -> Tracks {
    let meets: Vec<Vec<usize>> = routes
        .iter()
        .enumerate()
        .map(|(i, r)| {
            (0..routes.len())
                .filter(|&k| k != i && r.meets(&routes[k]))
                .collect()
        })
        .collect();
    // Who comes first chooses first: in turn, backwards, the short before the
    // long; and if two lie on each other even then, each begins once.
    let count = routes.len();
    let mut orders: Vec<Vec<usize>> = vec![(0..count).collect(), (0..count).rev().collect()];
    let mut short: Vec<usize> = (0..count).collect();
    short.sort_by_key(|&i| {
        let (y1, y2) = (routes[i].source.choices[0], routes[i].target.choices[0]);
        (y1 - y2).abs()
    });
    orders.push(short);
    orders.extend((1..count).map(|n| (n..count).chain(0..n).collect()));
    let mut best: Option<(i64, Vec<Route>)> = None;
    for (n, order) in orders.iter().enumerate() {
        if n > 2 && best.as_ref().is_some_and(|b| b.0 < CLASH) {
            break;
        }
        let mut tried = routes.to_vec();
        let cost = settle(&mut tried, &meets, order);
        if best.as_ref().is_none_or(|b| cost < b.0) {
            best = Some((cost, tried));
        }
    }
    if let Some((_, chosen)) = best {
        routes.clone_from_slice(&chosen);
    }
    // Lanes that nobody took are not there.
    let mut tracks = Tracks::default();
    for gutter in 0..3u8 {
        let mut used: Vec<usize> = routes
            .iter()
            .filter(|r| r.gutter() == gutter)
            .filter(|r| !(r.middle() && r.ends().0 == r.ends().1))
            .map(|r| r.track)
            .collect();
        used.sort_unstable();
        used.dedup();
        for route in routes.iter_mut().filter(|r| r.gutter() == gutter) {
            route.track = used.iter().position(|u| *u == route.track).unwrap_or(0);
        }
        match gutter {
            0 => tracks.left = used.len(),
            1 => tracks.right = used.len(),
            _ => tracks.mid = used.len(),
        }
    }
    tracks
}
