use guest_book::welcome;

#[test]
fn the_lines_are_right() {
    let mut book = Vec::new();
    assert_eq!(welcome(&mut book, "Ada"), "Ada comes first");
    assert_eq!(welcome(&mut book, "Bo"), "Bo comes after Ada");
    assert_eq!(book, ["Ada", "Bo"], "each name is written once, in order");
}
