//! The ticket machine that knows all stations by heart.

/// Names of stations, in two pieces of heap memory: all letters in one text,
/// and for each name the place in that text where it ends.
pub struct Stations {
    letters: String,
    ends: Vec<u16>,
}

impl Stations {
    /// A list without a name, which takes no heap memory.
    pub const fn new() -> Stations {
        Stations {
            letters: String::new(),
            ends: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where the name begins: where the one before it ends.
    fn start(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(before) => usize::from(self.ends[before]),
            None => 0,
        }
    }

    /// The name at an index, as a part of the letters.
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = usize::from(*self.ends.get(index)?);
        Some(&self.letters[self.start(index)..end])
    }

    /// Adds a name at the end. Says `false`, and changes nothing, if the place
    /// where it ends does not fit into a `u16`.
    pub fn push(&mut self, name: &str) -> bool {
        let Ok(end) = u16::try_from(self.letters.len() + name.len()) else {
            return false;
        };
        self.letters.push_str(name);
        self.ends.push(end);
        true
    }

    /// The names of a text, one a line; empty lines are left out. Asks for heap
    /// memory twice, for exactly as much as the names need. `None` if their
    /// letters are too many.
    pub fn from_lines(text: &str) -> Option<Stations> {
        let mut count = 0;
        let mut bytes = 0;
        for name in text.lines() {
            if !name.is_empty() {
                count += 1;
                bytes += name.len();
            }
        }
        let mut stations = Stations {
            letters: String::with_capacity(bytes),
            ends: Vec::with_capacity(count),
        };
        for name in text.lines() {
            if !name.is_empty() && !stations.push(name) {
                return None;
            }
        }
        Some(stations)
    }

    /// Gives a station another name, which may be longer or shorter. Says
    /// `false`, and changes nothing, if there is no such station, or if an end
    /// would no longer fit into a `u16`.
    pub fn rename(&mut self, index: usize, name: &str) -> bool {
        let Some(old) = self.get(index) else {
            return false;
        };
        let old = old.len();
        if u16::try_from(self.letters.len() - old + name.len()).is_err() {
            return false;
        }
        let start = self.start(index);
        self.letters.replace_range(start..start + old, name);
        for end in &mut self.ends[index..] {
            // No end is before that of the old name, and the last one fits.
            *end = (usize::from(*end) - old + name.len()) as u16;
        }
        true
    }

    /// Takes a name out of the list, and its letters with it. Says whether
    /// there was one.
    pub fn remove(&mut self, index: usize) -> bool {
        if !self.rename(index, "") {
            return false;
        }
        self.ends.remove(index);
        true
    }

    /// How far the machine can complete what was typed: as far as all names
    /// agree that begin with it. `None` if there is no such name. It is a part
    /// of the letters, and takes no heap memory.
    pub fn completed(&self, typed: &str) -> Option<&str> {
        let mut completed = None;
        for index in 0..self.len() {
            let name = self.get(index)?;
            if name.starts_with(typed) {
                let before = completed.unwrap_or(name);
                completed = Some(&before[..shared(before, name)]);
            }
        }
        completed
    }
}

/// How many bytes long the beginning is that two texts share.
fn shared(one: &str, other: &str) -> usize {
    let mut rest = other.chars();
    for (at, letter) in one.char_indices() {
        if rest.next() != Some(letter) {
            return at;
        }
    }
    one.len()
}
