//! What one run may use.

use std::time::Duration;

use crate::MIB;

/// What one run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take, by the clock on the wall.
    pub wall: Duration,
    /// How much it may print, in bytes, stdout and stderr together.
    pub output: usize,
    /// How much address space each of its processes may map, in bytes.
    pub address_space: Option<u64>,
    /// How many processes and threads it may have. `Some` also makes it a guest:
    /// it then needs a working folder from [`folder`](crate::folder()), which it comes to own.
    pub processes: Option<u64>,
    /// How long a file may be that it writes, in bytes.
    pub file_size: Option<u64>,
    /// How much the files in its folders may take up together, in bytes; each
    /// counts as a page of 4096 at least.
    pub written: Option<u64>,
    /// Whether its addresses differ from run to run, as systems have it by
    /// default. ThreadSanitizer needs them fixed.
    pub random_addresses: bool,
}

impl Limits {
    /// For a compiled Rust block: 10 s, 64 KiB, 1 GiB of address space.
    pub fn rust() -> Self {
        Self {
            address_space: Some(1024 * MIB),
            ..Self::guest()
        }
    }

    /// For a block in another language. A program under AddressSanitizer, node
    /// and the JVM reserve far more address space than they use, so their memory
    /// is limited by their own means.
    pub fn guest() -> Self {
        Self {
            wall: Duration::from_secs(10),
            output: 64 * 1024,
            address_space: None,
            processes: Some(64),
            file_size: Some(64 * MIB),
            written: Some(64 * MIB),
            random_addresses: true,
        }
    }

    /// For a compiler: 120 s, 4 MiB of messages, 4 GiB of address space, 1 GiB
    /// of files.
    pub fn compiler() -> Self {
        Self {
            wall: Duration::from_secs(120),
            output: 4 * MIB as usize,
            address_space: Some(4096 * MIB),
            processes: None,
            file_size: None,
            written: Some(1024 * MIB),
            random_addresses: true,
        }
    }
}
