use cinema_seats::Hall;

#[test]
fn a_booking_arrives_in_the_hall() {
    let mut hall = Hall::empty();
    assert_eq!(hall.free(), 12, "an empty hall has 3 rows of 4 free seats");
    assert!(hall.book(1, 2), "a free seat can be booked");
    assert!(
        hall.is_taken(1, 2),
        "row 1, seat 2 was booked: the hall must know"
    );
    assert_eq!(hall.free(), 11, "one seat fewer is free, and only one");
    assert!(!hall.is_taken(2, 1), "nobody booked row 2, seat 1");
}

#[test]
fn a_seat_is_booked_once() {
    let mut hall = Hall::empty();
    assert!(hall.book(0, 0), "a free seat can be booked");
    assert!(!hall.book(0, 0), "a taken seat can't be booked again");
    assert!(hall.is_taken(0, 0), "the first guest keeps the seat");
    assert_eq!(hall.free(), 11, "the second try changes nothing");
}

#[test]
fn after_the_film_all_seats_are_free() {
    let mut hall = Hall::empty();
    hall.book(0, 3);
    hall.book(2, 1);
    hall.clear();
    assert!(
        !hall.is_taken(0, 3) && !hall.is_taken(2, 1),
        "the guests are still in the hall: did `clear` change its rows, or copies of them?"
    );
    assert_eq!(hall.free(), 12, "after `clear` all 12 seats are free");
    assert!(hall.book(0, 3), "the seat can be booked for the next film");
}
