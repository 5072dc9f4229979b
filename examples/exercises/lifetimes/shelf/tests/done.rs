use shelf::{Place, place};

fn filled(things: &[(&str, u32)]) -> Vec<Place> {
    let place = |&(name, count): &(&str, u32)| Place {
        name: name.to_string(),
        count,
    };
    things.iter().map(place).collect()
}

#[test]
fn a_thing_that_has_a_place() {
    let mut shelf = filled(&[("bread", 2), ("salt", 1), ("soup", 5)]);
    place(&mut shelf, "salt").count += 1;
    assert_eq!(shelf, filled(&[("bread", 2), ("salt", 2), ("soup", 5)]));
}

#[test]
fn a_thing_that_has_none() {
    let mut shelf = Vec::new();
    place(&mut shelf, "bread").count += 3;
    place(&mut shelf, "salt");
    place(&mut shelf, "bread").count += 1;
    assert_eq!(shelf, filled(&[("bread", 4), ("salt", 0)]));
}

#[test]
fn the_name_may_go_first() {
    let mut shelf = Vec::new();
    let found = {
        let name = String::from("salt");
        place(&mut shelf, &name)
    };
    found.count = 7;
    assert_eq!(shelf, filled(&[("salt", 7)]));
}
