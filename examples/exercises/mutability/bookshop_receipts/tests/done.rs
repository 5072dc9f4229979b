use bookshop_receipts::receipt;

// Only one test, because tests run side by side: a second one would draw
// numbers in between.
#[test]
fn three_customers() {
    let first = receipt(&[12, 9, 20], false);
    assert_eq!(
        first.total, 41,
        "12 + 9 + 20: the prices must arrive in the total that is returned"
    );

    let second = receipt(&[12, 9], true);
    assert_eq!(second.total, 24, "12 + 9, and 3 for the mail");

    let third = receipt(&[], true);
    assert_eq!(
        third.total, 3,
        "no books, but the mail: only 3. Each receipt starts at 0"
    );

    assert_eq!(first.number, 1, "the first receipt has number 1");
    assert_eq!(
        second.number, 2,
        "the second receipt has number 2: all calls must see the same place"
    );
    assert_eq!(third.number, 3, "the third receipt has number 3");
}
