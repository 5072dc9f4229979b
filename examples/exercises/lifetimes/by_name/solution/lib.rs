//! Guests in the order of their names.

#[derive(Debug, PartialEq)]
pub struct Guest {
    pub name: String,
    pub seat: u32,
}

pub fn sort(guests: &mut [Guest]) {
    guests.sort_by(|one, other| one.name.cmp(&other.name));
}
