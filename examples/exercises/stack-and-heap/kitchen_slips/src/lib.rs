//! Slips for the kitchen.
//!
//! `slip` writes all orders into one text, one order a line. The texts are
//! right. But the kitchen is busy: each slip shall ask for heap memory once,
//! for as much as it needs, and a slip without orders not at all.

/// The orders, each with the end of a line behind it.
pub fn slip(orders: &[String]) -> String {
    let mut text = String::new();
    for order in orders {
        text = format!("{text}{order}\n");
    }
    text
}
