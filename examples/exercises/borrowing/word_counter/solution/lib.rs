//! A text for each new word.

use std::collections::HashMap;

pub fn count(counts: &mut HashMap<String, u32>, text: &str) {
    for word in text.split_whitespace() {
        if let Some(count) = counts.get_mut(word) {
            *count += 1;
        } else {
            counts.insert(word.to_string(), 1);
        }
    }
}
