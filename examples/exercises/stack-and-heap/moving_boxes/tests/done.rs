use std::process::{Command, exit};

use moving_boxes::{MovingBox, deepest};

const MILLION: usize = 1_000_000;

fn holding(boxes: Vec<MovingBox>) -> MovingBox {
    MovingBox { boxes }
}

/// `depth` boxes, one in the other.
fn nested(depth: usize) -> MovingBox {
    let mut outer = holding(Vec::new());
    for _ in 1..depth {
        outer = holding(vec![outer]);
    }
    outer
}

#[test]
fn one_box() {
    assert_eq!(deepest(nested(1)), 1, "an empty box is one to open");
}

#[test]
fn the_deepest_may_be_anywhere() {
    for depths in [[5, 2, 3], [2, 5, 3], [2, 3, 5]] {
        let outer = holding(depths.map(nested).into());
        assert_eq!(
            deepest(outer),
            6,
            "a box with {depths:?} boxes in it: the deepest counts, and the outer one"
        );
    }
}

#[test]
fn boxes_side_by_side_are_not_deep() {
    let outer = holding((0..100).map(|_| nested(2)).collect());
    assert_eq!(deepest(outer), 3, "a hundred boxes side by side count once");
}

/// The end of the stack ends a process, so this test runs itself in another.
#[test]
fn a_million_deep() {
    if std::env::var_os("OPEN_A_MILLION").is_some() {
        exit(if deepest(nested(MILLION)) == MILLION {
            0
        } else {
            3
        });
    }
    let me = std::env::current_exe().expect("a test knows its program");
    let run = Command::new(me)
        .args(["--exact", "a_million_deep"])
        .env("OPEN_A_MILLION", "yes")
        .output()
        .expect("a test can start its program");
    match run.status.code() {
        Some(0) => {}
        Some(3) => panic!("a million boxes, one in the other: the number is wrong"),
        _ => panic!(
            "a million boxes, one in the other: the process did not end well\n{}",
            String::from_utf8_lossy(&run.stderr)
        ),
    }
}
