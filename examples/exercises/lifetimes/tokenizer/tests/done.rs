use tokenizer::{Kind, Token, Tokenizer, names};

const RECIPE: &str = "dough = 2.5 * (flour + water) ; knead it
say \"flour; à la maison\"
flour = 3 ; the last line";

fn all(text: &str) -> Vec<(Kind, &str)> {
    let mut tokens = Tokenizer::new(text);
    let mut all = Vec::new();
    while let Some(token) = tokens.next_token() {
        all.push((token.kind, token.text));
    }
    all
}

#[test]
fn tokens_of_each_kind() {
    let text = String::from(RECIPE);
    let tokens = all(&text);
    let texts: Vec<&str> = tokens.iter().map(|(_, text)| *text).collect();
    assert_eq!(
        texts.join("|"),
        "dough|=|2.5|*|(|flour|+|water|)|say|flour; à la maison|flour|=|3"
    );
    assert_eq!(tokens[0].0, Kind::Name);
    assert_eq!(tokens[1].0, Kind::Sign);
    assert_eq!(tokens[2].0, Kind::Number);
    assert_eq!(tokens[10].0, Kind::Quoted);
}

#[test]
fn quotes_at_the_end() {
    assert_eq!(all("\"\""), [(Kind::Quoted, "")]);
    assert_eq!(all("\"open"), [(Kind::Quoted, "open")]);
    assert_eq!(all("\""), [(Kind::Quoted, "")]);
    assert_eq!(all("; only a note"), []);
    let two = [(Kind::Quoted, "à"), (Kind::Name, "b")];
    assert_eq!(all("\"à\"b"), two);
}

#[test]
fn no_letter_is_copied() {
    let text = String::from(RECIPE);
    let letters = text.as_bytes().as_ptr_range();
    for (_, token) in all(&text) {
        assert!(letters.contains(&token.as_ptr()), "{token} is a copy");
    }
}

#[test]
fn a_token_outlives_the_tokenizer() {
    fn first(text: &str) -> Option<Token<'_>> {
        let tokens = Tokenizer::new(text);
        tokens.peek()
    }
    let text = String::from("flour water");
    let mut tokens = Tokenizer::new(&text);
    let ahead = tokens.peek();
    assert_eq!(ahead, tokens.next_token());
    assert_eq!(tokens.next_token().map(|token| token.text), Some("water"));
    assert_eq!(tokens.next_token(), None);
    assert_eq!(first(&text), ahead);
}

#[test]
fn a_sign_that_goes_first() {
    let text = String::from(" = (flour");
    let mut tokens = Tokenizer::new(&text);
    let stepped = ['=', '=', '('].map(|sign| {
        let sign = sign.to_string();
        tokens.step_over(&sign)
    });
    assert_eq!(stepped, [true, false, true]);
    assert!(!tokens.step_over("flour"), "flour is not a sign");
    assert_eq!(tokens.next_token().map(|token| token.text), Some("flour"));
}

#[test]
fn the_line_of_each_token() {
    let text = String::from(RECIPE);
    let mut tokens = Tokenizer::new(&text);
    let mut lines = Vec::new();
    while let Some(token) = tokens.next_token() {
        lines.push(tokens.line_of(&token));
    }
    assert_eq!(lines, [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3]);
}

#[test]
fn each_name_once() {
    let text = String::from(RECIPE);
    assert_eq!(names(&text), ["dough", "flour", "water", "say"]);
}
