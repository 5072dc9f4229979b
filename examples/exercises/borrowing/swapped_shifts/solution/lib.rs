//! Hours that go from one to another.

pub struct Worker {
    pub name: String,
    pub hours: u32,
}

pub fn hand_over(workers: &mut [Worker], from: usize, to: usize, hours: u32) -> bool {
    if from >= workers.len() || to >= workers.len() || workers[from].hours < hours {
        return false;
    }
    // Each line borrows one worker, and only for the line.
    workers[from].hours -= hours;
    workers[to].hours += hours;
    true
}
