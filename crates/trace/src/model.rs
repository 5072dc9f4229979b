//! What a trace is: steps, each with its stacks, heap, statics, edges and
//! drops, under names that are the same in every run.

use serde::Serialize;

/// A run of a program, in pictures.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Trace {
    /// Of this shape: [`crate::VERSION`].
    pub version: u32,
    pub steps: Vec<Step>,
    /// What the program wrote to standard output.
    pub output: String,
    /// What it wrote to standard error, source positions as in the original.
    pub errors: String,
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
    Exited(i32),
    /// A signal.
    Killed,
}

/// Memory at one mark.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Step {
    /// `①`, or empty without marks.
    pub label: String,
    pub line: usize,
    /// Set where the mark is passed several times.
    pub pass: Option<u32>,
    pub threads: Vec<Thread>,
    pub heap: Vec<Block>,
    pub statics: Vec<Static>,
    /// Values on a stack that no variable names.
    pub temporaries: Vec<Static>,
    pub edges: Vec<Edge>,
    /// Since the last step, in order.
    pub drops: Vec<Dropped>,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Thread {
    /// `main`, or where its closure stands.
    pub name: String,
    /// The newest first.
    pub frames: Vec<Frame>,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Frame {
    pub id: String,
    pub function: String,
    /// In the order of their declaration.
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Variable {
    pub id: String,
    /// Another variable of the same name was declared later.
    pub shadowed: bool,
    pub name: String,
    /// Where it is declared.
    pub line: usize,
    /// Empty before it is set.
    pub ty: String,
    /// In bytes, on a 64-bit target.
    pub size: Option<u64>,
    /// One line for each part; empty when it may not be read.
    pub value: Vec<String>,
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
    pub name: String,
    pub at: u64,
    pub size: u64,
}

/// What may be done with a variable.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
pub struct Permissions {
    pub read: bool,
    pub write: bool,
    /// It may be moved away (or copied, for `Copy` types).
    pub own: bool,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Usable,
    NotSet,
    Moved {
        line: usize,
        to: Option<String>,
        /// On a path that may not have been taken.
        maybe: bool,
    },
    PartlyMoved {
        /// Of the last move.
        line: usize,
        /// Where they are known.
        fields: Vec<MovedField>,
    },
    Lent {
        mutable: bool,
        line: usize,
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
    pub name: String,
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
    pub id: String,
    /// In bytes.
    pub size: u64,
    pub align: u64,
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
    pub id: String,
    /// Of a `static`; empty for a literal.
    pub name: String,
    pub size: u64,
    pub content: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    Owns,
    /// One of several owners, counted.
    Shares,
    Borrows,
    BorrowsMut,
    Weak,
    Raw,
    /// An address found in the bytes of a value that cannot be walked.
    Holds,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    /// The field or item that points; empty for the whole.
    pub from_part: String,
    pub to: String,
    /// The field or item that is pointed to; empty for the whole.
    pub to_part: String,
    pub kind: EdgeKind,
}

#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Dropped {
    /// `Song { title: "Intro" }`, or the name of a block.
    pub what: String,
    /// The variable that held it, when its scope ended.
    pub variable: Option<String>,
    /// A block was given back, instead of a `drop` that ran.
    pub block: bool,
}
