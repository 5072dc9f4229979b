//! The letters that are gone after weighing.
//!
//! `pack` weighs the letters and puts them into a bag. Weighing must not use
//! them up: the bag holds the very letters that came in, and no letter is
//! copied.

pub struct Letter {
    pub to: String,
    pub grams: u32,
}

pub struct Bag {
    pub letters: Vec<Letter>,
    pub grams: u32,
}

/// Weighs the letters, and puts them into a bag that shows their weight.
pub fn pack(letters: Vec<Letter>) -> Bag {
    let mut grams = 0;
    for letter in letters {
        grams += letter.grams;
    }
    Bag { letters, grams }
}
