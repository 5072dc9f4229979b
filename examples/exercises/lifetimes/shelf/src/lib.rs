//! The shelf that has a place for everything.
//!
//! `place` returns the place of a thing, so that its count can be changed. A
//! thing that has no place yet gets one, behind the others, with a count of 0.

#[derive(Debug, PartialEq)]
pub struct Place {
    pub name: String,
    pub count: u32,
}

pub fn place<'a>(shelf: &'a mut Vec<Place>, name: &str) -> &'a mut Place {
    for place in shelf.iter_mut() {
        if place.name == name {
            return place;
        }
    }
    shelf.push(Place {
        name: name.to_string(),
        count: 0,
    });
    shelf.last_mut().unwrap()
}
