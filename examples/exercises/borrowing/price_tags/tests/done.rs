use price_tags::{average, is_cheap};

#[test]
fn lists_arrays_and_parts() {
    let list = vec![4, 8, 12];
    assert_eq!(average(&list), 8);
    assert_eq!(average(&[3, 4]), 3, "rounded down");
    assert_eq!(average(&list[1..]), 10);
    assert_eq!(average(&[]), 0, "no prices");
}

#[test]
fn texts_of_all_kinds() {
    let tag = String::from("cheap soup");
    assert!(is_cheap(&tag));
    assert!(is_cheap("very cheap"));
    assert!(!is_cheap(&tag[6..]), "only the word soup is asked about");
}
