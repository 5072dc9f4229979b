use night_watch::{Door, Watch};

fn watch() -> Watch {
    Watch::new(
        [(1, false), (2, true), (3, true)]
            .map(|(number, open)| Door { number, open })
            .into(),
    )
}

#[test]
fn open_doors_are_noted() {
    let mut watch = watch();
    watch.round();
    assert_eq!(watch.notes(), ["door 2 is open", "door 3 is open"]);
}

#[test]
fn a_second_round_finds_the_doors_again() {
    let mut watch = watch();
    watch.round();
    watch.round();
    assert_eq!(watch.doors(), 3, "the doors must still be there");
    assert_eq!(watch.notes().len(), 4, "two open doors, seen twice");
}
