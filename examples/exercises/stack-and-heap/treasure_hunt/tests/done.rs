use treasure_hunt::Clue;

#[test]
fn the_clues_lead_to_the_treasure() {
    let text = String::from("Behind the clock");
    let letters = text.as_ptr();
    let hunt = Clue::to_treasure(text, 30);
    let hunt = Clue::to_clue(String::from("Under the stairs"), hunt);
    let hunt = Clue::to_clue(String::from("Ask the baker"), hunt);

    let (texts, coins) = hunt.follow();
    assert_eq!(
        texts,
        ["Ask the baker", "Under the stairs", "Behind the clock"],
        "all clues must be there, the newest first"
    );
    assert_eq!(coins, 30, "the last clue must lead to the treasure");
    assert_eq!(
        texts[2].as_ptr(),
        letters,
        "the text of the last clue was copied; it should only be handed over"
    );
}

#[test]
fn a_clue_is_small() {
    let more = size_of::<Clue>() - size_of::<String>();
    assert!(
        more <= 2 * size_of::<usize>(),
        "a clue takes {more} bytes beside its text: one address is all it needs to reach the next"
    );
}
