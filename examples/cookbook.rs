//! Looks for the recipes with lemon in a book of a thousand, with more and
//! with fewer clones, and counts the pieces of memory that each way takes.
//!
//! Run it with `cargo run --example cookbook`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static PIECES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with a tally of what it hands out.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came; the
// tally touches no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PIECES.fetch_add(1, Relaxed);
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}

// ANCHOR: search
#[derive(Clone)]
struct Recipe {
    title: String,
    ingredients: Vec<String>,
}

fn has_lemon(recipe: &Recipe) -> bool {
    recipe.ingredients.iter().any(|name| name == "lemon")
}

fn clone_each(book: &[Recipe]) -> Vec<Recipe> {
    let mut found = Vec::with_capacity(8);
    for recipe in book {
        let recipe = recipe.clone();
        if has_lemon(&recipe) {
            found.push(recipe);
        }
    }
    found
}

fn clone_hits(book: &[Recipe]) -> Vec<Recipe> {
    let mut found = Vec::with_capacity(8);
    for recipe in book {
        if has_lemon(recipe) {
            found.push(recipe.clone());
        }
    }
    found
}

fn lend_hits(book: &[Recipe]) -> Vec<&Recipe> {
    let mut found = Vec::with_capacity(8);
    for recipe in book {
        if has_lemon(recipe) {
            found.push(recipe);
        }
    }
    found
}
// ANCHOR_END: search

// ANCHOR: count
fn main() {
    let book: Vec<Recipe> = (0..1000).map(recipe).collect();

    let before = PIECES.load(Relaxed);
    let first = clone_each(&book).len();
    let after_first = PIECES.load(Relaxed);
    let second = clone_hits(&book).len();
    let after_second = PIECES.load(Relaxed);
    let third = lend_hits(&book);
    let after_third = PIECES.load(Relaxed);

    let pieces = after_first - before;
    println!("clone each: {first} found, pieces: {pieces}");
    let pieces = after_second - after_first;
    println!("clone hits: {second} found, pieces: {pieces}");
    let pieces = after_third - after_second;
    println!("lend hits:  {} found, pieces: {pieces}", third.len());
    println!("the last one: {}", third[third.len() - 1].title);
}
// ANCHOR_END: count

/// One recipe in two hundred has lemon in it.
fn recipe(number: usize) -> Recipe {
    let special = if number % 200 == 199 { "lemon" } else { "salt" };
    Recipe {
        title: format!("Recipe {number}"),
        ingredients: ["flour", "milk", special].map(String::from).to_vec(),
    }
}
