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

/// The name of a block's file, as frames give it.
pub const FILE: &str = "main.c";

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
regex!(FRAME, r"^\s+#\d+ 0x[0-9a-f]+ in (\S+)(?:\([^)]*\))? (.*)$");
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
        return Some(format!(
            "    in {} {FILE}:{}",
            &found[1],
            own_line(&found[2])?
        ));
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

/// The line in a frame's `folder/main.c:12:5`, if it is of our file.
fn own_line(place: &str) -> Option<&str> {
    regex!(PLACE, r"^(?:\S*/)?([^/\s]+?):(\d+)(?::\d+)?$");
    let found = PLACE.captures(place)?;
    (&found[1] == FILE).then(|| found.get(2).map(|line| line.as_str()))?
}

/// `'/folder/main.c:3:5'` as `'main.c:3'`: GCC gives a column, clang none.
fn without_column(what: &str) -> String {
    regex!(DEFINED, r"'(?:[^'\s]*/)?(main\.c:\d+)(?::\d+)?'");
    DEFINED.replace(what, "'$1'").into_owned()
}
