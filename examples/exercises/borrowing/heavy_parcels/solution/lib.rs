//! The parcels that do not stay in the van.

pub fn unload(van: &mut Vec<u32>, limit: u32) -> Vec<u32> {
    van.extract_if(.., |parcel| *parcel > limit).collect()
}
