//! Hours that go from one to another.
//!
//! `hand_over` takes hours from one worker and gives them to another, both
//! named by their position. It returns whether it could: both must exist, and
//! the first must have that many hours. Handing over to oneself changes
//! nothing, and can always be done with hours that one has.

pub struct Worker {
    pub name: String,
    pub hours: u32,
}

pub fn hand_over(workers: &mut [Worker], from: usize, to: usize, hours: u32) -> bool {
    let giver = &mut workers[from];
    let taker = &mut workers[to];
    if giver.hours < hours {
        return false;
    }
    giver.hours -= hours;
    taker.hours += hours;
    true
}
