//! A recipe, and who may change it.

#[derive(Clone)]
pub struct Recipe {
    pub name: String,
    pub serves: u32,
    pub flour: u32,
    pub steps: Vec<String>,
}

/// Writes one more step below the others.
pub fn add_step(recipe: &mut Recipe, step: &str) {
    recipe.steps.push(step.to_string());
}

/// The grams of flour for this many guests.
pub fn flour_for(recipe: &Recipe, guests: u32) -> u32 {
    recipe.flour * guests / recipe.serves
}
