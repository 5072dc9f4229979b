//! Random small programs, held against oracles that share no code with the
//! tracer: the compiler's verdict on the next use, the drops that the program
//! itself prints, a bare counting allocator, and `size_of_val`.
//!
//! `TRACE_PROPERTY_CASES=1000 cargo test -p trace --test properties` for many;
//! a failure is shrunk to the smallest program that shows it.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::fmt::Write as _;
use std::process::Command;
use trace::{Options, State, trace};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int,
    Text,
    Noisy,
    Boxed,
    List,
    /// Of the variable with this number.
    Shared(usize),
    Mutable(usize),
}

#[derive(Clone, Debug)]
struct Var {
    name: String,
    kind: Kind,
    depth: usize,
    /// Neither moved nor, for a borrow, outdated; not hidden by a later name.
    usable: bool,
    hidden: bool,
}

/// Writes a program that compiles, one choice a statement.
struct Writer {
    vars: Vec<Var>,
    /// Statements of `main`, and whether a mark may trail them.
    lines: Vec<(String, bool)>,
    depth: usize,
    next: usize,
}

impl Writer {
    fn declare(&mut self, kind: Kind, value: &str, pick: u8) {
        // Sometimes a name that is taken, so that it is shadowed.
        let taken: Vec<String> = self
            .vars
            .iter()
            .filter(|v| !v.hidden)
            .map(|v| v.name.clone())
            .collect();
        let name = if pick.is_multiple_of(5) && !taken.is_empty() {
            taken[pick as usize / 5 % taken.len()].clone()
        } else {
            self.next += 1;
            format!("v{}", self.next)
        };
        let mutable = if pick.is_multiple_of(3) { "" } else { "mut " };
        self.lines
            .push((format!("let {mutable}{name} = {value};"), true));
        for v in &mut self.vars {
            v.hidden |= v.name == name;
        }
        self.vars.push(Var {
            name,
            kind,
            depth: self.depth,
            usable: true,
            hidden: false,
        });
    }

    /// A usable variable that the test accepts.
    fn choose(&self, pick: u8, test: impl Fn(Kind) -> bool) -> Option<usize> {
        let fits: Vec<usize> = (0..self.vars.len())
            .filter(|&i| {
                let v = &self.vars[i];
                v.usable && !v.hidden && test(v.kind)
            })
            .collect();
        (!fits.is_empty()).then(|| fits[pick as usize % fits.len()])
    }

    /// A variable is moved, changed or lent mutably: its borrows are over.
    fn disturb(&mut self, owner: usize, mutably: bool) {
        for i in 0..self.vars.len() {
            let over = match self.vars[i].kind {
                Kind::Shared(o) => o == owner && mutably,
                Kind::Mutable(o) => o == owner,
                _ => false,
            };
            if over && self.vars[i].usable {
                self.vars[i].usable = false;
            }
        }
    }

    fn declared_mut(&self, i: usize) -> bool {
        let name = &self.vars[i].name;
        self.lines
            .iter()
            .rev()
            .any(|(l, _)| l.starts_with(&format!("let mut {name} =")))
            && !self
                .lines
                .iter()
                .rev()
                .find(|(l, _)| {
                    l.starts_with(&format!("let mut {name} ="))
                        || l.starts_with(&format!("let {name} ="))
                })
                .is_some_and(|(l, _)| l.starts_with("let v"))
    }

    fn step(&mut self, op: u8, pick: u8) {
        let owned = |k: Kind| !matches!(k, Kind::Shared(_) | Kind::Mutable(_));
        let number = self.lines.len();
        match op % 16 {
            0 => self.declare(Kind::Int, &format!("{number}u32"), pick),
            1 => self.declare(Kind::Text, &format!("String::from(\"t{number}\")"), pick),
            2 => self.declare(Kind::Noisy, &format!("Noisy({number})"), pick),
            3 => self.declare(Kind::Boxed, &format!("Box::new(Noisy({number}))"), pick),
            4 => self.declare(
                Kind::List,
                &format!("vec![Noisy({number}), Noisy({})]", number + 100),
                pick,
            ),
            5 | 6 => {
                if let Some(i) = self.choose(pick, owned) {
                    let (name, kind) = (self.vars[i].name.clone(), self.vars[i].kind);
                    if kind != Kind::Int {
                        self.disturb(i, true);
                        self.vars[i].usable = false;
                    } else {
                        self.disturb(i, false);
                    }
                    self.declare(kind, &name, pick);
                }
            }
            7 | 8 => {
                if let Some(i) = self.choose(pick, owned) {
                    self.disturb(i, false);
                    let value = format!("&{}", self.vars[i].name);
                    self.declare(Kind::Shared(i), &value, pick);
                }
            }
            9 => {
                if let Some(i) = self.choose(pick, owned)
                    && self.declared_mut(i)
                {
                    self.disturb(i, true);
                    let value = format!("&mut {}", self.vars[i].name);
                    self.declare(Kind::Mutable(i), &value, pick);
                }
            }
            10 | 11 => {
                if let Some(i) = self.choose(pick, |k| !owned(k)) {
                    let name = self.vars[i].name.clone();
                    // Through a hidden owner's borrow, too.
                    self.lines.push((format!("touch(&*{name});"), true));
                }
            }
            12 => {
                if let Some(i) = self.choose(pick, |k| k == Kind::List)
                    && self.declared_mut(i)
                {
                    self.disturb(i, true);
                    let name = self.vars[i].name.clone();
                    self.lines
                        .push((format!("{name}.push(Noisy({number}));"), true));
                }
            }
            13 => {
                if let Some(i) = self.choose(pick, owned) {
                    let name = self.vars[i].name.clone();
                    let kind = self.vars[i].kind;
                    let function = match kind {
                        Kind::Text => "length",
                        Kind::Noisy => "keep",
                        _ => "drop",
                    };
                    if kind != Kind::Int {
                        self.disturb(i, true);
                        self.vars[i].usable = false;
                    } else {
                        self.disturb(i, false);
                    }
                    self.lines.push((format!("{function}({name});"), true));
                }
            }
            14 => {
                self.lines.push(("{".into(), false));
                self.depth += 1;
            }
            _ => self.close(),
        }
    }

    fn close(&mut self) {
        if self.depth == 0 {
            return;
        }
        self.lines.push(("}".into(), false));
        let depth = self.depth;
        self.depth -= 1;
        for i in 0..self.vars.len() {
            if self.vars[i].depth == depth {
                self.disturb(i, true);
                self.vars[i].usable = false;
                self.vars[i].hidden = true;
                // What it hid can be named again; it is simpler not to.
            }
        }
    }
}

const HEAD: &str = "struct Noisy(u32);
impl Drop for Noisy { fn drop(&mut self) { println!(\"drop {}\", self.0); } }
fn touch<T>(value: &T) -> usize { size_of_val(value) }
fn length(text: String) -> usize { text.len() }
fn keep(noisy: Noisy) -> u32 { noisy.0 }
";

const ALLOCATOR: &str = "
mod bare {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    pub static ON: AtomicBool = AtomicBool::new(false);
    pub static SIZES: [AtomicUsize; 512] = [const { AtomicUsize::new(0) }; 512];
    pub struct Bare;
    unsafe impl GlobalAlloc for Bare {
        unsafe fn alloc(&self, l: Layout) -> *mut u8 {
            if ON.load(Relaxed) { SIZES[l.size()].fetch_add(1, Relaxed); }
            unsafe { System.alloc(l) }
        }
        unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
            if ON.load(Relaxed) { SIZES[l.size()].fetch_sub(1, Relaxed); }
            unsafe { System.dealloc(p, l) }
        }
    }
    #[global_allocator]
    static ALLOCATOR: Bare = Bare;
    pub fn start() { println!(); ON.store(true, Relaxed); }
    pub fn report() {
        ON.store(false, Relaxed);
        for (size, n) in SIZES.iter().enumerate() {
            for _ in 0..n.load(Relaxed) { println!(\"block {size}\"); }
        }
        println!(\"MARK\");
    }
}
";

/// The program, with something behind the marked statement.
fn program(lines: &[(String, bool)], marked: usize, behind: &str, first: &str) -> String {
    let mut out = format!("{HEAD}fn main() {{ {first}\n");
    for (i, (line, _)) in lines.iter().enumerate() {
        let behind = if i == marked { behind } else { "" };
        let _ = writeln!(out, "{line}{behind}");
    }
    out.push_str("}\n");
    out
}

fn rustc(folder: &std::path::Path, arguments: &[&str]) -> (bool, String) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let done = Command::new(rustc)
        .current_dir(folder)
        .args(["--edition=2024", "-A", "warnings"])
        .args(arguments)
        .output()
        .unwrap();
    (
        done.status.success(),
        String::from_utf8_lossy(&done.stderr).into_owned(),
    )
}

fn check(ops: &[(u8, u8)], mark: u8) -> Result<(), TestCaseError> {
    let mut writer = Writer {
        vars: Vec::new(),
        lines: Vec::new(),
        depth: 0,
        next: 0,
    };
    for &(op, pick) in ops {
        writer.step(op, pick);
    }
    while writer.depth > 0 {
        writer.close();
    }
    let lines = writer.lines;
    let places: Vec<usize> = (0..lines.len()).filter(|&i| lines[i].1).collect();
    if places.is_empty() {
        return Ok(());
    }
    let marked = places[mark as usize % places.len()];
    let source = program(&lines, marked, " // ①", "");
    let drawn = trace(&source, &Options::default())
        .map_err(|e| TestCaseError::fail(format!("{e}\n{source}")))?;
    prop_assert_eq!(drawn.steps.len(), 1, "{}", source);
    let step = &drawn.steps[0];
    let variables = &step.threads[0].frames.last().unwrap().variables;
    let folder = tempfile::tempdir().unwrap();

    // The compiler's verdict on the next use of each variable.
    let mut file = String::new();
    let mut questions = Vec::new();
    for v in variables.iter().filter(|v| !v.shadowed) {
        let p = v.permissions.unwrap();
        let copy = v.ty == "u32" || v.ty.starts_with('&');
        questions.push((format!(" let _ = &{};", v.name), p.read, v));
        questions.push((format!(" let _ = &mut {};", v.name), p.write, v));
        if !copy {
            questions.push((format!(" let _m = {};", v.name), p.own, v));
        }
    }
    for (i, (question, _, _)) in questions.iter().enumerate() {
        let _ = write!(
            file,
            "mod q{i} {{\n{}}}\n",
            program(&lines, marked, question, "")
        );
    }
    std::fs::write(folder.path().join("q.rs"), &file).unwrap();
    let (_, errors) = rustc(
        folder.path(),
        &[
            "--crate-type=lib",
            "--emit=metadata",
            "--error-format=short",
            "q.rs",
        ],
    );
    let length = program(&lines, marked, "", "").lines().count() + 2;
    let mut fails = vec![false; questions.len()];
    for line in errors.lines().filter(|l| l.contains(": error")) {
        let at: usize = line
            .split(':')
            .nth(1)
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        // An error on a later line uses the permission up; it was there. The
        // statements begin on line 8 of each copy.
        if at > 0 && (at - 1) % length < 8 + marked {
            fails[(at - 1) / length] = true;
        }
    }
    for ((question, allowed, v), fails) in questions.iter().zip(fails) {
        prop_assert_eq!(
            *allowed,
            !fails,
            "{} of {:?}\n{}\n{}",
            question,
            v,
            source,
            errors
        );
    }

    // The untraced program, with a bare allocator, tells the rest.
    // Borrows first: naming one would keep its owner lent out.
    let (borrows, owners): (Vec<_>, Vec<_>) = variables.iter().partition(|v| v.ty.starts_with('&'));
    let sizes: String = borrows
        .iter()
        .chain(&owners)
        .filter(|v| !v.shadowed && v.permissions.unwrap().read)
        .map(|v| {
            format!(
                " println!(\"size {} {{}}\", size_of_val(&{}));",
                v.name, v.name
            )
        })
        .collect();
    let behind = format!(" bare::report();{sizes}");
    let bare = program(&lines, marked, &behind, "bare::start();") + ALLOCATOR;
    std::fs::write(folder.path().join("bare.rs"), &bare).unwrap();
    let (built, errors) = rustc(folder.path(), &["-o", "bare", "bare.rs"]);
    prop_assert!(built, "{}\n{}", errors, bare);
    let ran = Command::new(folder.path().join("bare")).output().unwrap();
    let output = String::from_utf8(ran.stdout).unwrap();
    let (before, after) = output.split_once("MARK\n").unwrap();

    let drops: Vec<String> = before
        .lines()
        .filter_map(|l| l.strip_prefix("drop "))
        .map(|n| format!("Noisy({n})"))
        .collect();
    let drawn_drops: Vec<String> = step
        .drops
        .iter()
        .filter(|d| !d.block)
        .map(|d| d.what.clone())
        .collect();
    prop_assert_eq!(drawn_drops, drops, "{}", source);

    let mut blocks: Vec<u64> = before
        .lines()
        .filter_map(|l| l.strip_prefix("block ")?.parse().ok())
        .collect();
    let mut drawn_blocks: Vec<u64> = step
        .heap
        .iter()
        .filter(|b| !b.freed)
        .map(|b| b.size)
        .collect();
    blocks.sort_unstable();
    drawn_blocks.sort_unstable();
    prop_assert_eq!(drawn_blocks, blocks, "{}", source);

    for line in after.lines().filter_map(|l| l.strip_prefix("size ")) {
        let (name, size) = line.split_once(' ').unwrap();
        let v = variables
            .iter()
            .find(|v| !v.shadowed && v.name == name)
            .unwrap();
        prop_assert_eq!(v.size, size.parse().ok(), "{} in {}", name, source);
    }

    // Every variable that may be used says what it holds, and so does one whose words
    // are as they were when it was moved to another; the rest do not.
    for v in variables {
        let empty = match &v.state {
            State::Moved { to, maybe, .. } => {
                let another = |to: &String| to.starts_with("`v");
                *maybe || !to.as_ref().is_some_and(another)
            }
            State::Dead | State::NotSet => true,
            _ => false,
        };
        prop_assert_eq!(v.value.is_empty(), empty, "{:?} in {}", v, source);
    }
    Ok(())
}

fn cases() -> u32 {
    std::env::var("TRACE_PROPERTY_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(24)
}

/// Half of the programs: two tests, so that two cores have work.
fn run(seed: u8) {
    let config = Config {
        cases: cases() / 2,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let mut bytes = [7; 32];
    bytes[0] = seed;
    let rng = proptest::test_runner::TestRng::from_seed(
        proptest::test_runner::RngAlgorithm::ChaCha,
        &bytes,
    );
    let programs = (prop::collection::vec(any::<(u8, u8)>(), 1..16), any::<u8>());
    let done =
        TestRunner::new_with_rng(config, rng).run(&programs, |(ops, mark)| check(&ops, mark));
    if let Err(error) = done {
        panic!("{error}");
    }
}

#[test]
fn programs_agree_with_their_oracles_one() {
    run(1);
}

#[test]
fn programs_agree_with_their_oracles_two() {
    run(2);
}
