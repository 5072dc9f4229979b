use heavy_parcels::unload;

#[test]
fn heavy_ones_side_by_side() {
    let mut van = vec![5, 40, 50, 60, 7];
    let heavy = unload(&mut van, 30);
    assert_eq!(heavy, [40, 50, 60], "all heavy parcels, in their order");
    assert_eq!(van, [5, 7], "the light ones stay, in their order");
}

#[test]
fn exactly_the_limit_stays() {
    let mut van = vec![30, 31];
    assert_eq!(unload(&mut van, 30), [31]);
    assert_eq!(van, [30], "a parcel at the limit is not over it");
}

#[test]
fn nothing_heavy() {
    let mut van = vec![1, 2];
    assert!(unload(&mut van, 30).is_empty());
    assert_eq!(van, [1, 2]);
}
