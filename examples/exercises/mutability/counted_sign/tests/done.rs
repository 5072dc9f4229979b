use counted_sign::{Sign, Welcome};

/// The sign of another shop. If this does not compile, then the trait asks for
/// more than it did: `text` has to stay with `&self`.
struct Closed;

impl Sign for Closed {
    fn text(&self) -> String {
        String::from("Closed")
    }
}

#[test]
fn other_signs_still_work() {
    assert_eq!(Closed.text(), "Closed", "the trait must stay as it is");
}

// `sign` is not `mut`: who reads a sign only looks at it.
#[test]
fn each_reader_counts() {
    let sign = Welcome::new("Corner Books");
    assert_eq!(sign.readers(), 0, "a new sign was read by nobody");
    assert_eq!(
        sign.text(),
        "Welcome to Corner Books",
        "the text of the sign has changed"
    );
    let passer_by = &sign;
    passer_by.text();
    assert_eq!(sign.readers(), 2, "the sign was read twice");
    assert_eq!(sign.readers(), 2, "to ask for the number is not to read");
}

#[test]
fn each_sign_counts_for_itself() {
    let front = Welcome::new("Corner Books");
    let back = Welcome::new("Corner Books");
    front.text();
    front.text();
    back.text();
    assert_eq!(
        (front.readers(), back.readers()),
        (2, 1),
        "front and back: the number must be in the sign, not in one place for all"
    );
}
