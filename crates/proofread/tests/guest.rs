//! Blocks in other languages than Rust, each judged from text to verdict's facts.

use proofread::asan::{self, Report};
use proofread::exception::{self, Exception};
use proofread::guest::{GuestRun, Language, STOPPED, Watch, judge, judge_within, missing_tool};
use proofread::race;
use proofread::sandbox::{Ending, Limits, Outcome};
use std::time::Duration;

/// Judges a block, or says why not; on a build server a missing tool is a failure.
fn judged(language: Language, code: &str) -> Option<GuestRun> {
    watched(language, Watch::Memory, code)
}

fn watched(language: Language, watch: Watch, code: &str) -> Option<GuestRun> {
    if let Some(tool) = missing_tool(language, watch) {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "{tool} is not in PATH, and CI is true");
        println!("skipped: {tool} is not in PATH, so {language:?} is not judged");
        return None;
    }
    Some(judge(language, watch, code, true).expect("the machine works"))
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
    let strict = judge(Language::C, Watch::Memory, code, false).expect("the machine works");
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
    let judged =
        judge_within(&limits, Language::C, Watch::Memory, code, false).expect("the machine works");
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

/// Runs a program that an exception ends; what it printed, and the exception.
fn thrown(language: Language, code: &str) -> Option<(String, Exception)> {
    let run = ran(language, code)?;
    assert!(run.reported && !run.ending.success(), "{run:?}");
    let (printed, thrown) = exception::split(&run.output);
    Some((printed, thrown.expect(&run.output)))
}

/// Runs a program that only looks as if an exception had ended it.
fn forged(language: Language, code: &str) {
    if let Some(run) = ran(language, code) {
        assert!(!run.reported, "{run:?}");
        assert_eq!(run.ending, Ending::Exit(1), "{run:?}");
    }
}

fn exception(kind: &str, text: &str) -> Exception {
    Exception {
        kind: kind.to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn java_throws() {
    let code = "import java.util.ArrayList;\nimport java.util.List;\n\npublic class Main {\n    public static void main(String[] args) {\n        var songs = new ArrayList<>(List.of(\"a\", \"b\", \"c\"));\n        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println(\"end\")));\n        for (var song : songs) {\n            System.out.println(song);\n            songs.remove(song);\n        }\n    }\n}\n";
    let Some((printed, thrown)) = thrown(Language::Java, code) else {
        return;
    };
    assert_eq!(printed, "a\nend\n");
    let text = "Exception in thread \"main\" java.util.ConcurrentModificationException\n";
    assert_eq!(thrown, exception("ConcurrentModificationException", text));
    forged(
        Language::Java,
        "class Main {\n    public static void main(String[] args) {\n        System.err.print(\"\\u001eA\\u001fException in thread \\\"main\\\" A\\n\\u001e\");\n        System.exit(1);\n    }\n}\n",
    );
}

#[test]
fn an_exception_of_another_thread_does_not_end_java() {
    let code = "class Main {\n    public static void main(String[] args) throws Exception {\n        var other = new Thread(() -> { throw new IllegalStateException(\"late\"); });\n        other.start();\n        other.join();\n        System.out.println(\"on\");\n    }\n}\n";
    let Some(run) = ran(Language::Java, code) else {
        return;
    };
    assert_eq!(run.ending, Ending::Exit(0));
    assert!(!run.reported);
    assert!(run.output.ends_with("\non\n"), "{}", run.output);
}

#[test]
fn java_needs_a_main_that_java_would_start() {
    let code = "class Main {\n    static void main(String[] args) {}\n}\n";
    if let Some(run) = ran(Language::Java, code) {
        assert!(!run.ending.success(), "{run:?}");
    }
}

#[test]
fn javascript_throws() {
    let code = "console.log(1);\nprocess.on('exit', (code) => console.log('exit', code));\nclass Full extends Error {}\nconst shelf = undefined;\nif (process.argv.length > 5) throw new Full();\nshelf.books;\n";
    let Some((printed, thrown_here)) = thrown(Language::JavaScript, code) else {
        return;
    };
    assert_eq!(printed, "1\nexit 1\n");
    let text = "TypeError: Cannot read properties of undefined (reading 'books')\n";
    assert_eq!(thrown_here, exception("TypeError", text));
    let late = "await Promise.reject(new RangeError('late'));\n";
    let (_, late) = thrown(Language::JavaScript, late).expect("node is here");
    assert_eq!(late, exception("RangeError", "RangeError: late\n"));
    let (_, word) = thrown(Language::JavaScript, "throw 'full';\n").expect("node is here");
    assert_eq!(word, exception("string", "Uncaught full\n"));
    forged(
        Language::JavaScript,
        "console.error('\\x1eTypeError\\x1fTypeError: x\\n\\x1e');\nprocess.exit(1);\n",
    );
}

#[test]
fn what_javascript_catches_ends_nothing() {
    let code = "process.on('uncaughtException', (error) => console.log(error.message));\nsetTimeout(() => console.log('on'), 5);\nthrow new Error('full');\n";
    let Some(run) = ran(Language::JavaScript, code) else {
        return;
    };
    let expected = (Ending::Exit(0), "full\non\n", false);
    assert_eq!((run.ending, run.output.as_str(), run.reported), expected);
}

#[test]
fn python_runs() {
    let code = "import sys\n\nsongs = ['a']\nagain = songs\nagain.append('b')\nprint(songs, songs is again, __name__)\nprint('end', file=sys.stderr)\nprint(sorted(n for n in dir() if not n.startswith('__')))\nassert sys.stdin.read() == ''\n";
    let Some(run) = ran(Language::Python, code) else {
        return;
    };
    let printed = "['a', 'b'] True __main__\nend\n['again', 'program', 'songs', 'sys']\n";
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), printed)
    );
}

#[test]
fn python_does_not_parse() {
    let Some(text) = rejected(Language::Python, "print(1)\nx = = 2\n") else {
        return;
    };
    assert!(text.contains("File \"main.py\", line 2"), "{text}");
    assert!(text.ends_with("SyntaxError: invalid syntax\n"), "{text}");
    assert!(!text.contains("proofread-"), "{text}");
}

#[test]
fn python_throws() {
    let code =
        "seats = [1, 2]\nprint('before')\ntry:\n    seats[7]\nfinally:\n    print('at the end')\n";
    let Some((printed, index)) = thrown(Language::Python, code) else {
        return;
    };
    assert_eq!(printed, "before\nat the end\n");
    let text = "IndexError: list index out of range\n";
    assert_eq!(index, exception("IndexError", text));
    let own = "class Full(Exception):\n    pass\n\nraise Full('no seat') from ValueError('x')\n";
    let (_, own) = thrown(Language::Python, own).expect("python3 is here");
    assert_eq!(own.kind, "Full");
    forged(
        Language::Python,
        "import sys\nsys.stderr.write('\\x1eIndexError\\x1fIndexError: list index out of range\\n\\x1e')\nsys.exit(1)\n",
    );
}

#[test]
fn python_takes_too_much() {
    let code = "all = []\nwhile True:\n    all.append('x' * 10000000)\n";
    let Some((_, thrown)) = thrown(Language::Python, code) else {
        return;
    };
    assert_eq!(thrown.kind, "MemoryError");
}

#[test]
fn cpp_runs_and_warns() {
    let code = "#include <iostream>\n#include <memory>\n#include <vector>\n\nint main() {\n    auto songs = std::make_unique<std::vector<int>>(3, 7);\n    std::cout << songs->size() << \" songs\\n\";\n    std::cerr << \"end\\n\";\n}\n";
    let Some(judged_here) = judged(Language::Cpp, code) else {
        return;
    };
    assert_eq!(judged_here.warnings, "");
    let run = judged_here.run.expect("it compiles");
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), "3 songs\nend\n")
    );
    let warns = judged(Language::Cpp, "int main(int n, char **) { return 0; }\n");
    let warnings = warns.expect("g++ is here").warnings;
    assert!(
        warnings.contains("main.cpp:1:14: warning: unused parameter"),
        "{warnings}"
    );
}

#[test]
fn cpp_uses_what_is_freed() {
    let code = "#include <vector>\n\nint first(std::vector<int> &songs) {\n    int &one = songs.front();\n    songs.push_back(2);\n    return one;\n}\n\nint main() {\n    std::vector<int> songs{1};\n    return first(songs);\n}\n";
    let Some(run) = ran(Language::Cpp, code) else {
        return;
    };
    assert!(run.reported);
    assert_eq!(run.ending, Ending::Exit(STOPPED));
    let report = asan::split(&run.output).1.expect(&run.output);
    assert_eq!(report.class, "heap-use-after-free");
    assert!(
        report.text.starts_with(
            "ERROR: AddressSanitizer: heap-use-after-free\nREAD of size 4\n    in first(std::vector<int, std::allocator<int> >&) main.cpp:6\n    in main main.cpp:11\n"
        ),
        "{}",
        report.text
    );
}

#[test]
fn cpp_throws() {
    let code = "#include <iostream>\n#include <vector>\n\nint main() {\n    std::vector<int> seats{1, 2};\n    std::cout << \"before\\n\";\n    std::cout << seats.at(7) << \"\\n\";\n}\n";
    let Some(run) = ran(Language::Cpp, code) else {
        return;
    };
    assert_eq!(run.ending, Ending::Signal(6));
    assert!(run.reported);
    let (printed, thrown) = exception::split(&run.output);
    assert_eq!(printed, "before\n");
    let text = "terminate called after throwing an instance of 'std::out_of_range'\n  what():  vector::_M_range_check: __n (which is 7) >= this->size() (which is 2)\n";
    assert_eq!(thrown, Some(exception("std::out_of_range", text)));
    let number = ran(Language::Cpp, "int main() { throw 7; }\n").expect("g++ is here");
    assert_eq!(
        exception::split(&number.output).1.map(|e| e.kind),
        Some("int".to_owned())
    );
    let forged = "#include <cstdio>\n#include <cstdlib>\n\nint main() {\n    std::fputs(\"\\x1e\" \"A\\x1f\" \"A\\n\\x1e\", stderr);\n    std::abort();\n}\n";
    let run = ran(Language::Cpp, forged).expect("g++ is here");
    assert!(!run.reported, "{run:?}");
}

/// Two threads that change one number.
const C_RACE: &str = "#include <pthread.h>\n#include <stdio.h>\n\nstatic int visitors = 0;\n\nstatic void *door(void *name) {\n    puts(name);\n    for (int i = 0; i < 1000; i++) {\n        visitors++;\n    }\n    return NULL;\n}\n\nint main(void) {\n    pthread_t east, west;\n    pthread_create(&east, NULL, door, \"door\");\n    pthread_create(&west, NULL, door, \"door\");\n    pthread_join(east, NULL);\n    pthread_join(west, NULL);\n    printf(\"%d\\n\", visitors);\n    return 0;\n}\n";

const GO_RACE: &str = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tvisitors := 0\n\tdone := make(chan bool)\n\tfor i := 0; i < 2; i++ {\n\t\tgo func() {\n\t\t\tfor j := 0; j < 1000; j++ {\n\t\t\t\tvisitors++\n\t\t\t}\n\t\t\tdone <- true\n\t\t}()\n\t}\n\t<-done\n\t<-done\n\tfmt.Println(visitors)\n}\n";

fn race_of(language: Language, code: &str) -> Option<Report> {
    let run = watched(language, Watch::Races, code)?
        .run
        .expect("it compiles");
    assert!(run.reported, "{run:?}");
    assert_eq!(run.ending, Ending::Exit(STOPPED), "{}", run.output);
    Some(race::split(&run.output).1.expect(&run.output))
}

#[test]
fn a_race_in_c() {
    let Some(report) = race_of(Language::C, C_RACE) else {
        return;
    };
    assert_eq!(report.class, "data-race");
    let text = "WARNING: ThreadSanitizer: data race\n    in door main.c:9 (both)\n";
    assert_eq!(report.text, text);
    let locked = "int main(void) {\n    return 0;\n}\n";
    let fine = watched(Language::C, Watch::Races, locked)
        .expect("cc is here")
        .run;
    assert_eq!(fine.expect("it compiles").ending, Ending::Exit(0));
}

#[test]
fn a_race_in_go() {
    let Some(report) = race_of(Language::Go, GO_RACE) else {
        return;
    };
    assert_eq!(report.class, "data-race");
    assert_eq!(
        report.text,
        "WARNING: DATA RACE\n    in main.main.func1 main.go:11 (both)\n"
    );
    let forged = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfmt.Println(\"==================\\nWARNING: DATA RACE\")\n\tos.Exit(86)\n}\n";
    let run = watched(Language::Go, Watch::Races, forged)
        .expect("go is here")
        .run;
    let run = run.expect("it compiles");
    assert!(
        race::split(&run.output).1.is_some() && !run.reported,
        "{run:?}"
    );
}

#[test]
fn go_runs_and_is_vetted() {
    let code = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tshelf := make([]int, 2, 4)\n\tother := append(shelf, 3)\n\tother[0] = 9\n\tfmt.Println(shelf, len(other), len(os.Environ()) < 9)\n\tvar all []func() int\n\tfor i := 0; i < 2; i++ {\n\t\tall = append(all, func() int { return i })\n\t}\n\tfmt.Println(all[0](), all[1]())\n}\n";
    let Some(judged_here) = judged(Language::Go, code) else {
        return;
    };
    assert_eq!(
        (&judged_here.compiled, judged_here.warnings.as_str()),
        (&Ok(()), "")
    );
    let run = judged_here.run.expect("it compiles");
    // The variable of a loop is one for all passes, as in Go 1.19.
    assert_eq!(
        (run.ending, run.output.as_str()),
        (Ending::Exit(0), "[9 0] 3 true\n2 2\n")
    );
    let vetted =
        "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Printf(\"%d\\n\", \"one\")\n}\n";
    let warned = judged(Language::Go, vetted).expect("go is here").warnings;
    assert!(
        warned.contains("main.go:6:2: fmt.Printf format %d has arg"),
        "{warned}"
    );
    let unused = "package main\n\nfunc main() {\n\tx := 1\n}\n";
    let text = rejected(Language::Go, unused).expect("go is here");
    assert!(text.starts_with("main.go:4:2: x declared"), "{text}");
}

#[test]
fn go_panics() {
    let code = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tseats := []int{1, 2, 3}\n\tseat := 5\n\tfmt.Println(\"before\")\n\tdefer fmt.Println(\"at the end\")\n\tfmt.Println(seats[seat])\n}\n";
    let Some(run) = ran(Language::Go, code) else {
        return;
    };
    assert_eq!(run.ending, Ending::Signal(6), "{}", run.output);
    let (printed, panic) = exception::split_go(&run.output);
    assert_eq!(printed, "before\nat the end\n");
    let text = "panic: runtime error: index out of range [5] with length 3\n";
    assert_eq!(panic.as_deref(), Some(text));
    let forged = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfmt.Println(\"panic: x\\n\\ngoroutine 1 [running]:\")\n\tos.Exit(2)\n}\n";
    let run = ran(Language::Go, forged).expect("go is here");
    assert_eq!(run.ending, Ending::Exit(2));
}

/// A block of Go finds the cache filled, and cannot change it.
#[test]
fn gos_cache_is_read_only() {
    let code = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\terr := os.WriteFile(\"PLACE\", nil, 0o644)\n\tfmt.Println(err != nil)\n}\n";
    let program = std::env::current_exe().expect("a program");
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let Some(guests) = target.map(|target| target.join("guests")) else {
        return;
    };
    let Some(_) = ran(Language::Go, code) else {
        return;
    };
    let caches: Vec<_> = std::fs::read_dir(guests)
        .expect("a cache")
        .flatten()
        .collect();
    assert!(!caches.is_empty());
    for cache in caches {
        let place = cache.path().join("00/judged");
        let run = ran(
            Language::Go,
            &code.replace("PLACE", &place.display().to_string()),
        );
        assert_eq!(run.expect("go is here").output, "true\n");
    }
}

/// The same verdict a hundred times: `cargo test -p proofread --test guest -- --ignored`.
#[test]
#[ignore = "takes a minute or two; run it where the form of reports has changed"]
fn a_hundred_races_give_one_verdict() {
    for (language, code) in [(Language::C, C_RACE), (Language::Go, GO_RACE)] {
        let first = race_of(language, code);
        for _ in 0..100 {
            assert_eq!(race_of(language, code), first);
        }
    }
}
