use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use station_names::Stations;

const MOST: usize = u16::MAX as usize;

fn stations(names: &[&str]) -> Stations {
    let mut stations = Stations::new();
    for name in names {
        assert!(stations.push(name), "there is room for {name}");
    }
    stations
}

fn names(stations: &Stations) -> Vec<&str> {
    (0..stations.len())
        .filter_map(|index| stations.get(index))
        .collect()
}

/// Runs `work`. Returns what it returns, how often it asked for heap memory,
/// and for how many bytes.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    let (times, bytes) = (TIMES.get(), BYTES.get());
    let result = work();
    (result, TIMES.get() - times, BYTES.get() - bytes)
}

#[test]
fn from_lines_takes_each_line() {
    let stations = Stations::from_lines("Zürich HB\n\nBern\r\nOlten").expect("three short names");
    assert_eq!(
        names(&stations),
        ["Zürich HB", "Bern", "Olten"],
        "one name for each line that is not empty"
    );
    assert!(
        Stations::from_lines("\n\n").is_some_and(|stations| stations.is_empty()),
        "only empty lines: a list without a name"
    );
}

#[test]
fn from_lines_asks_twice() {
    let text = "Zürich HB\n\nBern\nOlten\nOberwinterthur\n\nChur";
    let (stations, times, bytes) = counted(|| Stations::from_lines(text));
    assert_eq!(
        stations.map(|stations| stations.len()),
        Some(5),
        "five lines with a name"
    );
    assert_eq!(
        times, 2,
        "`from_lines` asked {times} times for heap memory: once for all letters and once for \
         all ends is enough"
    );
    assert_eq!(
        bytes,
        10 + 4 + 5 + 14 + 4 + 5 * 2,
        "the names need a byte for each byte of theirs, and two for each end"
    );
    let (_, times, _) = counted(|| Stations::from_lines("\n"));
    assert_eq!(times, 0, "a list without a name takes no heap memory");
}

#[test]
fn from_lines_with_too_many_letters() {
    let long = "x".repeat(MOST - 4);
    let fits = Stations::from_lines(&format!("Bern\n{long}"));
    assert_eq!(
        fits.map(|stations| stations.len()),
        Some(2),
        "{MOST} bytes just fit"
    );
    let text = format!("Basel\n{long}\nBern");
    assert!(
        Stations::from_lines(&text).is_none(),
        "more than {MOST} bytes do not fit, and a list with only a few of the names is no answer"
    );
}

#[test]
fn rename_moves_the_names_after_it() {
    let mut stations = stations(&["Bern", "Thun", "Spiez"]);
    assert!(stations.rename(1, "Münsingen"), "there is a station 1");
    assert_eq!(
        names(&stations),
        ["Bern", "Münsingen", "Spiez"],
        "after a longer name, the others must still be what they were"
    );
    assert!(stations.rename(0, "Wil"), "there is a station 0");
    assert_eq!(
        names(&stations),
        ["Wil", "Münsingen", "Spiez"],
        "after a shorter name, the others must still be what they were"
    );
    assert!(stations.rename(2, "Brig"), "there is a station 2");
    assert_eq!(names(&stations), ["Wil", "Münsingen", "Brig"], "the last");
    assert!(!stations.rename(3, "Visp"), "there is no station 3");
    assert!(stations.push("Visp"));
    assert_eq!(stations.get(3), Some("Visp"), "adding one still works");
}

#[test]
fn rename_where_it_does_not_fit() {
    let long = "x".repeat(MOST - 8);
    let mut stations = stations(&["Bern", &long, "Thun"]);
    assert!(
        !stations.rename(0, "Basel"),
        "one byte too many: the end of Thun does not fit into a `u16`"
    );
    assert_eq!(
        (stations.get(0), stations.get(2)),
        (Some("Bern"), Some("Thun")),
        "a new name that does not fit must change nothing"
    );
    assert!(
        stations.rename(0, "Chur"),
        "a full list still has room for a name of the same length"
    );
    assert!(stations.rename(1, ""), "and for a shorter one");
    assert!(
        stations.rename(0, &long),
        "the letters of the old name make room for the new one"
    );
    assert_eq!(stations.get(2), Some("Thun"), "the last one is still there");
}

#[test]
fn a_shorter_name_takes_no_heap_memory() {
    let mut stations = stations(&["Oberwinterthur", "Bern", "Thun"]);
    let (_, times, _) = counted(|| stations.rename(0, "Wil"));
    assert_eq!(
        times, 0,
        "`rename` asked for heap memory, although the old name leaves room enough"
    );
}

#[test]
fn remove_takes_the_letters_too() {
    let mut stations = stations(&["Bern", "Zürich HB", "Chur"]);
    let (removed, times, _) = counted(|| stations.remove(1));
    assert!(removed, "there was a station 1");
    assert_eq!(times, 0, "`remove` asked for heap memory");
    assert_eq!(
        names(&stations),
        ["Bern", "Chur"],
        "the letters of Zürich must not become part of another name"
    );
    assert!(!stations.remove(2), "there is no station 2 any more");
    assert!(stations.remove(0) && stations.remove(0), "two are left");
    assert!(stations.is_empty(), "and then none");

    let long = "x".repeat(MOST);
    assert!(
        stations.push(&long),
        "the letters of removed names still take up room"
    );
}

#[test]
fn completed_as_far_as_all_agree() {
    let stations = stations(&["Bern", "Zürich HB", "Zürich Enge", "Zug", "Bernau"]);
    for (typed, completed) in [
        ("Zü", Some("Zürich ")),
        ("Zürich H", Some("Zürich HB")),
        ("Z", Some("Z")),
        ("B", Some("Bern")),
        ("Berna", Some("Bernau")),
        ("", Some("")),
        ("Thun", None),
        ("ürich", None),
        ("Zug West", None),
    ] {
        assert_eq!(stations.completed(typed), completed, "{typed:?} was typed");
    }
    assert_eq!(Stations::new().completed(""), None, "there is no name");
}

#[test]
fn completed_never_cuts_a_letter() {
    let stations = stations(&["Rüti", "Rämismühle"]);
    assert_eq!(
        stations.completed("R"),
        Some("R"),
        "ü and ä begin with the same byte, but they are not the same letter"
    );
}

#[test]
fn completed_copies_no_letter() {
    let stations = stations(&["Zürich HB", "Zürich Enge"]);
    let (completed, times, _) = counted(|| stations.completed("Zü"));
    assert_eq!(times, 0, "`completed` asked for heap memory");
    let first = stations.get(0).map(str::as_ptr);
    let second = stations.get(1).map(str::as_ptr);
    let found = completed.map(str::as_ptr);
    assert!(
        found.is_some() && (found == first || found == second),
        "the result must be the beginning of one of the names in the list"
    );
}

/// Counts what this thread asks for, so that tests that run side by side do
/// not disturb each other.
struct Counting;

thread_local! {
    static TIMES: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: each call is passed on to the system's allocator as it came. (What
// grows is taken anew by `alloc`, because `realloc` is not written here.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TIMES.set(TIMES.get() + 1);
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: our caller promises what `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: `piece` came from `alloc` above, so from `System`.
        unsafe { System.dealloc(piece, layout) }
    }
}
