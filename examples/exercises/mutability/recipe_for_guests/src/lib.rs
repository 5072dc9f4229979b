//! A recipe, and who may change it.
//!
//! `add_step` writes into the recipe that it is lent. `flour_for` answers a
//! question: how much flour for so many guests? A question changes nothing,
//! and needs no second recipe.

#[derive(Clone)]
pub struct Recipe {
    pub name: String,
    pub serves: u32,
    pub flour: u32,
    pub steps: Vec<String>,
}

/// Writes one more step below the others.
pub fn add_step(recipe: &Recipe, step: &str) {
    recipe.steps.push(step.to_string());
}

/// The grams of flour for this many guests.
pub fn flour_for(recipe: &Recipe, guests: u32) -> u32 {
    recipe.flour *= guests;
    recipe.flour /= recipe.serves;
    recipe.flour
}
