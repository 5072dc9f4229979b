//! Counts the pieces of memory that cloning takes, for values of several types.
//!
//! Run it with `cargo run --example cost_of_clone`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static PIECES: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with a tally of what it hands out.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came; the
// tally touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PIECES.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}

// ANCHOR: price
/// Clones a value, and prints how much memory the allocator handed out.
fn price<T: Clone>(what: &str, value: &T) {
    let (pieces, bytes) = (PIECES.load(Relaxed), BYTES.load(Relaxed));
    let copy = value.clone();
    let pieces = PIECES.load(Relaxed) - pieces;
    let bytes = BYTES.load(Relaxed) - bytes;
    drop(copy);
    println!("{what:24} pieces: {pieces}, bytes: {bytes:2}");
}

#[derive(Clone)]
struct Recipe {
    title: String,
    ingredients: Vec<String>,
}

fn main() {
    let minutes = 20;
    let title = "Pancakes";
    let ingredients = ["flour", "milk", "eggs"];
    let pancakes = Recipe {
        title: String::from(title),
        ingredients: ingredients.map(String::from).to_vec(),
    };
    price("a number", &minutes);
    price("a &str", &title);
    price("a String without text", &String::new());
    price("the title, a String", &pancakes.title);
    price("a Vec of three &str", &ingredients.to_vec());
    price("a Vec of three Strings", &pancakes.ingredients);
    price("the whole recipe", &pancakes);
    price("an Rc of the recipe", &Rc::new(pancakes));
}
// ANCHOR_END: price
