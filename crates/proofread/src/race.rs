//! From the raw report of ThreadSanitizer, or of Go's race detector, to what of it
//! is the same on every run: its class, and the lines of source that race.
//!
//! Which of two threads comes first is chance, so the lines stand in the order of
//! the source, and nothing says which of them read and which wrote.

use std::sync::LazyLock;

use regex::Regex;

use crate::asan::Report;

macro_rules! regex {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("the pattern is a constant"));
    };
}

regex!(
    START,
    r"(?m)^={18}\nWARNING: (?:ThreadSanitizer: (?P<class>.*?) \(pid=\d+\)|DATA RACE)$"
);
// A stack: what it is of, and its frames.
regex!(
    ACCESS,
    r"(?i)^ *(?:previous )?(?:atomic )?(?:read|write)\b.* by "
);
regex!(
    FRAME,
    r"^\s+#\d+ (?P<function>.+) \S*?(?P<place>main\.(?:c|cpp):\d+)(?::\d+)?(?: \(.*)?$"
);
regex!(GO_FUNCTION, r"^  (?P<function>\S.*)\(\)$");
regex!(GO_PLACE, r"^      (?:\S*/)?(?P<place>main\.go:\d+)\b");

/// Takes a program's output apart: what it printed itself, and the report of the
/// detector that stopped it, if one did.
///
/// ```
/// let (printed, report) = proofread::race::split("one song\n");
/// assert_eq!((printed.as_str(), report), ("one song\n", None));
/// ```
pub fn split(output: &str) -> (String, Option<Report>) {
    let Some(found) = START.captures(output) else {
        return (output.to_owned(), None);
    };
    let start = found.get(0).map_or(0, |whole| whole.start());
    let named = found.name("class").map(|class| class.as_str());
    let class = named.unwrap_or("data race");
    let tool = if named.is_some() {
        "ThreadSanitizer: "
    } else {
        ""
    };
    let class_in_words = class.split(" (").next().unwrap_or(class);
    let mut text = format!(
        "WARNING: {tool}{}\n",
        if named.is_some() {
            class_in_words
        } else {
            "DATA RACE"
        }
    );
    let mut lines: Vec<(String, usize, String)> = accesses(&output[start..])
        .into_iter()
        .map(|(function, place)| {
            let line = place.rsplit(':').next().and_then(|line| line.parse().ok());
            (function, line.unwrap_or(0), place)
        })
        .collect();
    lines.sort_by_key(|(_, line, _)| *line);
    let both = lines.len();
    lines.dedup_by(|a, b| a.2 == b.2);
    for (function, _, place) in &lines {
        let twice = if both == 2 && lines.len() == 1 {
            " (both)"
        } else {
            ""
        };
        text += &format!("    in {function} {place}{twice}\n");
    }
    let class = class_in_words.replace([':', ','], "").replace(' ', "-");
    (output[..start].to_owned(), Some(Report { class, text }))
}

/// The innermost frame of the block's own file, of each access (or, where the
/// report tells of none, of its first stack): function and place.
fn accesses(report: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let paragraphs: Vec<&str> = report.split("\n\n").collect();
    let any = |text: &str| text.lines().any(|line| ACCESS.is_match(line));
    let told = paragraphs.iter().any(|text| any(text));
    for (index, paragraph) in paragraphs.iter().enumerate() {
        if (told && any(paragraph)) || (!told && index == 0) {
            found.extend(own_frame(paragraph));
        }
    }
    found
}

fn own_frame(stack: &str) -> Option<(String, String)> {
    let mut function = String::new();
    for line in stack.lines() {
        if let Some(frame) = FRAME.captures(line) {
            return Some((frame["function"].to_owned(), frame["place"].to_owned()));
        }
        if let Some(named) = GO_FUNCTION.captures(line) {
            function = named["function"].to_owned();
        } else if let Some(place) = GO_PLACE.captures(line) {
            return Some((function, place["place"].to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GCC 12 on Linux.
    const C: &str = "\
open
==================
WARNING: ThreadSanitizer: data race (pid=4163)
  Read of size 4 at 0x55555555805c by thread T2:
    #0 count /tmp/a/main.c:19 (main+0x11e9)
    #1 door /tmp/a/main.c:25 (main+0x11e9)

  Previous write of size 4 at 0x55555555805c by thread T1 (mutexes: write M9):
    #0 door /tmp/a/main.c:9 (main+0x1201)

  Location is global 'visitors' of size 4 at 0x55555555805c (main+0x405c)

  Thread T2 (tid=4166, running) created by main thread at:
    #0 pthread_create ../../../../src/libsanitizer/tsan/tsan_interceptors_posix.cpp:1001 (libtsan.so.2+0x5e686)
    #1 main /tmp/a/main.c:17 (main+0x1276)

SUMMARY: ThreadSanitizer: data race /tmp/a/main.c:9 in door
==================
";

    const GO: &str = "\
==================
WARNING: DATA RACE
Read at 0x00c0000ac008 by goroutine 8:
  fmt.Println()
      /usr/lib/go-1.19/src/fmt/print.go:9 +0x46
  main.main.func1()
      /tmp/a/main.go:11 +0x46

Previous write at 0x00c0000ac008 by main goroutine:
  main.main.func1()
      /tmp/a/main.go:11 +0x58

Goroutine 8 (running) created at:
  main.main()
      /tmp/a/main.go:9 +0x64
==================
";

    #[test]
    fn the_lines_stand_in_the_order_of_the_source() {
        let (printed, report) = split(C);
        assert_eq!(printed, "open\n");
        let report = report.expect("a report");
        assert_eq!(report.class, "data-race");
        assert_eq!(
            report.text,
            "WARNING: ThreadSanitizer: data race\n    in door main.c:9\n    in count main.c:19\n"
        );
    }

    #[test]
    fn gos_detector_and_one_line_for_both() {
        let report = split(GO).1.expect("a report");
        assert_eq!(report.class, "data-race");
        assert_eq!(
            report.text,
            "WARNING: DATA RACE\n    in main.main.func1 main.go:11 (both)\n"
        );
    }

    #[test]
    fn what_is_no_race() {
        let raw = "==================\nWARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=3)\n  Cycle\n    #0 take /a/main.c:4 (x)\n";
        let report = split(raw).1.expect("a report");
        assert_eq!(report.class, "lock-order-inversion");
        assert_eq!(split("WARNING: DATA RACE\n").1, None);
    }
}
