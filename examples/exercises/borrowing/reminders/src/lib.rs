//! Reminders that outlive their names.
//!
//! `reminders` makes one closure for each name. They are called later, and
//! may be called more than once.

pub fn reminders(names: Vec<String>, hour: u32) -> Vec<Box<dyn Fn() -> String>> {
    let mut all: Vec<Box<dyn Fn() -> String>> = Vec::new();
    for name in names {
        all.push(Box::new(|| format!("{name}, it is {hour} o'clock")));
    }
    all
}

/// Counts how often it is called.
pub fn counter() -> impl FnMut() -> u32 {
    let mut calls = 0;
    || {
        calls += 1;
        calls
    }
}
