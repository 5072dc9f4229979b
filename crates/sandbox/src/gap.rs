//! What a machine does not enforce.

use std::fmt;

/// A limit that kernel or container does not let us set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// A program reads whatever its user may.
    Reads,
    /// It writes wherever its user may.
    Writes,
    /// It may change modes, dates and owners of its user's files.
    Modes,
    /// It may open sockets.
    Network,
    /// It may send signals to its user's processes.
    Signals,
    /// It may start as many processes as its user may.
    Processes,
    /// Files that it deletes while they are open do not count as written.
    Unlinked,
}

impl Gap {
    /// The word that stands for it, where it is allowed by name.
    pub fn word(self) -> &'static str {
        match self {
            Gap::Reads => "reads",
            Gap::Writes => "writes",
            Gap::Modes => "modes",
            Gap::Network => "network",
            Gap::Signals => "signals",
            Gap::Processes => "processes",
            Gap::Unlinked => "unlinked",
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Gap::Reads => "which files it reads",
            Gap::Writes => "which files it writes",
            Gap::Modes => "modes and dates of the user's files",
            Gap::Network => "the network",
            Gap::Signals => "signals to other processes",
            Gap::Processes => "the number of its processes",
            Gap::Unlinked => "the size of files that it has deleted",
        };
        write!(f, "{words} ({})", self.word())
    }
}
