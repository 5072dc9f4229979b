//! The watchman who may not look and write.
//!
//! The watchman goes through the doors, and writes down which are open.
//! `note` touches only the notes. Say whether the compiler sees that.

pub struct Door {
    pub number: u32,
    pub open: bool,
}

pub struct Watch {
    doors: Vec<Door>,
    notes: Vec<String>,
}

impl Watch {
    pub fn new(doors: Vec<Door>) -> Watch {
        Watch {
            doors,
            notes: Vec::new(),
        }
    }

    fn note(&mut self, door: &Door) {
        self.notes.push(format!("door {} is open", door.number));
    }

    /// Goes once through all doors.
    pub fn round(&mut self) {
        for door in &self.doors {
            if door.open {
                self.note(door);
            }
        }
    }

    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    pub fn doors(&self) -> usize {
        self.doors.len()
    }
}
