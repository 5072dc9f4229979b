//! The threads that end in time.

use std::thread;

pub fn count(text: &str, letter: char) -> usize {
    let middle = text.floor_char_boundary(text.len() / 2);
    let (left, right) = text.split_at(middle);
    thread::scope(|scope| {
        let left = scope.spawn(|| left.chars().filter(|&c| c == letter).count());
        let right = scope.spawn(|| right.chars().filter(|&c| c == letter).count());
        left.join().unwrap() + right.join().unwrap()
    })
}
