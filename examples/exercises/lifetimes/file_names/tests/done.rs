use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use file_names::file_name;

#[test]
fn blanks_become_lines() {
    let title = String::from("Day one, at noon");
    let name = file_name(&title);
    assert_eq!(&name[..], "Day_one,_at_noon");
    assert_eq!(title, "Day one, at noon");
    assert_eq!(&file_name(" ")[..], "_");
}

#[test]
fn a_fit_title_is_not_copied() {
    let title = String::from("Bread");
    let before = TAKEN.get();
    let name = file_name(&title);
    let taken = TAKEN.get() - before;
    assert_eq!(&name[..], "Bread");
    assert_eq!(taken, 0, "{taken} bytes taken for a title that is fit");
    assert_eq!(&file_name("")[..], "");
}

#[test]
fn a_made_name_is_given_back() {
    let (taken, given_back) = (TAKEN.get(), GIVEN_BACK.get());
    drop(file_name("Day one"));
    let taken = TAKEN.get() - taken;
    assert_eq!(GIVEN_BACK.get() - given_back, taken, "nothing is leaked");
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
