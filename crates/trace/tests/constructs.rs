//! Each construct, with a picture that was reasoned out by hand.

use trace::{Options, text, trace};

/// The steps of a program as text, without empty lines.
fn steps(source: &str) -> Vec<String> {
    let trace = trace(source, &Options::default()).unwrap_or_else(|e| panic!("{e}\n{source}"));
    text(&trace)
        .split("\n\n")
        .map(|s| s.trim().to_string())
        .filter(|s| !s.is_empty())
        .collect()
}

/// One program of one mark, and its picture.
#[track_caller]
fn draws(source: &str, expected: &str) {
    let steps = steps(source);
    assert_eq!(steps.len(), 1, "{steps:#?}");
    let expected: Vec<&str> = expected.trim().lines().collect();
    let got: Vec<&str> = steps[0].lines().skip(1).collect();
    assert_eq!(got.join("\n"), expected.join("\n"));
}

/// The body of `main`, marked at its end.
#[track_caller]
fn body(code: &str, expected: &str) {
    draws(&format!("fn main() {{\n{code}\n}}\n"), expected);
}

#[track_caller]
fn refuses(source: &str, line: usize, words: &str) {
    match trace(source, &Options::default()) {
        Ok(t) => panic!("drawn: {}", text(&t)),
        Err(e) => {
            assert_eq!(e.line, line, "{e}");
            assert!(e.message.contains(words), "{e}");
        }
    }
}

#[test]
fn scalars() {
    body(
        "let a = 42; let b = -1i8; let c = true; let d = 'é'; let e = 1.5; let f = (); // ①",
        "
main
  a: i32 = 42
  b: i8 = -1
  c: bool = true
  d: char = 'é'
  e: f64 = 1.5
  f: () = ()",
    );
}

#[test]
fn tuples_and_arrays() {
    body(
        "let t = (1u8, String::from(\"ab\")); let a = [[1, 2], [3, 4]]; let (x, y) = (5, 6); // ①",
        "
main
  t: (u8, String) = (1, len 2, cap 2)
  a: [[i32; 2]; 2] = [0] [1, 2], [1] [3, 4]
  x: i32 = 5
  y: i32 = 6
heap
  h1: 2 bytes = \"ab\"
arrows
  1 of t owns h1.",
    );
}

#[test]
fn slices_and_str() {
    body(
        "let a = [1u16, 2, 3, 4]; let s = &a[1..3]; let t = String::from(\"hello\"); let u = &t[1..4]; let e = &a[4..]; let lit = \"lit\"; // ①",
        "
main
  a: [u16; 4] = [1, 2, 3, 4]
  s: &[u16] = len 2
  t: String = len 5, cap 5
  u: &str = len 3
  e: &[u16] = len 0
  lit: &str = len 3
heap
  h1: 5 bytes = \"hello\"
static memory
  literal 1 = \"lit\"
arrows
  s borrows [1] of a.
  t owns h1.
  u borrows byte 1 of h1.
  lit borrows literal 1.",
    );
}

#[test]
fn vec_grows_into_a_new_block() {
    let steps = steps(
        "fn main() {\n let mut v = Vec::with_capacity(1);\n v.push(7u32); // ①\n v.push(8); // ②\n}",
    );
    assert_eq!(
        steps[0],
        "── after ① line 3 ──\nmain\n  v: Vec<u32> = len 1, cap 1\nheap\n  h1: 4 bytes = [7]\narrows\n  v owns h1."
    );
    // A vector of small items grows to four at least.
    assert_eq!(
        steps[1],
        "── after ② line 4 ──\nmain\n  v: Vec<u32> = len 2, cap 4\nheap\n  h1: 4 bytes = [7]  [given back]\n  \
         h2: 16 bytes = [7, 8]\narrows\n  v owns h2.\ndropped since the last step\n  h1 given back"
    );
}

#[test]
fn vec_deque() {
    body(
        "let mut q = std::collections::VecDeque::with_capacity(4); q.push_back(1u8); q.push_front(0); // ①",
        "
main
  q: VecDeque<u8> = len 2, cap 4
heap
  h1: 4 bytes = [0, 1]
arrows
  q owns h1.",
    );
}

#[test]
fn moves() {
    let steps = steps(
        "fn main() {\n let s1 = String::from(\"hello\"); // ①\n let s2 = s1; // ②\n println!(\"{s2}\");\n}",
    );
    assert_eq!(
        steps[1],
        "── after ② line 3 ──\nmain\n  s1: String = len 5, cap 5  [moved to `s2` on line 3]\n  s2: String = len 5, cap 5\n\
         heap\n  h1: 5 bytes = \"hello\"\narrows\n  s2 owns h1."
    );
}

#[test]
fn copies_do_not_move() {
    body(
        "let a = 1; let b = a; let r = &b; let q = r; let n = *r + *q; // ①",
        "
main
  a: i32 = 1
  b: i32 = 1
  r: &i32 = &
  q: &i32 = &
  n: i32 = 2
arrows
  r borrows b.
  q borrows b.",
    );
}

#[test]
fn a_move_on_one_path_is_said_so() {
    body(
        "let s = String::from(\"a\");\nif s.len() > 3 { drop(s); } // ①",
        "
main
  s: String  [may have moved to `drop` on line 3]
heap
  h1: 1 byte  [nothing shown leads here]",
    );
}

#[test]
fn partial_moves() {
    draws(
        "struct P { name: String, age: u8 }\nfn main() {\n let p = P { name: String::from(\"Ann\"), age: 3 };\n let n = p.name; // ①\n}",
        "
main
  p: P = name: moved, age: 3  [name moved on line 4]
  n: String = len 3, cap 3
heap
  h1: 3 bytes = \"Ann\"
arrows
  n owns h1.",
    );
}

#[test]
fn shared_and_mutable_loans() {
    let steps = steps(
        "fn main() {\n let mut v = vec![1u8];\n let r = &v; // ①\n println!(\"{r:?}\");\n let m = &mut v; // ②\n m.push(2);\n}",
    );
    assert!(
        steps[0].contains("  v: Vec<u8> = len 1, cap 1  [lent out to `r`]\n  r: &Vec<u8> = &\n"),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].contains(
            "  v: Vec<u8> = len 1, cap 1  [lent out mutably to `m`]\n  r: &Vec<u8>  [dead: its borrow has ended]\n  m: &mut Vec<u8> = &mut\n"
        ),
        "{}",
        steps[1]
    );
    assert!(
        steps[1].contains("arrows\n  v owns h1.\n  m mutably borrows v."),
        "{}",
        steps[1]
    );
}

#[test]
fn two_dead_borrows_are_both_dead() {
    body(
        "let mut v = vec![1u8];\nlet a = &v;\nlet b = &v;\nprintln!(\"{a:?}{b:?}\");\nv.push(2); // ①\nv.push(3);",
        "
main
  v: Vec<u8> = len 2, cap 8
  a: &Vec<u8>  [dead: its borrow has ended]
  b: &Vec<u8>  [dead: its borrow has ended]
heap
  h1: 1 byte  [given back]
  h2: 8 bytes = [1, 2]
arrows
  v owns h2.
dropped since the last step
  h1 given back",
    );
}

#[test]
fn reborrows() {
    body(
        "let mut n = 1;\nlet a = &mut n;\nlet b = &mut *a; // ①\n*b += 1;\n*a += 1;",
        "
main
  n: i32 = 1  [lent out mutably to `a`]
  a: &mut i32 = &mut  [lent out mutably to `b`]
  b: &mut i32 = &mut
arrows
  a mutably borrows n.
  b mutably borrows n.",
    );
}

#[test]
fn not_yet_set() {
    let steps = steps(
        "fn main() {\n let x;\n let y = 1; // ①\n if y > 0 { x = String::from(\"p\"); } else { x = String::new(); } // ②\n println!(\"{x}\");\n}",
    );
    assert!(
        steps[0].contains("  x  [not yet set]\n  y: i32 = 1"),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].contains("  x: String = len 1, cap 1\n"),
        "{}",
        steps[1]
    );
}

#[test]
fn shadowing_keeps_both() {
    body(
        "let x = String::from(\"5\");\nlet r = &x;\nlet x = x.len(); // ①\nprintln!(\"{r}{x}\");",
        "
main
  x (line 2, shadowed): String = len 1, cap 1  [lent out to `r`]
  r: &String = &
  x: usize = 1
heap
  h1: 1 byte = \"5\"
arrows
  x (line 2) owns h1.
  r borrows x (line 2).",
    );
}

#[test]
fn inner_blocks_end() {
    let steps = steps("fn main() {\n let a = 1;\n {\n  let b = Box::new(2); // ①\n } // ②\n}");
    assert_eq!(
        steps[1],
        "── after ② line 5 ──\nmain\n  a: i32 = 1\nheap\n  h1: 4 bytes = 2  [given back]\n\
         dropped since the last step\n  h1 given back"
    );
}

#[test]
fn boxes() {
    body(
        "let b = Box::new((1u8, 2u8)); let n = Box::new(Box::new(3u64)); // ①",
        "
main
  b: Box<(u8, u8)> = owner
  n: Box<Box<u64>> = owner
heap
  h1: 2 bytes = (1, 2)
  h2: 8 bytes = 3
  h3: 8 bytes = owner
arrows
  b owns h1.
  n owns h3.
  h3 owns h2.",
    );
}

#[test]
fn reference_counts() {
    body(
        "use std::rc::Rc;\nlet a = Rc::new(String::from(\"s\"));\nlet b = Rc::clone(&a);\nlet w = Rc::downgrade(&b);\ndrop(a); // ①",
        "
main
  a: Rc<String>  [moved to `drop` on line 6]
  b: Rc<String> = owner
  w: Weak<String> = weak
heap
  h1: 1 byte = \"s\"
  h2: 40 bytes, strong 1, weak 1 = len 1, cap 1
arrows
  b is one of the owners of h2.
  w points weakly to h2.
  h2 owns h1.",
    );
}

#[test]
fn all_weak_pointers_of_a_dead_value_are_counted() {
    body(
        "use std::rc::Rc;\nlet a = Rc::new(5);\nlet w = Rc::downgrade(&a);\nlet w2 = w.clone();\ndrop(a); // ①\nprintln!(\"{} {}\", w.upgrade().is_none(), w2.upgrade().is_none());",
        "
main
  a: Rc<i32>  [moved to `drop` on line 6]
  w: Weak<i32> = weak
  w2: Weak<i32> = weak
heap
  h1: 24 bytes, strong 0, weak 2
arrows
  w points weakly to h1.
  w2 points weakly to h1.",
    );
}

#[test]
fn a_weak_pointer_outlives_the_value() {
    body(
        "use std::sync::Arc;\nlet w = { let a = Arc::new(String::from(\"s\")); Arc::downgrade(&a) }; // ①",
        "
main
  w: Weak<String> = weak
heap
  h1: 1 byte  [given back]
  h2: 40 bytes, strong 0, weak 1
arrows
  w points weakly to h2.
dropped since the last step
  h1 given back",
    );
}

#[test]
fn cells() {
    body(
        "use std::cell::{Cell, RefCell};\nlet c = Cell::new(1);\nc.set(2);\nlet r = RefCell::new(3);\nlet g = r.borrow(); // ①\nprintln!(\"{g}\");",
        "
main
  c: Cell<i32> = Cell(2)
  r: RefCell<i32> = RefCell(borrowed, 3)  [lent out to `g`]
  g: Ref<'_, i32> = &
arrows
  g borrows r.",
    );
}

#[test]
fn mutex() {
    body(
        "use std::sync::Mutex;\nlet m = Mutex::new(5);\nlet free = Mutex::new(6);\nlet mut g = m.lock().unwrap();\n*g += 1; // ①\ndrop(g);",
        "
main
  m: Mutex<i32> = Mutex(locked, 6)  [lent out to `g`]
  free: Mutex<i32> = Mutex(not locked, 6)
  g: MutexGuard<'_, i32> = &mut
arrows
  g mutably borrows m.",
    );
}

#[test]
fn option_result_cow() {
    body(
        "use std::borrow::Cow;\nlet a = Some(Box::new(1)); let b: Option<u8> = None; let c: Result<u8, String> = Err(String::from(\"no\")); let d: Cow<str> = \"x\".into(); // ①",
        "
main
  a: Option<Box<i32>> = Some(owner)
  b: Option<u8> = None
  c: Result<u8, String> = Err(len 2, cap 2)
  d: Cow<'_, str> = Borrowed(len 1)
heap
  h1: 4 bytes = 1
  h2: 2 bytes = \"no\"
static memory
  literal 1 = \"x\"
arrows
  a owns h1.
  c owns h2.
  d borrows literal 1.",
    );
}

#[test]
fn hash_map_as_one_value() {
    body(
        "let mut m = std::collections::HashMap::new(); m.insert(2, 'b'); m.insert(1, 'a'); // ①",
        "
main
  m: HashMap<i32, char> = {1: 'a', 2: 'b'}
heap
  h1: 52 bytes
arrows
  m owns h1.",
    );
}

#[test]
fn structs_and_enums() {
    draws(
        "struct Unit;\nstruct Pair(u8, u8);\nstruct Song { title: String, year: u16 }\nenum Shape { Dot, Circle(f64), Rect { w: u8, h: u8 } }\n\
         fn main() {\n let u = Unit; let p = Pair(1, 2); let s = Song { title: String::from(\"Hi\"), year: 1999 };\n \
         let a = Shape::Dot; let b = Shape::Circle(1.0); let c = Shape::Rect { w: 1, h: 2 }; // ①\n}",
        "
main
  u: Unit = Unit
  p: Pair = Pair(1, 2)
  s: Song = title: len 2, cap 2, year: 1999
  a: Shape = Dot
  b: Shape = Circle(1.0)
  c: Shape = Rect { w: 1, h: 2 }
heap
  h1: 2 bytes = \"Hi\"
arrows
  title of s owns h1.",
    );
}

#[test]
fn a_borrow_of_a_field() {
    draws(
        "struct P { x: i32, y: i32 }\nfn main() {\n let p = P { x: 1, y: 2 };\n let r = &p.y; // ①\n println!(\"{r}\");\n}",
        "
main
  p: P = x: 1, y: 2  [lent out to `r`]
  r: &i32 = &
arrows
  r borrows y of p.",
    );
}

#[test]
fn a_struct_with_a_lifetime() {
    draws(
        "struct Parser<'a> { text: &'a str, at: usize }\nfn main() {\n let s = String::from(\"a b\");\n let p = Parser { text: &s[2..], at: 0 }; // ①\n println!(\"{}\", p.text);\n}",
        "
main
  s: String = len 3, cap 3  [lent out to `p`]
  p: Parser<'_> = text: len 1, at: 0
heap
  h1: 3 bytes = \"a b\"
arrows
  s owns h1.
  text of p borrows byte 2 of h1.",
    );
}

#[test]
fn linked_list() {
    draws(
        "enum List { Cons(u8, Box<List>), Nil }\nuse List::{Cons, Nil};\nfn main() {\n let l = Cons(1, Box::new(Cons(2, Box::new(Nil)))); // ①\n}",
        "
main
  l: List = Cons(1, owner)
heap
  h1: 16 bytes = Nil
  h2: 16 bytes = Cons(2, owner)
arrows
  1 of l owns h2.
  1 of h2 owns h1.",
    );
}

#[test]
fn generics_show_their_values() {
    draws(
        "struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> {\n fn push(&mut self, item: T) {\n  self.items.push(item); // ①\n }\n}\n\
         fn main() {\n let mut s = Stack { items: Vec::new() };\n s.push(5u8);\n}",
        "
Stack::push
  self: &mut Stack<u8> = &mut
  item: u8  [moved to `self.items` on line 4]
main
  s: Stack<u8> = items: len 1, cap 8  [lent out mutably to the call of `push`]
heap
  h1: 8 bytes = [5]
arrows
  self of Stack::push mutably borrows s of main.
  items of s of main owns h1.",
    );
}

#[test]
fn dyn_trait() {
    draws(
        "trait Shape { fn area(&self) -> f64; }\nstruct Sq(f64);\nimpl Shape for Sq { fn area(&self) -> f64 { self.0 * self.0 } }\n\
         fn main() {\n let b: Box<dyn Shape> = Box::new(Sq(2.0));\n let r: &dyn Shape = &*b; // ①\n println!(\"{}\", r.area());\n}",
        "
main
  b: Box<dyn Shape> = vtable of dyn Shape  [lent out to `r`]
  r: &dyn Shape = vtable of dyn Shape
heap
  h1: 8 bytes = Sq(2.0)
arrows
  b owns h1.
  r borrows h1.",
    );
}

#[test]
fn closures_and_captures() {
    let steps = steps(
        "fn main() {\n let s = String::from(\"abc\");\n let n = 1u64;\n let by_ref = || s.len(); // ①\n println!(\"{}\", by_ref());\n let by_move = move || s.len() as u64 + n; // ②\n println!(\"{}\", by_move());\n}",
    );
    assert!(
        steps[0].contains("  s: String = len 3, cap 3  [lent out to `by_ref`]"),
        "{}",
        steps[0]
    );
    assert!(
        steps[0].contains("  by_ref: a closure = s: &"),
        "{}",
        steps[0]
    );
    assert!(
        steps[0].contains("  s of by_ref borrows s."),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].contains("  s: String = len 3, cap 3  [moved to `by_move` on line 6]"),
        "{}",
        steps[1]
    );
    // A string and a number.
    assert!(
        steps[1].contains("  by_move: a closure = s: len 3, cap 3, n: 1"),
        "{}",
        steps[1]
    );
    assert!(steps[1].contains("  s of by_move owns h1."), "{}", steps[1]);
}

#[test]
fn raw_pointers_are_not_followed() {
    body(
        "let n = 5;\nlet live = &raw const n;\nlet gone: *const u8 = { let b = Box::new(1u8); &raw const *b };\nlet null: *const i32 = std::ptr::null(); // ①",
        "
main
  n: i32 = 5
  live: *const i32 = raw
  gone: *const u8 = raw
  null: *const i32 = points nowhere
heap
  h1: 1 byte  [given back]
arrows
  live is a raw pointer to n.
  gone dangles: it is a raw pointer to the freed h1.
dropped since the last step
  h1 given back",
    );
}

#[test]
fn calls_and_returns() {
    let steps = steps(
        "fn first<'a>(text: &'a String) -> &'a str {\n let end = text.find(' ').unwrap_or(text.len()); // ①\n &text[..end]\n}\n\
         fn main() {\n let s = String::from(\"a b\");\n let w = first(&s); // ②\n println!(\"{w}\");\n}",
    );
    assert_eq!(
        steps[0],
        "── after ① line 2 ──\nfirst\n  text: &String = &\n  end: usize = 1\nmain\n  s: String = len 3, cap 3  [lent out to the call of `first`]\n\
         heap\n  h1: 3 bytes = \"a b\"\narrows\n  text of first borrows s of main.\n  s of main owns h1."
    );
    assert_eq!(
        steps[1],
        "── after ② line 7 ──\nmain\n  s: String = len 3, cap 3  [lent out to `w`]\n  w: &str = len 1\n\
         heap\n  h1: 3 bytes = \"a b\"\narrows\n  s owns h1.\n  w borrows h1."
    );
}

#[test]
fn a_value_moves_into_a_call() {
    draws(
        "fn keep(text: String) -> usize {\n let n = text.len(); // ①\n n\n}\nfn main() {\n let s = String::from(\"abc\");\n let n = keep(s);\n println!(\"{n}\");\n}",
        "
keep
  text: String = len 3, cap 3
  n: usize = 3
main
  s: String  [moved to the call of `keep` on line 7]
heap
  h1: 3 bytes = \"abc\"
arrows
  text of keep owns h1.",
    );
}

#[test]
fn recursion() {
    let steps = steps(
        "fn count(n: u8) {\n let here = n; // ①\n if n > 0 {\n  count(n - 1);\n }\n println!(\"{here}\");\n}\nfn main() {\n count(1);\n}",
    );
    assert_eq!(
        steps[0],
        "── after ① line 2 pass 1 ──\ncount\n  n: u8 = 1\n  here: u8 = 1\nmain"
    );
    assert_eq!(
        steps[1],
        "── after ① line 2 pass 2 ──\ncount\n  n: u8 = 0\n  here: u8 = 0\ncount\n  n: u8 = 1\n  here: u8 = 1\nmain"
    );
}

#[test]
fn trait_methods_with_a_default() {
    draws(
        "trait Greet {\n fn name(&self) -> String;\n fn greet(&self) -> String {\n  let n = self.name(); // ①\n  format!(\"hi {n}\")\n }\n}\n\
         struct Cat { age: u8 }\nimpl Greet for Cat { fn name(&self) -> String { String::from(\"Cat\") } }\n\
         fn main() {\n let c = Cat { age: 2 };\n println!(\"{}\", c.greet());\n}",
        "
Greet::greet
  self: &Cat = &
  n: String = len 3, cap 3
main
  c: Cat = age: 2  [lent out to the call of `greet`]
heap
  h1: 3 bytes = \"Cat\"
arrows
  self of Greet::greet borrows c of main.
  n of Greet::greet owns h1.",
    );
}

#[test]
fn loops_take_every_pass_or_the_named_one() {
    let source = "fn main() {\n let mut sum = 0;\n for i in 1..=3 {\n  sum += i; // ①\n }\n while sum > 0 {\n  sum -= 4; // ② pass 2\n }\n}";
    let steps = steps(source);
    let heads: Vec<&str> = steps.iter().map(|s| s.lines().next().unwrap()).collect();
    assert_eq!(
        heads,
        [
            "── after ① line 4 pass 1 ──",
            "── after ① line 4 pass 2 ──",
            "── after ① line 4 pass 3 ──",
            "── after ② line 7 pass 2 ──"
        ]
    );
    assert!(
        steps[2].ends_with("main\n  sum: i32 = 6\n  i: i32 = 3"),
        "{}",
        steps[2]
    );
    assert!(steps[3].ends_with("main\n  sum: i32 = -2"), "{}", steps[3]);
}

#[test]
fn a_loop_that_takes_its_vector() {
    let steps = steps(
        "fn main() {\n let v = vec![String::from(\"a\"), String::from(\"b\")];\n for s in v {\n  println!(\"{s}\"); // ① pass 1\n }\n}",
    );
    assert!(
        steps[0].contains(
            "  v: Vec<String>  [moved to the loop on line 3]\n  s: String = len 1, cap 1\n"
        ),
        "{}",
        steps[0]
    );
}

#[test]
fn match_if_let_let_else() {
    let steps = steps(
        "fn main() {\n let o = Some(3u8);\n let r = match o {\n  Some(n) if n > 2 => {\n   let k = n * 2; // ①\n   k\n  }\n  _ => 0,\n };\n \
         if let Some(m) = o {\n  println!(\"{m}\"); // ②\n }\n let Some(z) = o else { return }; // ③\n println!(\"{r}{z}\");\n}",
    );
    assert!(
        steps[0].ends_with("main\n  o: Option<u8> = Some(3)\n  n: u8 = 3\n  k: u8 = 6"),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].ends_with("main\n  o: Option<u8> = Some(3)\n  r: u8 = 6\n  m: u8 = 3"),
        "{}",
        steps[1]
    );
    assert!(
        steps[2].ends_with("main\n  o: Option<u8> = Some(3)\n  r: u8 = 6\n  z: u8 = 3"),
        "{}",
        steps[2]
    );
}

#[test]
fn drops_come_in_order() {
    draws(
        "struct Noisy(u8);\nimpl Drop for Noisy {\n fn drop(&mut self) { println!(\"drop {}\", self.0); }\n}\n\
         fn main() {\n let a = Noisy(1);\n {\n  let b = Noisy(2);\n  let c = Box::new(Noisy(3));\n }\n drop(a); // ①\n}",
        "
main
  a: Noisy  [moved to `drop` on line 11]
heap
  h1: 1 byte  [given back]
dropped since the last step
  Noisy(3)
  h1 given back
  b: Noisy(2)
  Noisy(1)",
    );
}

#[test]
fn a_mark_inside_drop() {
    let steps = steps(
        "struct Noisy(u8);\nimpl Drop for Noisy {\n fn drop(&mut self) {\n  println!(\"{}\", self.0); // ①\n }\n}\n\
         fn main() {\n let a = Noisy(1);\n let b = Noisy(2);\n println!(\"{}\", a.0 + b.0);\n}",
    );
    assert!(
        steps[0].contains("Noisy::drop\n  self: &mut Noisy = &mut\nmain\n  a: Noisy = Noisy(1)\n  b: Noisy = Noisy(2)  [being dropped]\n"),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].contains("main\n  a: Noisy = Noisy(1)  [being dropped]\n"),
        "{}",
        steps[1]
    );
}

#[test]
fn statics_constants_and_promotion() {
    draws(
        "use std::sync::atomic::{AtomicU32, Ordering};\nstatic HITS: AtomicU32 = AtomicU32::new(1);\nconst LIMIT: u8 = 9;\n\
         fn main() {\n HITS.fetch_add(1, Ordering::Relaxed);\n let c = LIMIT;\n let p: &'static i32 = &77;\n let r = &HITS; // ①\n println!(\"{c}{p}{r:?}\");\n}",
        "
main
  c: u8 = 9
  p: &i32 = &
  r: &AtomicU32 = &
static memory
  HITS = 2
  literal 1 = 77
arrows
  p borrows literal 1.
  r borrows HITS.",
    );
}

#[test]
fn temporaries_that_live_on() {
    body(
        "let r = &String::from(\"t\"); // ①\nprintln!(\"{r}\");",
        "
main
  r: &String = &
temporaries
  temporary 1 = len 1, cap 1
heap
  h1: 1 byte = \"t\"
arrows
  r borrows temporary 1.
  temporary 1 owns h1.",
    );
}

#[test]
fn leaked_memory_stays() {
    body(
        "let b = Box::new(5u8); std::mem::forget(b); // ①",
        "
main
  b: Box<u8>  [moved to the call of `forget` on line 2]
heap
  h1: 1 byte  [nothing shown leads here]",
    );
}

#[test]
fn threads() {
    let steps = steps(
        "use std::thread;\nfn main() {\n let v = vec![1u8, 2];\n let h = thread::spawn(move || {\n  let sum: u8 = v.iter().sum(); // ①\n  sum\n });\n \
         let n = h.join().unwrap(); // ②\n println!(\"{n}\");\n}",
    );
    assert!(
        steps[0].contains("main (main)\n  v: Vec<u8>  [moved to"),
        "{}",
        steps[0]
    );
    assert!(
        steps[0].contains("closure (thread of line 4)\n"),
        "{}",
        steps[0]
    );
    // The closure took the vector, and with it the block.
    assert!(
        steps[0].contains("  v: Vec<u8> = len 2, cap 2\n  sum: u8 = 3\n"),
        "{}",
        steps[0]
    );
    assert!(steps[0].contains("  h1: 2 bytes = [1, 2]"), "{}", steps[0]);
    assert!(steps[0].contains("  v of closure owns h1."), "{}", steps[0]);
    assert!(steps[1].contains("  n: u8 = 3"), "{}", steps[1]);
}

#[test]
fn scoped_threads() {
    let steps = steps(
        "use std::thread;\nfn main() {\n let mut v = vec![1u8];\n thread::scope(|s| {\n  s.spawn(|| {\n   v.push(2); // ①\n  });\n });\n println!(\"{v:?}\"); // ②\n}",
    );
    assert!(
        steps[0].contains("  v: Vec<u8> = len 2, cap 8  [lent out mutably"),
        "{}",
        steps[0]
    );
    assert!(
        steps[1].contains("main\n  v: Vec<u8> = len 2, cap 8\n"),
        "{}",
        steps[1]
    );
}

#[test]
fn a_picture_that_hangs_on_scheduling_is_refused() {
    refuses(
        "use std::thread;\nfn main() {\n let h = thread::spawn(|| 1 + 1);\n let n = 1; // ①\n println!(\"{n}{}\", h.join().unwrap());\n}",
        4,
        "scheduling",
    );
}

#[test]
fn marks_where_none_can_be() {
    refuses("fn main() {\n let a = 1;\n // ①\n}", 3, "alone on its line");
    refuses(
        "fn main() {\n for i in 0..2 { // ①\n  println!(\"{i}\");\n }\n}",
        2,
        "does not trail a statement",
    );
    refuses(
        "fn main() {\n let a = 1; // ①\n let b = 2; // ①\n}",
        3,
        "twice",
    );
    refuses(
        "fn f() -> u8 {\n return 1; // ①\n}\nfn main() {\n f();\n}",
        2,
        "leaves",
    );
    refuses(
        "fn main() {\n if false {\n  let a = 1; // ①\n }\n}",
        3,
        "did not come to ①",
    );
    refuses(
        "fn main() {\n let a = 1; // ① pass x\n}",
        2,
        "names no pass",
    );
}

#[test]
fn what_is_refused_names_line_and_construct() {
    refuses("async fn f() {}\nfn main() { let a = 1; }", 1, "async");
    refuses(
        "fn main() {\n let a = 1;\n let b: u8 = \"x\";\n}",
        3,
        "E0308",
    );
    refuses(
        "macro_rules! m { ($x:ident) => { let $x = 1; } }\nfn main() { m!(a); }",
        1,
        "macro",
    );
    refuses(
        "#[repr(packed)]\nstruct P { a: u8, b: u32 }\nfn main() { let a = 1; }",
        1,
        "packed",
    );
    refuses("fn f() {}", 1, "no `fn main`");
    refuses("fn main() { let a = ; }", 1, "not a whole Rust program");
    refuses(
        "fn main() {\n let s = String::from(\"a\");\n let t = s;\n println!(\"{s}{t}\");\n}",
        4,
        "E0382",
    );
}

#[test]
fn a_call_in_the_middle_of_a_statement() {
    let steps = steps(
        "fn show(n: &String) -> usize {\n let k = n.len(); // ①\n k\n}\nfn eat(n: usize, s: String) -> usize { n + show(&s) }\n\
         fn main() {\n let s = String::from(\"abc\");\n let t = String::from(\"d\");\n let y = { let u = String::from(\"ef\"); show(&u) } + eat(show(&s), t);\n \
         let mut i = 0;\n while show(&s) + i < 4 {\n  i += 1;\n }\n println!(\"{y}\");\n}",
    );
    // The block's variable is there while the block runs, and `t` is still whole.
    assert!(
        steps[0].contains("  u: String = len 2, cap 2  [lent out to the call of `show`]\n"),
        "{}",
        steps[0]
    );
    assert!(
        steps[0].contains("  t: String = len 1, cap 1\n"),
        "{}",
        steps[0]
    );
    // The block has ended; the call of `eat` has not begun.
    assert!(
        steps[1].contains("  t: String = len 1, cap 1\nheap"),
        "{}",
        steps[1]
    );
    // It has.
    assert!(
        steps[2].contains("eat\n  n: usize = 3\n  s: String = len 1, cap 1  [lent out to the call of `show`]\nmain\n"),
        "{}",
        steps[2]
    );
    assert!(
        steps[2].contains("  t: String  [moved to the call of `eat` on line 9]\n"),
        "{}",
        steps[2]
    );
    // The condition of the loop, before and after a pass.
    assert!(steps[3].contains("  i: usize = 0\n"), "{}", steps[3]);
    assert!(steps[4].contains("  i: usize = 1\n"), "{}", steps[4]);
}

#[test]
fn a_function_that_is_handed_on() {
    draws(
        "fn show(n: &String) -> usize {\n let k = n.len(); // ①\n k\n}\nfn main() {\n let f = show;\n let s = String::from(\"a\");\n let t = s;\n let n = f(&t);\n println!(\"{n}\");\n}",
        "
show
  n: &String = &
  k: usize = 1
main
  f: show = no bytes
  s: String = len 1, cap 1  [moved to `t` on line 8]
  t: String = len 1, cap 1  [lent out to the call of `f`]
heap
  h1: 1 byte = \"a\"
arrows
  n of show borrows t of main.
  t of main owns h1.",
    );
}

#[test]
fn a_call_that_cannot_be_followed_is_refused() {
    refuses(
        "macro_rules! ask { ($s:expr) => { show(&$s) } }\nfn show(n: &String) -> usize {\n let k = n.len(); // ①\n k\n}\n\
         fn main() {\n let s = String::from(\"a\");\n let n = ask!(s);\n println!(\"{n}\");\n}",
        3,
        "cannot be followed",
    );
}

#[test]
fn a_field_moved_out_of_a_box() {
    let seen = steps(
        "struct P { name: String, age: u8 }
fn main() {
    let b = Box::new(P { name: String::from(\"Ann\"), age: 3 });
    let n = b.name; // ①
    drop(n); // ②
    println!(\"{}\", b.age);
}
",
    );
    assert!(seen[0].contains("= name: moved, age: 3"), "{}", seen[0]);
    assert!(seen[0].contains("n owns h1."), "{}", seen[0]);
    for step in &seen {
        assert!(!step.contains("name of h2"), "{step}");
    }
}

#[test]
fn a_part_is_not_the_whole_block() {
    let seen = steps(
        "use std::collections::HashMap;
fn main() {
    let mut m = HashMap::new();
    m.insert(1, String::from(\"one\"));
    let e = m.get_mut(&1).unwrap(); // ①
    e.push('!');
}
",
    );
    assert!(seen[0].contains("value of m owns h1."), "{}", seen[0]);
    assert!(!seen[0].contains("h2 owns"), "{}", seen[0]);
    assert!(!seen[0].contains("bytes = len"), "{}", seen[0]);
    let seen = steps(
        "struct Loud(u8);
impl Drop for Loud {
    fn drop(&mut self) {
        println!(\"drop {}\", self.0); // ①
    }
}
fn main() {
    drop(vec![Loud(1), Loud(2)]);
}
",
    );
    for (step, at) in seen.iter().zip([0, 1]) {
        let content = format!("h1: 2 bytes = byte {at}: Loud({})", at + 1);
        assert!(step.contains(&content), "{step}");
        assert!(
            step.contains(&format!("borrows byte {at} of h1.")),
            "{step}"
        );
    }
}

#[test]
fn what_is_being_dropped_is_still_whole() {
    draws(
        "struct Page { text: String }
impl Drop for Page {
    fn drop(&mut self) {
        println!(\"drop {}\", self.text); // ①
    }
}
fn main() {
    let p = Page { text: String::from(\"abc\") };
    println!(\"{}\", p.text);
}
",
        "
Page::drop
  self: &mut Page = &mut
main
  p: Page = text: len 3, cap 3  [being dropped]
heap
  h1: 3 bytes = \"abc\"
arrows
  self of Page::drop mutably borrows p of main.
  text of p of main owns h1.
dropped since the last step
  p: Page { text: \"abc\" }",
    );
    // Behind its own `drop` the fields go, one by one: then it is not looked at.
    let seen = steps(
        "struct Key(String);
impl Drop for Key {
    fn drop(&mut self) {
        println!(\"{}\", self.0); // ①
    }
}
struct Room { key: Key, spare: Key }
fn main() {
    let room = Room { key: Key(String::from(\"a\")), spare: Key(String::from(\"b\")) };
    println!(\"{}\", room.key.0.len() + room.spare.0.len());
}
",
    );
    assert_eq!(seen.len(), 2);
    assert!(!seen[1].contains("room: Room = "), "{}", seen[1]);
}

#[test]
fn a_lock_that_is_held_shows_what_is_in_it() {
    let seen = steps(
        "use std::sync::Mutex;
fn main() {
    let m = Mutex::new(vec![1]);
    let mut g = m.lock().unwrap();
    g.push(2); // ①
}
",
    );
    for words in [
        "Mutex(locked, len 2, cap 4)",
        "m owns h2.",
        "g mutably borrows m.",
    ] {
        assert!(seen[0].contains(words), "{words}: {}", seen[0]);
    }
    assert!(!seen[0].contains("nothing shown"), "{}", seen[0]);
}

#[test]
fn a_part_moved_out_of_a_tuple() {
    let seen = steps(
        "fn main() {
    let t = (String::from(\"1\"), String::from(\"2\"));
    let s = t.0; // ①
    println!(\"{s} {}\", t.1);
}
",
    );
    assert!(
        seen[0].contains("(moved, len 1, cap 1)  [0 moved on line 3]"),
        "{}",
        seen[0]
    );
    assert!(seen[0].contains("1 of t owns h2."), "{}", seen[0]);
}

#[test]
fn a_list_that_is_being_rearranged_is_refused() {
    refuses(
        "fn main() {
    let mut v = vec![String::from(\"b\"), String::from(\"a\")];
    v.sort_by(|a, b| {
        let o = a.cmp(b); // ①
        o
    });
}
",
        4,
        "rearranged by `sort_by`",
    );
}

#[test]
fn pinned_values_and_types_with_quotation_marks() {
    body(
        "let p = Box::pin(String::from(\"abc\")); // ①",
        "
main
  p: Pin<Box<String>> = owner
heap
  h1: 3 bytes = \"abc\"
  h2: 24 bytes = len 3, cap 3
arrows
  p owns h2.
  h2 owns h1.",
    );
    draws(
        "extern \"C\" fn more(x: i32) -> i32 { x + 1 }
fn main() {
    let g: extern \"C\" fn(i32) -> i32 = more; // ①
    println!(\"{}\", g(3));
}
",
        "
main
  g: extern \"C\" fn(i32) -> i32 = 8 bytes",
    );
}

#[test]
fn literals_are_numbered_as_the_variables_come() {
    let seen = steps("fn main() { let a = \"b\"; let b = \"a\"; let c = \"longer\"; // ①\n}\n");
    for (name, number, words) in [("a", 1, "b"), ("b", 2, "a"), ("c", 3, "longer")] {
        let arrow = format!("{name} borrows literal {number}.");
        assert!(seen[0].contains(&arrow), "{arrow} {}", seen[0]);
        let place = format!("literal {number} = \"{words}\"");
        assert!(seen[0].contains(&place), "{place} {}", seen[0]);
    }
}

#[test]
fn a_moved_variable_keeps_its_words() {
    draws(
        "fn eat(_: String) {}
fn main() {
    let draft = String::from(\"Lunch\");
    let letter = draft;
    let e = String::from(\"x\");
    eat(e); // ①
    println!(\"{letter}\");
}
",
        "
main
  draft: String = len 5, cap 5  [moved to `letter` on line 4]
  letter: String = len 5, cap 5
  e: String  [moved to the call of `eat` on line 6]
heap
  h1: 5 bytes = \"Lunch\"
  h2: 1 byte  [given back]
arrows
  letter owns h1.
dropped since the last step
  h2 given back",
    );
    // A map's words lead to a table that its new owner may have changed.
    let seen = steps(
        "fn main() {
    let m = std::collections::BTreeMap::from([(1, 2)]);
    let mut n = m;
    n.clear(); // ①
}
",
    );
    assert!(
        seen[0].contains("m: BTreeMap<i32, i32>  [moved"),
        "{}",
        seen[0]
    );
}

#[test]
fn closures_show_what_they_captured_and_how() {
    draws(
        "struct List { songs: Vec<String>, played: u32 }
fn main() {
    let mut list = List { songs: vec![], played: 0 };
    let title = String::from(\"Naima\");
    let bonus = String::from(\"So What\");
    let mut count = || list.played += 1;
    let songs = || list.songs.len();
    let look = || title.len();
    let give = || bonus;
    count();
    look(); // ①
    println!(\"{} {}\", songs(), give());
}
",
        "
main
  list: List = songs: len 0, cap 0, played: 1  [lent out to `songs`]
  title: String = len 5, cap 5
  bonus: String = len 7, cap 7  [moved to `give` on line 9]
  count: a closure = list.played: &mut
  songs: a closure = list.songs: &
  look: a closure = title: &
  give: a closure = bonus: len 7, cap 7
heap
  h1: 5 bytes = \"Naima\"
  h2: 7 bytes = \"So What\"
arrows
  title owns h1.
  list.played of count mutably borrows played of list.
  list.songs of songs borrows songs of list.
  title of look borrows title.
  bonus of give owns h2.",
    );
}

#[test]
fn closures_behind_a_table_and_in_a_call_are_shown() {
    let seen = steps(
        "fn each(mut listener: impl FnMut(u32)) {
    listener(2); // ①
}
fn main() {
    let mut sum = 0;
    each(|n| sum += n);
    let step = 7;
    let add: Box<dyn Fn(u32) -> u32> = Box::new(move |x| x + step);
    println!(\"{}\", add(sum)); // ②
}
",
    );
    for line in [
        "  listener: a closure = sum: &mut",
        "  sum of listener of each mutably borrows sum of main.",
    ] {
        assert!(seen[0].contains(line), "{line}\n{}", seen[0]);
    }
    assert!(seen[1].contains("  h1: 4 bytes = step: 7"), "{}", seen[1]);
}

#[test]
fn iterators_show_what_they_have_before_them() {
    draws(
        "fn main() {
    let names = vec![String::from(\"Ann\"), String::from(\"Bo\")];
    let mut ages = [31, 7];
    let word = String::from(\"let x\");
    let mut all = names.iter();
    all.next();
    let mut numbered = names.iter().enumerate();
    numbered.next();
    numbered.next();
    let mut letters = word.chars().peekable();
    letters.next();
    letters.peek();
    let lengths = names.iter().map(|n| n.len());
    let mut down = (0..=3).rev();
    down.next();
    let mut change = ages.iter_mut();
    change.next(); // ①
    println!(\"{:?} {:?}\", all.next(), numbered.next());
    println!(\"{:?} {:?}\", letters.next(), lengths.count());
    println!(\"{:?} {:?}\", down.next(), change.next());
}
",
        "
main
  names: Vec<String> = len 2, cap 2  [lent out to `all`, `numbered` and `lengths`]
  ages: [i32; 2] = [31, 7]  [lent out mutably to `change`]
  word: String = len 5, cap 5  [lent out to `letters`]
  all: Iter<'_, String> = rest: len 1
  numbered: Enumerate<Iter<'_, String>> = iter: Iter { rest: len 0 }, count: 2
  letters: Peekable<Chars<'_>> = iter: Chars { rest: len 3 }, peeked: Some(Some('e'))
  lengths: Map<Iter<'_, String>, closure> = iter: Iter { rest: len 2 }, f: a closure
  down: Rev<RangeInclusive<i32>> = iter: RangeInclusive { start: 0, end: 2 }
  change: IterMut<'_, i32> = rest: len 1
heap
  h1: 48 bytes = [0] len 3, cap 3, [1] len 2, cap 2
  h2: 3 bytes = \"Ann\"
  h3: 2 bytes = \"Bo\"
  h4: 5 bytes = \"let x\"
arrows
  names owns h1.
  word owns h4.
  rest of all borrows [1] of h1.
  iter.rest of letters borrows byte 2 of h4.
  iter.rest of lengths borrows h1.
  rest of change mutably borrows [1] of ages.
  [0] of h1 owns h2.
  [1] of h1 owns h3.",
    );
}

#[test]
fn what_an_impl_trait_argument_is_shows_by_its_name() {
    let seen = steps(
        "fn show(item: impl std::fmt::Display) {
    println!(\"{item}\"); // ①
}
fn main() {
    show(7);
    show(String::from(\"x\"));
}
",
    );
    assert!(seen[0].contains("  item: i32 = 7"), "{}", seen[0]);
    for line in ["  item: String = len 1, cap 1", "  item of show owns h"] {
        assert!(seen[1].contains(line), "{line}\n{}", seen[1]);
    }
}

#[test]
fn parts_of_texts_and_lists_are_no_wholes() {
    let seen = steps(
        "use std::collections::BTreeMap;
fn main() {
    let mut counts = BTreeMap::new();
    for word in \"a b a\".split(' ') {
        *counts.entry(word).or_insert(0) += 1;
    } // ①
    let key = \"x=3\".split('=').next();
    let two = &[1, 2, 3, 4][..2];
    let whole = \"y\"; // ②
    println!(\"{counts:?} {key:?} {two:?} {whole}\");
}
",
    );
    for (step, line) in [
        (0, "  counts: BTreeMap<&str, i32> = {\"a\": 2, \"b\": 1}"),
        (1, " = in part: \"x\""),
        (1, " = in part: [1, 2]"),
        (1, " = \"y\""),
    ] {
        assert!(seen[step].contains(line), "{line}\n{}", seen[step]);
    }
}

#[test]
fn an_empty_rest_leads_nowhere() {
    // One past the end of a list, something else begins.
    let seen = steps(
        "fn main() {
    let list = [1, 2];
    let after = 3;
    let rest = &list[2..]; // ①
    println!(\"{rest:?} {after}\");
}
",
    );
    assert!(seen[0].contains("  rest: &[i32] = len 0"), "{}", seen[0]);
    assert!(!seen[0].contains("rest borrows"), "{}", seen[0]);
}

#[test]
fn moves_in_part_name_their_lines_and_a_call_its_closure() {
    let seen = steps(
        "fn run<F: FnOnce() -> String>(f: F) -> String {
    let made = f(); // ②
    made
}
fn main() {
    let pair = (String::from(\"a\"), String::from(\"b\"));
    let one = pair.0;
    let two = pair.1; // ①
    println!(\"{}\", run(move || one + &two));
}
",
    );
    let line = "pair: (String, String) = (moved, moved)  [0 moved on line 7, 1 moved on line 8]";
    assert!(seen[0].contains(line), "{}", seen[0]);
    let line = "f: a closure  [moved to the call of `f` on line 2]";
    assert!(seen[1].contains(line), "{}", seen[1]);
}
