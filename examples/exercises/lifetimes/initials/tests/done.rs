use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use initials::initials;

#[test]
fn the_first_letter_of_each_word() {
    assert_eq!(&initials("Ada  Lovelace")[..], "AL");
    assert_eq!(&initials("Émile de Bo")[..], "ÉdB");
    assert_eq!(&initials(" ")[..], "");
}

#[test]
fn they_are_given_back() {
    let (taken, given_back) = (TAKEN.get(), GIVEN_BACK.get());
    for number in 0..100 {
        let made = initials(["Ada Lovelace", "Bo Li", "Cleo"][number % 3]);
        assert!(!made.is_empty());
    }
    let taken = TAKEN.get() - taken;
    let given_back = GIVEN_BACK.get() - given_back;
    assert_eq!(taken - given_back, 0, "bytes that nobody gives back");
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
