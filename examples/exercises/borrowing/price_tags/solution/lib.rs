//! The average that everybody may ask for.

/// The average, rounded down, or 0 for no prices.
pub fn average(prices: &[u32]) -> u32 {
    if prices.is_empty() {
        return 0;
    }
    prices.iter().sum::<u32>() / prices.len() as u32
}

/// Whether a tag says so.
pub fn is_cheap(tag: &str) -> bool {
    tag.contains("cheap")
}
