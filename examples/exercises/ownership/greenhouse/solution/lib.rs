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
    // Fields are dropped from first to last: the pump before its power.
    pub pump: Machine,
    pub power: Machine,
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
        let _valve = Machine::on("valve");
        for bed in 1..=beds {
            pour(bed);
            log(format!("bed {bed}"));
        }
    }
}
