//! A text for each word, or for each new word?
//!
//! `count` counts the words of a text. It is right. But it makes a `String`
//! for each word, although only new words need one.

use std::collections::HashMap;

pub fn count(counts: &mut HashMap<String, u32>, text: &str) {
    for word in text.split_whitespace() {
        *counts.entry(word.to_string()).or_insert(0) += 1;
    }
}
