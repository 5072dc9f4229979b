use library_desk::Desk;

#[test]
fn lending_and_waiting() {
    let mut desk = Desk::new(&["Emma", "Middlemarch"]);
    assert!(desk.lend("Emma", "Ada"));
    assert!(!desk.lend("Emma", "Bo"), "Ada has it, so Bo waits");
    assert!(!desk.lend("Dune", "Bo"), "the desk does not have this book");
    assert_eq!(desk.log(), ["Emma to Ada", "Bo waits for Emma"]);
    assert_eq!(desk.lent(), 1);
}

#[test]
fn who_waits_gets_it() {
    let mut desk = Desk::new(&["Emma"]);
    desk.lend("Emma", "Ada");
    desk.lend("Emma", "Bo");
    desk.bring_back("Emma");
    assert_eq!(desk.log().last().map(String::as_str), Some("Emma to Bo"));
    assert_eq!(desk.lent(), 2);
    assert!(desk.most_wanted().is_none(), "nobody waits any more");
}

#[test]
fn the_most_wanted() {
    let mut desk = Desk::new(&["Emma", "Middlemarch"]);
    desk.lend("Middlemarch", "Ada");
    desk.lend("Middlemarch", "Bo");
    assert_eq!(
        desk.most_wanted().map(|b| b.title.as_str()),
        Some("Middlemarch")
    );
}

#[test]
fn whoever_is_forgotten_does_not_wait() {
    let mut desk = Desk::new(&["Emma"]);
    desk.lend("Emma", "Ada");
    desk.lend("Emma", "Bo");
    desk.forget("Bo");
    assert!(
        desk.most_wanted().is_none(),
        "Bo was taken off the waiting list of the book itself"
    );
}

#[test]
fn idle_books_go_even_side_by_side() {
    let mut desk = Desk::new(&["A", "B", "Emma", "C"]);
    desk.lend("Emma", "Ada");
    assert_eq!(desk.clear_out(), ["A", "B", "C"]);
    assert!(!desk.lend("A", "Bo"), "it is gone");
}
