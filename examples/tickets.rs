//! A repair shop's tickets: all in one list, each known by a handle that can be
//! checked. A handle that is out of date finds nothing; it never finds somebody
//! else's ticket.
//!
//! Run it with `cargo run --example tickets`.

// ANCHOR: types
/// Where a ticket is, and which use of that slot it belongs to.
#[derive(Clone, Copy)]
struct Handle {
    slot: usize,
    use_number: u32,
}

#[derive(Default)]
struct Slot {
    use_number: u32,
    ticket: Option<String>,
}

#[derive(Default)]
struct Shop {
    slots: Vec<Slot>,
    free: Vec<usize>,
}
// ANCHOR_END: types

impl Shop {
    /// Takes a free slot if there is one, else a new one.
    fn open(&mut self, ticket: &str) -> Handle {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        });
        let place = &mut self.slots[slot];
        place.use_number += 1;
        place.ticket = Some(String::from(ticket));
        Handle {
            slot,
            use_number: place.use_number,
        }
    }

    // ANCHOR: find
    /// The ticket, unless the handle is out of date.
    fn find(&self, handle: Handle) -> Option<&str> {
        let place = self.slots.get(handle.slot)?;
        if place.use_number == handle.use_number {
            place.ticket.as_deref()
        } else {
            None
        }
    }
    // ANCHOR_END: find

    /// Gives the ticket out and the slot back.
    fn close(&mut self, handle: Handle) -> Option<String> {
        let place = self.slots.get_mut(handle.slot)?;
        if place.use_number != handle.use_number {
            return None;
        }
        let ticket = place.ticket.take()?;
        self.free.push(handle.slot);
        Some(ticket)
    }
}

// ANCHOR: day
fn main() {
    let mut shop = Shop::default();
    let ada = shop.open("Ada: bicycle, flat tire");
    let bo = shop.open("Bo: radio, no sound");
    println!("closed: {:?}", shop.close(ada));

    let cleo = shop.open("Cleo: lamp, flickers");
    println!("Cleo has Ada's old slot: {}", cleo.slot == ada.slot);
    println!("by Ada's old handle: {:?}", shop.find(ada));
    println!("closed twice: {:?}", shop.close(ada));
    println!("by Bo's handle: {:?}", shop.find(bo));
    println!("by Cleo's handle: {:?}", shop.find(cleo));
    println!("slots in all: {}", shop.slots.len());
}
// ANCHOR_END: day
