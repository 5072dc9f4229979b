//! The threads that could run too long.
//!
//! `count` counts how often a letter is in a text: the halves of the text at
//! the same time, each in a thread. The text is large; do not copy it.

use std::thread;

pub fn count(text: &str, letter: char) -> usize {
    let middle = text.floor_char_boundary(text.len() / 2);
    let (left, right) = text.split_at(middle);
    let left = thread::spawn(move || left.chars().filter(|&c| c == letter).count());
    let right = thread::spawn(move || right.chars().filter(|&c| c == letter).count());
    left.join().unwrap() + right.join().unwrap()
}
