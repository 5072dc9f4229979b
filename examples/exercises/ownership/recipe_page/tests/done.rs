use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use recipe_page::{Recipe, typeset};

/// Porridge in three steps. Its list has room for a fourth line.
fn porridge(tip: Option<&str>) -> Recipe {
    let mut steps = Vec::with_capacity(4);
    steps.extend(["boil milk", "add oats", "stir"].map(String::from));
    Recipe {
        title: String::from("Porridge"),
        steps,
        tip: tip.map(String::from),
        minutes: 10,
    }
}

#[test]
fn with_a_tip() {
    let page = typeset(porridge(Some("a pinch of salt")));
    assert_eq!(page.heading, "Porridge", "the title must be the heading");
    assert_eq!(
        page.lines,
        ["boil milk", "add oats", "stir", "a pinch of salt"],
        "the page must show all steps, and the tip as its last line"
    );
    assert!(page.has_tip, "the page must say that there was a tip");
    assert!(
        page.quick,
        "three steps and 10 minutes are quick: the tip does not count as a step"
    );
}

#[test]
fn without_a_tip() {
    let page = typeset(porridge(None));
    assert_eq!(
        page.lines,
        ["boil milk", "add oats", "stir"],
        "without a tip the page shows the steps only"
    );
    assert!(!page.has_tip, "the page must say that there was no tip");
}

#[test]
fn slow_recipes_are_not_quick() {
    let mut recipe = porridge(None);
    recipe.minutes = 90;
    assert!(!typeset(recipe).quick, "90 minutes are not quick");

    for (minutes, quick) in [(20, true), (21, false)] {
        let mut recipe = porridge(None);
        recipe.minutes = minutes;
        assert_eq!(
            typeset(recipe).quick,
            quick,
            "a recipe is quick up to 20 minutes, and this one takes {minutes}"
        );
    }

    let mut recipe = porridge(None);
    recipe.steps.push(String::from("serve"));
    assert!(!typeset(recipe).quick, "four steps are not quick");
}

#[test]
fn no_text_is_copied() {
    let recipe = porridge(Some("a pinch of salt"));
    let before = TAKEN.get();
    let page = typeset(recipe);
    let taken = TAKEN.get() - before;
    assert_eq!(
        taken, 0,
        "`typeset` took {taken} pieces of heap memory: move the texts to the page, don't clone"
    );
    assert_eq!(page.lines.len(), 4, "the page must have four lines");
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
