use museum_tickets::{Guest, group_price};

fn guest(age: u32, member: bool) -> Guest {
    Guest { age, member }
}

#[test]
fn nobody_pays_nothing() {
    assert_eq!(group_price(&[]), 0, "a group of nobody pays 0");
}

#[test]
fn each_kind_of_guest() {
    assert_eq!(group_price(&[guest(5, false)]), 0, "under 6 is free");
    assert_eq!(group_price(&[guest(6, true)]), 5, "from 6 to 17 it is 5");
    assert_eq!(
        group_price(&[guest(17, false)]),
        5,
        "at 17 a guest still pays 5"
    );
    assert_eq!(
        group_price(&[guest(18, true)]),
        8,
        "a grown-up member pays 8"
    );
    assert_eq!(
        group_price(&[guest(18, false)]),
        12,
        "a grown-up who is no member pays 12: which price does your code give them?"
    );
}

#[test]
fn the_whole_group() {
    let family = [
        guest(3, false),
        guest(9, false),
        guest(40, true),
        guest(41, false),
    ];
    assert_eq!(
        group_price(&family),
        25,
        "0 + 5 + 8 + 12: each guest adds a price of their own"
    );
}

#[test]
fn the_price_of_one_guest_is_not_left_over_for_the_next() {
    assert_eq!(
        group_price(&[guest(40, true), guest(41, false), guest(3, false)]),
        20,
        "8 + 12 + 0: a guest may not pay the price of the guest before"
    );
}
