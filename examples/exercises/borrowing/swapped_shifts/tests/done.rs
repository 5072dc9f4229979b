use swapped_shifts::{Worker, hand_over};

fn workers() -> Vec<Worker> {
    [("Ada", 8), ("Bo", 2)]
        .map(|(name, hours)| Worker {
            name: name.to_string(),
            hours,
        })
        .into()
}

#[test]
fn hours_are_handed_over() {
    let mut all = workers();
    assert!(hand_over(&mut all, 0, 1, 3));
    assert_eq!((all[0].hours, all[1].hours), (5, 5));
    assert_eq!((&*all[0].name, &*all[1].name), ("Ada", "Bo"));
}

#[test]
fn nobody_gives_more_than_they_have() {
    let mut all = workers();
    assert!(!hand_over(&mut all, 1, 0, 3), "Bo has only 2 hours");
    assert_eq!((all[0].hours, all[1].hours), (8, 2), "nothing may change");
}

#[test]
fn to_oneself() {
    let mut all = workers();
    assert!(hand_over(&mut all, 0, 0, 3));
    assert_eq!(all[0].hours, 8, "handing over to oneself changes nothing");
}

#[test]
fn no_such_worker() {
    let mut all = workers();
    assert!(!hand_over(&mut all, 0, 7, 1), "there is no worker 7");
    assert!(!hand_over(&mut all, 7, 0, 1), "there is no worker 7");
    assert_eq!((all[0].hours, all[1].hours), (8, 2), "nothing may change");
}
