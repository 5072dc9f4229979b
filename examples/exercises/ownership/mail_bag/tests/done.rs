use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use mail_bag::{Letter, pack};

fn letter(to: &str, grams: u32) -> Letter {
    let to = String::from(to);
    Letter { to, grams }
}

#[test]
fn the_bag_shows_the_weight() {
    let bag = pack(vec![letter("Ada", 20), letter("Bo", 35)]);
    assert_eq!(bag.grams, 55, "the bag must show the weight of all letters");
}

#[test]
fn all_letters_are_in_the_bag() {
    let bag = pack(vec![letter("Ada", 20), letter("Bo", 35)]);
    let names: Vec<&str> = bag.letters.iter().map(|l| l.to.as_str()).collect();
    assert_eq!(
        names,
        ["Ada", "Bo"],
        "the bag must hold all letters, in the order in which they came"
    );
}

#[test]
fn no_letter_is_copied() {
    let letters = vec![letter("Ada", 20), letter("Bo", 35)];
    let before = TAKEN.get();
    let bag = pack(letters);
    let taken = TAKEN.get() - before;
    assert_eq!(
        taken, 0,
        "`pack` took {taken} pieces of heap memory: weigh the letters without a second list"
    );
    assert_eq!(bag.letters.len(), 2, "the bag must hold both letters");
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
