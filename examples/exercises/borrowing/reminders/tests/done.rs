use reminders::{counter, reminders};

#[test]
fn each_has_its_name() {
    let all = reminders(vec![String::from("Ada"), String::from("Bo")], 9);
    assert_eq!(all[0](), "Ada, it is 9 o'clock");
    assert_eq!(all[1](), "Bo, it is 9 o'clock");
    assert_eq!(all[0](), "Ada, it is 9 o'clock", "it may be called again");
}

#[test]
fn two_counters_count_for_themselves() {
    let (mut one, mut other) = (counter(), counter());
    assert_eq!((one(), one(), other()), (1, 2, 1));
}
