//! The parcels that stay in the van.
//!
//! `unload` takes the parcels over the limit off the van and returns them, in
//! their order. It compiles. Load two heavy ones side by side.

pub fn unload(van: &mut Vec<u32>, limit: u32) -> Vec<u32> {
    let mut heavy = Vec::new();
    let mut index = 0;
    while index < van.len() {
        if van[index] > limit {
            heavy.push(van.remove(index));
        }
        index += 1;
    }
    heavy
}
