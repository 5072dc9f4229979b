//! The hold on a seat that can't become a ticket.
//!
//! A hold keeps a seat from being sold to others. Given up, it puts the seat
//! back on the list, once. Bought, it becomes a ticket with the name that was
//! in the hold, and the seat stays off the list, whatever happens to the
//! ticket.

use std::sync::Mutex;

/// The seats that are for sale.
pub static FOR_SALE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Keeps a seat off the list until it is bought or given up.
pub struct Hold {
    seat: u32,
    name: String,
}

pub struct Ticket {
    pub seat: u32,
    pub name: String,
}

impl Hold {
    pub fn new(seat: u32, name: String) -> Hold {
        FOR_SALE.lock().unwrap().retain(|free| *free != seat);
        Hold { seat, name }
    }

    pub fn buy(self) -> Ticket {
        Ticket {
            seat: self.seat,
            name: self.name,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        FOR_SALE.lock().unwrap().push(self.seat);
    }
}
