use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use by_name::{Guest, sort};

fn guests(names: &[&str]) -> Vec<Guest> {
    let guest = |(seat, name): (u32, &&str)| Guest {
        name: name.to_string(),
        seat,
    };
    (0..).zip(names).map(guest).collect()
}

#[test]
fn names_in_order() {
    let mut list = guests(&["Cleo", "Ada", "Bo"]);
    sort(&mut list);
    let names: Vec<&str> = list.iter().map(|guest| guest.name.as_str()).collect();
    assert_eq!(names, ["Ada", "Bo", "Cleo"]);
}

#[test]
fn guests_of_one_name_keep_their_order() {
    let names = ["Cleo", "Ada", "Bo", "Ada"].repeat(25);
    let mut list = guests(&names);
    sort(&mut list);
    for pair in list.windows(2) {
        let in_order = (&pair[0].name, pair[0].seat) < (&pair[1].name, pair[1].seat);
        assert!(in_order, "{pair:?}");
    }
}

#[test]
fn no_name_is_copied() {
    let mut list = guests(&["Cleo", "Ada", "Bo"]);
    let before = TAKEN.get();
    sort(&mut list);
    let taken = TAKEN.get() - before;
    assert_eq!(taken, 0, "{taken} bytes taken to sort three guests");
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
