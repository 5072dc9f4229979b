//! Seats of a small cinema.

const ROWS: usize = 3;
const SEATS: usize = 4;

pub struct Hall {
    taken: [[bool; SEATS]; ROWS],
}

impl Hall {
    pub fn empty() -> Hall {
        Hall {
            taken: [[false; SEATS]; ROWS],
        }
    }

    pub fn is_taken(&self, row: usize, seat: usize) -> bool {
        self.taken[row][seat]
    }

    /// How many seats are free.
    pub fn free(&self) -> usize {
        let mut free = 0;
        for row in &self.taken {
            for taken in row {
                if !taken {
                    free += 1;
                }
            }
        }
        free
    }

    /// Books a seat. Says `false`, and changes nothing, if it was taken.
    pub fn book(&mut self, row: usize, seat: usize) -> bool {
        if self.is_taken(row, seat) {
            return false;
        }
        self.taken[row][seat] = true;
        true
    }

    /// The film is over: everybody leaves.
    pub fn clear(&mut self) {
        for row in &mut self.taken {
            row.fill(false);
        }
    }
}
