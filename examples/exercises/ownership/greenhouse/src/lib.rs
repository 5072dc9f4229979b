//! The greenhouse whose pump loses its power.
//!
//! The pump needs power from its start to its end: power goes on first and off
//! last. The valve is on while the beds are watered, and off again after it.
//! Nothing switches the machines off but the end of their owners. Repair the
//! order, and leave `Machine` and the log alone.

use std::sync::Mutex;

/// What has happened, in order.
pub static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log(line: String) {
    LOG.lock().unwrap().push(line);
}

/// A machine that is on for as long as it lives.
pub struct Machine(&'static str);

impl Machine {
    fn on(name: &'static str) -> Machine {
        log(format!("{name} on"));
        Machine(name)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        log(format!("{} off", self.0));
    }
}

pub struct Greenhouse {
    pub power: Machine,
    pub pump: Machine,
}

impl Greenhouse {
    pub fn open() -> Greenhouse {
        Greenhouse {
            power: Machine::on("power"),
            pump: Machine::on("pump"),
        }
    }

    /// Waters one bed after the other; `pour` opens its tap.
    pub fn water(&self, beds: u32, mut pour: impl FnMut(u32)) {
        let _ = Machine::on("valve");
        for bed in 1..=beds {
            pour(bed);
            log(format!("bed {bed}"));
        }
    }
}
