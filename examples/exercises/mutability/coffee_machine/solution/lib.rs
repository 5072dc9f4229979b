//! The coffee machine that sells what it has.

pub const DRINKS: usize = 3;
pub const KINDS: usize = 4;

/// What each kind of coin is worth, in cents.
pub const COINS: [u32; KINDS] = [200, 100, 50, 10];

/// How many cups of each drink a full machine has.
pub const FULL: u32 = 2;

#[derive(Clone, Copy)]
struct Drink {
    price: u32,
    cups: u32,
}

/// A machine that takes coins, and gives drinks and change.
pub struct Machine {
    drinks: [Drink; DRINKS],
    coins: [u32; KINDS],
    paid: u32,
}

impl Machine {
    /// A full machine, with as many coins of each kind as there are in `coins`.
    pub fn new(prices: [u32; DRINKS], coins: [u32; KINDS]) -> Machine {
        let drinks = prices.map(|price| Drink { price, cups: FULL });
        let paid = 0;
        Machine {
            drinks,
            coins,
            paid,
        }
    }

    fn drink(&self, drink: usize) -> Drink {
        self.drinks[drink]
    }

    pub fn price(&self, drink: usize) -> u32 {
        self.drink(drink).price
    }

    pub fn cups(&self, drink: usize) -> u32 {
        self.drink(drink).cups
    }

    pub fn coins(&self, kind: usize) -> u32 {
        self.coins[kind]
    }

    pub fn paid(&self) -> u32 {
        self.paid
    }

    /// Takes a coin of this kind from a customer.
    pub fn insert(&mut self, kind: usize) {
        self.coins[kind] += 1;
        self.paid += COINS[kind];
    }

    /// Which coins would make up this amount? `None` if those in the machine do
    /// not. This is a question: no coin leaves the machine.
    pub fn change_for(&self, mut amount: u32) -> Option<[u32; KINDS]> {
        let mut change = [0; KINDS];
        for kind in 0..KINDS {
            while amount >= COINS[kind] && change[kind] < self.coins[kind] {
                amount -= COINS[kind];
                change[kind] += 1;
            }
        }
        if amount == 0 { Some(change) } else { None }
    }

    /// Lets these coins out.
    fn let_out(&mut self, change: [u32; KINDS]) {
        for kind in 0..KINDS {
            self.coins[kind] -= change[kind];
        }
    }

    /// Gives the drink, and returns the change. `None`, and nothing changes, if
    /// the drink is sold out, too little was paid, or change is lacking.
    pub fn buy(&mut self, drink: usize) -> Option<[u32; KINDS]> {
        let chosen = self.drinks[drink];
        if chosen.cups == 0 || self.paid < chosen.price {
            return None;
        }
        let change = self.change_for(self.paid - chosen.price)?;
        self.let_out(change);
        self.drinks[drink].cups -= 1;
        self.paid = 0;
        Some(change)
    }

    /// Gives back what was paid. The coins for it are always there.
    pub fn cancel(&mut self) -> [u32; KINDS] {
        let back = self.change_for(self.paid).unwrap_or([0; KINDS]);
        self.let_out(back);
        self.paid = 0;
        back
    }

    pub fn set_price(&mut self, drink: usize, price: u32) {
        self.drinks[drink].price = price;
    }

    /// Fills up all drinks.
    pub fn refill(&mut self) {
        for drink in &mut self.drinks {
            drink.cups = FULL;
        }
    }
}
