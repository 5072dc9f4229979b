use coffee_machine::{COINS, FULL, KINDS, Machine};

const TEA: usize = 0;
const COFFEE: usize = 1;
const COCOA: usize = 2;

/// 60 cents, 1.10, and 1.50; five coins of each kind are in the machine.
fn machine() -> Machine {
    Machine::new([60, 110, 150], [5; KINDS])
}

fn insert(machine: &mut Machine, coins: &[u32]) {
    for coin in coins {
        let kind = COINS.iter().position(|kind| kind == coin);
        machine.insert(kind.expect("a coin of these kinds"));
    }
}

fn all_coins(machine: &Machine) -> [u32; KINDS] {
    [0, 1, 2, 3].map(|kind| machine.coins(kind))
}

fn ask(machine: &Machine, amount: u32) -> Option<[u32; KINDS]> {
    machine.change_for(amount) // who asks only looks: `change_for` has to keep its `&self`
}

#[test]
fn a_coin_is_in_the_machine() {
    let mut machine = machine();
    insert(&mut machine, &[100, 10, 10]);
    assert_eq!(machine.paid(), 120, "1.00 and twice 0.10 were paid");
    assert_eq!(
        all_coins(&machine),
        [5, 6, 5, 7],
        "what was put in must be among the coins of the machine"
    );
}

#[test]
fn change_is_a_question() {
    let machine = machine();
    let asked = ask(&machine, 260);
    assert_eq!(asked, Some([1, 0, 1, 1]), "2.60 is 2.00, 0.50 and 0.10");
    assert_eq!(
        all_coins(&machine),
        [5; KINDS],
        "after a question all coins must still be in the machine"
    );
}

#[test]
fn coins_that_run_out() {
    let machine = Machine::new([60, 110, 150], [0, 1, 1, 3]);
    assert_eq!(
        ask(&machine, 180),
        Some([0, 1, 1, 3]),
        "1.80 takes every coin there is"
    );
    assert_eq!(ask(&machine, 190), None, "there are only 1.80 in all");
    assert_eq!(ask(&machine, 140), None, "a fourth 0.10 is not there");
    assert_eq!(ask(&machine, 0), Some([0; KINDS]), "no change at all");
}

#[test]
fn a_coffee_and_its_change() {
    let mut machine = machine();
    insert(&mut machine, &[200]);
    let change = machine.buy(COFFEE);
    assert_eq!(
        change,
        Some([0, 0, 1, 4]),
        "0.90 back: 0.50 and 4 times 0.10"
    );
    assert_eq!(
        all_coins(&machine),
        [6, 5, 4, 1],
        "the change must leave the machine, once"
    );
    assert_eq!(machine.paid(), 0, "what was paid is used up");
    assert_eq!(
        machine.cups(COFFEE),
        FULL - 1,
        "a cup was sold: it must be gone from the machine, not from a copy of its drink"
    );
    assert_eq!(machine.cups(TEA), FULL, "nobody bought tea");
}

#[test]
fn sold_out_until_it_is_refilled() {
    let mut machine = machine();
    for cup in 0..FULL {
        insert(&mut machine, &[50, 10]);
        let change = machine.buy(TEA);
        assert_eq!(change, Some([0; KINDS]), "cup {cup} of {FULL} is there");
    }
    insert(&mut machine, &[50, 10]);
    assert_eq!(
        machine.buy(TEA),
        None,
        "after {FULL} cups the tea is sold out"
    );
    assert_eq!(machine.paid(), 60, "who got nothing has still paid 0.60");
    machine.refill();
    assert_eq!(
        machine.cups(TEA),
        FULL,
        "`refill` must fill the machine's tea"
    );
    assert!(machine.buy(TEA).is_some(), "there is tea again");
    assert_eq!(machine.cups(TEA), FULL - 1, "and one cup of it is sold");
}

#[test]
fn nothing_changes_without_a_sale() {
    let mut machine = Machine::new([60, 110, 150], [0; KINDS]);
    insert(&mut machine, &[100]);
    assert_eq!(machine.buy(COFFEE), None, "1.00 is too little for 1.10");
    assert_eq!(machine.buy(TEA), None, "0.40 of change are not there");
    assert_eq!(machine.cups(TEA), FULL, "no tea was sold");
    assert_eq!(all_coins(&machine), [0, 1, 0, 0], "the coin is still there");
    assert_eq!(machine.paid(), 100, "and it still counts as paid");
}

#[test]
fn canceling_pays_once() {
    let mut machine = machine();
    insert(&mut machine, &[50, 50, 10]);
    assert_eq!(
        machine.cancel(),
        [0, 1, 0, 1],
        "1.10, in as few coins as it can"
    );
    assert_eq!(
        all_coins(&machine),
        [5, 4, 7, 5],
        "these have left the machine"
    );
    assert_eq!(
        machine.paid(),
        0,
        "after `cancel` nothing is paid: whose `paid` was set to 0?"
    );
    assert_eq!(machine.cancel(), [0; KINDS], "a second time gives nothing");
}

#[test]
fn a_new_price() {
    let mut machine = machine();
    machine.set_price(COCOA, 160);
    assert_eq!(
        machine.price(COCOA),
        160,
        "the new price must arrive in the machine"
    );
    insert(&mut machine, &[100, 50]);
    assert_eq!(machine.buy(COCOA), None, "1.50 is too little for 1.60 now");
    assert_eq!(machine.price(TEA), 60, "tea costs what it did");
}
