//! The runtime that is linked with a traced program, as the crate `__mt`.
//!
//! It stands alone (std only): an allocator that knows every block, a table of
//! the variables that live, and a walker that reads them at each mark. What it
//! finds goes, one JSON object a line, into the file `events` of the folder
//! that `start` is told; which variables may not be read at a mark stands
//! in the file `hidden` there; a star behind one says that its words may be read
//! and not followed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::any::type_name;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// More nodes than this at one mark make no picture.
const MOST_NODES: usize = 4000;
/// Nor do more blocks, living or not.
const MOST_BLOCKS: usize = 20_000;
/// Of a long sequence without owners, this many items are shown.
const MOST_ITEMS: usize = 16;

// ---------------------------------------------------------------- allocator

/// Hands every request to the system, and writes it down.
///
/// Memory that is given back is kept aside until the program ends, so that no
/// address is used twice: a dangling pointer stays recognizable, and pictures
/// do not hang on how the system reuses memory.
pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// How deep this thread is in the runtime itself, whose memory is not shown.
    static QUIET: Cell<u32> = const { Cell::new(0) };
    /// This thread's place in `World::threads`.
    static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Hush;

impl Hush {
    fn new() -> Self {
        let _ = QUIET.try_with(|q| q.set(q.get() + 1));
        Hush
    }
}

impl Drop for Hush {
    fn drop(&mut self) {
        let _ = QUIET.try_with(|q| q.set(q.get() - 1));
    }
}

fn quiet() -> bool {
    !ON.load(Ordering::Relaxed) || QUIET.try_with(|q| q.get() > 0).unwrap_or(true)
}

// SAFETY: every pointer comes from `System`, with the caller's layout, and is
// handed back to it at most once.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        let p = unsafe { System.alloc(layout) };
        if !p.is_null() && !quiet() {
            let _hush = Hush::new();
            world(|w| {
                let index = w.blocks.len();
                w.blocks.push(Block {
                    addr: p as usize,
                    size: layout.size(),
                    align: layout.align(),
                    freed: false,
                });
                w.live.insert(p as usize, index);
            });
        }
        p
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        if !quiet() {
            let _hush = Hush::new();
            let kept = world(|w| match w.live.remove(&(p as usize)) {
                Some(index) => {
                    w.blocks[index].freed = true;
                    w.events.push(format!("{{\"e\":\"free\",\"i\":{index}}}"));
                    true
                }
                None => false,
            });
            if kept {
                return;
            }
        }
        // SAFETY: this block was not recorded, so it goes back as it came.
        unsafe { System.dealloc(p, layout) }
    }
    // `realloc` stays the default, which takes a new block, copies and gives
    // the old one back: whether a block could grow in place is the system's
    // secret and would differ between machines.
}

// -------------------------------------------------------------------- world

struct Block {
    addr: usize,
    size: usize,
    align: usize,
    freed: bool,
}

struct Var {
    id: u32,
    addr: usize,
    size: usize,
    ty: &'static str,
    walk: unsafe fn(*const (), &mut Out),
    /// When its life ended, counted from 1; 0 while it lives.
    gone: u64,
}

impl Var {
    /// Reads the value.
    ///
    /// # Safety
    ///
    /// It is there, or was moved and left its words.
    unsafe fn walk(&self, out: &mut Out) {
        match shape_of(self.id) {
            Some(shape) => out.shape(self.addr, self.size, self.ty, &shape),
            // SAFETY: as the caller promises.
            None => unsafe { (self.walk)(self.addr as *const (), out) },
        }
    }
}

struct Frame {
    function: u32,
    statement: u32,
    waits: bool,
    vars: Vec<Var>,
    /// In a `Drop::drop`: where the value lies, and its type.
    dropping: Option<(usize, &'static str)>,
}

#[derive(Default)]
struct Thread {
    frames: Vec<Frame>,
    /// Highest address of this thread's stack that the program's frames use.
    base: usize,
}

struct Static {
    name: &'static str,
    addr: usize,
    walk: unsafe fn(*const (), &mut Out),
}

// SAFETY: the addresses are only read under the lock, at marks.
unsafe impl Send for World {}

struct World {
    threads: Vec<Thread>,
    blocks: Vec<Block>,
    live: BTreeMap<usize, usize>,
    events: Vec<String>,
    passes: BTreeMap<u32, u32>,
    statics: Vec<Static>,
    /// Threads that were started and not joined, however far they are.
    spawned: usize,
    scoped: usize,
    told: usize,
    ends: u64,
    hidden: BTreeSet<(char, u32, u32)>,
    /// Hidden, and its old words are still there to be shown.
    left: BTreeSet<(char, u32, u32)>,
    /// Of a variable that was moved in part, the fields that are gone.
    parts: BTreeMap<(char, u32, u32), Vec<String>>,
    file: Option<std::fs::File>,
}

static WORLD: Mutex<World> = Mutex::new(World {
    threads: Vec::new(),
    blocks: Vec::new(),
    live: BTreeMap::new(),
    events: Vec::new(),
    passes: BTreeMap::new(),
    statics: Vec::new(),
    spawned: 0,
    scoped: 0,
    told: 0,
    ends: 0,
    hidden: BTreeSet::new(),
    left: BTreeSet::new(),
    parts: BTreeMap::new(),
    file: None,
});

/// Does something with the world while this thread's own allocations are off
/// the record.
fn world<R>(f: impl FnOnce(&mut World) -> R) -> R {
    let mut w = WORLD.lock().unwrap_or_else(|e| e.into_inner());
    f(&mut w)
}

impl World {
    fn thread(&mut self) -> &mut Thread {
        let mut index = THREAD.with(Cell::get);
        if index == usize::MAX {
            index = self.threads.len();
            self.threads.push(Thread::default());
            THREAD.with(|t| t.set(index));
        }
        &mut self.threads[index]
    }

    fn emit(&mut self, line: &str) {
        if let Some(file) = &mut self.file {
            let _ = file.write_all(line.as_bytes());
            let _ = file.write_all(b"\n");
        }
    }
}

// ------------------------------------------------- what the program calls

/// First thing in `main`.
pub fn start(folder: &str) {
    let _hush = Hush::new();
    // Standard output takes its buffer now, off the record.
    let _ = std::io::stdout().lock().flush();
    let hidden = std::fs::read_to_string(format!("{folder}/hidden")).unwrap_or_default();
    // A program that starts itself again is traced once.
    let Ok(file) = std::fs::File::create_new(format!("{folder}/events")) else {
        return;
    };
    let layouts = std::fs::read_to_string(format!("{folder}/layouts")).unwrap_or_default();
    known(|k| layouts.lines().for_each(|line| k.read(line).unwrap_or(())));
    pick::common();
    world(|w| {
        for line in hidden.lines() {
            let mut words = line.split(' ');
            if let (Some(kind), Some(Ok(point)), Some(Ok(var))) = (
                words.next().and_then(|k| k.chars().next()),
                words.next().map(str::parse),
                words.next().map(str::parse),
            ) {
                let fields: Vec<String> = words.map(str::to_string).collect();
                if fields.is_empty() {
                    w.hidden.insert((kind, point, var));
                } else if fields == ["*"] {
                    w.hidden.insert((kind, point, var));
                    w.left.insert((kind, point, var));
                } else {
                    w.parts.insert((kind, point, var), fields);
                }
            }
        }
        w.file = Some(file);
    });
    ON.store(true, Ordering::Relaxed);
}

/// Marks the end of a variable's life (declared right after it, so it is
/// dropped right before it).
pub struct Guard(pub u32);

impl Drop for Guard {
    fn drop(&mut self) {
        let _hush = Hush::new();
        world(|w| {
            let id = self.0;
            w.ends += 1;
            let now = w.ends;
            let Some(frame) = w.thread().frames.last_mut() else {
                return;
            };
            if let Some(var) = frame
                .vars
                .iter_mut()
                .rev()
                .find(|v| v.id == id && v.gone == 0)
            {
                var.gone = now;
                w.events.push(format!("{{\"e\":\"end\",\"id\":{id}}}"));
            }
        });
    }
}

/// Taken at the start of a function, given back at its end.
pub struct Entered(());

pub fn enter(function: u32) -> Entered {
    let _hush = Hush::new();
    let here = 0u8;
    world(|w| {
        let thread = w.thread();
        if thread.base == 0 {
            // The caller's frame lies a little higher.
            thread.base = (&raw const here) as usize + (64 << 10);
        }
        thread.frames.push(Frame {
            function,
            statement: 0,
            waits: false,
            vars: Vec::new(),
            dropping: None,
        });
    });
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _hush = Hush::new();
        world(|w| {
            w.thread().frames.pop();
        });
    }
}

/// A statement begins; `waits` when it waits for other threads.
pub fn at(statement: u32, waits: bool) {
    let _hush = Hush::new();
    world(|w| {
        if let Some(frame) = w.thread().frames.last_mut() {
            frame.statement = statement;
            frame.waits = waits;
        }
    });
}

/// Passes a block's value on; the mark behind it has been taken.
pub fn pass<T>(value: T, _: ()) -> T {
    value
}

/// Passes a call's value on: something comes before the call, and behind it.
pub fn then<T>(_: (), value: T, _: ()) -> T {
    value
}

/// Taken at the start of a block inside a statement: at the block's end, the
/// statement goes on.
pub struct Within(pub u32, pub bool);

impl Drop for Within {
    fn drop(&mut self) {
        at(self.0, self.1);
    }
}

/// Passes a closure on to `spawn`, and counts it. Of a scope, its end joins.
pub fn spawning<F>(scoped: bool, closure: F) -> F {
    let _hush = Hush::new();
    world(|w| {
        if scoped {
            w.scoped += 1
        } else {
            w.spawned += 1
        }
    });
    closure
}

/// Stands right before a `join`: this thread now waits.
pub fn waiting() {
    let _hush = Hush::new();
    world(|w| {
        if let Some(frame) = w.thread().frames.last_mut() {
            frame.waits = true;
        }
    });
}

/// Passes on what `join` gave: one thread less.
pub fn joined<T>(result: T) -> T {
    let _hush = Hush::new();
    world(|w| {
        if let Some(frame) = w.thread().frames.last_mut() {
            frame.waits = false;
        }
        if w.scoped > 0 {
            w.scoped -= 1
        } else {
            w.spawned = w.spawned.saturating_sub(1)
        }
    });
    result
}

/// Passes on what a scope gave: its threads have ended.
pub fn scope_ended<T>(result: T) -> T {
    let _hush = Hush::new();
    world(|w| w.scoped = 0);
    result
}

fn register(
    id: u32,
    p: *const (),
    size: usize,
    ty: &'static str,
    walk: unsafe fn(*const (), &mut Out),
) {
    let _hush = Hush::new();
    world(|w| {
        if let Some(frame) = w.thread().frames.last_mut() {
            frame.vars.retain(|v| v.id != id);
            frame.vars.push(Var {
                id,
                addr: p as usize,
                size,
                ty,
                walk,
                gone: 0,
            });
        }
    });
}

fn register_static(name: &'static str, p: *const (), walk: unsafe fn(*const (), &mut Out)) {
    let _hush = Hush::new();
    world(|w| {
        if w.statics
            .iter()
            .all(|s| s.addr != p as usize || s.name != name)
        {
            w.statics.push(Static {
                name,
                addr: p as usize,
                walk,
            });
        }
    });
}

/// First thing in a `Drop::drop` of the program.
fn dropping(at: usize, ty: &'static str, p: *const (), walk: unsafe fn(*const (), &mut Out)) {
    let _hush = Hush::new();
    world(|w| {
        if let Some(frame) = w.thread().frames.last_mut() {
            frame.dropping = Some((at, ty));
        }
        let mut var: Option<(u64, u32)> = None;
        for frame in w.threads.iter().flat_map(|t| &t.frames) {
            for v in &frame.vars {
                if v.addr <= at && at < v.addr + v.size.max(1) && v.gone > 0 {
                    var = var.max(Some((v.gone, v.id)));
                }
            }
        }
        let mut out = Out::default();
        // SAFETY: `drop` runs, so the value is still whole.
        unsafe { walk(p, &mut out) };
        let mut line = format!("{{\"e\":\"drop\",\"t\":{},\"n\":{}", quote(ty), out.buf);
        let _ = write!(line, ",\"places\":[{}]", out.places.join(","));
        if let Some((_, id)) = var {
            let _ = write!(line, ",\"id\":{id}");
        }
        line.push('}');
        w.events.push(line);
    });
}

/// A mark is passed: everything is read and written down.
pub fn mark(mark: u32, only: u32) {
    let _hush = Hush::new();
    let here = 0u8;
    let sp = (&raw const here) as usize;
    let pass = world(|w| {
        let pass = w.passes.entry(mark).or_insert(0);
        *pass += 1;
        *pass
    });
    if only != 0 && only != pass {
        return;
    }
    if world(|w| w.file.is_none()) {
        return;
    }
    let me = THREAD.with(Cell::get);
    // The picture must not hang on what other threads do meanwhile: those that
    // this one was started by must wait, and all others must have been joined.
    for attempt in 0.. {
        let settled = world(|w| {
            let others_alive = w.spawned + w.scoped > usize::from(me != 0);
            let main_waits = me == 0
                || w.threads
                    .first()
                    .and_then(|t| t.frames.last())
                    .is_none_or(|f| f.waits);
            (!others_alive, main_waits)
        });
        match settled {
            (true, true) => break,
            (true, false) if attempt < 3000 => {
                std::thread::sleep(std::time::Duration::from_millis(1))
            }
            _ => {
                world(|w| {
                    w.emit(&format!("{{\"mark\":{mark},\"error\":\"scheduling\"}}"));
                    // The first refusal stands; nobody waits for a second.
                    w.file = None;
                });
                return;
            }
        }
    }
    world(|w| {
        w.told += 1;
        if w.told > 200 {
            if w.told == 201 {
                w.emit(&format!("{{\"mark\":{mark},\"error\":\"passes\"}}"));
            }
            return;
        }
        let mut out = Out::default();
        let dropping: BTreeSet<(usize, &str)> = w
            .threads
            .iter()
            .flat_map(|t| &t.frames)
            .filter_map(|f| f.dropping)
            .collect();
        let mut line = format!("{{\"mark\":{mark},\"pass\":{pass},\"me\":{me},\"threads\":[");
        for (t, thread) in w.threads.iter().enumerate() {
            if t > 0 {
                line.push(',');
            }
            let low = if t == me {
                sp
            } else {
                thread.base.saturating_sub(1 << 20)
            };
            let _ = write!(
                line,
                "{{\"low\":{low},\"high\":{},\"frames\":[",
                thread.base
            );
            for (f, frame) in thread.frames.iter().enumerate() {
                if f > 0 {
                    line.push(',');
                }
                let top = t == me && f + 1 == thread.frames.len();
                let point = if top {
                    ('A', mark)
                } else {
                    ('D', frame.statement)
                };
                let _ = write!(
                    line,
                    "{{\"fn\":{},\"stmt\":{},\"top\":{top},\"vars\":[",
                    frame.function, frame.statement
                );
                let last_gone = frame.vars.iter().map(|v| v.gone).max().unwrap_or(0);
                for (i, var) in frame.vars.iter().enumerate() {
                    if i > 0 {
                        line.push(',');
                    }
                    let hidden = w.hidden.contains(&(point.0, point.1, var.id))
                        || (!top && frame.statement == 0);
                    out.buf.clear();
                    out.moved = w
                        .parts
                        .get(&(point.0, point.1, var.id))
                        .cloned()
                        .unwrap_or_default();
                    let left = var.gone == 0 && w.left.contains(&(point.0, point.1, var.id));
                    let whole = var.gone == 0 || dropping.contains(&(var.addr, var.ty));
                    if left {
                        out.shallow = true;
                        // SAFETY: a move copies a value's words and leaves the old
                        // ones; no pointer among them is followed but to blocks, and
                        // those are kept until the program ends, given back or not.
                        unsafe { var.walk(&mut out) };
                        out.shallow = false;
                        if std::mem::take(&mut out.unseen) {
                            out.buf.clear();
                        }
                    } else if !hidden && whole {
                        // SAFETY: the variable is initialized (it registered
                        // itself), lives (its guard has not run, or its own
                        // `drop` runs, before any of its fields goes), and the
                        // compiler said that it was not moved.
                        unsafe { var.walk(&mut out) };
                    }
                    out.moved.clear();
                    let node = if out.buf.is_empty() { "null" } else { &out.buf };
                    let _ = write!(
                        line,
                        "{{\"id\":{},\"a\":{},\"s\":{},\"t\":{},\"left\":{left},\"gone\":{},\"last\":{},\"n\":{node}}}",
                        var.id,
                        var.addr,
                        var.size,
                        quote(var.ty),
                        var.gone > 0,
                        var.gone > 0 && var.gone == last_gone
                    );
                }
                line.push_str("]}");
            }
            line.push_str("]}");
        }
        line.push_str("],\"statics\":[");
        for (i, s) in w.statics.iter().enumerate() {
            if i > 0 {
                line.push(',');
            }
            out.buf.clear();
            // SAFETY: statics live as long as the program.
            unsafe { (s.walk)(s.addr as *const (), &mut out) };
            let _ = write!(line, "{{\"name\":\"{}\",\"n\":{}}}", s.name, out.buf);
        }
        if out.nodes > MOST_NODES || w.blocks.len() > MOST_BLOCKS {
            w.emit(&format!("{{\"mark\":{mark},\"error\":\"large\"}}"));
            return;
        }
        let _ = write!(line, "],\"places\":[{}],\"blocks\":[", out.places.join(","));
        let mut first = true;
        for (i, b) in w.blocks.iter().enumerate() {
            if !first {
                line.push(',');
            }
            first = false;
            let _ = write!(
                line,
                "{{\"i\":{i},\"a\":{},\"s\":{},\"al\":{},\"freed\":{}}}",
                b.addr, b.size, b.align, b.freed
            );
        }
        let _ = write!(line, "],\"events\":[{}]}}", w.events.join(","));
        w.events.clear();
        w.emit(&line);
    });
}

// ------------------------------------------------------------------- walking

/// What a walk writes: the nodes of one value, and beside it the values that
/// it points to.
#[derive(Default)]
pub struct Out {
    buf: String,
    places: Vec<String>,
    seen: BTreeSet<(usize, usize, &'static str)>,
    nodes: usize,
    /// Fields of the variable itself that were moved out of it.
    moved: Vec<String>,
    /// Only the value's own words: nothing is followed.
    shallow: bool,
    /// Something could not be shown by its own words.
    unseen: bool,
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Out {
    fn head<T: ?Sized>(&mut self, at: &T, kind: &str) {
        let address = std::ptr::from_ref(at).cast::<()>() as usize;
        self.head_of(address, size_of_val(at), type_name::<T>(), kind);
    }

    fn head_of(&mut self, address: usize, size: usize, ty: &str, kind: &str) {
        self.nodes += 1;
        if !matches!(self.buf.as_bytes().last(), None | Some(b'[' | b':' | b',')) {
            self.buf.push(',');
        }
        let _ = write!(
            self.buf,
            "{{\"a\":{address},\"s\":{size},\"t\":{},\"k\":\"{kind}\"",
            quote(ty)
        );
    }

    pub fn scalar<T: ?Sized>(&mut self, at: &T, text: &str) {
        self.head(at, "scalar");
        let _ = write!(self.buf, ",\"v\":{}}}", quote(text));
    }

    /// Opens a struct, tuple or variant; its fields follow; `end` closes it.
    /// `style` is `struct`, `tuple` or `unit`.
    pub fn begin<T: ?Sized>(&mut self, at: &T, name: &str, style: &str) {
        self.head(at, "rec");
        let _ = write!(self.buf, ",\"v\":\"{name}\",\"y\":\"{style}\",\"f\":[");
    }

    pub fn end(&mut self) {
        self.buf.push_str("]}");
    }

    fn name(&mut self, name: &str) {
        if !self.buf.ends_with('[') {
            self.buf.push(',');
        }
        let _ = write!(self.buf, "[{},", quote(name));
    }

    /// A field whose type is walked.
    pub fn field<T: Walk + ?Sized>(&mut self, name: &str, value: &T) {
        self.name(name);
        let moved = std::mem::take(&mut self.moved);
        if moved.iter().any(|m| m == name) {
            self.head(value, "moved");
            self.buf.push('}');
        } else {
            value.__mt_walk(self);
        }
        self.moved = moved;
        self.buf.push(']');
    }

    fn pointer<T: ?Sized>(&mut self, at: &T, mode: &str, target: usize, more: &str) {
        self.head(at, "ptr");
        let _ = write!(self.buf, ",\"m\":\"{mode}\",\"p\":{target}{more}}}");
    }

    /// A value that was pointed to: walked once for each picture.
    fn place<T: Walk + ?Sized>(&mut self, value: &T) {
        let addr = std::ptr::from_ref(value).cast::<()>() as usize;
        if self.shallow
            || self.nodes > MOST_NODES
            || !self
                .seen
                .insert((addr, size_of_val(value), type_name::<T>()))
        {
            return;
        }
        let moved = std::mem::take(&mut self.moved);
        self.into_places(value);
        self.moved = moved;
    }

    /// What a box holds: a field can be moved out of it, as out of a variable.
    fn owned_place<T: Walk + ?Sized>(&mut self, value: &T) {
        if self.moved.is_empty() || self.shallow {
            return self.place(value);
        }
        self.into_places(value);
    }

    fn into_places<T: Walk + ?Sized>(&mut self, value: &T) {
        let outer = std::mem::take(&mut self.buf);
        let index = self.places.len();
        self.places.push(String::new());
        value.__mt_walk(self);
        self.places[index] = std::mem::replace(&mut self.buf, outer);
    }

    /// What cannot be walked: its size, and the addresses found in its bytes. Behind a
    /// table of methods that is known, there is a closure.
    fn bytes<T: ?Sized>(&mut self, at: *const T) {
        // SAFETY: only the size is asked, of a value that lives.
        let at = unsafe { &*at };
        if let Some(shape) = behind_table(at) {
            let address = std::ptr::from_ref(at).cast::<()>() as usize;
            return self.shape(address, size_of_val(at), "{{closure}}", &shape);
        }
        // In generic code the compiler knows no walker, but the type has a name.
        if let Some(walk) = pick::walker(type_name::<T>()) {
            // SAFETY: a type of this name is read so, and the value lives.
            return unsafe { walk(std::ptr::from_ref(at).cast(), self) };
        }
        self.only_bytes(at);
    }

    fn only_bytes<T: ?Sized>(&mut self, at: &T) {
        let words = words(at);
        self.head(at, "bytes");
        let _ = write!(self.buf, ",\"w\":{words}}}");
    }
}

// ------------------------------------------------------------------- layouts

/// A value in a closure or an adapter of iterators, as the debug information
/// describes it.
#[derive(Clone)]
struct Member {
    at: usize,
    size: usize,
    name: String,
    ty: String,
}

#[derive(Clone, Default)]
struct Shape {
    name: String,
    members: Vec<Member>,
}

type Walker = unsafe fn(*const (), &mut Out);

/// What the tracer found out about the program before it ran.
struct Known {
    shapes: BTreeMap<u32, Shape>,
    variables: BTreeMap<u32, u32>,
    vtables: BTreeMap<isize, u32>,
    /// How values of a type are read, by its name.
    walkers: BTreeMap<&'static str, Walker>,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    shapes: BTreeMap::new(),
    variables: BTreeMap::new(),
    vtables: BTreeMap::new(),
    walkers: BTreeMap::new(),
});

/// Where addresses are counted from, in the file and in the run.
#[unsafe(no_mangle)]
pub static __MT_ANCHOR: u8 = 0;

fn known<R>(f: impl FnOnce(&mut Known) -> R) -> R {
    let _hush = Hush::new();
    f(&mut KNOWN.lock().unwrap_or_else(|e| e.into_inner()))
}

impl Known {
    /// Reads a line that `layouts.rs` wrote: its documentation has the forms.
    fn read(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        let (key, rest) = rest.split_once(' ')?;
        match kind {
            "layout" => self.shapes.entry(key.parse().ok()?).or_default().name = rest.to_string(),
            "member" => {
                let mut words = rest.splitn(4, ' ');
                let member = Member {
                    at: words.next()?.parse().ok()?,
                    size: words.next()?.parse().ok()?,
                    name: words.next()?.to_string(),
                    ty: words.next()?.to_string(),
                };
                let shape = self.shapes.entry(key.parse().ok()?).or_default();
                shape.members.push(member);
            }
            "variable" => {
                self.variables.insert(key.parse().ok()?, rest.parse().ok()?);
            }
            _ => {
                self.vtables.insert(key.parse().ok()?, rest.parse().ok()?);
            }
        }
        Some(())
    }

    /// One in which something lies.
    fn shape(&self, number: u32) -> Option<Shape> {
        let shape = self.shapes.get(&number)?;
        (!shape.members.is_empty()).then(|| shape.clone())
    }
}

/// What is known of the closure or the adapter in a variable.
fn shape_of(variable: u32) -> Option<Shape> {
    known(|k| k.shape(*k.variables.get(&variable)?))
}

/// What is known of the closure behind a `&dyn Fn`.
fn behind_table<T: ?Sized>(at: &T) -> Option<Shape> {
    if size_of::<&T>() != 2 * size_of::<usize>() {
        return None;
    }
    // SAFETY: a reference of two words, of which the second is a length or the
    // address of a table; it is only compared.
    let [_, table]: [usize; 2] = unsafe { std::mem::transmute_copy(&at) };
    let distance = table.wrapping_sub(&raw const __MT_ANCHOR as usize) as isize;
    known(|k| k.shape(*k.vtables.get(&distance)?))
}

impl Out {
    /// A closure or an adapter, member by member.
    fn shape(&mut self, address: usize, size: usize, ty: &str, shape: &Shape) {
        self.head_of(address, size, ty, "rec");
        let _ = write!(
            self.buf,
            ",\"v\":{},\"y\":\"struct\",\"f\":[",
            quote(&shape.name)
        );
        for member in &shape.members {
            self.name(&member.name);
            self.member(address + member.at, member);
            self.buf.push(']');
        }
        self.end();
    }

    fn member(&mut self, address: usize, member: &Member) {
        let Member { size, ty, .. } = member;
        if let Some(number) = ty.strip_prefix('#') {
            let number = number.parse().unwrap_or(u32::MAX);
            let shape = known(|k| k.shapes.get(&number).cloned()).unwrap_or_default();
            return self.shape(address, *size, &shape.name, &shape);
        }
        if let Some(walk) = pick::walker_without_lifetimes(ty) {
            // SAFETY: the debug information says that a value of this type lies here,
            // and what it lies in lives, or left its words to be looked at.
            return unsafe { walk(address as *const (), self) };
        }
        let words: Vec<usize> = (0..size / size_of::<usize>())
            .filter(|_| address % align_of::<usize>() == 0)
            // SAFETY: the words lie inside the value; padding may be read as
            // whatever it holds, and is only compared with addresses.
            .map(|i| unsafe { (address as *const usize).add(i).read_volatile() })
            .collect();
        match (ty.strip_prefix('&'), words.as_slice()) {
            (Some(of), [target, rest @ ..]) => {
                let mode = if of.starts_with("mut ") { "mut" } else { "ref" };
                let of = of.trim_start_matches("mut ");
                let more = match rest {
                    [length] if of == "str" || of.starts_with('[') => format!(",\"n\":{length}"),
                    _ => String::new(),
                };
                self.head_of(address, *size, ty, "ptr");
                let _ = write!(self.buf, ",\"m\":\"{mode}\",\"p\":{target}{more}}}");
            }
            _ => {
                self.head_of(address, *size, ty, "bytes");
                let words: Vec<String> = words.iter().map(usize::to_string).collect();
                let _ = write!(self.buf, ",\"w\":[{}]}}", words.join(","));
            }
        }
    }
}

/// The aligned words of a value that look like addresses, as a JSON list.
fn words<T: ?Sized>(at: &T) -> String {
    let size = size_of_val(at);
    let base = std::ptr::from_ref(at).cast::<usize>();
    let mut words = Vec::new();
    if align_of_val(at) >= align_of::<usize>() {
        for i in 0..size / size_of::<usize>() {
            // SAFETY: the word lies inside the value; padding may be read as
            // whatever it holds, and is only compared with addresses.
            let word = unsafe {
                base.add(i)
                    .cast::<std::mem::MaybeUninit<usize>>()
                    .read_volatile()
            };
            // SAFETY: see above; an integer has no invalid bit pattern.
            words.push(unsafe { word.assume_init() }.to_string());
        }
    }
    format!("[{}]", words.join(","))
}

/// A value that can be read part by part.
pub trait Walk {
    fn __mt_walk(&self, out: &mut Out);
    /// Of a slice or `str`, what a fat pointer says beside the address.
    fn __mt_len(&self) -> Option<usize> {
        None
    }
}

/// An address of a value, which picks by its type how it is read: by `Walk`
/// where that is known, else by bytes.
pub struct At<T: ?Sized>(pub *const T);

/// Reports a variable whose type is not known to be walked.
pub fn plain_var<T>(id: u32, at: *const T) {
    use pick::ByBytes;
    (&&At(at)).__mt_var(id);
}

pub mod pick {
    use super::{At, Out, Walk, dropping, register, register_static, type_name};

    unsafe fn walked<T: Walk>(p: *const (), out: &mut Out) {
        // SAFETY: the caller passes the address of a living `T`.
        unsafe { &*p.cast::<T>() }.__mt_walk(out);
    }

    unsafe fn by_bytes<T>(p: *const (), out: &mut Out) {
        out.bytes(p.cast::<T>());
    }

    /// Makes known how a type is read, for what takes a value of it along. This is
    /// called for each variable that gets its value, so it copies nothing.
    pub(super) fn know<T: Walk>() {
        let name = type_name::<T>();
        // All closures of a function have one name.
        if !name.contains("{{closure}}") {
            super::known(|k| k.walkers.insert(name, walked::<T>));
        }
    }

    /// How a type of this name is read.
    pub(super) fn walker(ty: &str) -> Option<super::Walker> {
        super::known(|k| k.walkers.get(ty).copied())
    }

    /// The same for a name of the debug information, which has no lifetimes.
    pub(super) fn walker_without_lifetimes(ty: &str) -> Option<super::Walker> {
        super::known(|k| {
            let mut known = k.walkers.iter();
            let found = known.find(|(name, _)| name.replace("<'_>", "").replace("'_, ", "") == ty);
            found.map(|(_, walk)| *walk)
        })
    }

    /// Makes known how iterators over a list are read.
    pub(super) fn know_iterators<T: Walk>() {
        know::<std::slice::Iter<'_, T>>();
        know::<std::slice::IterMut<'_, T>>();
        know::<Option<Option<&T>>>();
    }

    macro_rules! know {
        ($($t:ty),*) => { $( know::<$t>(); )* };
    }

    /// What is taken along most often, wherever the program has it from.
    pub(super) fn common() {
        know!(
            String,
            &str,
            Vec<String>,
            Vec<&str>,
            Vec<i32>,
            Vec<u32>,
            bool,
            char,
            u8
        );
        know!(
            i32,
            u32,
            i64,
            u64,
            usize,
            f64,
            std::ops::Range<usize>,
            std::ops::Range<i32>
        );
        know!(
            std::ops::RangeInclusive<u32>,
            std::ops::RangeInclusive<i32>,
            std::ops::RangeInclusive<usize>,
            std::ops::RangeInclusive<char>
        );
        know!(
            std::ops::Range<u32>,
            std::str::Chars<'_>,
            std::str::CharIndices<'_>
        );
        know!(
            Option<Option<char>>,
            Option<Option<(usize, char)>>,
            Option<Option<&str>>
        );
    }

    pub trait ByWalk<T: ?Sized> {
        fn __mt_var(&self, id: u32)
        where
            T: Sized;
        fn __mt_static(&self, name: &'static str)
        where
            T: Sized;
        fn __mt_drop(&self)
        where
            T: Sized;
        fn __mt_field(&self, out: &mut Out, name: &str);
    }

    impl<T: Walk + ?Sized> ByWalk<T> for At<T> {
        fn __mt_var(&self, id: u32)
        where
            T: Sized,
        {
            know::<T>();
            register(
                id,
                self.0.cast(),
                size_of::<T>(),
                type_name::<T>(),
                walked::<T>,
            );
        }
        fn __mt_static(&self, name: &'static str)
        where
            T: Sized,
        {
            register_static(name, self.0.cast(), walked::<T>);
        }
        fn __mt_drop(&self)
        where
            T: Sized,
        {
            dropping(
                self.0 as usize,
                type_name::<T>(),
                self.0.cast(),
                walked::<T>,
            );
        }
        fn __mt_field(&self, out: &mut Out, name: &str) {
            // SAFETY: the field's value lives while it is walked.
            out.field(name, unsafe { &*self.0 });
        }
    }

    pub trait ByBytes<T: ?Sized> {
        fn __mt_var(&self, id: u32)
        where
            T: Sized;
        fn __mt_static(&self, name: &'static str)
        where
            T: Sized;
        fn __mt_drop(&self)
        where
            T: Sized;
        fn __mt_field(&self, out: &mut Out, name: &str);
    }

    impl<T: ?Sized> ByBytes<T> for &At<T> {
        fn __mt_var(&self, id: u32)
        where
            T: Sized,
        {
            register(
                id,
                self.0.cast(),
                size_of::<T>(),
                type_name::<T>(),
                by_bytes::<T>,
            );
        }
        fn __mt_static(&self, name: &'static str)
        where
            T: Sized,
        {
            register_static(name, self.0.cast(), by_bytes::<T>);
        }
        fn __mt_drop(&self)
        where
            T: Sized,
        {
            dropping(
                self.0.cast::<()>() as usize,
                type_name::<T>(),
                self.0.cast(),
                by_bytes::<T>,
            );
        }
        fn __mt_field(&self, out: &mut Out, name: &str) {
            out.name(name);
            if out.moved.iter().any(|m| m == name) {
                // SAFETY: only the size is asked.
                out.head(unsafe { &*self.0 }, "moved");
                out.buf.push('}');
            } else {
                out.bytes(self.0);
            }
            out.buf.push(']');
        }
    }
}

macro_rules! scalars {
    ($format:literal: $($t:ty),*) => { $(
        impl Walk for $t {
            fn __mt_walk(&self, out: &mut Out) {
                out.scalar(self, &format!($format, self));
            }
        }
    )* };
}

scalars!("{}": i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, bool);
scalars!("{:?}": f32, f64, char, (), std::time::Duration, std::cmp::Ordering,
    std::num::ParseIntError, std::num::ParseFloatError, std::num::TryFromIntError,
    std::str::ParseBoolError, std::char::ParseCharError, std::fmt::Error, std::str::Utf8Error,
    std::string::FromUtf8Error, std::cell::BorrowError, std::cell::BorrowMutError);

macro_rules! atomics {
    ($($t:ident),*) => { $(
        impl Walk for std::sync::atomic::$t {
            fn __mt_walk(&self, out: &mut Out) {
                out.scalar(self, &self.load(Ordering::Relaxed).to_string());
            }
        }
    )* };
}

atomics!(
    AtomicBool,
    AtomicI8,
    AtomicI16,
    AtomicI32,
    AtomicI64,
    AtomicIsize,
    AtomicU8,
    AtomicU16,
    AtomicU32,
    AtomicU64,
    AtomicUsize
);

impl Walk for str {
    fn __mt_len(&self) -> Option<usize> {
        Some(self.len())
    }
    fn __mt_walk(&self, out: &mut Out) {
        out.head(self, "text");
        let _ = write!(out.buf, ",\"v\":{}}}", quote(self));
    }
}

impl Walk for String {
    fn __mt_walk(&self, out: &mut Out) {
        let more = format!(",\"n\":{},\"c\":{}", self.len(), self.capacity());
        out.pointer(
            self,
            "own",
            if self.capacity() > 0 {
                self.as_ptr() as usize
            } else {
                0
            },
            &more,
        );
        if self.capacity() > 0 {
            out.place(self.as_str());
        }
    }
}

impl<T: Walk> Walk for [T] {
    fn __mt_len(&self) -> Option<usize> {
        Some(self.len())
    }
    fn __mt_walk(&self, out: &mut Out) {
        pick::know_iterators::<T>();
        out.head(self, "seq");
        let shown = if std::mem::needs_drop::<T>() {
            self.len()
        } else {
            self.len().min(MOST_ITEMS)
        };
        let _ = write!(out.buf, ",\"n\":{},\"e\":[", self.len());
        for item in &self[..shown] {
            if out.nodes > MOST_NODES {
                break;
            }
            item.__mt_walk(out);
        }
        out.buf.push_str("]}");
    }
}

impl<T: Walk, const N: usize> Walk for [T; N] {
    fn __mt_walk(&self, out: &mut Out) {
        self.as_slice().__mt_walk(out);
    }
}

impl<T: Walk> Walk for Vec<T> {
    fn __mt_walk(&self, out: &mut Out) {
        let owns = self.capacity() > 0 && size_of::<T>() > 0;
        let capacity = if size_of::<T>() > 0 {
            format!(",\"c\":{}", self.capacity())
        } else {
            String::new()
        };
        let more = format!(",\"n\":{}{capacity}", self.len());
        out.pointer(
            self,
            "own",
            if owns { self.as_ptr() as usize } else { 0 },
            &more,
        );
        if owns {
            out.place(self.as_slice());
        }
    }
}

impl<T: Walk> Walk for std::collections::VecDeque<T> {
    fn __mt_walk(&self, out: &mut Out) {
        let owns = self.capacity() > 0 && size_of::<T>() > 0;
        let (front, back) = self.as_slices();
        let more = format!(",\"n\":{},\"c\":{}", self.len(), self.capacity());
        out.pointer(
            self,
            "own",
            if owns { front.as_ptr() as usize } else { 0 },
            &more,
        );
        if owns {
            out.place(&Ring(front, back));
        }
    }
}

/// The items of a ring buffer, in the order of the queue.
struct Ring<'a, T>(&'a [T], &'a [T]);

impl<T: Walk> Walk for Ring<'_, T> {
    fn __mt_walk(&self, out: &mut Out) {
        let Ring(front, back) = self;
        out.head(*front, "seq");
        let count = front.len() + back.len();
        let shown = if std::mem::needs_drop::<T>() {
            count
        } else {
            count.min(MOST_ITEMS)
        };
        let _ = write!(out.buf, ",\"n\":{count},\"e\":[");
        for item in front.iter().chain(*back).take(shown) {
            item.__mt_walk(out);
        }
        out.buf.push_str("]}");
    }
}

impl<T: Walk> Walk for std::vec::IntoIter<T> {
    fn __mt_walk(&self, out: &mut Out) {
        let rest = self.as_slice();
        out.pointer(
            self,
            "own",
            rest.as_ptr() as usize,
            &format!(",\"n\":{}", rest.len()),
        );
        if !rest.is_empty() {
            out.place(rest);
        }
    }
}

/// What an iterator still has before it: a reference, which lies where it does.
struct Rest<'a, T: ?Sized, I>(&'a T, &'static str, &'a I);

impl<T: Walk + ?Sized, I> Rest<'_, T, I> {
    fn walk(self, out: &mut Out) {
        let Rest(rest, mode, iterator) = self;
        out.begin(
            iterator,
            type_name::<I>()
                .split('<')
                .next()
                .and_then(|n| n.rsplit("::").next())
                .unwrap_or(""),
            "struct",
        );
        out.name("rest");
        let address = std::ptr::from_ref(iterator) as usize;
        let sign = if mode == "mut" { "&mut " } else { "&" };
        out.head_of(address, 16, &format!("{sign}{}", type_name::<T>()), "ptr");
        let target = filled(rest);
        let _ = write!(
            out.buf,
            ",\"m\":\"{mode}\",\"p\":{target}{}}}",
            beside(rest)
        );
        out.place(rest);
        out.buf.push(']');
        out.end();
    }
}

impl<T: Walk> Walk for std::slice::Iter<'_, T> {
    fn __mt_walk(&self, out: &mut Out) {
        Rest(self.as_slice(), "ref", self).walk(out);
    }
}

impl<T: Walk> Walk for std::slice::IterMut<'_, T> {
    fn __mt_walk(&self, out: &mut Out) {
        // SAFETY: an iterator of this kind has nothing to drop, so a copy of it may be
        // used up; its items are only read, while no statement of the program runs.
        let copy = unsafe { std::ptr::read(self) };
        Rest(&*copy.into_slice(), "mut", self).walk(out);
    }
}

impl Walk for std::str::Chars<'_> {
    fn __mt_walk(&self, out: &mut Out) {
        Rest(self.as_str(), "ref", self).walk(out);
    }
}

impl Walk for std::str::CharIndices<'_> {
    fn __mt_walk(&self, out: &mut Out) {
        Rest(self.as_str(), "ref", self).walk(out);
    }
}

/// Where a value lies that a reference leads to. An empty part of a list may begin
/// where something else lies: it leads nowhere.
fn filled<T: Walk + ?Sized>(target: &T) -> usize {
    if target.__mt_len() == Some(0) {
        0
    } else {
        address::<T>(target)
    }
}

/// What stands beside the address in a fat pointer to `T`.
fn beside<T: Walk + ?Sized>(target: &T) -> String {
    let name = type_name::<T>();
    if size_of::<&T>() == size_of::<usize>() {
        String::new()
    } else if let Some(length) = target.__mt_len() {
        format!(",\"n\":{length}")
    } else {
        format!(",\"d\":{}", quote(name))
    }
}

fn address<T: ?Sized>(target: *const T) -> usize {
    target.cast::<()>() as usize
}

impl<T: Walk + ?Sized> Walk for Box<T> {
    fn __mt_walk(&self, out: &mut Out) {
        let more = beside::<T>(self);
        let owns = size_of_val::<T>(self) > 0;
        out.pointer(
            self,
            "own",
            if owns { address::<T>(&**self) } else { 0 },
            &more,
        );
        out.owned_place::<T>(self);
    }
}

impl<T: Walk + ?Sized> Walk for &T {
    fn __mt_walk(&self, out: &mut Out) {
        out.pointer(self, "ref", filled::<T>(self), &beside::<T>(self));
        out.place::<T>(self);
    }
}

impl<T: Walk + ?Sized> Walk for &mut T {
    fn __mt_walk(&self, out: &mut Out) {
        out.pointer(self, "mut", filled::<T>(self), &beside::<T>(self));
        out.place::<T>(self);
    }
}

impl<P: Walk> Walk for std::pin::Pin<P> {
    fn __mt_walk(&self, out: &mut Out) {
        // SAFETY: a `Pin` is laid out as the pointer in it (`repr(transparent)`), which
        // is only read, and not moved.
        unsafe { &*std::ptr::from_ref(self).cast::<P>() }.__mt_walk(out);
    }
}

impl<T: ?Sized> Walk for *const T {
    fn __mt_walk(&self, out: &mut Out) {
        out.pointer(self, "raw", address(*self), "");
    }
}

impl<T: ?Sized> Walk for *mut T {
    fn __mt_walk(&self, out: &mut Out) {
        out.pointer(self, "raw", address(*self), "");
    }
}

impl<T: ?Sized> Walk for std::ptr::NonNull<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.pointer(self, "raw", address(self.as_ptr()), "");
    }
}

/// How many `Weak`s keep a block whose value is gone: `Weak::weak_count` says 0
/// then. `p` is where the value was. The block begins with the strong count and
/// the weak one, right in front of a value with an alignment of at most 16; for
/// any other, nothing is known.
fn dead_weak(p: usize) -> Option<usize> {
    let counts = p.checked_sub(16)? as *const usize;
    // SAFETY: a `Weak` keeps the whole block, so its first words may be read; both
    // are plain numbers that no other thread changes while a picture is taken.
    let (strong, weak) = unsafe { (counts.read(), counts.add(1).read()) };
    (strong == 0 && weak < 1 << 32).then_some(weak)
}

macro_rules! counted {
    ($($shared:path, $weak:path);*) => { $(
        impl<T: Walk + ?Sized> Walk for $shared {
            fn __mt_walk(&self, out: &mut Out) {
                let more = format!(
                    ",\"sc\":{},\"wc\":{}{}",
                    <$shared>::strong_count(self),
                    <$shared>::weak_count(self),
                    beside::<T>(self)
                );
                out.pointer(self, "rc", address::<T>(&**self), &more);
                out.place::<T>(self);
            }
        }
        impl<T: Walk + ?Sized> Walk for $weak {
            fn __mt_walk(&self, out: &mut Out) {
                let p = address(self.as_ptr());
                let p = if p == usize::MAX { 0 } else { p };
                let (sc, wc) = (self.strong_count(), self.weak_count());
                let wc = if sc == 0 && p != 0 { dead_weak(p).unwrap_or(wc) } else { wc };
                let more = format!(",\"sc\":{sc},\"wc\":{wc}");
                out.pointer(self, "weak", p, &more);
            }
        }
    )* };
}

counted!(std::rc::Rc<T>, std::rc::Weak<T>; std::sync::Arc<T>, std::sync::Weak<T>);

macro_rules! tuples {
    ($($name:ident $i:tt),*) => {
        impl<$($name: Walk),*> Walk for ($($name,)*) {
            fn __mt_walk(&self, out: &mut Out) {
                out.begin(self, "", "tuple");
                $( out.field(stringify!($i), &self.$i); )*
                out.end();
            }
        }
    };
}

tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);

impl<T: Walk> Walk for Option<T> {
    fn __mt_walk(&self, out: &mut Out) {
        match self {
            Some(value) => {
                out.begin(self, "Some", "tuple");
                out.field("0", value);
            }
            None => out.begin(self, "None", "unit"),
        }
        out.end();
    }
}

impl<T: Walk, E: Walk> Walk for Result<T, E> {
    fn __mt_walk(&self, out: &mut Out) {
        match self {
            Ok(value) => {
                out.begin(self, "Ok", "tuple");
                out.field("0", value);
            }
            Err(error) => {
                out.begin(self, "Err", "tuple");
                out.field("0", error);
            }
        }
        out.end();
    }
}

impl<B: Walk + ToOwned + ?Sized> Walk for std::borrow::Cow<'_, B>
where
    B::Owned: Walk,
{
    fn __mt_walk(&self, out: &mut Out) {
        match self {
            std::borrow::Cow::Borrowed(value) => {
                out.begin(self, "Borrowed", "tuple");
                out.field("0", value);
            }
            std::borrow::Cow::Owned(value) => {
                out.begin(self, "Owned", "tuple");
                out.field("0", value);
            }
        }
        out.end();
    }
}

impl<T: Walk> Walk for Cell<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.begin(self, "Cell", "tuple");
        // SAFETY: no statement of the program runs meanwhile, so the content is whole.
        out.field("0", unsafe { &*self.as_ptr() });
        out.end();
    }
}

impl<T: Walk + ?Sized> Walk for std::cell::RefCell<T> {
    fn __mt_walk(&self, out: &mut Out) {
        let state = if self.try_borrow_mut().is_ok() {
            "not borrowed"
        } else if self.try_borrow().is_ok() {
            "borrowed"
        } else {
            "mutably borrowed"
        };
        out.begin(self, "RefCell", "tuple");
        out.name("");
        out.scalar("", state);
        out.buf.push(']');
        // SAFETY: as for `Cell`.
        out.field("0", unsafe { &*self.as_ptr() });
        out.end();
    }
}

impl<T: Walk> Walk for std::cell::OnceCell<T> {
    fn __mt_walk(&self, out: &mut Out) {
        match self.get() {
            Some(value) => {
                out.begin(self, "OnceCell", "tuple");
                out.field("0", value);
            }
            None => out.begin(self, "OnceCell, empty", "unit"),
        }
        out.end();
    }
}

impl<T: Walk + ?Sized> Walk for Mutex<T> {
    fn __mt_walk(&self, out: &mut Out) {
        use std::sync::TryLockError::Poisoned;
        out.begin(self, "Mutex", "tuple");
        let (state, guard) = match self.try_lock() {
            Ok(guard) => ("not locked", Some(guard)),
            Err(Poisoned(error)) => ("poisoned", Some(error.into_inner())),
            Err(_) => ("locked", None),
        };
        out.name("");
        out.scalar("", state);
        out.buf.push(']');
        match guard {
            Some(guard) => out.field::<T>("0", &guard),
            // Whoever holds the lock shows what is in it; else there are the bytes.
            None => {
                out.name("0");
                out.only_bytes(self);
                out.buf.push(']');
            }
        }
        out.end();
    }
}

macro_rules! guards {
    ($($guard:ty, $mode:literal);*) => { $(
        impl<T: Walk + ?Sized> Walk for $guard {
            fn __mt_walk(&self, out: &mut Out) {
                out.pointer(self, $mode, address::<T>(&**self), &beside::<T>(self));
                out.place::<T>(self);
            }
        }
    )* };
}

guards!(std::cell::Ref<'_, T>, "ref"; std::cell::RefMut<'_, T>, "mut";
    std::sync::MutexGuard<'_, T>, "mut");

macro_rules! maps {
    ($($map:ty, [$($p:tt)*]);*) => { $(
        impl<K: Walk, V: Walk, $($p)*> Walk for $map {
            fn __mt_walk(&self, out: &mut Out) {
                // Its entries lie elsewhere, where a new owner may have changed them.
                out.unseen |= out.shallow;
                let words = words(self);
                out.head(self, "map");
                let _ = write!(out.buf, ",\"n\":{},\"w\":{words},\"e\":[", self.len());
                for (key, value) in self {
                    key.__mt_walk(out);
                    value.__mt_walk(out);
                }
                out.buf.push_str("]}");
            }
        }
    )* };
}

maps!(std::collections::HashMap<K, V, S>, [S]; std::collections::BTreeMap<K, V>, []);

macro_rules! sets {
    ($($set:ty, [$($p:tt)*]);*) => { $(
        impl<K: Walk, $($p)*> Walk for $set {
            fn __mt_walk(&self, out: &mut Out) {
                // Its entries lie elsewhere, where a new owner may have changed them.
                out.unseen |= out.shallow;
                let words = words(self);
                out.head(self, "set");
                let _ = write!(out.buf, ",\"n\":{},\"w\":{words},\"e\":[", self.len());
                for key in self {
                    key.__mt_walk(out);
                }
                out.buf.push_str("]}");
            }
        }
    )* };
}

sets!(std::collections::HashSet<K, S>, [S]; std::collections::BTreeSet<K>, []);

impl<T: Walk> Walk for std::ops::Range<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.begin(self, "Range", "struct");
        out.field("start", &self.start);
        out.field("end", &self.end);
        out.end();
    }
}

impl<T: Walk> Walk for std::ops::RangeInclusive<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.begin(self, "RangeInclusive", "struct");
        out.field("start", self.start());
        out.field("end", self.end());
        out.end();
    }
}

impl<T: Walk> Walk for std::ops::RangeFrom<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.begin(self, "RangeFrom", "struct");
        out.field("start", &self.start);
        out.end();
    }
}

impl<T: ?Sized> Walk for std::marker::PhantomData<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.begin(self, "PhantomData", "unit");
        out.end();
    }
}

impl<T> Walk for std::thread::JoinHandle<T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.scalar(self, "a handle of a thread");
    }
}

impl<T> Walk for std::thread::ScopedJoinHandle<'_, T> {
    fn __mt_walk(&self, out: &mut Out) {
        out.scalar(self, "a handle of a thread");
    }
}

macro_rules! opaque {
    ($([$($g:tt)*] $t:ty),*) => { $(
        impl<$($g)*> Walk for $t {
            fn __mt_walk(&self, out: &mut Out) {
                out.bytes(self);
            }
        }
    )* };
}

opaque!(
    [] dyn std::error::Error + '_, [] dyn std::error::Error + Send + '_,
    [] dyn std::error::Error + Send + Sync + '_,
    [] dyn std::fmt::Display + '_, [] dyn std::fmt::Debug + '_,
    [] dyn std::any::Any, [] dyn std::any::Any + Send,
    [R] dyn Fn() -> R + '_, [R] dyn FnMut() -> R + '_, [R] dyn FnOnce() -> R + '_,
    [R] dyn Fn() -> R + Send + '_, [R] dyn FnMut() -> R + Send + '_, [R] dyn FnOnce() -> R + Send + '_,
    [A, R] dyn Fn(A) -> R + '_, [A, R] dyn FnMut(A) -> R + '_, [A, R] dyn FnOnce(A) -> R + '_,
    [A, B, R] dyn Fn(A, B) -> R + '_, [R] fn() -> R, [A, R] fn(A) -> R, [A, B, R] fn(A, B) -> R,
    [] std::io::Error
);
