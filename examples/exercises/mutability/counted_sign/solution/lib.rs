//! A sign that counts its readers.

use std::cell::Cell;

pub trait Sign {
    fn text(&self) -> String;
}

pub struct Welcome {
    shop: String,
    readers: Cell<u32>,
}

impl Welcome {
    pub fn new(shop: &str) -> Welcome {
        Welcome {
            shop: shop.to_string(),
            readers: Cell::new(0),
        }
    }

    pub fn readers(&self) -> u32 {
        self.readers.get()
    }
}

impl Sign for Welcome {
    fn text(&self) -> String {
        self.readers.set(self.readers.get() + 1);
        format!("Welcome to {}", self.shop)
    }
}
