//! A treasure hunt.

/// A text, and what you find if you follow it.
pub struct Clue {
    text: String,
    leads_to: Find,
}

enum Find {
    Treasure { coins: u32 },
    Clue(Box<Clue>),
}

impl Clue {
    /// The last clue, which leads to the treasure.
    pub fn to_treasure(text: String, coins: u32) -> Clue {
        let leads_to = Find::Treasure { coins };
        Clue { text, leads_to }
    }

    /// A clue that leads to the first clue of `rest`.
    pub fn to_clue(text: String, rest: Clue) -> Clue {
        let leads_to = Find::Clue(Box::new(rest));
        Clue { text, leads_to }
    }

    /// The texts on the way, and the coins at its end.
    pub fn follow(&self) -> (Vec<&str>, u32) {
        let mut clue = self;
        let mut texts = Vec::new();
        loop {
            texts.push(clue.text.as_str());
            match &clue.leads_to {
                Find::Treasure { coins } => return (texts, *coins),
                Find::Clue(next) => clue = next,
            }
        }
    }
}
