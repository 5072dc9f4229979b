//! The workshop that gives each bicycle back.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

#[derive(Debug, Clone, PartialEq)]
pub struct Bicycle {
    pub owner: String,
    pub faults: Vec<String>,
}

/// A tag from the board, whose number says how many tags hang there. When it is
/// dropped, it hangs there again.
struct Tag {
    board: &'static AtomicU32,
}

impl Tag {
    fn take(board: &'static AtomicU32) -> Option<Tag> {
        if board.load(Relaxed) == 0 {
            return None;
        }
        board.fetch_sub(1, Relaxed);
        Some(Tag { board })
    }
}

impl Drop for Tag {
    fn drop(&mut self) {
        self.board.fetch_add(1, Relaxed);
    }
}

/// A bicycle in the workshop, which has a tag for as long as it is there.
struct Job {
    bicycle: Bicycle,
    tag: Tag,
}

pub struct Workshop {
    board: &'static AtomicU32,
    waiting: Vec<Job>,
    stand: Option<Job>,
    done: Vec<Job>,
}

impl Workshop {
    pub fn new(board: &'static AtomicU32) -> Workshop {
        Workshop {
            board,
            waiting: Vec::new(),
            stand: None,
            done: Vec::new(),
        }
    }

    /// Takes a bicycle in, to wait. If there is no tag, it is given back.
    pub fn bring(&mut self, bicycle: Bicycle) -> Option<Bicycle> {
        let Some(tag) = Tag::take(self.board) else {
            return Some(bicycle);
        };
        self.waiting.push(Job { bicycle, tag });
        None
    }

    /// Puts the first that waits on the stand, unless there is one already.
    /// Says whether it did.
    pub fn start(&mut self) -> bool {
        if self.stand.is_some() || self.waiting.is_empty() {
            return false;
        }
        self.stand = Some(self.waiting.remove(0));
        true
    }

    /// Puts the bicycle of this owner on the stand at once. The one that was
    /// there waits again, in front of all others. Says whether the owner's
    /// bicycle was among those that wait.
    pub fn hurry(&mut self, owner: &str) -> bool {
        let Some(at) = place(&self.waiting, owner) else {
            return false;
        };
        let job = self.waiting.remove(at);
        if let Some(before) = self.stand.replace(job) {
            self.waiting.insert(0, before);
        }
        true
    }

    /// Repairs this fault of the bicycle on the stand.
    pub fn repair(&mut self, fault: &str) {
        if let Some(job) = &mut self.stand {
            job.bicycle.faults.retain(|other| other != fault);
        }
    }

    /// Takes the bicycle off the stand if it has no more faults. Says whether
    /// it did.
    pub fn finish(&mut self) -> bool {
        let Some(job) = self.stand.take() else {
            return false;
        };
        if !job.bicycle.faults.is_empty() {
            self.stand = Some(job);
            return false;
        }
        self.done.push(job);
        true
    }

    /// Gives a bicycle that is done to its owner. The others stay.
    pub fn fetch(&mut self, owner: &str) -> Option<Bicycle> {
        let at = place(&self.done, owner)?;
        Some(self.done.remove(at).bicycle)
    }

    /// Closes the workshop. Returns all bicycles that are there: those that are
    /// done, the one on the stand, those that wait. Calls `lock` when the tags
    /// of all of them hang on the board again.
    pub fn close(self, lock: impl FnOnce()) -> Vec<Bicycle> {
        let jobs = self.done.into_iter().chain(self.stand).chain(self.waiting);
        let (bicycles, tags): (Vec<Bicycle>, Vec<Tag>) =
            jobs.map(|job| (job.bicycle, job.tag)).unzip();
        drop(tags);
        lock();
        bicycles
    }
}

/// Where the bicycle of this owner is in a list.
fn place(jobs: &[Job], owner: &str) -> Option<usize> {
    jobs.iter().position(|job| job.bicycle.owner == owner)
}
