//! From the raw report of AddressSanitizer or LeakSanitizer to the lines of it
//! that are the same on every run.
//!
//! What goes: process numbers, addresses, offsets in a stack frame, shadow bytes,
//! columns, frames outside the block's own file, names of the first thread. What
//! stays, stays in order and in the tool's words; only "to the right of" and "to
//! the left of" (GCC 12 and older) become "after" and "before" (GCC 13, LLVM 16
//! and newer), so that a page reads the same under each of them.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What a sanitizer said when it stopped a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// AddressSanitizer's class (`double-free`, `heap-use-after-free`, …), or `leak`
    /// for LeakSanitizer.
    pub class: String,
    /// The stable lines, each ended by a newline.
    pub text: String,
}

macro_rules! regex {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("the pattern is a constant"));
    };
}

regex!(
    START,
    r"(?m)(?:^AddressSanitizer:DEADLYSIGNAL\n)*(?:={65}\n)?==\d+==(?:ERROR: (?:Address|Leak)Sanitizer: |AddressSanitizer: hard rss limit exhausted)"
);
regex!(ERROR, r"^==\d+==ERROR: (\w+Sanitizer): (.*)$");
regex!(
    RSS_LIMIT,
    r"^==\d+==AddressSanitizer: hard rss limit exhausted \((\d+Mb)"
);
regex!(SUMMARY, r"^SUMMARY: \w+Sanitizer: (.*)$");
regex!(LEAKED, r"^\d+ byte\(s\) leaked in \d+ allocation\(s\)");
regex!(ACCESS, r"^((?:READ|WRITE) of size \d+)\b");
regex!(SIGNAL, r"^==\d+==((?:The signal is|Hint: ).*)$");
regex!(LEAK, r"^((?:Direct|Indirect) leak of .* allocated from:)$");
regex!(FRAME, r"^\s+#\d+ 0x[0-9a-f]+ in (.+) (\S+)$");
regex!(LOCATED, r"^(?:Address )?0x[0-9a-f]+ is (located .*)$");
regex!(
    HEADING,
    r"^((?:previously )?(?:freed|allocated) by) thread (T\d+)(?: .*)? here:$"
);
regex!(
    THREAD,
    r"^Thread (T\d+)(?: \([^)]*\))? created by (T\d+)\b.* here:$"
);
regex!(
    VARIABLE,
    r"^\s+\[\d+, \d+\) ('.*) <== Memory access at offset \d+ (.*)$"
);

/// Takes a program's output apart: what it printed itself, and the report of the
/// sanitizer that stopped it, if one did.
///
/// ```
/// let (printed, report) = proofread::asan::split("one song\n");
/// assert_eq!((printed.as_str(), report), ("one song\n", None));
/// ```
pub fn split(output: &str) -> (String, Option<Report>) {
    let Some(start) = START.find(output) else {
        return (output.to_owned(), None);
    };
    let (mut printed, raw) = output.split_at(start.start());
    let report = report(raw);
    // LeakSanitizer sets an empty line before its report.
    if report.class == "leak" {
        printed = printed.strip_suffix('\n').unwrap_or(printed);
    }
    (printed.to_owned(), Some(report))
}

fn report(raw: &str) -> Report {
    let mut class = String::new();
    let mut text = String::new();
    for line in raw.lines() {
        if let Some(found) = SUMMARY.captures(line) {
            if LEAKED.is_match(&found[1]) {
                class = "leak".to_owned();
                text += line;
                text.push('\n');
            } else if let Some(word) = found[1].split_whitespace().next() {
                class = word.to_owned();
            }
            break;
        }
        if class.is_empty() {
            class = class_of(line).unwrap_or_default();
        }
        if let Some(line) = stable(line) {
            text += &line;
            text.push('\n');
        }
        if RSS_LIMIT.is_match(line) {
            break;
        }
    }
    Report { class, text }
}

/// The class by the first line, for a report that has no summary.
fn class_of(line: &str) -> Option<String> {
    if RSS_LIMIT.is_match(line) {
        return Some("hard-rss-limit".to_owned());
    }
    let error = ERROR.captures(line)?;
    let what = without_addresses(&error[2]);
    Some(match what.strip_prefix("attempting ").unwrap_or(&what) {
        "detected memory leaks" => "leak".to_owned(),
        what => what
            .split_whitespace()
            .next()
            .unwrap_or("unknown")
            .trim_end_matches([':', '.'])
            .to_owned(),
    })
}

/// A line of a report as it is on every run, or nothing where it is not.
fn stable(line: &str) -> Option<String> {
    let one = |found: Captures| Some(found[1].to_owned());
    if let Some(found) = ERROR.captures(line) {
        return Some(format!(
            "ERROR: {}: {}",
            &found[1],
            without_addresses(&found[2])
        ));
    }
    if let Some(found) = RSS_LIMIT.captures(line) {
        return Some(format!(
            "ERROR: AddressSanitizer: hard rss limit exhausted ({})",
            &found[1]
        ));
    }
    if let Some(found) = ACCESS.captures(line) {
        return one(found);
    }
    if let Some(found) = SIGNAL.captures(line) {
        return one(found);
    }
    if let Some(found) = LEAK.captures(line) {
        return one(found);
    }
    if let Some(found) = FRAME.captures(line) {
        return Some(format!("    in {} {}", &found[1], own_place(&found[2])?));
    }
    if let Some(found) = LOCATED.captures(line) {
        return Some(format!("Address is {}", located(&found[1])));
    }
    if let Some(found) = HEADING.captures(line) {
        return Some(match &found[2] {
            "T0" => format!("{}:", &found[1]),
            thread => format!("{} thread {thread}:", &found[1]),
        });
    }
    if let Some(found) = THREAD.captures(line) {
        return Some(match &found[2] {
            "T0" => format!("Thread {} created by:", &found[1]),
            thread => format!("Thread {} created by thread {thread}:", &found[1]),
        });
    }
    if let Some(found) = VARIABLE.captures(line) {
        return Some(format!(
            "    {} <== Memory access {}",
            without_column(&found[1]),
            &found[2]
        ));
    }
    None
}

/// What an error line says, up to where it names an address or a thread.
fn without_addresses(what: &str) -> String {
    regex!(
        ADDRESS,
        r"(?: on (?:unknown )?address|:? on|:)? 0x[0-9a-f]+ (?:at pc|in thread|\(pc).*$"
    );
    regex!(ADJUSTED, r" \(0x[0-9a-f]+ after adjustments [^)]*\)");
    regex!(THREAD, r" \(?(?:in )?thread T0\)?:?$");
    regex!(RANGES, r" \[0x[0-9a-f]+, ?0x[0-9a-f]+\)( and)?");
    let what = ADDRESS.replace(what, "");
    let what = ADJUSTED.replace_all(&what, "");
    let what = RANGES.replace_all(&what, "");
    THREAD.replace(&what, "").into_owned()
}

/// Where an address lies, told from the memory next to it.
fn located(what: &str) -> String {
    regex!(RANGE, r" \[0x[0-9a-f]+,0x[0-9a-f]+\)| \(0x[0-9a-f]+\)");
    regex!(THREAD, r" of thread T0\b");
    regex!(OFFSET, r" at offset \d+ in frame");
    let what = RANGE.replace_all(what, "");
    let what = THREAD.replace(&what, "");
    let what = OFFSET.replace(&what, " in frame");
    without_column(&what)
        .replace("to the right of", "after")
        .replace("to the left of", "before")
}

/// A frame's `folder/main.c:12:5` as `main.c:12`, if it is of the block's own file.
fn own_place(place: &str) -> Option<String> {
    regex!(PLACE, r"^(?:\S*/)?(main\.(?:c|cpp):\d+)(?::\d+)?$");
    Some(PLACE.captures(place)?[1].to_owned())
}

/// `'/folder/main.c:3:5'` as `'main.c:3'`: GCC gives a column, clang none.
fn without_column(what: &str) -> String {
    regex!(DEFINED, r"'(?:[^'\s]*/)?(main\.(?:c|cpp):\d+)(?::\d+)?'");
    DEFINED.replace(what, "'$1'").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GCC 12 on Linux, shortened where it says the same again.
    const DOUBLE_FREE: &str = "\
freed once
=================================================================
==12537==ERROR: AddressSanitizer: attempting double-free on 0x602000000010 in thread T0:
    #0 0x7f64310b76a8 in __interceptor_free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52
    #1 0x564726aba196 in main /tmp/exp/main.c:3
    #2 0x7f6430645249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58
    #4 0x564726aba0a0 in _start (/tmp/exp/main+0x10a0)

0x602000000010 is located 0 bytes inside of 16-byte region [0x602000000010,0x602000000020)
freed by thread T0 here:
    #0 0x7f64310b76a8 in __interceptor_free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52
    #1 0x564726aba18a in main /tmp/exp/main.c:2

previously allocated by thread T0 here:
    #0 0x7f64310b89cf in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x564726aba17a in main /tmp/exp/main.c:1

SUMMARY: AddressSanitizer: double-free ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:52 in __interceptor_free
==12537==ABORTING
";

    const LEAK: &str = "\
hi

=================================================================
==12522==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 16 byte(s) in 1 object(s) allocated from:
    #0 0x7f68784b89cf in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x55a0bd8581ca in make main.c:4
    #2 0x55a0bd858217 in main main.c:5
    #3 0x7f6877a45249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58

SUMMARY: AddressSanitizer: 16 byte(s) leaked in 1 allocation(s).
";

    const RSS: &str = "\
x
==14438==AddressSanitizer: hard rss limit exhausted (1024Mb vs 1027Mb)
==14438==Process memory map follows:
\t0x00007fff7000-0x00008fff7000\t
";

    fn report_of(output: &str) -> Report {
        split(output).1.expect("there is a report")
    }

    #[test]
    fn a_double_free() {
        let (printed, report) = split(DOUBLE_FREE);
        assert_eq!(printed, "freed once\n");
        let report = report.expect("there is a report");
        assert_eq!(report.class, "double-free");
        assert_eq!(
            report.text,
            "ERROR: AddressSanitizer: attempting double-free\n\
             \x20   in main main.c:3\n\
             Address is located 0 bytes inside of 16-byte region\n\
             freed by:\n\
             \x20   in main main.c:2\n\
             previously allocated by:\n\
             \x20   in main main.c:1\n"
        );
    }

    #[test]
    fn a_leak() {
        let (printed, report) = split(LEAK);
        assert_eq!(printed, "hi\n");
        let report = report.expect("there is a report");
        assert_eq!(report.class, "leak");
        assert!(report.text.ends_with(
            "    in main main.c:5\nSUMMARY: AddressSanitizer: 16 byte(s) leaked in 1 allocation(s).\n"
        ));
    }

    #[test]
    fn a_limit_on_memory() {
        let (printed, report) = split(RSS);
        assert_eq!(printed, "x\n");
        let report = report.expect("there is a report");
        assert_eq!(report.class, "hard-rss-limit");
        assert_eq!(
            report.text,
            "ERROR: AddressSanitizer: hard rss limit exhausted (1024Mb)\n"
        );
    }

    #[test]
    fn no_report() {
        let output = "==1==ERROR: a song is missing\nSUMMARY: none\n";
        assert_eq!(split(output), (output.to_owned(), None));
    }

    #[test]
    fn a_report_without_a_summary() {
        let cut = |raw: &str| raw.split("SUMMARY").next().map(str::to_owned);
        assert_eq!(
            report_of(&cut(DOUBLE_FREE).expect("text")).class,
            "double-free"
        );
        assert_eq!(report_of(&cut(LEAK).expect("text")).class, "leak");
    }

    #[test]
    fn a_checker_that_fails_is_no_leak() {
        let raw = "==7==LeakSanitizer has encountered a fatal error.\n";
        assert_eq!(split(raw).1, None);
        let raw = "==7==ERROR: LeakSanitizer: failed to intercept\n";
        assert_eq!(report_of(raw).class, "failed");
    }

    #[test]
    fn compilers_agree() {
        let old = "0x602000000020 is located 0 bytes to the right of 16-byte region [0x602000000010,0x602000000020)";
        let new = "0x502000000020 is located 0 bytes after 16-byte region [0x502000000010,0x502000000020)";
        let same = Some("Address is located 0 bytes after 16-byte region".to_owned());
        assert_eq!((stable(old), stable(new)), (same.clone(), same));

        let gcc = "    #1 0x55a0bd858217 in main /tmp/a/main.c:5";
        let clang = "    #1 0x55a0bd858217 in main /tmp/b/main.c:5:13";
        let same = Some("    in main main.c:5".to_owned());
        assert_eq!((stable(gcc), stable(clang)), (same.clone(), same));

        let gcc = "0x1 is located 0 bytes to the left of global variable 'a' defined in 'main.c:2:5' (0x2) of size 16";
        let clang = "0x1 is located 0 bytes before global variable 'a' defined in '/tmp/main.c:2' (0x2) of size 16";
        let same = Some(
            "Address is located 0 bytes before global variable 'a' defined in 'main.c:2' of size 16"
                .to_owned(),
        );
        assert_eq!((stable(gcc), stable(clang)), (same.clone(), same));
    }

    #[test]
    fn first_lines() {
        let first = |what: &str| stable(&format!("==7==ERROR: AddressSanitizer: {what}"));
        let says = |what: &str| Some(format!("ERROR: AddressSanitizer: {what}"));
        assert_eq!(
            first("heap-use-after-free on address 0x602 at pc 0x563 bp 0x7ff sp 0x7ff"),
            says("heap-use-after-free")
        );
        assert_eq!(
            first("SEGV on unknown address 0x000000000000 (pc 0x55 bp 0x7f sp 0x7f T0)"),
            says("SEGV")
        );
        assert_eq!(
            first("attempting free on address which was not malloc()-ed: 0x7f in thread T0"),
            says("attempting free on address which was not malloc()-ed")
        );
        assert_eq!(
            first(
                "requested allocation size 0xffffffffffffffff (0x800 after adjustments for alignment, red zones etc.) exceeds maximum supported size of 0x10000000000 (thread T0)"
            ),
            says(
                "requested allocation size 0xffffffffffffffff exceeds maximum supported size of 0x10000000000"
            )
        );
        assert_eq!(
            first("memcpy-param-overlap: memory ranges [0x602,0x606) and [0x603, 0x607) overlap"),
            says("memcpy-param-overlap: memory ranges overlap")
        );
        assert_eq!(
            first("stack-overflow on address 0x7ffd (pc 0x55 bp 0x7f sp 0x7f T0)"),
            says("stack-overflow")
        );
    }

    #[test]
    fn other_threads_keep_their_names() {
        assert_eq!(
            stable("freed by thread T1 here:"),
            Some("freed by thread T1:".to_owned())
        );
        assert_eq!(
            stable("Thread T1 created by T0 here:"),
            Some("Thread T1 created by:".to_owned())
        );
    }
}
