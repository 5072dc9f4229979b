//! What ended a program that nothing caught: an exception of C++, Java, JavaScript
//! or Python, or a panic of Go.
//!
//! For the four, a few lines of ours in the program's own process (see `runtime`)
//! print `\x1e KIND \x1f TEXT \x1e` where the language would print its message,
//! with neither paths nor the stack; and they report to the judge, since anybody
//! can print that. Go has no such place. Its own message is cut before the stack,
//! and a signal tells a panic from a program that prints the words of one and
//! exits with any code.

use std::sync::LazyLock;

use regex::Regex;

/// An exception that nothing caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its class, as its language names it without a package: `IndexError`,
    /// `std::out_of_range`.
    pub kind: String,
    /// What its language says of it, each line ended by a newline.
    pub text: String,
}

/// Takes a program's output apart: what it printed itself, and the exception that
/// ended it, if one did.
///
/// ```
/// let (printed, thrown) = proofread::exception::split("one\n\x1eIndexError\x1fIndexError: no\n\x1e");
/// assert_eq!(printed, "one\n");
/// assert_eq!(thrown.unwrap().kind, "IndexError");
/// ```
pub fn split(output: &str) -> (String, Option<Exception>) {
    // The last one is the real one: after it the program prints little.
    let parts: Vec<&str> = output.rsplitn(3, '\x1e').collect();
    let &[after, thrown, before] = parts.as_slice() else {
        return (output.to_owned(), None);
    };
    let Some((kind, text)) = thrown.split_once('\x1f') else {
        return (output.to_owned(), None);
    };
    let exception = Exception {
        kind: kind.to_owned(),
        text: text.to_owned(),
    };
    (format!("{before}{after}"), Some(exception))
}

/// The same for a panic of Go.
///
/// ```
/// let (printed, panic) = proofread::exception::split_go(
///     "one\npanic: late\n\ngoroutine 1 [running]:\nmain.main()\n",
/// );
/// assert_eq!((printed.as_str(), panic.as_deref()), ("one\n", Some("panic: late\n")));
/// ```
pub fn split_go(output: &str) -> (String, Option<String>) {
    static PANIC: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?ms)^(panic: .*?)\n\ngoroutine \d+ .*\z").expect("a constant pattern")
    });
    static SIGNAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^(\[signal [^\n\]]*?) code=[^\n\]]*\]$").expect("a constant pattern")
    });
    match PANIC.captures(output) {
        Some(found) => {
            let start = found.get(0).map_or(0, |whole| whole.start());
            let text = SIGNAL.replace_all(&found[1], "$1]");
            (output[..start].to_owned(), Some(format!("{text}\n")))
        }
        None => (output.to_owned(), None),
    }
}

/// An output for the eyes of an author: without the signs around an exception.
pub fn plain(output: &str) -> String {
    match split(output) {
        (printed, Some(exception)) => printed + &exception.text,
        (printed, None) => match split_go(&printed) {
            (printed, Some(panic)) => printed + &panic,
            (printed, None) => printed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_exception_counts_and_what_comes_after_is_kept() {
        let output = "\x1eA\x1fforged\n\x1eone\n\x1eB\x1fB: real\n\x1eat the end\n";
        let (printed, thrown) = split(output);
        assert_eq!(printed, "\x1eA\x1fforged\n\x1eone\nat the end\n");
        let thrown = thrown.expect("an exception");
        assert_eq!(
            (thrown.kind.as_str(), thrown.text.as_str()),
            ("B", "B: real\n")
        );
        for none in ["", "one\n", "\x1e\n", "\x1eone\x1e"] {
            assert_eq!(split(none), (none.to_owned(), None));
        }
    }

    #[test]
    fn a_panic_of_go_is_cut_before_its_stack() {
        let output = "panic: runtime error: invalid memory address or nil pointer dereference\n\
            [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e5a6]\n\n\
            goroutine 1 [running]:\nmain.main()\n\t/tmp/main.go:9 +0x65\n";
        assert_eq!(
            split_go(output).1.as_deref(),
            Some(
                "panic: runtime error: invalid memory address or nil pointer dereference\n\
                 [signal SIGSEGV: segmentation violation]\n"
            )
        );
        let deadlock = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [x]:\n";
        assert_eq!(split_go(deadlock), (deadlock.to_owned(), None));
    }
}
