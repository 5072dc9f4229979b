use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use open_letter::Letter;

#[test]
fn the_parts_of_a_letter() {
    let letter = Letter::new(String::from("Dear Ada,\r\nlunch at noon?\nBo"));
    assert_eq!(letter.greeting(), "Dear Ada,");
    assert_eq!(letter.body(), "lunch at noon?\nBo");
    let empty = Letter::new(String::new());
    assert_eq!((empty.greeting(), empty.body()), ("", ""));
    let cold = Letter::new(String::from("\nBo"));
    assert_eq!((cold.greeting(), cold.body()), ("", "Bo"));
}

#[test]
fn letters_that_move() {
    fn written(name: &str) -> Letter {
        Letter::new(format!("Dear {name},\nlunch?"))
    }
    let letters: Vec<Letter> = ["Ada", "Bo", "Cleo"].map(written).into();
    let last = std::thread::spawn(move || letters.into_iter().next_back());
    let last = last.join().unwrap().expect("a letter");
    assert_eq!(last.greeting(), "Dear Cleo,");
}

#[test]
fn no_letter_is_copied() {
    let text = String::from("Dear Ada,\nlunch at noon?");
    let place = text.as_ptr();
    let before = TAKEN.get();
    let letter = Letter::new(text);
    assert_eq!(TAKEN.get() - before, 0, "no text is to be made");
    assert_eq!(letter.greeting().as_ptr(), place, "it lies in the text");
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
