use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use count_in_threads::count;

#[test]
fn letters_of_both_halves() {
    let text = String::from("été à la maison");
    assert_eq!(count(&text, 'é'), 2);
    assert_eq!(count(&text, 'a'), 2);
    assert_eq!(count(&text, 'x'), 0);
    assert_eq!(count("", 'x'), 0);
    assert_eq!(count("ééé", 'é'), 3);
}

#[test]
fn the_text_is_not_copied() {
    let text = "la maison ".repeat(100_000);
    let before = TAKEN.get();
    assert_eq!(count(&text, 'a'), 200_000);
    let taken = TAKEN.get() - before;
    assert!(taken < 100_000, "{taken} bytes taken for a million letters");
}

/// Counts the heap memory that this thread takes, so that tests that run side
/// by side do not disturb each other.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
    static GIVEN_BACK: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + layout.size());
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        GIVEN_BACK.set(GIVEN_BACK.get() + layout.size());
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}
