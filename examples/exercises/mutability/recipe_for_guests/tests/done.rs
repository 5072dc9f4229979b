use recipe_for_guests::{Recipe, add_step, flour_for};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the allocations of each thread, and so of each test.
struct Counting;

// SAFETY: every request goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: our caller keeps the promises that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: `memory` came from `System`, with this layout.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn pancakes() -> Recipe {
    Recipe {
        name: String::from("Pancakes"),
        serves: 4,
        flour: 250,
        steps: vec![String::from("Whisk.")],
    }
}

#[test]
fn a_step_arrives_in_the_recipe() {
    let mut recipe = pancakes();
    add_step(&mut recipe, "Wait.");
    add_step(&mut recipe, "Fry.");
    assert_eq!(
        recipe.steps,
        ["Whisk.", "Wait.", "Fry."],
        "the caller's own recipe must have the new steps, not a copy of it"
    );
}

// `recipe` is not `mut`. If this does not compile, then `flour_for` asks for
// more than a look.
#[test]
fn a_question_changes_nothing() {
    let recipe = pancakes();
    let answer = flour_for(&recipe, 6);
    assert_eq!(answer, 375, "250 g for 4 is 375 g for 6: multiply first");
    let again = flour_for(&recipe, 6);
    assert_eq!(again, answer, "the same question, the same answer");
    assert_eq!(recipe.flour, 250, "the recipe itself still says 250 g");
}

#[test]
fn a_question_copies_no_recipe() {
    let recipe = pancakes();
    let before = ALLOCATIONS.get();
    let answer = flour_for(&recipe, 2);
    let made = ALLOCATIONS.get() - before;
    assert_eq!(answer, 125, "250 g for 4 is 125 g for 2");
    assert_eq!(
        made, 0,
        "flour_for asked for heap memory: only a number is needed, not a second recipe"
    );
}
