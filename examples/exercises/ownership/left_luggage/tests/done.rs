use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use left_luggage::{Bag, Desk};

fn bag(owner: &str) -> Bag {
    let owner = String::from(owner);
    Bag {
        owner,
        grams: 9_000,
    }
}

fn desk() -> Desk {
    let lockers = vec![Some(bag("Ada")), None, Some(bag("Bo"))];
    Desk { lockers }
}

/// Whose bag it is, and "nobody" where there is none.
fn owner(bag: &Option<Bag>) -> &str {
    bag.as_ref().map_or("nobody", |bag| &bag.owner)
}

fn owners(desk: &Desk) -> Vec<&str> {
    desk.lockers.iter().map(owner).collect()
}

#[test]
fn store_into_an_empty_locker() {
    let mut desk = desk();
    let before = desk.store(1, bag("Cleo"));
    assert_eq!(owner(&before), "nobody", "locker 1 was empty before");
    assert_eq!(
        owners(&desk),
        ["Ada", "Cleo", "Bo"],
        "`store` must put the new bag into its locker, and leave the others as they are"
    );
}

#[test]
fn store_into_a_full_locker() {
    let mut desk = desk();
    let before = desk.store(2, bag("Cleo"));
    assert_eq!(
        owner(&before),
        "Bo",
        "`store` must return the bag that was in the locker"
    );
    assert_eq!(
        owners(&desk),
        ["Ada", "nobody", "Cleo"],
        "`store` must put the new bag into the place of the old one"
    );
}

#[test]
fn hand_out_once() {
    let mut desk = desk();
    let first = desk.hand_out(0);
    let second = desk.hand_out(0);
    assert_eq!(owner(&first), "Ada", "`hand_out` must return Ada's bag");
    assert_eq!(
        owner(&second),
        "nobody",
        "Ada's bag was handed out twice: the locker must be empty after the first time"
    );
    assert_eq!(
        owners(&desk),
        ["nobody", "nobody", "Bo"],
        "`hand_out` must keep the number of lockers and leave the others as they are"
    );
}

#[test]
fn no_bag_is_copied() {
    let mut desk = desk();
    let cleos = bag("Cleo");
    let before = TAKEN.get();
    let bos = desk.store(2, cleos);
    let adas = desk.hand_out(0);
    let taken = TAKEN.get() - before;
    assert_eq!(
        taken, 0,
        "{taken} pieces of heap memory were taken: hand over the bags, not copies of them"
    );
    let both = (owner(&bos), owner(&adas));
    assert_eq!(both, ("Bo", "Ada"), "both bags must have come out");
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
