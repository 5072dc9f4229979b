//! The watchman who looks and writes.

pub struct Door {
    pub number: u32,
    pub open: bool,
}

pub struct Watch {
    doors: Vec<Door>,
    notes: Vec<String>,
}

/// The note about an open door. It needs no watch.
fn note(door: &Door) -> String {
    format!("door {} is open", door.number)
}

impl Watch {
    pub fn new(doors: Vec<Door>) -> Watch {
        Watch {
            doors,
            notes: Vec::new(),
        }
    }

    /// Goes once through all doors.
    pub fn round(&mut self) {
        for door in &self.doors {
            if door.open {
                self.notes.push(note(door));
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
