use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use kitchen_slips::slip;

thread_local! {
    /// How often this thread has asked for memory. What others ask for is not
    /// counted.
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: `piece` came from `System`, by way of this allocator.
        unsafe { System.dealloc(piece, layout) }
    }

    unsafe fn realloc(&self, piece: *mut u8, old: Layout, new: usize) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: `piece` came from `System`, by way of this allocator.
        unsafe { System.realloc(piece, old, new) }
    }
}

/// A slip, and how often it asked for memory.
fn counted(orders: &[String]) -> (String, usize) {
    let before = ASKED.get();
    let text = slip(orders);
    (text, ASKED.get() - before)
}

#[test]
fn each_order_has_a_line() {
    let orders = ["tea", "crème brûlée", "toast"].map(String::from);
    assert_eq!(
        slip(&orders),
        "tea\ncrème brûlée\ntoast\n",
        "each order must stand on a line of its own, in the order they came"
    );
}

#[test]
fn a_slip_asks_once() {
    for number in [1, 3, 1000] {
        let orders = vec![String::from("crème brûlée"); number];
        let (text, asked) = counted(&orders);
        assert_eq!(
            asked, 1,
            "a slip with {number} orders asked for memory {asked} times; once is enough"
        );
        let (length, capacity) = (text.len(), text.capacity());
        assert!(
            capacity <= length + 16,
            "the slip has {length} bytes, but room for {capacity}: it asked for too much"
        );
    }
}

#[test]
fn no_orders_need_no_memory() {
    let (text, asked) = counted(&[]);
    assert_eq!(text, "", "a slip without orders is empty");
    assert_eq!(asked, 0, "a slip without orders needs no heap memory");
}
