use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex};

use greenhouse::{Greenhouse, LOG};

/// What one day logs. It runs once, and all tests read its log.
static DAY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let house = Greenhouse::open();
    house.water(2, |_| ());
    drop(house);
    mem::take(&mut *LOG.lock().unwrap())
});

/// The second day, on which the tap of bed 2 is broken.
fn bad_day() -> Vec<String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _first = &*DAY;
    let _alone = ONE_AT_A_TIME.lock();
    let watering = || {
        let house = Greenhouse::open();
        house.water(2, |bed| assert!(bed < 2, "the tap of bed {bed} is broken"));
    };
    assert!(catch_unwind(AssertUnwindSafe(watering)).is_err());
    mem::take(&mut *LOG.lock().unwrap())
}

#[test]
fn everything_goes_off_when_a_tap_breaks() {
    let log = bad_day();
    for machine in ["valve off", "pump off", "power off"] {
        assert!(
            log.iter().any(|line| line == machine),
            "whatever happens, the end of its owner switches a machine off: {log:?}"
        );
    }
}

/// The place of a line in the log. It must be there exactly once.
fn place(line: &str) -> usize {
    let times = DAY.iter().filter(|logged| *logged == line).count();
    assert_eq!(
        times, 1,
        "{line:?} must be in the log exactly once: {:?}",
        *DAY
    );
    DAY.iter().position(|logged| logged == line).unwrap()
}

#[test]
fn power_goes_on_first() {
    assert!(
        place("power on") < place("pump on"),
        "the pump was started without power: {:?}",
        *DAY
    );
}

#[test]
fn power_goes_off_last() {
    assert!(
        place("pump off") < place("power off"),
        "the power went off while the pump was running: {:?}",
        *DAY
    );
}

#[test]
fn the_valve_is_on_before_the_first_bed() {
    assert!(
        place("valve on") < place("bed 1"),
        "bed 1 was watered before the valve was on: {:?}",
        *DAY
    );
}

#[test]
fn the_valve_is_on_until_the_last_bed() {
    assert!(
        place("bed 2") < place("valve off"),
        "the valve was off before bed 2 had its water: {:?}",
        *DAY
    );
}

#[test]
fn the_valve_is_off_after_watering() {
    assert!(
        place("valve off") < place("pump off"),
        "the valve must be off when `water` ends, before the pump is: {:?}",
        *DAY
    );
}
