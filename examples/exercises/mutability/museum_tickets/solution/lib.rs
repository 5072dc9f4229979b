//! Tickets for a group.

pub struct Guest {
    pub age: u32,
    pub member: bool,
}

pub fn group_price(guests: &[Guest]) -> u32 {
    let mut total = 0;
    for guest in guests {
        let price = if guest.age < 6 {
            0
        } else if guest.age < 18 {
            5
        } else if guest.member {
            8
        } else {
            12
        };
        total += price;
    }
    total
}
