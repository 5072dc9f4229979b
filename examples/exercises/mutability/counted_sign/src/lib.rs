//! A sign that counts its readers.
//!
//! Other shops have written types with the trait `Sign`, so the trait stays as
//! it is. The welcome sign of this shop wants to know how often it was read.

pub trait Sign {
    fn text(&self) -> String;
}

pub struct Welcome {
    shop: String,
    readers: u32,
}

impl Welcome {
    pub fn new(shop: &str) -> Welcome {
        Welcome {
            shop: shop.to_string(),
            readers: 0,
        }
    }

    pub fn readers(&self) -> u32 {
        self.readers
    }
}

impl Sign for Welcome {
    fn text(&mut self) -> String {
        self.readers += 1;
        format!("Welcome to {}", self.shop)
    }
}
