//! Slips for the kitchen.

/// The orders, each with the end of a line behind it.
pub fn slip(orders: &[String]) -> String {
    let bytes = orders.iter().map(|order| order.len() + 1).sum();
    let mut text = String::with_capacity(bytes);
    for order in orders {
        text.push_str(order);
        text.push('\n');
    }
    text
}
