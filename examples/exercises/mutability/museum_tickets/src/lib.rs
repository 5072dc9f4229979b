//! Tickets for a group.
//!
//! A group goes to the museum. Under 6 years the entry is free, under 18 it
//! is 5. Of the others, members of the museum pay 8, and everybody else 12.
//! Add up what the group pays.

pub struct Guest {
    pub age: u32,
    pub member: bool,
}

pub fn group_price(guests: &[Guest]) -> u32 {
    let total = 0;
    for guest in guests {
        let price;
        if guest.age < 6 {
            price = 0;
        } else if guest.age < 18 {
            price = 5;
        } else if guest.member {
            price = 8;
        }
        total += price;
    }
    total
}
