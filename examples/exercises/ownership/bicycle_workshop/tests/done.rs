use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bicycle_workshop::{Bicycle, Workshop};

fn bicycle(owner: &str) -> Bicycle {
    Bicycle {
        owner: String::from(owner),
        faults: vec![String::from("flat tire"), String::from("no light")],
    }
}

/// A workshop with all tags of its board, where these wait.
fn workshop(board: &'static AtomicU32, owners: &[&str]) -> Workshop {
    let mut workshop = Workshop::new(board);
    for owner in owners {
        assert_eq!(
            workshop.bring(bicycle(owner)),
            None,
            "there is a tag for {owner}"
        );
    }
    workshop
}

/// Puts the next bicycle on the stand, and repairs both faults.
fn repair(workshop: &mut Workshop) {
    assert!(workshop.start(), "a bicycle waits, and the stand is free");
    workshop.repair("flat tire");
    workshop.repair("no light");
    assert!(
        workshop.finish(),
        "both faults were repaired, and the bicycle on the stand still has one: \
         which bicycle was repaired?"
    );
}

fn owners(bicycles: &[Bicycle]) -> Vec<&str> {
    bicycles.iter().map(|one| one.owner.as_str()).collect()
}

#[test]
fn without_a_tag_it_is_given_back() {
    static BOARD: AtomicU32 = AtomicU32::new(1);
    let mut workshop = workshop(&BOARD, &["Ada"]);
    assert_eq!(
        workshop.bring(bicycle("Bo")),
        Some(bicycle("Bo")),
        "no tag is left, so Bo keeps the bicycle"
    );
    assert_eq!(BOARD.load(Relaxed), 0, "Ada's bicycle has the only tag");
}

#[test]
fn a_repair_reaches_the_bicycle() {
    static BOARD: AtomicU32 = AtomicU32::new(3);
    let mut workshop = workshop(&BOARD, &["Ada"]);
    assert!(workshop.start(), "Ada's bicycle waits");
    workshop.repair("flat tire");
    let bicycles = workshop.close(|| ());
    let faults: Vec<&[String]> = bicycles.iter().map(|one| one.faults.as_slice()).collect();
    assert_eq!(
        faults,
        [["no light"]],
        "of the two faults of Ada's bicycle, one was repaired"
    );
}

#[test]
fn a_repair_leaves_the_board_alone() {
    static BOARD: AtomicU32 = AtomicU32::new(3);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo"]);
    workshop.start();
    workshop.repair("flat tire");
    assert_eq!(
        BOARD.load(Relaxed),
        1,
        "two of three tags are in use: a tag may hang on the board again only when its bicycle \
         leaves, and only once"
    );
}

#[test]
fn not_finished_stays_on_the_stand() {
    static BOARD: AtomicU32 = AtomicU32::new(3);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo"]);
    assert!(!workshop.finish(), "nothing is on the stand");
    workshop.start();
    assert!(!workshop.finish(), "Ada's bicycle has its two faults still");
    assert!(
        !workshop.start(),
        "the stand must not be free: a bicycle that is not finished stays on it"
    );
    let bicycles = workshop.close(|| ());
    assert_eq!(
        owners(&bicycles),
        ["Ada", "Bo"],
        "no bicycle may get lost in `finish`"
    );
}

#[test]
fn who_is_in_a_hurry_comes_first() {
    static BOARD: AtomicU32 = AtomicU32::new(4);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo", "Cleo", "Dan"]);
    assert!(workshop.hurry("Cleo"), "Cleo's bicycle waits");
    assert!(!workshop.hurry("Cleo"), "it is on the stand already");
    assert!(!workshop.hurry("Eve"), "Eve never came");
    assert!(workshop.hurry("Dan"), "Dan's bicycle waits");
    assert_eq!(BOARD.load(Relaxed), 0, "all four are still in the workshop");
    for owner in ["Dan", "Cleo", "Ada", "Bo"] {
        if owner != "Dan" {
            assert!(workshop.start(), "{owner} is next");
        }
        workshop.repair("flat tire");
        workshop.repair("no light");
        workshop.finish();
        let fetched = workshop.fetch(owner).map(|bicycle| bicycle.owner);
        assert_eq!(
            fetched.as_deref(),
            Some(owner),
            "the bicycle that was on the stand waits in front of all others, and is not lost"
        );
    }
}

#[test]
fn the_others_stay() {
    static BOARD: AtomicU32 = AtomicU32::new(3);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo", "Cleo"]);
    repair(&mut workshop);
    repair(&mut workshop);
    repair(&mut workshop);
    assert_eq!(
        workshop.fetch("Eve"),
        None,
        "Eve never came, and gets nobody's bicycle"
    );
    let fetched = workshop.fetch("Bo").expect(
        "Bo's bicycle is done, and must still be there after somebody else has asked for theirs",
    );
    assert_eq!(fetched.owner, "Bo", "each owner gets their own bicycle");
    assert_eq!(
        BOARD.load(Relaxed),
        1,
        "only the tag of Bo's bicycle hangs on the board again"
    );
    assert_eq!(workshop.fetch("Bo"), None, "it can be fetched once");
    let bicycles = workshop.close(|| ());
    assert_eq!(
        owners(&bicycles),
        ["Ada", "Cleo"],
        "when Bo fetches a bicycle, the others must stay"
    );
}

#[test]
fn the_very_bicycle() {
    static BOARD: AtomicU32 = AtomicU32::new(2);
    let bicycle = bicycle("Ada");
    let name = bicycle.owner.as_ptr();
    let mut workshop = workshop(&BOARD, &["Bo"]);
    workshop.bring(bicycle);
    workshop.hurry("Ada");
    workshop.repair("flat tire");
    workshop.repair("no light");
    workshop.finish();
    let fetched = workshop
        .fetch("Ada")
        .expect("Ada's bicycle was repaired, and can't be fetched");
    assert_eq!(
        fetched.owner.as_ptr(),
        name,
        "Ada must get the bicycle that she brought, and not a copy of it"
    );
}

#[test]
fn in_the_evening_all_tags_hang_on_the_board() {
    static BOARD: AtomicU32 = AtomicU32::new(5);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo", "Cleo"]);
    repair(&mut workshop);
    workshop.start();
    let mut locked = None;
    let bicycles = workshop.close(|| locked = Some(BOARD.load(Relaxed)));
    assert_eq!(
        owners(&bicycles),
        ["Ada", "Bo", "Cleo"],
        "done, on the stand, waiting: all go back to their owners"
    );
    assert_eq!(
        locked,
        Some(5),
        "when `lock` is called, all tags hang on the board: who still owns some of them?"
    );
    assert_eq!(BOARD.load(Relaxed), 5, "each tag hangs there once");
}

#[test]
fn a_tag_needs_no_evening() {
    static BOARD: AtomicU32 = AtomicU32::new(3);
    let mut workshop = workshop(&BOARD, &["Ada", "Bo"]);
    workshop.start();
    drop(workshop);
    assert_eq!(
        BOARD.load(Relaxed),
        3,
        "a tag hangs on the board again when it is dropped, even if `close` was never called"
    );
}
