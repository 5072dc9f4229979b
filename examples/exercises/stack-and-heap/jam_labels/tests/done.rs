use jam_labels::Label;

#[test]
fn a_label_keeps_its_text() {
    let label = {
        let typed = ["plum", "jam"].join(" ");
        Label::new(&typed, 2026)
    };
    assert_eq!(
        label.line(),
        "plum jam 2026",
        "the label must keep its text when the typed one is gone"
    );
}

#[test]
fn a_label_takes_three_words() {
    let words = size_of::<Label>().div_ceil(size_of::<usize>());
    assert!(
        words <= 3,
        "a label takes {words} words: its text never grows, so it needs no room for a capacity"
    );
}
