use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use std::collections::HashMap;

use word_counter::count;

#[test]
fn words_are_counted() {
    let mut counts = HashMap::new();
    count(&mut counts, "to be or not to be");
    assert_eq!(counts["to"], 2);
    assert_eq!(counts["or"], 1);
    count(&mut counts, "to go");
    assert_eq!(counts["to"], 3, "counts of an earlier text are kept");
}

#[test]
fn known_words_take_no_memory() {
    let mut counts = HashMap::new();
    count(&mut counts, "to be or not");
    let before = TAKEN.get();
    count(&mut counts, "to be or not to be");
    let taken = TAKEN.get() - before;
    assert_eq!(counts["be"], 3);
    assert_eq!(
        taken, 0,
        "{taken} pieces of heap memory for words that the map has already"
    );
}

/// Counts the pieces of heap memory that this thread takes, so that tests
/// that run side by side do not disturb each other.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}
