//! Guests in the order of their names.
//!
//! `sort` puts the guests in the order of their names, and guests of one name
//! in the order in which they came. No name needs to be copied.

#[derive(Debug, PartialEq)]
pub struct Guest {
    pub name: String,
    pub seat: u32,
}

pub fn sort(guests: &mut [Guest]) {
    guests.sort_by_key(|guest| guest.name.as_str());
}
