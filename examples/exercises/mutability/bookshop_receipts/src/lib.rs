//! Receipts of a bookshop.
//!
//! A receipt has a number, one higher than that of the receipt before, and a
//! total: all prices, and 3 more if the books are sent by mail. This compiles.
//! But all books are free, and all receipts have the same number.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const POSTAGE: u32 = 3;
const NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

pub struct Receipt {
    pub number: u32,
    pub total: u32,
}

pub fn receipt(prices: &[u32], by_mail: bool) -> Receipt {
    let total = 0;
    for price in prices {
        let total = total + price;
    }
    if by_mail {
        let total = total + POSTAGE;
    }
    let number = NEXT_NUMBER.fetch_add(1, Relaxed);
    Receipt { number, total }
}
