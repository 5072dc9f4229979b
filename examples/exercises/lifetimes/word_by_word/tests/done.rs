use word_by_word::Words;

#[test]
fn two_words_at_once() {
    let text = String::from("  flour, water\n salt ");
    let mut words = Words::new(&text);
    let first = words.next_word();
    let second = words.next_word();
    assert_eq!((first, second), (Some("flour,"), Some("water")));
    assert_eq!(words.next_word(), Some("salt"));
    assert_eq!(words.next_word(), None);
    assert_eq!(words.next_word(), None);
}

#[test]
fn a_word_outlives_the_reader() {
    fn last(text: &str) -> Option<&str> {
        let mut words = Words::new(text);
        let mut last = None;
        while let Some(word) = words.next_word() {
            last = Some(word);
        }
        last
    }
    let text = String::from("flour water salt");
    let word = last(&text).expect("a word");
    assert_eq!(word.as_ptr(), text[12..].as_ptr(), "it lies in the text");
}
