use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use first_line::headline;

#[test]
fn the_first_line_with_letters() {
    assert_eq!(headline("\n  Bread  \nFlour, water, salt"), "Bread");
    assert_eq!(headline("   \n\n"), "untitled");
    assert_eq!(headline(""), "untitled");
}

#[test]
fn it_is_a_part_of_the_text() {
    let text = String::from("  Bread\nFlour");
    let before = TAKEN.get();
    let line = headline(&text);
    let taken = TAKEN.get() - before;
    assert_eq!(
        taken, 0,
        "{taken} pieces of heap memory: no letter is to be copied"
    );
    assert_eq!(
        line.as_ptr(),
        text[2..].as_ptr(),
        "the line lies in the text"
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
