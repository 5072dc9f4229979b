pub struct Recipe {
    pub title: String,
    pub steps: Vec<String>,
    pub tip: Option<String>,
    pub minutes: u32,
}

pub struct Page {
    pub heading: String,
    pub lines: Vec<String>,
    pub has_tip: bool,
    pub quick: bool,
}

impl Recipe {
    /// A tip is no step: it does not make a recipe slower.
    pub fn is_quick(&self) -> bool {
        self.minutes <= 20 && self.steps.len() <= 3
    }
}

/// Takes a recipe apart and makes a page of its parts, the tip last.
pub fn typeset(recipe: Recipe) -> Page {
    let has_tip = recipe.tip.is_some();
    let quick = recipe.is_quick();

    let mut lines = recipe.steps;
    if let Some(tip) = recipe.tip {
        lines.push(tip);
    }
    Page {
        heading: recipe.title,
        lines,
        has_tip,
        quick,
    }
}
