//! One step: the stacks, what the arrows lead to from there, and the names of it all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::stack::{Stacks, stacks};
use super::{Names, Region, content, filled, id, lines, owned, part_at, pointers};
use crate::TraceError;
use crate::model::*;
use crate::permissions::Answers;
use crate::program::Program;
use crate::raw::{self, Event, Kind, Node};

/// A block of the heap, and what lies in it.
type Live<'a> = (&'a raw::Block, Region);

/// What a snapshot shows, as it is drawn.
pub(super) fn step(
    program: &Program,
    answers: &Answers,
    snapshot: &raw::Snapshot,
    names: &mut Names,
) -> Result<Step, TraceError> {
    let point = &program.points[snapshot.mark];
    let Stacks {
        mut threads,
        regions,
        lent_now,
    } = stacks(program, answers, snapshot)?;
    let mut places: Vec<&Node> = snapshot.places.iter().collect();
    // Never by address: where literals lie is the linker's choice.
    places.sort_by_cached_key(|p| (Reverse(p.size), lines(p, &snapshot.places)));
    let live = live(snapshot, &places);
    let mut elsewhere = Elsewhere::of_statics(snapshot);
    elsewhere.find(program, snapshot, &places, (&regions, &live), names);
    let roots: Vec<Region> = regions.into_iter().chain(elsewhere.regions).collect();
    let arrows = follow(&roots, &live);
    let drawn = drawn(program, snapshot, &live, &arrows, names);
    let edges = edges(&arrows, names);
    let heap = heap(snapshot, &live, &drawn, &arrows, names);
    let drops = drops(program, snapshot, names);
    let closures = snapshot
        .threads
        .iter()
        .flat_map(|t| &t.frames)
        .any(|f| program.functions[f.function].closure);
    for thread in &mut threads {
        thread.frames.reverse();
        for v in thread.frames.iter_mut().flat_map(|f| &mut f.variables) {
            settle(v, &edges, &lent_now, closures);
        }
    }
    let edges = in_order(edges, &threads, &heap);
    let used: BTreeSet<&String> = edges.iter().map(|e| &e.to).collect();
    let (mut statics, mut temporaries) = (elsewhere.statics, elsewhere.temporaries);
    statics.retain(|s| !s.name.is_empty() || used.contains(&s.id));
    temporaries.retain(|s| used.contains(&s.id));
    statics.sort_by_key(|s| (s.name.is_empty(), s.id.len(), s.id.clone()));
    Ok(Step {
        label: point.label.clone(),
        line: point.line,
        pass: Some(snapshot.pass),
        threads,
        heap,
        statics,
        temporaries,
        edges,
        drops,
    })
}

/// The blocks of the heap, by their numbers; of those given back, no content.
fn live<'a>(snapshot: &'a raw::Snapshot, places: &[&Node]) -> Vec<Live<'a>> {
    let owned = owned(snapshot);
    let block = |block: &'a raw::Block| {
        let mut region = Region {
            id: String::new(),
            addr: block.addr,
            size: block.size,
            node: None,
        };
        if !block.freed {
            region.node = content(&region, places, &owned);
        }
        (block, region)
    };
    snapshot.blocks.iter().map(block).collect()
}

/// Static memory and temporaries: whatever else was pointed to.
struct Elsewhere {
    statics: Vec<Static>,
    temporaries: Vec<Static>,
    regions: Vec<Region>,
}

impl Elsewhere {
    /// The statics that the program names.
    fn of_statics(snapshot: &raw::Snapshot) -> Elsewhere {
        let region = |s: &raw::Static| Region {
            id: id(&["static", &s.name]),
            addr: s.node.addr,
            size: s.node.size,
            node: Some(s.node.clone()),
        };
        let shown = |s: &raw::Static| Static {
            id: id(&["static", &s.name]),
            name: s.name.clone(),
            size: s.node.size,
            content: lines(&s.node, &snapshot.places),
        };
        Elsewhere {
            statics: snapshot.statics.iter().map(shown).collect(),
            temporaries: Vec::new(),
            regions: snapshot.statics.iter().map(region).collect(),
        }
    }

    /// The values that were pointed to and lie neither in a variable nor in a block.
    fn find(
        &mut self,
        program: &Program,
        snapshot: &raw::Snapshot,
        places: &[&Node],
        (variables, live): (&[Region], &[Live]),
        names: &mut Names,
    ) {
        // The largest first, so that a part of a text does not stand for the whole;
        // then in the order in which the variables lead to them.
        let mut found: Vec<&Node> = Vec::new();
        for &place in places {
            let holds =
                |from: u64, size: u64| from <= place.addr && place.addr < from + size.max(1);
            let known = variables
                .iter()
                .chain(&self.regions)
                .any(|r| r.holds(place.addr))
                || live.iter().any(|(_, r)| r.holds(place.addr))
                || found.iter().any(|n| holds(n.addr, n.size));
            if place.size > 0 && !known {
                found.push(place);
            }
        }
        found.sort_by_key(|n| {
            let inside = |p: &Node| n.addr <= p.addr && p.addr < n.addr + n.size;
            snapshot.places.iter().position(inside)
        });
        for place in found {
            self.add(program, snapshot, place, names);
        }
    }

    /// A temporary, where it lies on a stack, or else a literal.
    fn add(
        &mut self,
        program: &Program,
        snapshot: &raw::Snapshot,
        place: &Node,
        names: &mut Names,
    ) {
        let on_stack = snapshot
            .threads
            .iter()
            .any(|t| t.low <= place.addr && place.addr < t.high);
        let (name, list) = if on_stack {
            (
                format!("temporary_{}", self.temporaries.len() + 1),
                &mut self.temporaries,
            )
        } else {
            let next = names.statics.len() + 1;
            let name = names.statics.entry(place.addr);
            let name = name.or_insert_with(|| format!("literal_{next}"));
            (name.clone(), &mut self.statics)
        };
        // Of a literal, only what is pointed to is known.
        let part = !on_stack
            && match &place.kind {
                Kind::Text { v } => program.literals.cuts(v),
                Kind::Seq { n, .. } => program.literals.shortens(*n),
                _ => false,
            };
        let mut content = lines(place, &snapshot.places);
        if let (true, Some(first)) = (part, content.first_mut()) {
            *first = format!("in part: {first}");
        }
        list.push(Static {
            id: name.clone(),
            name: String::new(),
            size: place.size,
            content,
        });
        self.regions.push(Region {
            id: name,
            addr: place.addr,
            size: place.size,
            node: Some(place.clone()),
        });
    }
}

/// Where an arrow begins or ends. Blocks have names only once it is known which of
/// them are drawn.
#[derive(Clone)]
enum End {
    Named(String),
    Block(usize),
}

impl End {
    fn name(&self, names: &Names) -> String {
        match self {
            End::Named(name) => name.clone(),
            End::Block(index) => names.blocks.get(index).cloned().unwrap_or_default(),
        }
    }
}

struct Arrow {
    from: (End, String),
    to: (End, String),
    kind: EdgeKind,
}

/// The arrows from every variable and static, and from the blocks that they lead to.
#[derive(Default)]
struct Arrows {
    all: Vec<Arrow>,
    /// The strong and weak counts of shared blocks.
    counts: BTreeMap<usize, (usize, usize)>,
    /// The blocks that an arrow leads to.
    reached: BTreeSet<usize>,
}

fn follow(roots: &[Region], live: &[Live]) -> Arrows {
    let mut arrows = Arrows::default();
    let named = |region: &Region| (End::Named(region.id.clone()), region.clone());
    let mut queue: Vec<(End, Region)> = roots.iter().map(named).collect();
    let mut at = 0;
    while at < queue.len() {
        let (from, region) = queue[at].clone();
        at += 1;
        let Some(node) = &region.node else { continue };
        pointers(node, "", &mut |part, p, kind, pointer| {
            // A captured variable lies in its closure: the smallest is meant.
            if let Some(target) = roots.iter().filter(|r| r.holds(p)).min_by_key(|r| r.size) {
                if kind != EdgeKind::Holds || target.addr == p {
                    arrows.all.push(Arrow {
                        from: (from.clone(), part.to_string()),
                        to: (End::Named(target.id.clone()), part_at(target, p, pointer)),
                        kind,
                    });
                }
                return;
            }
            // Rather a live block than one that was given back there.
            let Some((block, target)) = live.iter().find(|(_, r)| r.holds(p)) else {
                return;
            };
            if block.freed && kind == EdgeKind::Holds {
                return;
            }
            if let Kind::Ptr {
                sc: Some(sc),
                wc: Some(wc),
                ..
            } = pointer.kind
            {
                arrows.counts.insert(block.index, (sc, wc));
            }
            arrows.all.push(Arrow {
                from: (from.clone(), part.to_string()),
                to: (End::Block(block.index), part_at(target, p, pointer)),
                kind,
            });
            if arrows.reached.insert(block.index) && !block.freed {
                queue.push((End::Block(block.index), target.clone()));
            }
        });
    }
    arrows
}

/// The blocks that are drawn, in order; each has a name from here on. Blocks that no
/// variable leads to are drawn too, but not what the library keeps for threads, which
/// comes and goes with scheduling.
fn drawn(
    program: &Program,
    snapshot: &raw::Snapshot,
    live: &[Live],
    arrows: &Arrows,
    names: &mut Names,
) -> BTreeSet<usize> {
    let freed_now: BTreeSet<usize> = snapshot
        .events
        .iter()
        .filter_map(|e| match e {
            Event::Free { i } => Some(*i),
            _ => None,
        })
        .collect();
    let mut drawn = arrows.reached.clone();
    names.reached.extend(drawn.iter().copied());
    for (block, _) in live {
        let known = !program.threads || names.reached.contains(&block.index);
        let shown =
            !block.freed || (freed_now.contains(&block.index) && !names.old.contains(&block.index));
        if known && shown {
            drawn.insert(block.index);
        }
    }
    for &index in &drawn {
        let next = names.blocks.len() + 1;
        names
            .blocks
            .entry(index)
            .or_insert_with(|| format!("h{next}"));
    }
    drawn
}

fn edges(arrows: &Arrows, names: &Names) -> BTreeSet<Edge> {
    let edge = |arrow: &Arrow| Edge {
        from: arrow.from.0.name(names),
        from_part: arrow.from.1.clone(),
        to: arrow.to.0.name(names),
        to_part: arrow.to.1.clone(),
        kind: arrow.kind,
    };
    arrows.all.iter().map(edge).collect()
}

/// The blocks as they are drawn. Of one that was given back, what it last held.
fn heap(
    snapshot: &raw::Snapshot,
    live: &[Live],
    drawn: &BTreeSet<usize>,
    arrows: &Arrows,
    names: &mut Names,
) -> Vec<Block> {
    let mut heap = Vec::new();
    for &index in drawn {
        let (block, region) = &live[index];
        let mut content = match &region.node {
            // Of what cannot be walked, the size has been said.
            None
            | Some(Node {
                kind: Kind::Bytes { .. },
                ..
            }) => Vec::new(),
            Some(node) => lines(node, &snapshot.places),
        };
        let mut count = arrows.counts.get(&index).copied();
        if block.freed {
            if let Some((old, counts)) = names.contents.get(&index) {
                content = old.clone();
                count = count.and(*counts);
            }
        } else {
            // A weak pointer's block whose value was dropped has no content. What
            // is known of parts only says nothing once they are gone.
            let whole = region.node.as_ref().is_none_or(|n| !n.ty.is_empty());
            let kept = if whole { content.clone() } else { Vec::new() };
            names.contents.insert(index, (kept, count));
        }
        heap.push(Block {
            id: names.blocks[&index].clone(),
            size: block.size,
            align: block.align,
            content,
            freed: block.freed,
            counts: count,
            reached: arrows.reached.contains(&index),
        });
    }
    heap
}

/// What was dropped and given back since the last step, in order.
fn drops(program: &Program, snapshot: &raw::Snapshot, names: &mut Names) -> Vec<Dropped> {
    let mut drops = Vec::new();
    for event in &snapshot.events {
        match event {
            Event::Free { i } => {
                names.old.insert(*i);
                drops.extend(names.blocks.get(i).map(|name| Dropped {
                    what: name.clone(),
                    variable: None,
                    block: true,
                }));
            }
            Event::Drop { n, places, id, .. } => drops.push(Dropped {
                what: filled(n, places, 0),
                variable: id.map(|v| program.variables[v].name.clone()),
                block: false,
            }),
            Event::End {} => {}
        }
    }
    drops
}

/// A variable that a running statement has lent out is lent only if something
/// points there already.
fn settle(v: &mut Variable, edges: &BTreeSet<Edge>, lent_now: &[String], closures: bool) {
    if !lent_now.contains(&v.id) {
        return;
    }
    let owned: Vec<&String> = edges
        .iter()
        .filter(|e| e.from == v.id)
        .map(|e| &e.to)
        .collect();
    let lent = edges.iter().any(|e| {
        matches!(e.kind, EdgeKind::BorrowsMut | EdgeKind::Holds)
            && e.from != v.id
            && (e.to == v.id || owned.contains(&&e.to))
    });
    // What a closure borrowed lies where nothing shown lies.
    let in_closure =
        closures && matches!(&v.state, State::Lent { to: Some(to), .. } if to == "a closure");
    if !lent && !in_closure {
        v.state = State::Usable;
    }
}

/// Arrows in the order in which their beginnings are drawn.
fn in_order(edges: BTreeSet<Edge>, threads: &[Thread], heap: &[Block]) -> Vec<Edge> {
    let frames = threads.iter().flat_map(|t| &t.frames);
    let variables = frames.flat_map(|f| &f.variables).map(|v| &v.id);
    let mut order: BTreeMap<&String, usize> = BTreeMap::new();
    for id in variables.chain(heap.iter().map(|b| &b.id)) {
        order.insert(id, order.len());
    }
    let mut edges: Vec<Edge> = edges.into_iter().collect();
    edges.sort_by_key(|e| order.get(&e.from).copied().unwrap_or(usize::MAX));
    edges
}
