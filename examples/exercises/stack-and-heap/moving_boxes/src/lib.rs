//! Boxes within boxes.
//!
//! You move house, and there are boxes in your boxes. `deepest` tells how many
//! you have to open, one in the other, to get to the innermost. It is right
//! for a household. Make it right for a million boxes, one in the other: with
//! the stack there is, and without calling itself.

/// A box, and what is in it.
pub struct MovingBox {
    pub boxes: Vec<MovingBox>,
}

/// How many boxes are one in the other at most, with `outer`.
pub fn deepest(outer: MovingBox) -> usize {
    let mut inside = 0;
    for inner in outer.boxes {
        inside = inside.max(deepest(inner));
    }
    1 + inside
}
