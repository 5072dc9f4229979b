//! Counts each piece of memory that a program takes and gives back.
//!
//! Run it with `cargo run --example counting_allocations`.

// ANCHOR: counter
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static GIVEN_BACK: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with a tally.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came; the
// tally touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        GIVEN_BACK.fetch_add(1, Relaxed);
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}
// ANCHOR_END: counter

/// The tally at one moment.
#[derive(Clone, Copy)]
struct Tally {
    taken: usize,
    given_back: usize,
    bytes: usize,
}

impl Tally {
    fn now() -> Tally {
        Tally {
            taken: TAKEN.load(Relaxed),
            given_back: GIVEN_BACK.load(Relaxed),
            bytes: BYTES.load(Relaxed),
        }
    }

    /// Prints what has changed since this tally.
    fn report(self, moment: &str) {
        let now = Tally::now();
        println!(
            "{moment:22} taken {}, given back {}, in use {:3} bytes",
            now.taken - self.taken,
            now.given_back - self.given_back,
            now.bytes - self.bytes,
        );
    }
}

// ANCHOR: playlist
fn count(songs: &[String]) -> usize {
    songs.len()
}

fn main() {
    // What runs before `main`, and printing for the first time, takes memory too.
    println!("A playlist, step by step:");
    let start = Tally::now();

    let mut songs = Vec::with_capacity(2);
    start.report("a list for two");
    songs.push(String::from("Naima"));
    songs.push(String::from("Blue in Green"));
    start.report("two songs");

    let playlist = songs;
    start.report("moved");
    let length = count(&playlist);
    start.report("lent");

    {
        let copy = playlist.clone();
        start.report("cloned");
        assert_eq!(copy.len(), length);
    }
    start.report("end of the block");

    drop(playlist);
    start.report("dropped");
}
// ANCHOR_END: playlist
