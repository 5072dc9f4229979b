use price_before::before;

fn name_of(line: &str) -> &str {
    let mark = format!("{}{}", ':', ' ');
    before(line, &mark)
}

#[test]
fn the_mark_may_go_first() {
    let line = String::from("Bread: 3.20");
    let name = name_of(&line);
    assert_eq!(name, "Bread");
    assert_eq!(name.as_ptr(), line.as_ptr(), "no letter is to be copied");
}

#[test]
fn a_line_without_the_mark() {
    assert_eq!(name_of("Bread"), "Bread");
    assert_eq!(name_of(": 3.20"), "");
    assert_eq!(name_of("a: b: c"), "a");
}
