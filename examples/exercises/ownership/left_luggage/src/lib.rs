//! The left-luggage desk that can't let go.
//!
//! `store` puts a bag into a locker, and returns the bag that was in it, if
//! any. `hand_out` returns the bag of a locker, and leaves the locker empty.
//! There is only one of each bag, and no other locker changes.

pub struct Bag {
    pub owner: String,
    pub grams: u32,
}

/// A locker holds one bag, or none. Its number is its index.
pub struct Desk {
    pub lockers: Vec<Option<Bag>>,
}

impl Desk {
    pub fn store(&mut self, number: usize, bag: Bag) -> Option<Bag> {
        let before = self.lockers[number];
        self.lockers[number] = Some(bag);
        before
    }

    pub fn hand_out(&mut self, number: usize) -> Option<Bag> {
        self.lockers[number]
    }
}
