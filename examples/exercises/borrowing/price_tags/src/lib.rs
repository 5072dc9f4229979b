//! The average that only some may ask for.
//!
//! `average` is called with lists, with arrays and with parts of both;
//! `is_cheap` with texts of all kinds. Their signatures are stricter than
//! their bodies.

/// The average, rounded down, or 0 for no prices.
pub fn average(prices: &Vec<u32>) -> u32 {
    if prices.is_empty() {
        return 0;
    }
    prices.iter().sum::<u32>() / prices.len() as u32
}

/// Whether a tag says so.
pub fn is_cheap(tag: &String) -> bool {
    tag.contains("cheap")
}
