use guest_names::first_name;

#[test]
fn the_name_ends_at_the_first_space() {
    for (full, first) in [
        ("Ada Lovelace", "Ada"),
        ("Zoé Dubois", "Zoé"),
        ("Ana Maria Silva", "Ana"),
        ("Renée", "Renée"),
        ("", ""),
    ] {
        assert_eq!(
            first_name(full),
            first,
            "the first name in {full:?} is what stands before its first space, or all of it"
        );
    }
}

#[test]
fn no_letter_is_copied() {
    for full in ["Zoé Dubois", "Renée"] {
        let full = String::from(full);
        let first = first_name(&full);
        assert_eq!(
            first.as_ptr(),
            full.as_ptr(),
            "the first name in {full:?} lies elsewhere: its letters were copied"
        );
    }
}
