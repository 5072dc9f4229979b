//! What came when a block was compiled and run: facts, not yet a verdict.

use std::collections::BTreeSet;

use sandbox::Ending;
use serde::{Deserialize, Serialize};

use crate::chapter::Block;
use crate::claim::{Detector, Language, Pictures, Promise};

/// How far a block is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ask {
    /// Compile it, code generation included, and run what comes out.
    Run,
    /// Compile it, code generation included.
    Build,
    /// See it rejected; code is generated only if nothing objects before.
    Reject,
}

/// All that a piece of evidence depends on, besides the compiler.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    /// Who judges it.
    pub language: Language,
    /// The program.
    pub code: String,
    /// How far it is taken.
    pub ask: Ask,
    /// Which pictures are drawn of it.
    pub pictures: Option<Pictures>,
    /// Whether warnings matter: rustc's `unused` group is silent otherwise,
    /// as on the page, and C compiles without one.
    pub warnings_matter: bool,
    /// Whether it is watched for data races, and not for mistakes with memory.
    pub races: bool,
}

impl Task {
    /// What it takes to judge `block`.
    pub fn of(block: &Block) -> Task {
        let claim = &block.claim;
        let ask = match claim.promise {
            Promise::Rejected { .. } => Ask::Reject,
            Promise::Compiles => Ask::Build,
            _ => Ask::Run,
        };
        let warnings_matter = match claim.language {
            Language::Rust => !claim.warns.is_empty(),
            _ => claim.promise == Promise::Runs,
        };
        Task {
            language: claim.language,
            code: block.code.clone(),
            ask,
            pictures: claim.pictures,
            warnings_matter,
            races: matches!(
                claim.promise,
                Promise::Stopped {
                    by: Detector::Tsan | Detector::Race,
                    ..
                }
            ),
        }
    }
}

/// What the compiler said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compilation {
    /// Whether it made a program.
    pub accepted: bool,
    /// Codes of errors; the lint's name for a denied lint.
    pub errors: BTreeSet<String>,
    /// Whether an error came that has no code.
    pub uncoded: bool,
    /// Names of the lints that warned.
    pub warnings: BTreeSet<String>,
    /// All that it said, made the same on every machine.
    pub text: String,
    /// How it ended, where it came to no judgment: by a limit, by a signal, or
    /// with a code and not a word.
    pub stopped: Option<Ending>,
}

/// What the program did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How it ended.
    pub ending: Ending,
    /// What it printed, stdout and stderr as they came, made the same on
    /// every machine.
    pub output: String,
    /// Whether all that it printed is UTF-8.
    pub is_text: bool,
    /// Whether the runtime itself (that of panics, a sanitizer's) reported that it
    /// stops the program, over a way in which the output has no part.
    pub reported: bool,
}

/// What came of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the compiler said; for a diagram, the parser.
    pub compilation: Compilation,
    /// What the program did, if it came to run.
    pub run: Option<Run>,
    /// The pictures, as mermaid texts; or the line and the construct that keep
    /// it from being drawn.
    pub pictures: Result<Vec<String>, String>,
    /// The tool that is missing on this machine, if that is why there is
    /// nothing to report.
    pub missing: Option<String>,
}

impl Default for Evidence {
    fn default() -> Self {
        Evidence {
            compilation: Compilation::default(),
            run: None,
            pictures: Ok(Vec::new()),
            missing: None,
        }
    }
}
