//! What may be done with each variable, and who holds a loan: each picture was
//! held against what the compiler says of the same program with one line more.

use trace::{Options, State, Trace, trace};

#[track_caller]
fn run(source: &str, each: bool) -> Trace {
    let options = Options {
        each_statement: each,
        ..Options::default()
    };
    trace(source, &options).unwrap_or_else(|e| panic!("{e}\n{source}"))
}

/// What is said of a variable at each step, in the newest frame that has it.
#[track_caller]
fn said(trace: &Trace, function: &str, name: &str) -> Vec<String> {
    let mut out = Vec::new();
    for step in &trace.steps {
        let frames = step.threads.iter().flat_map(|t| &t.frames);
        let mut variables = frames
            .filter(|f| f.function == function)
            .flat_map(|f| &f.variables)
            .filter(|v| v.name == name && !v.shadowed);
        let Some(v) = variables.next() else { continue };
        out.push(match &v.state {
            State::Usable => "usable".into(),
            State::Dead => "dead".into(),
            State::NotSet => "not set".into(),
            State::Dropping => "dropping".into(),
            State::Moved { to, maybe, .. } => {
                let maybe = if *maybe { "maybe " } else { "" };
                format!("{maybe}moved to {}", to.as_deref().unwrap_or("?"))
            }
            State::PartlyMoved { fields, .. } => {
                let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                format!("{} moved", names.join(", "))
            }
            State::Lent { mutable, to, .. } => {
                let how = if *mutable { "mutably " } else { "" };
                format!("lent {how}to {}", to.as_deref().unwrap_or("?"))
            }
        });
    }
    out
}

/// Checks what is said in `main` at the only mark, pass by pass.
#[track_caller]
fn main_says(source: &str, expected: &[(&str, &str)]) {
    let trace = run(source, false);
    for (name, words) in expected {
        let got = said(&trace, "main", name);
        assert!(!got.is_empty(), "`{name}` is not drawn");
        for (pass, got) in got.iter().enumerate() {
            assert_eq!(got, words, "{name}, pass {}\n{source}", pass + 1);
        }
    }
}

#[test]
fn a_loop_revives_no_dead_borrow() {
    let mutable = "fn main() {\n let mut v = vec![1];\n let a = &mut v;\n a.push(2);\n for i in 0..2 {\n  println!(\"{i}\"); // ①\n }\n println!(\"{v:?}\");\n}";
    main_says(mutable, &[("v", "usable"), ("a", "usable")]);
    let p = run(mutable, false).steps[0].threads[0].frames[0].variables[0]
        .permissions
        .unwrap();
    assert!(p.read && p.write && p.own, "{p:?}");
    main_says(
        "fn main() {\n let mut v = vec![1];\n let first = &v[0];\n println!(\"{first}\");\n while v.len() < 3 {\n  v.push(2); // ①\n }\n}",
        &[("v", "usable"), ("first", "dead")],
    );
    // A loan that comes round is there in the whole loop.
    main_says(
        "fn main() {\n let mut v = vec![1];\n let mut last = &v[0];\n for _ in 0..2 {\n  println!(\"{last}\");\n  last = &v[0]; // ①\n }\n v.push(1);\n}",
        &[("v", "lent to `last`"), ("last", "usable")],
    );
}

#[test]
fn a_reference_dies_in_the_caller_too() {
    main_says(
        "fn set(n: &mut i32) {\n *n = 5; // ①\n}\nfn main() {\n let mut x = 1;\n let r = &x;\n println!(\"{r}\");\n set(&mut x);\n println!(\"{x}\");\n}",
        &[("x", "lent mutably to the call of `set`"), ("r", "dead")],
    );
    main_says(
        "fn eat(s: String) -> usize {\n let n = s.len(); // ①\n n\n}\nfn main() {\n let s = String::from(\"abc\");\n let r = &s;\n println!(\"{r}\");\n let n = eat(s);\n println!(\"{n}\");\n}",
        &[("s", "moved to the call of `eat`"), ("r", "dead")],
    );
    // In a method on the place itself, whose borrow comes last of all.
    main_says(
        "struct N(i32);\nimpl N {\n fn up(&mut self) {\n  self.0 += 1; // ①\n }\n}\nfn main() {\n let mut n = N(1);\n let r = &n.0;\n println!(\"{r}\");\n n.up();\n println!(\"{}\", n.0);\n}",
        &[("n", "lent mutably to the call of `up`"), ("r", "dead")],
    );
}

#[test]
fn a_shared_loan_is_seen_in_callers() {
    main_says(
        "fn look(n: &i32) -> i32 {\n let k = *n; // ①\n k\n}\nfn main() {\n let x = 1;\n let r = &x;\n let n = look(&7);\n println!(\"{r} {n}\");\n}",
        &[("x", "lent to `r`"), ("r", "usable")],
    );
    // To the call itself, and to a reference that is used later.
    main_says(
        "fn look(n: &i32) -> i32 {\n let k = *n; // ①\n k\n}\nfn main() {\n let x = 1;\n let r = &x;\n let n = look(&x);\n println!(\"{r} {n}\");\n}",
        &[("x", "lent to `r` and the call of `look`")],
    );
    // A reference that is handed on for the last time.
    main_says(
        "fn look(n: &i32) -> i32 {\n let k = *n; // ①\n k\n}\nfn main() {\n let x = 1;\n let r = &x;\n let n = look(r);\n println!(\"{n}\");\n}",
        &[("x", "lent to the call of `look`"), ("r", "usable")],
    );
}

#[test]
fn arguments_move_when_the_call_begins() {
    let source = "struct Scale { count: u32 }\nimpl Scale {\n fn weigh(&mut self, s: String) -> usize {\n  self.count += 1; // ①\n  s.len()\n }\n}\nfn main() {\n let mut scale = Scale { count: 0 };\n let s = String::from(\"cc\");\n let n = scale.weigh(s); // ②\n println!(\"{n}\");\n}";
    let trace = run(source, false);
    let words = "moved to the call of `weigh`";
    assert_eq!(said(&trace, "main", "s"), [words, words]);
    let words = ["lent mutably to the call of `weigh`", "usable"];
    assert_eq!(said(&trace, "main", "scale"), words);
    // `first` runs before `second` gets anything.
    main_says(
        "fn first(n: &i32) -> i32 {\n *n // ①\n}\nfn second(n: i32, s: String, m: &mut i32) -> usize {\n *m = n;\n s.len()\n}\nfn main() {\n let (x, mut y) = (1, 2);\n let s = String::from(\"a\");\n let n = second(first(&x), s, &mut y);\n println!(\"{n}{y}\");\n}",
        &[
            ("x", "lent to the call of `first`"),
            ("s", "usable"),
            ("y", "usable"),
        ],
    );
    // A list of the library keeps what it is given.
    main_says(
        "fn main() {\n let mut list = Vec::new();\n let s = String::from(\"a\");\n list.push(s); // ①\n println!(\"{list:?}\");\n}",
        &[("s", "moved to `list`")],
    );
}

#[test]
fn holders_are_named_who_hold() {
    // Not the call in which the loan began, nor a variable that is gone.
    main_says(
        "fn keep<'a>(list: &mut Vec<&'a i32>, n: &'a i32) {\n list.push(n);\n}\nfn main() {\n let a = 1;\n let mut list = Vec::new();\n keep(&mut list, &a); // ①\n println!(\"{list:?}\");\n}",
        &[("a", "lent to `list`")],
    );
    main_says(
        "fn main() {\n let x = 1;\n let first;\n {\n  let a = &x;\n  first = a;\n } // ①\n println!(\"{first}\");\n}",
        &[("x", "lent to `first`")],
    );
    // All of them, and none that is not used again.
    main_says(
        "fn main() {\n let x = 1;\n let a = &x;\n let b = &x;\n let c = &x; // ①\n println!(\"{a}{c}\");\n}",
        &[("x", "lent to `a` and `c`")],
    );
    // Who has it from a holder borrows of that one.
    main_says(
        "fn main() {\n let mut x = 1;\n let a = &mut x;\n let b = &mut *a; // ①\n *b = 2;\n *a = 3;\n println!(\"{x}\");\n}",
        &[("x", "lent mutably to `a`"), ("a", "lent mutably to `b`")],
    );
    // A value that uses its borrow when it is dropped.
    main_says(
        "struct G<'a>(&'a mut i32);\nimpl Drop for G<'_> {\n fn drop(&mut self) {\n  *self.0 += 1;\n }\n}\nfn main() {\n let mut x = 1;\n let g = G(&mut x);\n let n = 2; // ①\n println!(\"{n}\");\n}",
        &[("x", "lent mutably to `g`")],
    );
    // A name that is hidden later is the name still.
    main_says(
        "fn main() {\n let x = 1;\n let a = &x;\n let b = a;\n let a = 2; // ①\n println!(\"{a}{b}\");\n}",
        &[("x", "lent to `b`")],
    );
}

#[test]
fn loops_hold_what_they_go_through() {
    main_says(
        "fn main() {\n let mut v = vec![1, 2];\n for x in &mut v {\n  *x += 1; // ①\n }\n println!(\"{v:?}\");\n}",
        &[("v", "lent mutably to the loop")],
    );
    main_says(
        "fn main() {\n let v = vec![1, 2];\n let mut seen = Vec::new();\n for x in &v {\n  seen.push(x); // ①\n }\n println!(\"{seen:?}\");\n}",
        &[("v", "lent to `seen` and the loop")],
    );
    main_says(
        "fn main() {\n let v = vec![1, 2];\n let mut it = v.iter();\n while let Some(x) = it.next() {\n  println!(\"{x}\"); // ①\n }\n}",
        &[("v", "lent to `it`")],
    );
}

#[test]
fn a_call_of_the_library_holds_its_loans() {
    main_says(
        "fn main() {\n let mut v = vec![3, 1, 2];\n let mut n = 0;\n v.fill_with(|| {\n  n += 1; // ① pass 1\n  n\n });\n println!(\"{v:?} {n}\");\n}",
        &[
            ("v", "lent mutably to the call of `fill_with`"),
            ("n", "lent mutably to a closure"),
        ],
    );
    main_says(
        "fn main() {\n let mut v = vec![1, 2];\n let mut sum = 0;\n v.iter_mut().for_each(|x| {\n  sum += *x; // ①\n });\n println!(\"{v:?} {sum}\");\n}",
        &[
            ("v", "lent mutably to the call of `for_each`"),
            ("sum", "lent mutably to a closure"),
        ],
    );
    main_says(
        "fn main() {\n let v = vec![1, 2];\n let k = 3;\n let w: Vec<i32> = v.iter().map(|x| {\n  let y = x + k; // ①\n  y\n }).collect();\n println!(\"{v:?} {w:?}\");\n}",
        &[
            ("v", "lent to the call of `collect`"),
            ("k", "lent to a closure"),
        ],
    );
}

#[test]
fn unique_borrows_of_closures_are_understood() {
    let source = "struct Stack { head: Option<Box<Node>>, len: usize }\nstruct Node { value: i32, next: Option<Box<Node>> }\nimpl Stack {\n fn pop(&mut self) -> Option<i32> {\n  self.head.take().map(|n| {\n   self.head = n.next;\n   self.len -= 1;\n   n.value\n  })\n }\n}\nfn main() {\n let mut s = Stack { head: Some(Box::new(Node { value: 1, next: None })), len: 1 };\n let v = s.pop();\n println!(\"{v:?}\");\n}";
    let trace = run(source, true);
    assert_eq!(trace.output, "Some(1)\n");
    let words = "lent mutably to a closure";
    let of_self = said(&trace, "Stack::pop", "self");
    assert_eq!(of_self, [words, words, words, "usable"]);
    let source = "struct Log { log: Vec<i32>, n: i32 }\nimpl Log {\n fn sum(&mut self) {\n  self.log.iter().for_each(|k| self.n += k);\n }\n}\nfn main() {\n let mut l = Log { log: vec![1, 2], n: 0 };\n l.sum();\n println!(\"{}\", l.n);\n}";
    assert_eq!(run(source, true).output, "3\n");
    // Two closures, each of which needs the reference for itself.
    let source = "fn set(r: &mut i32) {\n let mut a = || *r += 1;\n a();\n let mut b = || *r += 2; // ①\n b();\n}\nfn main() {\n let mut n = 1;\n set(&mut n);\n println!(\"{n}\");\n}";
    let trace = run(source, false);
    assert_eq!(said(&trace, "set", "r"), ["lent mutably to `b`"]);
    assert_eq!(said(&trace, "set", "a"), ["dead"]);
    run(source, true);
}

#[test]
fn functions_may_stand_in_functions() {
    let source = "fn main() {\n fn inner(a: u32) -> u32 {\n  let b = a + 1; // ①\n  b\n }\n let c = inner(2); // ②\n println!(\"{c}\");\n}";
    let trace = run(source, false);
    assert_eq!(said(&trace, "inner", "b"), ["usable"]);
    assert_eq!(said(&trace, "main", "c"), ["usable"]);
    assert_eq!(run(source, true).output, "3\n");
}

#[test]
fn messages_name_the_programs_own_types() {
    let source = "struct S { first: String, second: String }\nimpl Drop for S {\n fn drop(&mut self) {}\n}\nfn foo(s: S) -> String {\n s.first\n}\nfn main() {\n let n = 1;\n}";
    let error = trace(source, &Options::default()).unwrap_err();
    assert!(error.message.contains("of type `S`"), "{error}");
    assert!(!error.message.contains("q0"), "{error}");
}

#[test]
fn what_may_be_done_in_closures() {
    // A counter that the closure took may be changed in it, a list not.
    let source = "fn main() {\n let mut n = 0;\n let list = vec![1];\n let mut up = move || {\n  n += list.len(); // ①\n  n\n };\n println!(\"{}\", up());\n}";
    let trace = run(source, false);
    let frame = &trace.steps[0].threads[0].frames[0];
    let find = |name: &str| frame.variables.iter().find(|v| v.name == name).unwrap();
    assert!(find("n").permissions.unwrap().write);
    let p = find("list").permissions.unwrap();
    assert!(p.read && !p.write, "{p:?}");
}
