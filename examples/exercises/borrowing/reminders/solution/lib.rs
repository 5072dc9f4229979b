//! Reminders that have their names with them.

pub fn reminders(names: Vec<String>, hour: u32) -> Vec<Box<dyn Fn() -> String>> {
    let mut all: Vec<Box<dyn Fn() -> String>> = Vec::new();
    for name in names {
        all.push(Box::new(move || format!("{name}, it is {hour} o'clock")));
    }
    all
}

/// Counts how often it is called.
pub fn counter() -> impl FnMut() -> u32 {
    let mut calls = 0;
    move || {
        calls += 1;
        calls
    }
}
