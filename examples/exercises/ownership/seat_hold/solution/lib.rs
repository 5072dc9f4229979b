use std::sync::Mutex;

/// The seats that are for sale.
pub static FOR_SALE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Keeps a seat off the list until it is bought or given up.
pub struct Hold {
    seat: u32,
    name: String,
    bought: bool,
}

pub struct Ticket {
    pub seat: u32,
    pub name: String,
}

impl Hold {
    pub fn new(seat: u32, name: String) -> Hold {
        FOR_SALE.lock().unwrap().retain(|free| *free != seat);
        Hold {
            seat,
            name,
            bought: false,
        }
    }

    pub fn buy(mut self) -> Ticket {
        self.bought = true;
        Ticket {
            seat: self.seat,
            name: std::mem::take(&mut self.name),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.bought {
            FOR_SALE.lock().unwrap().push(self.seat);
        }
    }
}
