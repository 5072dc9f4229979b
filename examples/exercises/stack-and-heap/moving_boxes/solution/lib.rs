//! Boxes within boxes.

/// A box, and what is in it.
pub struct MovingBox {
    pub boxes: Vec<MovingBox>,
}

/// How many boxes are one in the other at most, with `outer`.
pub fn deepest(outer: MovingBox) -> usize {
    let mut deepest = 0;
    let mut to_open = vec![(outer, 1)];
    while let Some((opened, depth)) = to_open.pop() {
        deepest = deepest.max(depth);
        for inner in opened.boxes {
            to_open.push((inner, depth + 1));
        }
    }
    deepest
}
