//! What a trace is: steps, each with its stacks, heap, statics, edges and
//! drops, under names that are the same in every run.

use serde::Serialize;

/// A run of a program, in pictures.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Trace {
    /// Of this shape: [`crate::VERSION`].
    pub version: u32,
    /// In the order of the run.
    pub steps: Vec<Step>,
    /// What the program wrote to standard output.
    pub output: String,
    /// What it wrote to standard error, source positions as in the original.
    pub errors: String,
    /// How the run ended.
    pub ending: Ending,
}

/// How the run ended.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Exit code 0.
    Returned,
    /// Exit code 101, with a panic message.
    Panicked,
    /// Any other exit code.
    Exited(i32),
    /// A signal.
    Killed,
}

/// Memory at one mark.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Step {
    /// `①`, or empty without marks.
    pub label: String,
    /// Of the program, from 1.
    pub line: usize,
    /// Set where the mark is passed several times.
    pub pass: Option<u32>,
    /// Those that run, the first one `main`.
    pub threads: Vec<Thread>,
    /// The blocks of the heap, in the order in which they were first drawn.
    pub heap: Vec<Block>,
    /// Static memory that the program names, or that something points to.
    pub statics: Vec<Static>,
    /// Values on a stack that no variable names.
    pub temporaries: Vec<Static>,
    /// What points where, in the order in which the beginnings are drawn.
    pub edges: Vec<Edge>,
    /// Since the last step, in order.
    pub drops: Vec<Dropped>,
}

/// A thread and its stack.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Thread {
    /// `main`, or where its closure stands.
    pub name: String,
    /// The newest first.
    pub frames: Vec<Frame>,
}

/// A call that has not ended: its variables.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Frame {
    /// Unique in its step: `main`, `main_2` for the second of a function.
    pub id: String,
    /// Its function's name, as the program calls it.
    pub function: String,
    /// In the order of their declaration.
    pub variables: Vec<Variable>,
}

/// A variable of a frame.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Variable {
    /// Unique in its step: `main_s1`.
    pub id: String,
    /// Another variable of the same name was declared later.
    pub shadowed: bool,
    /// As it is declared.
    pub name: String,
    /// Where it is declared.
    pub line: usize,
    /// Empty before it is set.
    pub ty: String,
    /// In bytes, on a 64-bit target.
    pub size: Option<u64>,
    /// One line for each part; empty when it may not be read.
    pub value: Vec<String>,
    /// Whether it may be used, and if not, why.
    pub state: State,
    /// Known in the newest frame only.
    pub permissions: Option<Permissions>,
    /// Of a struct or a tuple, its fields.
    #[serde(skip)]
    pub parts: Vec<Part>,
}

/// A field, and where in its value it lies, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As it is declared; of a tuple, its number.
    pub name: String,
    /// From the beginning of the value.
    pub at: u64,
    /// Of the field.
    pub size: u64,
}

/// What may be done with a variable.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
pub struct Permissions {
    /// It may be read.
    pub read: bool,
    /// It may be written to.
    pub write: bool,
    /// It may be moved away (or copied, for `Copy` types).
    pub own: bool,
}

/// What has become of a variable.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It may be used.
    Usable,
    /// It has no value yet.
    NotSet,
    /// Its value was moved away.
    Moved {
        /// Of the move.
        line: usize,
        /// To what, in words: another variable, or a call.
        to: Option<String>,
        /// On a path that may not have been taken.
        maybe: bool,
    },
    /// Parts of it were moved away.
    PartlyMoved {
        /// Of the last move.
        line: usize,
        /// Where they are known.
        fields: Vec<MovedField>,
    },
    /// A borrow of it is alive.
    Lent {
        /// By a mutable borrow.
        mutable: bool,
        /// Where it was borrowed.
        line: usize,
        /// Who holds the borrow, in words.
        to: Option<String>,
    },
    /// It holds a borrow that has ended.
    Dead,
    /// Its `drop` runs.
    Dropping,
}

/// A field that was moved out of its variable.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct MovedField {
    /// As it is declared.
    pub name: String,
    /// Of the move.
    pub line: usize,
}

/// Moved fields, together where they were moved on one line: "a, b", and the line.
pub(crate) fn by_line(fields: &[MovedField]) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for field in fields {
        match found.iter_mut().find(|(_, line)| *line == field.line) {
            Some((names, _)) => names.push_str(&format!(", {}", field.name)),
            None => found.push((field.name.clone(), field.line)),
        }
    }
    found.sort_by_key(|(_, line)| *line);
    found
}

/// A block on the heap.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Block {
    /// `h1`: the same in all steps of a run.
    pub id: String,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
    /// One line for each part; empty where it cannot be told.
    pub content: Vec<String>,
    /// Given back since the last step.
    pub freed: bool,
    /// Strong and weak counts, where it holds them.
    pub counts: Option<(usize, usize)>,
    /// A variable leads here, directly or not.
    pub reached: bool,
}

/// A value in static memory, or a temporary.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Static {
    /// Unique in its step.
    pub id: String,
    /// Of a `static`; empty for a literal.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// One line for each part.
    pub content: Vec<String>,
}

/// How one thing points to another.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// It frees what it points to.
    Owns,
    /// One of several owners, counted.
    Shares,
    /// A shared borrow.
    Borrows,
    /// A mutable borrow.
    BorrowsMut,
    /// A `Weak`, which keeps nothing alive.
    Weak,
    /// A raw pointer.
    Raw,
    /// An address found in the bytes of a value that cannot be walked.
    Holds,
}

/// An arrow.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The variable, block or static that points.
    pub from: String,
    /// The field or item that points; empty for the whole.
    pub from_part: String,
    /// The variable, block or static that is pointed to.
    pub to: String,
    /// The field or item that is pointed to; empty for the whole.
    pub to_part: String,
    /// How it points.
    pub kind: EdgeKind,
}

/// What ended since the last step.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Dropped {
    /// `Song { title: "Intro" }`, or the name of a block.
    pub what: String,
    /// The variable that held it, when its scope ended.
    pub variable: Option<String>,
    /// A block was given back, instead of a `drop` that ran.
    pub block: bool,
}
