use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use seat_hold::{FOR_SALE, Hold};

// Each test has a seat of its own, because the list is one for all of them.

/// How often the seat stands on the list.
fn for_sale(seat: u32) -> usize {
    let list = FOR_SALE.lock().unwrap();
    list.iter().filter(|free| **free == seat).count()
}

#[test]
fn a_hold_that_is_given_up_frees_its_seat() {
    FOR_SALE.lock().unwrap().push(7);
    let hold = Hold::new(7, String::from("Ada"));
    assert_eq!(for_sale(7), 0, "a seat that is held must not be for sale");
    drop(hold);
    assert_eq!(
        for_sale(7),
        1,
        "a seat that was given up must be for sale again, once"
    );
}

#[test]
fn a_hold_without_a_name_frees_its_seat_too() {
    FOR_SALE.lock().unwrap().push(10);
    drop(Hold::new(10, String::new()));
    assert_eq!(
        for_sale(10),
        1,
        "seat 10 was given up: an empty name does not mean that it was bought"
    );
}

#[test]
fn a_seat_that_was_bought_is_not_for_sale() {
    let ticket = Hold::new(8, String::from("Bo")).buy();
    assert_eq!(
        for_sale(8),
        0,
        "seat 8 was bought and is for sale all the same: \
         a hold that became a ticket must not put its seat back"
    );
    assert_eq!(
        ticket.seat, 8,
        "the ticket must be for the seat of the hold"
    );
    assert_eq!(
        ticket.name, "Bo",
        "the ticket must have the name of the hold"
    );
    drop(ticket);
    assert_eq!(
        for_sale(8),
        0,
        "throwing the ticket away must not put its seat up for sale"
    );
}

#[test]
fn the_name_is_handed_over() {
    let hold = Hold::new(9, String::from("Cleo"));
    let before = TAKEN.get();
    let ticket = hold.buy();
    let taken = TAKEN.get() - before;
    assert_eq!(for_sale(9), 0, "seat 9 was bought and must not be for sale");
    assert_eq!(ticket.name, "Cleo", "the ticket must have the name");
    assert_eq!(
        taken, 0,
        "`buy` took {taken} pieces of heap memory: hand the name over, don't clone it"
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
