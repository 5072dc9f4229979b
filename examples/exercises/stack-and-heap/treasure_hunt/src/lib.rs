//! A treasure hunt.
//!
//! Each clue leads to a find: to the next clue, or to the treasure. No clue
//! has two clues behind it. So a clue shall take its text, and two words more
//! at most: 40 bytes on a 64-bit machine.

/// A text, and what you find if you follow it.
pub struct Clue {
    text: String,
    leads_to: Find,
}

enum Find {
    Treasure { coins: u32 },
    Clue(Clue),
}

impl Clue {
    /// The last clue, which leads to the treasure.
    pub fn to_treasure(text: String, coins: u32) -> Clue {
        let leads_to = Find::Treasure { coins };
        Clue { text, leads_to }
    }

    /// A clue that leads to the first clue of `rest`.
    pub fn to_clue(text: String, rest: Clue) -> Clue {
        let leads_to = Find::Clue(rest);
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
