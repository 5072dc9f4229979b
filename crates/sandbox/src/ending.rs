//! How a run ends, in words.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;

/// How a run ended. In words, it follows "the program …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ending {
    /// It ended by itself, with this code.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
    /// It still ran after this time.
    TimedOut(Duration),
    /// It printed more than this many bytes.
    TooMuchOutput(usize),
    /// Its files took up more than this many bytes.
    TooMuchWritten(u64),
}

impl Ending {
    /// Whether it ended by itself with code 0.
    pub fn success(self) -> bool {
        self == Self::Exit(0)
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exit(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Exit(-1),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exit(code) => write!(f, "exited with code {code}"),
            Self::Signal(number) => {
                let Ok(signal) = Signal::try_from(number) else {
                    return write!(f, "was ended by signal {number}");
                };
                write!(f, "was ended by {signal}")?;
                match signal {
                    Signal::SIGABRT => write!(f, " (abort)"),
                    Signal::SIGSEGV | Signal::SIGBUS => write!(f, " (invalid memory access)"),
                    Signal::SIGILL => write!(f, " (invalid instruction)"),
                    Signal::SIGFPE => write!(f, " (invalid arithmetic)"),
                    Signal::SIGTRAP => write!(f, " (trap)"),
                    Signal::SIGKILL => write!(f, " (killed, as a system short of memory does)"),
                    Signal::SIGXCPU => write!(f, " (used too much processor time)"),
                    Signal::SIGXFSZ => write!(f, " (wrote a file that is too long)"),
                    _ => Ok(()),
                }
            }
            Self::TimedOut(wall) if wall.subsec_millis() == 0 => {
                write!(f, "did not end within {} s and was stopped", wall.as_secs())
            }
            Self::TimedOut(wall) => {
                write!(f, "did not end within {wall:?} and was stopped")
            }
            Self::TooMuchWritten(bytes) => {
                let mib = bytes / crate::MIB;
                write!(
                    f,
                    "wrote more than {mib} MiB into its files and was stopped"
                )
            }
            Self::TooMuchOutput(bytes) if bytes % 1024 == 0 => {
                write!(f, "printed more than {} KiB and was stopped", bytes / 1024)
            }
            Self::TooMuchOutput(bytes) => {
                write!(f, "printed more than {bytes} bytes and was stopped")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_in_words() {
        let words = |ending: Ending| ending.to_string();
        assert_eq!(words(Ending::Exit(3)), "exited with code 3");
        assert_eq!(words(Ending::Signal(6)), "was ended by SIGABRT (abort)");
        assert_eq!(
            words(Ending::Signal(11)),
            "was ended by SIGSEGV (invalid memory access)"
        );
        assert_eq!(words(Ending::Signal(63)), "was ended by signal 63");
        assert_eq!(
            words(Ending::TimedOut(Duration::from_secs(10))),
            "did not end within 10 s and was stopped"
        );
        assert_eq!(
            words(Ending::TimedOut(Duration::from_millis(300))),
            "did not end within 300ms and was stopped"
        );
        assert_eq!(
            words(Ending::TooMuchOutput(64 * 1024)),
            "printed more than 64 KiB and was stopped"
        );
    }
}
