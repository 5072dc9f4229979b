//! The traced program does what the untouched one does, and every run draws
//! the same.

use std::process::Command;
use trace::{Ending, Options, json, mermaid, trace};

/// Programs that print, panic and exit in many ways.
const PROGRAMS: &[&str] = &[
    "fn main() { let a = 1; // ①\n let v = vec![a]; println!(\"{}\", v[a as usize]); }",
    "fn main() {\n    let a = [1, 2]; // ①\n    let i = a.len(); let b = Some(a).unwrap(); let é = \"é\"; assert_eq!(b[i - 1], 3, \"{é}\");\n}",
    "fn half(n: u32) -> u32 { if n % 2 == 1 { panic!(\"odd {n}\") } n / 2 }\nfn main() {\n    let n = half(4); // ①\n    println!(\"{n}\"); half(n + 1);\n}",
    "struct D(u8);\nimpl Drop for D { fn drop(&mut self) { println!(\"drop {}\", self.0); } }\nfn main() {\n    let _a = D(1); let b = D(2); // ①\n    let c = D(3); drop(b); let r: Result<u8, String> = Err(\"no\".into()); r.expect(\"wanted\"); drop(c);\n}",
    "fn main() {\n    let x = 5; // ①\n    eprintln!(\"to stderr\"); print!(\"no newline\"); std::process::exit(x);\n}",
    "fn main() -> Result<(), String> {\n    let n: i32 = \"12\".parse().map_err(|e| format!(\"{e}\"))?; // ①\n    println!(\"{n}\"); Err(format!(\"bad {n}\"))\n}",
    "use std::cell::RefCell;\nfn main() {\n    let c = RefCell::new(1); let a = c.borrow_mut(); // ①\n    let b = c.borrow_mut(); println!(\"{a}{b}\");\n}",
    "use std::thread;\nfn main() {\n    let h = thread::spawn(|| { let k = 3; if k > 2 { panic!(\"in thread {k}\"); } });\n    let r = h.join(); // ①\n    println!(\"{}\", r.is_err());\n}",
    "#[track_caller]\nfn here() -> u32 { std::panic::Location::caller().column() }\nfn main() { let a = 1; let c = here(); // ①\n    println!(\"{a} {} {}\", line!(), std::panic::Location::caller());\n    let _ = c;\n}",
    "fn main() {\n    let s = \"// ① is no mark here\"; println!(\"{s}\"); // ①\n    let t = \"two\n    // ② lines\"; println!(\"{t}\");\n}",
    "use std::fmt;\nstruct P(i32);\nimpl fmt::Display for P { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { let n = self.0; // ①\n write!(f, \"P{n}\") } }\nimpl std::ops::Add for P { type Output = P; fn add(self, o: P) -> P { let s = self.0 + o.0; // ②\n P(s) } }\nfn main() { println!(\"{}\", P(1) + P(2)); }",
    "fn make(n: usize) -> impl Fn(usize) -> usize { let k = n + 1; move |x| x * k }\nfn apply<F: Fn(usize) -> usize>(f: F) -> usize { let r = f(3); // ①\n r }\nfn main() { let f = make(1); println!(\"{} {}\", apply(f), apply(|x| x)); }",
    "use std::collections::BTreeMap;\nfn main() {\n    let mut m: BTreeMap<String, Vec<u8>> = BTreeMap::new();\n    for (i, w) in \"a b a\".split(' ').enumerate() { m.entry(w.to_string()).or_default().push(i as u8); }\n    let total: usize = m.values().map(|v| v.len()).sum(); // ①\n    println!(\"{m:?} {total}\");\n}",
    "mod list { pub struct L { pub items: Vec<u8> } impl L { pub fn new() -> Self { let items = vec![1]; // ①\n L { items } } } }\nuse list::L;\nfn main() { let l = L::new(); let L { items } = l; // ②\n println!(\"{items:?}\"); }",
    "fn main() {\n    let mut it = (1..4).into_iter();\n    while let Some(n) = it.next() { if n == 2 { continue } print!(\"{n} \"); // ①\n    }\n    let label = 'out: loop { let k = 3; break 'out k }; // ②\n    println!(\"{label}\");\n}",
    "fn main() {\n    let v: Vec<i32> = Vec::new();\n    let n = i32::MAX; let z = v.len() as i32 + 1; // ①\n    let m = n + z; println!(\"{m}\");\n}",
    "use std::rc::{Rc, Weak};\nuse std::cell::RefCell;\nstruct N { v: i32, p: RefCell<Weak<N>>, c: RefCell<Vec<Rc<N>>> }\nfn main() {\n    let leaf = Rc::new(N { v: 3, p: RefCell::new(Weak::new()), c: RefCell::new(vec![]) });\n    let b = Rc::new(N { v: 5, p: RefCell::new(Weak::new()), c: RefCell::new(vec![leaf.clone()]) });\n    *leaf.p.borrow_mut() = Rc::downgrade(&b); // ①\n    println!(\"{:?} {}\", leaf.p.borrow().upgrade().map(|p| p.v + p.c.borrow().len() as i32), b.v);\n}",
    "fn pick<'a, T: PartialOrd>(items: &'a [T]) -> &'a T {\n    let mut best = &items[0];\n    for item in items { if item > best { best = item; } }\n    best // ①\n}\nfn main() { println!(\"{} {}\", pick(&[1, 3, 2]), pick(&[\"b\", \"a\"])); }",
    "fn main() { let r = std::panic::catch_unwind(|| { let n = 1; // ①\n panic!(\"inside {n}\") }); println!(\"{}\", r.is_err()); }",
    "trait Job { fn run(self: Box<Self>) -> String; }\nimpl<F: FnOnce() -> String> Job for F { fn run(self: Box<Self>) -> String { self() } }\nfn main() { let j: Box<dyn Job> = Box::new(|| String::from(\"ran\")); // ①\n println!(\"{}\", j.run()); }",
    "static mut COUNT: u32 = 0;\nfn main() {\n    let p = &raw mut COUNT; // ①\n    unsafe { *p += 1; println!(\"{}\", *p); }\n}",
    "use std::sync::{Arc, Mutex};\nuse std::thread;\nfn main() {\n    let n = Arc::new(Mutex::new(0));\n    let hs: Vec<_> = (0..4).map(|_| { let n = Arc::clone(&n); thread::spawn(move || { *n.lock().unwrap() += 1; }) }).collect();\n    for h in hs { h.join().unwrap(); }\n    println!(\"{}\", n.lock().unwrap()); // ①\n}",
    "fn divide(a: i32, b: i32) -> Result<i32, Box<dyn std::error::Error>> {\n    if b == 0 { return Err(\"zero\".into()); }\n    let q = a / b; // ①\n    Ok(q)\n}\nfn main() { println!(\"{:?} {}\", divide(4, 2).ok(), divide(1, 0).unwrap_err()); }",
];

struct Plain {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

fn untraced(source: &str) -> Plain {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.rs"), source).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .current_dir(folder.path())
        .args([
            "--edition=2024",
            "-A",
            "warnings",
            "-o",
            "program",
            "main.rs",
        ])
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{source}\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let ran = Command::new(folder.path().join("program"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    Plain {
        stdout: String::from_utf8(ran.stdout).unwrap(),
        stderr: String::from_utf8(ran.stderr).unwrap(),
        code: ran.status.code(),
    }
}

/// Without the number that a panic message gives each thread.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match (
            line.strip_prefix("thread '"),
            line.find(" ("),
            line.find(") panicked"),
        ) {
            (Some(_), Some(a), Some(b)) if a < b => {
                out.push_str(&line[..a]);
                out.push_str(&line[b + 1..]);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

#[test]
fn prints_panics_and_exits_as_the_untouched_program() {
    for source in PROGRAMS {
        let traced = trace(source, &Options::default()).unwrap_or_else(|e| panic!("{e}\n{source}"));
        let plain = untraced(source);
        assert_eq!(traced.output, plain.stdout, "{source}");
        assert_eq!(
            without_numbers(&traced.errors),
            without_numbers(&plain.stderr),
            "{source}"
        );
        let ending = match plain.code {
            Some(0) => Ending::Returned,
            Some(101) => Ending::Panicked,
            Some(code) => Ending::Exited(code),
            None => Ending::Killed,
        };
        assert_eq!(traced.ending, ending, "{source}");
        assert!(!traced.steps.is_empty());
    }
}

#[test]
fn a_hundred_runs_give_the_same_bytes() {
    let source = "use std::collections::HashMap;\nuse std::rc::Rc;\nstruct S { name: String, tags: Vec<Rc<String>> }\n\
        fn add(s: &mut S, tag: &Rc<String>) {\n    s.tags.push(Rc::clone(tag)); // ①\n}\n\
        fn main() {\n    let tag = Rc::new(String::from(\"t\"));\n    let mut s = S { name: String::from(\"n\"), tags: Vec::new() };\n    add(&mut s, &tag);\n    \
        let mut m = HashMap::new();\n    for w in [\"x\", \"y\", \"z\"] { m.insert(w.to_string(), w.len()); } // ②\n    \
        let p = { let b = Box::new(1); &raw const *b };\n    let t = s.name; // ③\n    println!(\"{t} {}\", p.is_null());\n}";
    let first = json(&trace(source, &Options::default()).unwrap());
    // Folders differ from run to run, and so do the system's addresses.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(json(&trace(source, &Options::default()).unwrap()), first);
                }
            });
        }
    });
}

#[test]
fn pictures_are_mermaid_with_a_text_alternative() {
    let source = "fn main() {\n    let s1 = String::from(\"he said \\\"#1; <b>\\\"\"); // ①\n    let s2 = s1; // ②\n    println!(\"{s2}\");\n}";
    let pictures = mermaid(&trace(source, &Options::default()).unwrap());
    assert_eq!(pictures.len(), 2);
    assert_eq!(pictures[1].0, "%% after ② line 3");
    let text = &pictures[1].1;
    assert_eq!(
        text,
        "%% after ② line 3\nflowchart LR\naccTitle: Memory after ② line 3\n\
         accDescr: Stack frame of main. s1, String, 24 bytes: len 17, cap 17. It was moved to `s2` on line 3 and may not be used. \
         s2, String, 24 bytes: len 17, cap 17. Heap. h1 has 17 bytes and holds \"he said \\\",1; <b>\\\"\". s2 owns h1.\n\
         subgraph main_frame[\"main\"]\nmain_s1[\"s1: String<br/>len 17, cap 17<br/>✗ moved to s2, line 3\"]\n\
         main_s2[\"s2: String<br/>len 17, cap 17\"]\nend\nsubgraph heap[\"heap\"]\n\
         h1[\"h1: 17 bytes<br/>#quot;he said #92;#quot;#35;1; #lt;b#gt;#92;#quot;#quot;\"]\nend\n\
         main_s2 --> h1\nclassDef moved opacity:0.6,stroke-dasharray:4 3,text-decoration:line-through\nclass main_s1 moved\n"
    );
    assert!(!text.contains("0x"), "no raw address");
}
