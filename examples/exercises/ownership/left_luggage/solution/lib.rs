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
        self.lockers[number].replace(bag)
    }

    pub fn hand_out(&mut self, number: usize) -> Option<Bag> {
        self.lockers[number].take()
    }
}
