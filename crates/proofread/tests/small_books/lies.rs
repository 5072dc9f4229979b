//! Tells lies to a small book, and counts how many are caught: all of them.

use crate::small;

use std::fs;

use proofread::chapter::Block;

const TRUE: &str = r#"# Lies

A [link](other.md#there) between chapters.

```rust
fn main() {
    println!("two\nlines");
}
```

```rust,compile_fail,E0382
fn main() {
    let inbox = vec!["hello"];
    let archive = inbox;
    println!("{} {}", inbox.len(), archive.len());
}
```

```rust,fix
fn main() {
    let inbox = vec!["hello"];
    let archive = inbox.clone();
    println!("{} {}", inbox.len(), archive.len());
}
```

```rust,should_panic
fn main() {
    println!("before");
    panic!("the inbox is empty");
}
```

```rust,warns,unused_mut
fn main() {
    let mut inbox = 1;
    println!("{inbox}");
}
```

```rust,compile_fail,uncoded
fn first<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    if a.is_empty() { b } else { a }
}

fn main() {
    first("", "");
}
```

```c
#include <stdio.h>
int main(void) {
    puts("from C");
    return 0;
}
```

```c,asan=heap-use-after-free
#include <stdlib.h>
int main(void) {
    int *score = malloc(sizeof *score);
    *score = 1;
    free(score);
    return *score;
}
```

```javascript
console.log("from JavaScript");
```

```java
class Main {
    public static void main(String[] arguments) {
        System.out.println("from Java");
    }
}
```

```java,throws=ArithmeticException
class Main {
    public static void main(String[] arguments) {
        System.out.println(1 / arguments.length);
    }
}
```

```javascript,throws=TypeError
console.log(undefined.title);
```

```python
print("from Python")
```

```python,throws=IndexError
print([1, 2][2])
```

```cpp
#include <iostream>
int main() {
    std::cout << "from C++\n";
}
```

```cpp,throws=std::out_of_range
#include <string>
int main() {
    return std::string("a").at(1);
}
```

```go
package main

import "fmt"

func main() {
	fmt.Println("from Go")
}
```

```go,panics
package main

func main() {
	var seats map[string]int
	seats["front"] = 1
}
```

```go,race
package main

func main() {
	visitors := 0
	done := make(chan bool)
	go func() {
		visitors = 1
		done <- true
	}()
	visitors = 2
	<-done
	_ = visitors
}
```

```c,tsan=data-race
#include <pthread.h>

static int visitors = 0;

static void *door(void *unused) {
    visitors = 1;
    return unused;
}

int main(void) {
    pthread_t east, west;
    pthread_create(&east, NULL, door, NULL);
    pthread_create(&west, NULL, door, NULL);
    pthread_join(east, NULL);
    pthread_join(west, NULL);
    return 0;
}
```

```rust
{{#include ../examples/whole.rs:part}}
```

```mermaid
flowchart LR
    accTitle: The way of a message
    accDescr: A message goes from the inbox to the archive.
    inbox --> archive
```

```rust,memory
use std::rc::Rc;

fn main() {
    let mut list = vec![String::from("a"), String::from("b")];
    let shared = Rc::new(7);
    let other = Rc::clone(&shared); // ①
    list.push(String::from("c"));
    let moved = list; // ②
    drop(moved); // ③
    println!("{other}");
}
```

- In a list:

  ```rust
  let kept = 1;
  println!("{kept}");
  ```
"#;

const OTHER: &str = "# Other\n\n## There\n\nWords.\n";
const WHOLE: &str =
    "// ANCHOR: part\nfn main() {\n    println!(\"included\");\n}\n// ANCHOR_END: part\n";

struct Lie {
    what: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
    /// What the message must say besides the place.
    says: &'static str,
}

const fn lie(what: &'static str, old: &'static str, new: &'static str, says: &'static str) -> Lie {
    Lie {
        what,
        file: "src/one.md",
        old,
        new,
        says,
    }
}

const LIES: &[Lie] = &[
    lie(
        "a code",
        "compile_fail,E0382",
        "compile_fail,E0505",
        "rejected with E0382",
    ),
    lie(
        "one code too many",
        "compile_fail,E0382",
        "compile_fail,E0382,E0505",
        "rejected with E0382",
    ),
    lie(
        "a line of an error text",
        "value borrowed here after move",
        "value used here after move",
        "value borrowed here",
    ),
    lie(
        "a line left out of an error text",
        "error: aborting due to 1 previous error\n\nFor more information about this error, try `rustc --explain E0382`",
        "For more information about this error, try `rustc --explain E0382`",
        "aborting",
    ),
    lie(
        "a line of output",
        "two\nlines\n```",
        "two\nrows\n```",
        "lines",
    ),
    lie(
        "an output left out",
        "```text,output\nfrom C\n```\n",
        "",
        "nothing is recorded yet",
    ),
    lie(
        "an output where nothing is printed",
        "  println!(\"{kept}\");\n",
        "  assert!(kept == 1);\n",
        "wording moved",
    ),
    lie(
        "an output of another kind",
        "text,output\nfrom Java\n",
        "text,panic\nfrom Java\n",
        "text,output",
    ),
    lie(
        "a panic message",
        "the inbox is empty\nnote",
        "the inbox is full\nnote",
        "the inbox is empty",
    ),
    lie(
        "a panic's line",
        "panicked at src/main.rs:3:5",
        "panicked at src/main.rs:2:5",
        "main.rs:3:5",
    ),
    lie(
        "a panic that does not come",
        "    panic!(\"the inbox is empty\");",
        "",
        "no panic",
    ),
    lie(
        "a panic that is an exit",
        "    panic!(\"the inbox is empty\");",
        "    std::process::exit(3);",
        "exited with code 3",
    ),
    lie(
        "a panic that does not compile",
        "    panic!(\"the inbox is empty\");",
        "    panic(\"the inbox is empty\");",
        "rejected with E0423",
    ),
    lie(
        "a sanitizer class",
        "asan=heap-use-after-free",
        "asan=double-free",
        "heap-use-after-free",
    ),
    lie(
        "a line of a sanitizer's report",
        "READ of size 4",
        "READ of size 8",
        "READ of size 4",
    ),
    lie(
        "a mistake that C does not make",
        "    free(score);\n",
        "",
        "stopped by the sanitizer: leak",
    ),
    lie(
        "a repair that does not compile",
        "[\"hello\"];\n    let archive = inbox.clone();\n",
        "[\"hello\"];\n    let archive = inbox;\n",
        "mend the repair",
    ),
    lie(
        "a repair of nothing",
        "rust,compile_fail,E0382",
        "rust,compile_fial,E0382",
        "`compile_fail`",
    ),
    lie(
        "a failing block that compiles",
        "let archive = inbox;\n",
        "let archive = inbox.clone();\n",
        "it compiles",
    ),
    lie(
        "a block that fails",
        "println!(\"two\\nlines\");",
        "println(\"two\\nlines\");",
        "rejected with E0423",
    ),
    lie(
        "a block that exits with 1",
        "println!(\"two\\nlines\");",
        "std::process::exit(1);",
        "exited with code 1",
    ),
    lie(
        "a fence word",
        "rust,should_panic",
        "rust,should_panick",
        "`should_panic`",
    ),
    lie(
        "ignore",
        "```rust\nfn main() {\n    println!(\"two",
        "```rust,ignore\nfn main() {\n    println!(\"two",
        "ignore",
    ),
    lie("no label", "```javascript\n", "```\n", "no label"),
    lie(
        "an unknown language",
        "```javascript\n",
        "```ruby\n",
        "ruby",
    ),
    lie(
        "a lint",
        "warns,unused_mut",
        "warns,unused_variables",
        "unused_mut",
    ),
    lie(
        "a warning that does not come",
        "let mut inbox",
        "let inbox",
        "no warning",
    ),
    lie(
        "a line of a warning",
        "variable does not need to be mutable",
        "variable need not be mutable",
        "does not need",
    ),
    lie(
        "the first line of an uncoded error",
        "error: lifetime may not live long enough",
        "error: it lives too briefly",
        "lifetime may not live",
    ),
    lie(
        "a C program that warns",
        "    puts(\"from C\");",
        "    int unused;\n    puts(\"from C\");",
        "warns",
    ),
    lie(
        "a JavaScript error",
        "console.log(",
        "console.lag(",
        "an exception ends it: TypeError",
    ),
    lie(
        "a Java error",
        "System.out.println(",
        "System.out.printn(",
        "the compiler rejects it",
    ),
    lie(
        "a Java exception",
        "java,throws=ArithmeticException",
        "java,throws=RuntimeException",
        "ended by an exception: ArithmeticException",
    ),
    lie(
        "a Java exception that does not come",
        "1 / arguments.length",
        "1 + arguments.length",
        "no exception: it exited with code 0",
    ),
    lie(
        "a line of an exception",
        "java.lang.ArithmeticException: / by zero",
        "java.lang.ArithmeticException: by zero",
        "/ by zero",
    ),
    lie(
        "a Java program that throws",
        "java,throws=ArithmeticException",
        "java",
        "an exception ends it: ArithmeticException",
    ),
    lie(
        "a JavaScript exception that is an exit",
        "console.log(undefined.title);",
        "console.error(\"TypeError: x\"); process.exit(1);",
        "no exception: it exited with code 1",
    ),
    lie(
        "a Python output",
        "text,output\nfrom Python",
        "text,output\nfrom python",
        "from Python",
    ),
    lie(
        "a Python program that does not parse",
        "print(\"from Python\")",
        "print(\"from Python\"",
        "the compiler rejects it",
    ),
    lie(
        "a Python exception",
        "throws=IndexError",
        "throws=KeyError",
        "ended by an exception: IndexError",
    ),
    lie(
        "a Python exception that is an exit",
        "print([1, 2][2])",
        "import sys; sys.exit(\"IndexError: list index out of range\")",
        "no exception: it exited with code 1",
    ),
    lie(
        "an exception of C++",
        "throws=std::out_of_range",
        "throws=std::length_error",
        "ended by an exception: std::out_of_range",
    ),
    lie(
        "an exception of C++ that is an abort",
        "    return std::string(\"a\").at(1);",
        "    __builtin_abort();",
        "no exception: it was ended by SIGABRT",
    ),
    lie(
        "a C++ program that warns",
        "int main() {\n    std::cout",
        "int main(int n, char **) {\n    std::cout",
        "the C++ compiler warns",
    ),
    lie(
        "a Go program that vet warns of",
        "fmt.Println(\"from Go\")",
        "fmt.Printf(\"%d\\n\", \"from Go\")",
        "`go vet` warns",
    ),
    lie(
        "a Go program that does not compile",
        "fmt.Println(\"from Go\")",
        "from := \"Go\"",
        "the compiler rejects it",
    ),
    lie(
        "a panic of Go that is an exit",
        "\tvar seats map[string]int\n\tseats[\"front\"] = 1\n",
        "\tprintln(\"panic: x\\n\\ngoroutine 1 [running]:\")\n",
        "no panic",
    ),
    lie("a panic of Go", "go,panics", "go", "it panics"),
    lie(
        "a panic's message in Go",
        "assignment to entry in nil map",
        "assignment to an entry in nil map",
        "assignment to entry",
    ),
    lie(
        "a race of Go that does not come",
        "\tvisitors = 2\n\t<-done\n",
        "\t<-done\n\tvisitors = 2\n",
        "no race detector stopped it: it exited with code 0",
    ),
    lie(
        "a line of a race",
        "    in main.main main.go:10\n",
        "    in main.main main.go:9\n",
        "main.go:10",
    ),
    lie(
        "a class of ThreadSanitizer",
        "tsan=data-race",
        "tsan=thread-leak",
        "stopped by the sanitizer: data-race",
    ),
    lie(
        "a race of C that does not come",
        "    pthread_create(&west, NULL, door, NULL);\n    pthread_join(east, NULL);\n",
        "    pthread_join(east, NULL);\n    pthread_create(&west, NULL, door, NULL);\n",
        "no sanitizer stopped it: it exited with code 0",
    ),
    lie(
        "a race of C that is looked for in memory",
        "c,tsan=data-race",
        "c,asan=data-race",
        "no sanitizer stopped it: it exited with code 0",
    ),
    lie(
        "an anchor",
        "whole.rs:part",
        "whole.rs:parts",
        "names nothing",
    ),
    lie(
        "a file to include",
        "whole.rs:part",
        "hole.rs:part",
        "names nothing",
    ),
    lie(
        "a diagram",
        "inbox --> archive",
        "inbox -->",
        "cannot be drawn",
    ),
    lie(
        "a diagram without a name",
        "    accTitle: The way of a message\n",
        "",
        "cannot be drawn",
    ),
    lie(
        "a kind of diagram that is not drawn",
        "flowchart LR",
        "sequenceDiagram",
        "cannot be drawn",
    ),
    lie(
        "a link to a chapter",
        "other.md#there",
        "others.md#there",
        "leads to no chapter",
    ),
    lie(
        "a link to a section",
        "other.md#there",
        "other.md#here",
        "names a section",
    ),
    lie(
        "words between a block and its rendering",
        "\n```text,output\nfrom JavaScript",
        "\nIt prints:\n\n```text,output\nfrom JavaScript",
        "no code right above",
    ),
    lie(
        "code by indentation",
        "A [link]",
        "Code:\n\n    let x = 1;\n\nA [link]",
        "indentation",
    ),
    lie(
        "an edge of a picture",
        "main_list --> ",
        "main_other --> ",
        "main_list --> ",
    ),
    lie(
        "an edge that is not there",
        "main_other --> ",
        "main_other -.-> ",
        "main_other --> ",
    ),
    lie(
        "a length in a picture",
        "<br/>len 2, cap 2",
        "<br/>len 1, cap 2",
        "len 2, cap 2",
    ),
    lie(
        "a capacity in a picture",
        "<br/>len 3, cap 4",
        "<br/>len 3, cap 3",
        "len 3, cap 4",
    ),
    lie("a count in a picture", "strong 2", "strong 1", "strong 2"),
    lie(
        "a moved mark in a picture",
        "✗ moved to moved, line",
        "✗ moved to other, line",
        "moved to moved",
    ),
    lie(
        "a moved mark left out",
        "class main_list moved\n",
        "",
        "class main_list moved",
    ),
    lie("a size in a picture", "48 bytes", "24 bytes", "48 bytes"),
    lie(
        "a drop in a picture",
        "dropped[\"1. ",
        "dropped[\"2. ",
        "dropped[",
    ),
    lie("a picture left out", "%% after ③", "%% after ④", "after ③"),
    Lie {
        what: "a program that is included",
        file: "examples/whole.rs",
        old: "included",
        new: "changed",
        says: "changed",
    },
    Lie {
        what: "a chapter left out of SUMMARY.md",
        file: "src/SUMMARY.md",
        old: "- [other](other.md)\n",
        new: "",
        says: "SUMMARY.md",
    },
];

#[test]
fn every_lie_is_caught() {
    let dir = small::book(&[
        ("src/one.md", TRUE),
        ("src/other.md", OTHER),
        ("examples/whole.rs", WHOLE),
    ]);
    let root = dir.path();
    assert_eq!(
        small::record_all(root),
        Vec::<String>::new(),
        "the small book is true"
    );
    assert_eq!(
        small::failures(root),
        Vec::<String>::new(),
        "the small book holds"
    );

    // A verdict hangs on the block alone, so what a lie leaves as it is need
    // not be judged again.
    let book = small::load(root);
    let truths: Vec<_> = book.blocks().map(Block::essence).collect();
    let mut caught = 0;
    let mut missed = Vec::new();
    for lie in LIES {
        let path = root.join(lie.file);
        let truth = fs::read_to_string(&path).expect("read");
        assert!(truth.contains(lie.old), "{}: nothing to replace", lie.what);
        fs::write(&path, truth.replacen(lie.old, lie.new, 1)).expect("written");
        let failures = small::failures_among(root, |block| !truths.contains(&block.essence()));
        fs::write(&path, &truth).expect("written");
        // A message names a chapter and a line, says what is wrong, and what to do.
        let named = |failure: &String| {
            let place = failure
                .split([' ', '\n'])
                .next()
                .unwrap_or_default()
                .trim_end_matches(':');
            let line = place
                .rsplit_once(':')
                .and_then(|(_, line)| line.parse::<usize>().ok());
            place.starts_with("src/")
                && line.is_some()
                && failure.contains(lie.says)
                && failure.contains("\n  next: ")
        };
        if failures.iter().any(named) {
            caught += 1;
        } else {
            missed.push(format!("{}: {failures:#?}", lie.what));
        }
    }
    assert!(
        missed.is_empty(),
        "{caught} of {} lies caught; missed:\n{}",
        LIES.len(),
        missed.join("\n")
    );
    assert_eq!(caught, LIES.len());
}

/// mdBook would put anything else into the site.
#[test]
fn src_holds_markdown_and_one_script() {
    let dir = small::book(&[("src/one.md", "# One\n"), ("src/mermaid.min.js", "")]);
    let problems = || {
        let book = small::load(dir.path());
        let problems: Vec<String> = book
            .all_problems()
            .iter()
            .map(ToString::to_string)
            .collect();
        problems.join("\n")
    };
    assert_eq!(problems(), "");
    small::write(dir.path(), "src/notes.txt", "");
    assert!(problems().contains("src/notes.txt:1: `src` holds Markdown alone"));
}
