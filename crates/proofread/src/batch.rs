//! Many Rust blocks in one call of rustc.
//!
//! Each block becomes a module with a file of its own, so that lines and
//! columns stay exact. What comes out of a batch is a proposal: the judge
//! takes it only where it is just what the page claims and shows, and judges
//! the block alone otherwise. A test judges the whole book both ways.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use sandbox::Ending;

use crate::evidence::{Ask, Evidence, Task};
use crate::rust::{self, Diagnostic, Said, Toolchain};

/// The crate's root file.
const ROOT: &str = "batch.rs";

/// Words of programs that are not themselves inside a larger crate, or that
/// would change the blocks around them.
const ALONE: [&str; 8] = [
    "global_allocator",
    "no_mangle",
    "export_name",
    "macro_export",
    "panic_handler",
    "extern crate",
    "super",
    "#![",
];

/// Whether the task may be judged in a batch. (Warnings come with notes that
/// rustc gives once a crate, so they are judged alone.)
pub fn may_join(task: &Task) -> bool {
    !task.warnings_matter
        && task.pictures.is_none()
        && !ALONE.iter().any(|word| task.code.contains(word))
}

/// The block's name inside the crate; no program of the book has it.
fn module(index: usize) -> String {
    format!("block_{index:04}")
}

/// Takes the module out of a text again.
fn clean(text: &str, index: usize, wrapped: bool) -> String {
    let module = module(index);
    let text = text
        .replace(&format!("{module}/src/main.rs"), "src/main.rs")
        .replace(&format!("{module}::"), "");
    if wrapped { rust::lift(&text) } else { text }
}

/// A crate of modules in a temporary folder.
struct Crate<'a> {
    dir: tempfile::TempDir,
    tasks: &'a [&'a Task],
    wrapped: Vec<bool>,
}

impl<'a> Crate<'a> {
    fn new(tasks: &'a [&'a Task]) -> Result<Crate<'a>> {
        let dir = sandbox::folder()?;
        rust::put_report(dir.path())?;
        let mut wrapped = Vec::new();
        for (index, task) in tasks.iter().enumerate() {
            let (mut source, is_wrapped) = rust::wrap(&task.code);
            if task.ask != Ask::Reject {
                // `main` is private to its module, so this is its way out.
                source.push_str("\npub fn block_main() -> std::process::ExitCode { crate::block_end(main()) }\n");
            }
            sandbox::put(
                dir.path(),
                &format!("{}/src/main.rs", module(index)),
                source,
            )?;
            wrapped.push(is_wrapped);
        }
        Ok(Crate {
            dir,
            tasks,
            wrapped,
        })
    }

    /// Compiles the modules that are left; what rustc says, by module.
    fn compile(&self, toolchain: &Toolchain, left: &[usize], emit: &str) -> Result<Compiled> {
        let modules: String = left
            .iter()
            .map(|index| {
                let module = module(*index);
                format!("#[path = \"{module}/src/main.rs\"] mod {module};\n")
            })
            .collect();
        let root = if emit == "link" {
            format!("{modules}{}", dispatcher(left))
        } else {
            format!("{modules}fn main() {{}}\n")
        };
        sandbox::put(self.dir.path(), ROOT, root)?;
        let rustc = toolchain.block(self.dir.path(), ROOT, emit, false);
        let outcome = toolchain.run(&rustc)?;
        // One that came to no end has judged nothing.
        let spoken = match outcome.ending {
            Ending::Exit(_) => outcome.output.as_str(),
            _ => "",
        };
        let (diagnostics, _) = rust::diagnostics(spoken);
        let files: HashMap<String, usize> = left
            .iter()
            .map(|index| (format!("{}/src/main.rs", module(*index)), *index))
            .collect();
        let mut said: HashMap<usize, Vec<Diagnostic>> = HashMap::new();
        for diagnostic in diagnostics {
            if let Some(index) = diagnostic.file().and_then(|file| files.get(file)) {
                said.entry(*index).or_default().push(diagnostic);
            }
        }
        Ok(Compiled {
            accepted: outcome.ending.success(),
            said,
        })
    }

    fn said(&self, index: usize, compiled: &Compiled) -> Said {
        let of_block: Vec<&Diagnostic> = compiled.said.get(&index).into_iter().flatten().collect();
        Said::alone(&of_block, |text| clean(text, index, self.wrapped[index]))
    }
}

struct Compiled {
    accepted: bool,
    said: HashMap<usize, Vec<Diagnostic>>,
}

/// The `main` of a crate of programs: which one it is, its own name tells.
fn dispatcher(left: &[usize]) -> String {
    let arms: String = left
        .iter()
        .map(|index| {
            format!(
                "        Some(\"{index}\") => {}::block_main(),\n",
                module(*index)
            )
        })
        .collect();
    format!(
        "pub fn block_end(it: impl std::process::Termination) -> std::process::ExitCode {{ it.report() }}\n\
         fn main() -> std::process::ExitCode {{\n\
         \x20   let name = std::env::args_os().next();\n\
         \x20   match name.as_deref().and_then(|name| name.to_str()) {{\n{arms}\
         \x20       _ => std::process::ExitCode::from(99),\n    }}\n}}\n"
    )
}

/// Judges tasks that the compiler is to reject; a proposal for each that it
/// did.
///
/// # Errors
///
/// The machine failed.
pub fn rejected(toolchain: &Toolchain, tasks: &[&Task]) -> Result<Vec<(usize, Evidence)>> {
    let batch = Crate::new(tasks)?;
    let mut left: Vec<usize> = (0..tasks.len()).collect();
    let mut proposals = Vec::new();
    // Errors of an early phase keep rustc from the later ones. So what failed
    // is taken out, and the rest is asked again.
    while !left.is_empty() {
        let compiled = batch.compile(toolchain, &left, "metadata")?;
        let before = left.len();
        left.retain(|index| {
            let said = batch.said(*index, &compiled);
            let failed = said.uncoded || !said.errors.is_empty();
            if failed {
                let compilation = said.compilation(false);
                proposals.push((
                    *index,
                    Evidence {
                        compilation,
                        ..Evidence::default()
                    },
                ));
            }
            !failed
        });
        if left.len() == before {
            break;
        }
    }
    Ok(proposals)
}

/// Programs that are built, ready to be run one by one.
pub struct Programs<'a> {
    batch: Crate<'a>,
    compiled: Compiled,
    /// The tasks that were accepted, by their positions.
    pub accepted: Vec<usize>,
}

/// Builds tasks that the compiler is to accept.
///
/// # Errors
///
/// The machine failed.
pub fn build<'a>(toolchain: &Toolchain, tasks: &'a [&'a Task]) -> Result<Programs<'a>> {
    let batch = Crate::new(tasks)?;
    let mut left: Vec<usize> = (0..tasks.len()).collect();
    loop {
        let compiled = batch.compile(toolchain, &left, "link")?;
        if compiled.accepted {
            return Ok(Programs {
                batch,
                compiled,
                accepted: left,
            });
        }
        // One that fails keeps all from being built.
        let failed: HashSet<usize> = left
            .iter()
            .copied()
            .filter(|index| {
                let said = batch.said(*index, &compiled);
                said.uncoded || !said.errors.is_empty()
            })
            .collect();
        left.retain(|index| !failed.contains(index));
        if failed.is_empty() || left.is_empty() {
            return Ok(Programs {
                batch,
                compiled,
                accepted: Vec::new(),
            });
        }
    }
}

impl Programs<'_> {
    /// Runs one of the accepted, in a process and with limits of its own.
    ///
    /// # Errors
    ///
    /// The machine failed.
    pub fn run(&self, index: usize) -> Result<Evidence> {
        let dir: &Path = self.batch.dir.path();
        let compilation = self.batch.said(index, &self.compiled).compilation(true);
        let run = match self.batch.tasks[index].ask {
            Ask::Run => {
                let mut outcome = rust::start(dir, Some(&index.to_string()))?;
                outcome.output = clean(&outcome.output, index, false);
                Some(rust::settled(outcome, self.batch.wrapped[index]))
            }
            _ => None,
        };
        Ok(Evidence {
            compilation,
            run,
            ..Evidence::default()
        })
    }
}
