//! The edge where tasks meet machines: compilers, programs, terminals.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use merman_core::{Engine, ParseOptions};

use crate::chapter::Block;
use crate::claim::{Language, Promise};
use crate::evidence::{Compilation, Evidence, Run, Task};
use crate::guest;
use crate::rust::{self, Toolchain};
use crate::sandbox::{self, Ending, Limits};
use crate::verdict::{Verdict, verdict};

/// Judges the blocks of one book with one compiler.
pub struct Judge {
    root: PathBuf,
    toolchain: OnceLock<Toolchain>,
}

impl Judge {
    /// For the book in the folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Judge {
        Judge {
            root: root.into(),
            toolchain: OnceLock::new(),
        }
    }

    /// The compiler, looked up when first needed.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn toolchain(&self) -> Result<&Toolchain> {
        if let Some(found) = self.toolchain.get() {
            return Ok(found);
        }
        let found = Toolchain::find(&self.root)?;
        Ok(self.toolchain.get_or_init(|| found))
    }

    /// Judges one block.
    ///
    /// # Errors
    ///
    /// The machine failed, not the block.
    pub fn block(&self, block: &Block) -> Result<Verdict> {
        Ok(verdict(block, &self.evidence(block)?))
    }

    /// Judges many, on all cores; `done` hears of each as it ends. The
    /// verdicts come in the order of the blocks.
    ///
    /// # Errors
    ///
    /// The machine failed, not a block.
    pub fn blocks(
        &self,
        blocks: &[&Block],
        done: impl Fn(&Verdict) + Sync,
    ) -> Result<Vec<Verdict>> {
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism()
            .map_or(1, usize::from)
            .min(blocks.len().max(1));
        let work = || -> Result<Vec<(usize, Verdict)>> {
            let mut verdicts = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(block) = blocks.get(index) else {
                    return Ok(verdicts);
                };
                let verdict = self.block(block)?;
                done(&verdict);
                verdicts.push((index, verdict));
            }
        };
        let mut verdicts = thread::scope(|scope| -> Result<Vec<_>> {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for worker in workers {
                all.extend(
                    worker
                        .join()
                        .map_err(|_| anyhow::anyhow!("a judging thread panicked"))??,
                );
            }
            Ok(all)
        })?;
        verdicts.sort_by_key(|(index, _)| *index);
        Ok(verdicts.into_iter().map(|(_, verdict)| verdict).collect())
    }

    /// Compiles and runs a block: the facts that a verdict rests on.
    ///
    /// # Errors
    ///
    /// The machine failed, not the block.
    pub fn evidence(&self, block: &Block) -> Result<Evidence> {
        let task = Task::of(block);
        let context = || format!("{}: this block could not be judged", block.place);
        match task.language {
            Language::Rust => self.toolchain()?.judge(&task),
            Language::C => guest(guest::Language::C, &task),
            Language::JavaScript => guest(guest::Language::JavaScript, &task),
            Language::Java => guest(guest::Language::Java, &task),
            Language::Mermaid => Ok(diagram(&task.code)),
            Language::Console => self.session(&task.code),
        }
        .with_context(context)
    }

    /// Runs the commands of a terminal session, from the book's folder.
    fn session(&self, body: &str) -> Result<Evidence> {
        let mut evidence = Evidence {
            compilation: Compilation {
                accepted: true,
                ..Compilation::default()
            },
            ..Evidence::default()
        };
        let mut screen = String::new();
        let mut ending = Ending::Exit(0);
        let commands: Vec<&str> = body
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
            .collect();
        if commands.is_empty() || !body.starts_with("$ ") {
            evidence.compilation.accepted = false;
            evidence.compilation.text =
                "a session opens with a command: a line that starts with `$ `\n".to_owned();
            return Ok(evidence);
        }
        for command in commands {
            let Some(words) = may_run(command) else {
                evidence.compilation.accepted = false;
                evidence.compilation.text = format!(
                    "`{command}` is not run here: only `cargo run --example NAME` and \
                     `cargo book` with `--help`, `build`, `blocks` or `setup` are\n"
                );
                return Ok(evidence);
            };
            let mut cargo = Command::new("cargo");
            cargo
                .args(words)
                .current_dir(&self.root)
                .env("CARGO_TERM_QUIET", "true")
                .env("NO_COLOR", "1");
            for name in [
                "PATH",
                "HOME",
                "CARGO_HOME",
                "RUSTUP_HOME",
                "RUSTUP_TOOLCHAIN",
                "CARGO_TARGET_DIR",
            ] {
                if let Some(value) = std::env::var_os(name) {
                    cargo.env(name, value);
                }
            }
            let outcome = sandbox::run(cargo, &Limits::compiler())?;
            screen.push_str(&format!("$ {command}\n{}", rust::settle(&outcome.output)));
            if !screen.ends_with('\n') {
                screen.push('\n');
            }
            if outcome.ending != Ending::Exit(0) {
                ending = outcome.ending;
                break;
            }
        }
        evidence.run = Some(Run {
            ending,
            output: screen,
        });
        Ok(evidence)
    }

    /// Whether two runs of a block print the same; a text that changes from
    /// run to run cannot be recorded.
    ///
    /// # Errors
    ///
    /// The machine failed, not the block.
    pub fn is_steady(&self, block: &Block, first: &Evidence) -> Result<bool> {
        if first.run.is_none() || block.claim.promise == Promise::Session {
            return Ok(true);
        }
        let again = self.evidence(block)?;
        Ok(crate::verdict::renderings(block, first) == crate::verdict::renderings(block, &again))
    }
}

/// Whether a missing tool is a failure, as it is on CI, and not a skipped block.
pub fn nothing_may_be_skipped() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// The words behind `cargo` of a command that a session may run: one that
/// ends, and neither judges, serves nor records.
fn may_run(command: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let plain = |word: &str| {
        word.chars()
            .all(|c| c.is_alphanumeric() || "-_./=".contains(c))
    };
    match words.as_slice() {
        ["cargo", "run", "--example", rest @ ..] if !rest.is_empty() => {}
        ["cargo", "book", "--help" | "build" | "setup" | "blocks", ..] => {}
        _ => return None,
    }
    words
        .iter()
        .all(|word| plain(word))
        .then(|| words[1..].to_vec())
}

fn diagram(text: &str) -> Evidence {
    let said = match Engine::new().parse_diagram_sync(text, ParseOptions::strict()) {
        Ok(Some(_)) => None,
        Ok(None) => Some("no kind of diagram that is known here".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    let compilation = Compilation {
        accepted: said.is_none(),
        text: said.map(|said| said + "\n").unwrap_or_default(),
        ..Compilation::default()
    };
    Evidence {
        compilation,
        ..Evidence::default()
    }
}

fn guest(language: guest::Language, task: &Task) -> Result<Evidence> {
    if let Some(tool) = guest::missing_tool(language) {
        return Ok(Evidence {
            missing: Some(tool.to_owned()),
            ..Evidence::default()
        });
    }
    let judged = guest::judge(language, &task.code, !task.warnings_matter)?;
    let accepted = judged.compiled.is_ok();
    let text = judged.compiled.err().unwrap_or(judged.warnings);
    Ok(Evidence {
        compilation: Compilation {
            accepted,
            text,
            ..Compilation::default()
        },
        run: judged.run.map(|run| Run {
            ending: run.ending,
            output: run.output,
        }),
        missing: None,
    })
}
