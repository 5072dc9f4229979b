//! Blocks in C, JavaScript and Java, each judged from text to verdict's facts.

use proofread::asan::{self, Report};
use proofread::guest::{GuestRun, Language, STOPPED, judge, judge_within, missing_tool};
use proofread::sandbox::{Ending, Limits, Outcome};
use std::time::Duration;

/// Judges a block, or says why not; on a build server a missing tool is a failure.
fn judged(language: Language, code: &str) -> Option<GuestRun> {
    if let Some(tool) = missing_tool(language) {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "{tool} is not in PATH, and CI is true");
        println!("skipped: {tool} is not in PATH, so {language:?} is not judged");
        return None;
    }
    Some(judge(language, code, true).expect("the machine works"))
}

fn ran(language: Language, code: &str) -> Option<Outcome> {
    let judged = judged(language, code)?;
    assert_eq!(judged.compiled, Ok(()));
    judged.run
}

fn rejected(language: Language, code: &str) -> Option<String> {
    let judged = judged(language, code)?;
    assert!(judged.run.is_none());
    judged.compiled.err()
}

/// Runs a C program that a sanitizer stops; what it printed, and the report.
fn stopped(code: &str) -> Option<(String, Report)> {
    let run = ran(Language::C, code)?;
    assert_eq!(run.ending, Ending::Exit(STOPPED), "{}", run.output);
    let (printed, report) = asan::split(&run.output);
    Some((printed, report.expect(&run.output)))
}

#[test]
fn c_runs() {
    let code = "#include <stdio.h>\nint main(void) {\n    puts(\"one\");\n    fputs(\"two\\n\", stderr);\n    puts(\"three\");\n}\n";
    let Some(judged) = judged(Language::C, code) else {
        return;
    };
    assert_eq!(judged.warnings, "");
    let run = judged.run.expect("it compiles");
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), "one\ntwo\nthree\n")
    );
}

#[test]
fn c_warns() {
    let code = "int main(void) {\n    int unused = 3;\n    return 0;\n}\n";
    let Some(judged) = judged(Language::C, code) else {
        return;
    };
    assert!(
        judged.warnings.contains("[-Wunused-variable]"),
        "{}",
        judged.warnings
    );
    assert!(
        judged.warnings.starts_with("main.c:"),
        "{}",
        judged.warnings
    );
    assert!(judged.run.is_some());
    let strict = judge(Language::C, code, false).expect("the machine works");
    assert_eq!(strict.compiled, Ok(()));
    assert_eq!(strict.warnings, judged.warnings);
    assert!(strict.run.is_none());
}

#[test]
fn c_does_not_compile() {
    let Some(text) = rejected(Language::C, "int main(void) { return x; }\n") else {
        return;
    };
    assert!(text.contains("main.c:1:25: error:"), "{text}");
    assert!(!text.contains("/proofread-"), "{text}");
}

#[test]
fn a_leak() {
    let code = r#"#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *title(void) {
    char *text = malloc(16);
    strcpy(text, "Blue in Green");
    return text;
}

int main(void) {
    char *song = title();
    puts(song);
    song = NULL;
    return 0;
}
"#;
    if cfg!(not(target_os = "linux")) {
        println!("skipped: LeakSanitizer is part of AddressSanitizer on Linux only");
        return;
    }
    let Some((printed, report)) = stopped(code) else {
        return;
    };
    assert_eq!(printed, "Blue in Green\n");
    assert_eq!(report.class, "leak");
    assert_eq!(
        report.text,
        "ERROR: LeakSanitizer: detected memory leaks\n\
         Direct leak of 16 byte(s) in 1 object(s) allocated from:\n\
         \x20   in title main.c:6\n\
         \x20   in main main.c:12\n\
         SUMMARY: AddressSanitizer: 16 byte(s) leaked in 1 allocation(s).\n"
    );
}

#[test]
fn what_a_global_still_reaches_is_no_leak() {
    let code = "#include <stdlib.h>\nstatic char *song;\nint main(void) {\n    song = malloc(16);\n    return song == NULL;\n}\n";
    let Some(run) = ran(Language::C, code) else {
        return;
    };
    assert_eq!((run.ending, run.output.as_str()), (Ending::Exit(0), ""));
}

#[test]
fn a_double_free() {
    let code = "#include <stdlib.h>\n#include <stdio.h>\nint main(void) {\n    int *p = malloc(16);\n    puts(\"one\");\n    free(p);\n    free(p);\n    puts(\"two\");\n}\n";
    let Some((printed, report)) = stopped(code) else {
        return;
    };
    assert_eq!(printed, "one\n");
    assert_eq!(report.class, "double-free");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: attempting double-free\n\
         \x20   in main main.c:7\n\
         Address is located 0 bytes inside of 16-byte region\n\
         freed by:\n\
         \x20   in main main.c:6\n\
         previously allocated by:\n\
         \x20   in main main.c:4\n"
    );
}

#[test]
fn a_use_after_free() {
    let code = "#include <stdlib.h>\n#include <stdio.h>\nint main(void) {\n    int *p = calloc(4, 4);\n    free(p);\n    printf(\"%d\\n\", p[2]);\n}\n";
    let Some((printed, report)) = stopped(code) else {
        return;
    };
    assert_eq!(printed, "");
    assert_eq!(report.class, "heap-use-after-free");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: heap-use-after-free\n\
         READ of size 4\n\
         \x20   in main main.c:6\n\
         Address is located 8 bytes inside of 16-byte region\n\
         freed by:\n\
         \x20   in main main.c:5\n\
         previously allocated by:\n\
         \x20   in main main.c:4\n"
    );
}

#[test]
fn a_heap_overrun() {
    let code = "#include <stdlib.h>\nint main(void) {\n    int *p = malloc(16);\n    for (int i = 0; i <= 4; i++)\n        p[i] = i;\n    free(p);\n}\n";
    let Some((_, report)) = stopped(code) else {
        return;
    };
    assert_eq!(report.class, "heap-buffer-overflow");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: heap-buffer-overflow\n\
         WRITE of size 4\n\
         \x20   in main main.c:5\n\
         Address is located 0 bytes after 16-byte region\n\
         allocated by:\n\
         \x20   in main main.c:3\n"
    );
}

#[test]
fn a_stack_overrun() {
    let code = "#include <stdio.h>\nstatic int last(int *p, int n) {\n    return p[n];\n}\nint main(void) {\n    int a[4] = {1, 2, 3, 4};\n    printf(\"%d\\n\", last(a, 4));\n}\n";
    let Some((_, report)) = stopped(code) else {
        return;
    };
    assert_eq!(report.class, "stack-buffer-overflow");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: stack-buffer-overflow\n\
         READ of size 4\n\
         \x20   in last main.c:3\n\
         \x20   in main main.c:7\n\
         Address is located in stack in frame\n\
         \x20   in main main.c:5\n\
         \x20   'a' (line 6) <== Memory access overflows this variable\n"
    );
}

#[test]
fn a_use_after_return() {
    let code = "#include <stdio.h>\nint *three(void) {\n    int x = 3;\n    int *p = &x;\n    return p;\n}\nint main(void) {\n    int *p = three();\n    printf(\"%d\\n\", *p);\n}\n";
    let Some((_, report)) = stopped(code) else {
        return;
    };
    assert_eq!(report.class, "stack-use-after-return");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: stack-use-after-return\n\
         READ of size 4\n\
         \x20   in main main.c:9\n\
         Address is located in stack in frame\n\
         \x20   in three main.c:2\n\
         \x20   'x' (line 3) <== Memory access is inside this variable\n"
    );
}

#[test]
fn a_global_overrun() {
    let code = "#include <stdio.h>\nint a[4] = {1, 2, 3, 4};\nint *p = a;\nint main(void) {\n    printf(\"%d\\n\", p[4]);\n}\n";
    let Some((_, report)) = stopped(code) else {
        return;
    };
    assert_eq!(report.class, "global-buffer-overflow");
    assert!(
        report
            .text
            .contains("Address is located 0 bytes after global variable 'a' defined in 'main.c:2' of size 16\n"),
        "{}",
        report.text
    );
}

#[test]
fn memory_without_end() {
    let code = "#include <stdlib.h>\n#include <string.h>\nint main(void) {\n    for (;;) {\n        char **p = malloc(10000000);\n        memset(p, 1, 10000000);\n    }\n}\n";
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let Some((_, report)) = stopped(code) else {
        return;
    };
    assert_eq!(report.class, "hard-rss-limit");
    assert_eq!(
        report.text,
        "ERROR: AddressSanitizer: hard rss limit exhausted (512Mb)\n"
    );
}

#[test]
fn two_runs_give_the_same_report() {
    let code = "#include <stdlib.h>\nint main(void) {\n    char *p = malloc(9);\n    free(p);\n    return *p;\n}\n";
    let (Some(one), Some(two)) = (stopped(code), stopped(code)) else {
        return;
    };
    assert_eq!(one, two);
}

#[test]
fn undefined_behaviour() {
    let code = "#include <limits.h>\n#include <stdio.h>\nint main(void) {\n    int x = INT_MAX;\n    puts(\"before\");\n    x = x + 1;\n    printf(\"%d\\n\", x);\n}\n";
    let Some(run) = ran(Language::C, code) else {
        return;
    };
    assert_eq!(run.ending, Ending::Exit(STOPPED));
    assert!(
        run.output.starts_with(
            "before\nmain.c:6:7: runtime error: signed integer overflow: 2147483647 + 1 "
        ),
        "{}",
        run.output
    );
    let (_, report) = asan::split(&run.output);
    assert_eq!(report, None);
}

#[test]
fn an_endless_loop() {
    let limits = Limits {
        wall: Duration::from_secs(1),
        ..Limits::guest()
    };
    let code = "int main(void) {\n    for (volatile int i = 0;; i ^= 1) {}\n}\n";
    if judged(Language::C, "int main(void) {}\n").is_none() {
        return;
    }
    let judged = judge_within(&limits, Language::C, code, false).expect("the machine works");
    assert_eq!(
        judged.run.expect("it compiles").ending.to_string(),
        "did not end within 1 s and was stopped"
    );
}

#[test]
fn javascript_runs_and_collects() {
    let code = "let songs = new Array(1000).fill('a song');\nconst weak = new WeakRef(songs);\nconsole.log(weak.deref() !== undefined);\nsongs = null;\nawait new Promise((next) => setTimeout(next, 1));\ngc();\nconsole.log(weak.deref());\nconsole.error('end');\n";
    let Some(run) = ran(Language::JavaScript, code) else {
        return;
    };
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), "true\nundefined\nend\n")
    );
}

#[test]
fn javascript_does_not_parse() {
    let Some(text) = rejected(Language::JavaScript, "let x = ;\n") else {
        return;
    };
    assert!(text.contains("main.mjs:1\n"), "{text}");
    assert!(text.contains("SyntaxError: Unexpected token ';'"), "{text}");
    assert!(!text.contains("/proofread-"), "{text}");
}

#[test]
fn javascript_throws() {
    let Some(run) = ran(
        Language::JavaScript,
        "console.log(1);\nthrow new Error('full');\n",
    ) else {
        return;
    };
    assert_eq!(run.ending, Ending::Exit(1));
    assert!(run.output.starts_with("1\nmain.mjs:2\n"), "{}", run.output);
    assert!(!run.output.contains("/proofread-"), "{}", run.output);
}

#[test]
fn javascript_takes_too_much() {
    let code = "const all = [];\nfor (;;) all.push(new Array(100000).fill(0.5));\n";
    let Some(run) = ran(Language::JavaScript, code) else {
        return;
    };
    assert!(!run.ending.success());
    assert!(run.output.contains("heap out of memory"), "{}", run.output);
}

#[test]
fn java_runs_and_collects() {
    let code = "import java.lang.ref.WeakReference;\n\npublic class Main {\n    public static void main(String[] args) {\n        Object song = new Object();\n        var weak = new WeakReference<>(song);\n        System.out.println(weak.get() != null);\n        song = null;\n        System.gc();\n        System.out.println(\"à la carte: \" + weak.get());\n    }\n}\n";
    let Some(judged) = judged(Language::Java, code) else {
        return;
    };
    assert_eq!((&judged.compiled, judged.warnings.as_str()), (&Ok(()), ""));
    let run = judged.run.expect("it compiles");
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), "true\nà la carte: null\n")
    );
}

#[test]
fn java_does_not_compile() {
    let code = "class Main {\n    public static void main(String[] args) {\n        int x = \"one\";\n    }\n}\n";
    let Some(text) = rejected(Language::Java, code) else {
        return;
    };
    assert!(
        text.starts_with("Main.java:3: error: incompatible types"),
        "{text}"
    );
}

#[test]
fn java_throws() {
    let code = "class Main {\n    public static void main(String[] args) {\n        int[] a = new int[2];\n        System.out.println(a[2]);\n    }\n}\n";
    let Some(run) = ran(Language::Java, code) else {
        return;
    };
    assert_eq!(run.ending, Ending::Exit(1));
    assert!(
        run.output.contains("ArrayIndexOutOfBoundsException") && run.output.contains("Main.java:4"),
        "{}",
        run.output
    );
}
