//! The shelf that has a place for everything.

#[derive(Debug, PartialEq)]
pub struct Place {
    pub name: String,
    pub count: u32,
}

pub fn place<'a>(shelf: &'a mut Vec<Place>, name: &str) -> &'a mut Place {
    let found = shelf.iter().position(|place| place.name == name);
    let index = found.unwrap_or_else(|| {
        shelf.push(Place {
            name: name.to_string(),
            count: 0,
        });
        shelf.len() - 1
    });
    &mut shelf[index]
}
