//! The edge where tasks meet machines: compilers, programs, terminals.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use merman_core::{Engine, ParseOptions};
use sandbox::Limits;

use crate::batch;
use crate::chapter::Block;
use crate::claim::{Language, Pictures, Promise};
use crate::evidence::{Ask, Compilation, Evidence, Run, Task};
use crate::guest::{self, Watch};
use crate::memory::{Memory, Question, fingerprint};
use crate::rust::Toolchain;
use crate::session;
use crate::verdict::{Finding, Verdict, verdict};

/// Judges the blocks of one book with one compiler.
pub struct Judge {
    root: PathBuf,
    toolchain: OnceLock<Toolchain>,
    memory: Option<Memory>,
    /// Whether what is remembered is asked.
    recalls: bool,
    /// Within what Rust blocks are compiled.
    compiling: Limits,
}

/// A verdict, and how it was come by.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What was found.
    pub verdict: Verdict,
    /// What it rests on.
    pub evidence: Evidence,
    /// Whether an earlier run had found it out.
    pub remembered: bool,
    /// How long this block alone took; nothing for one judged with others.
    pub took: Duration,
}

impl Judged {
    fn new(block: &Block, evidence: Evidence) -> Judged {
        let verdict = verdict(block, &evidence);
        Judged {
            verdict,
            evidence,
            remembered: false,
            took: Duration::ZERO,
        }
    }

    /// Whether the claim holds, so that the evidence is worth remembering: what
    /// breaks a claim may be a trouble that passes (a full disk, a busy machine),
    /// in words that nobody foresees.
    fn holds(&self) -> bool {
        matches!(self.verdict.finding, Finding::Holds | Finding::Moved { .. })
    }

    /// Judged among others, a block that is not just as the page has it may
    /// have suffered from its neighbors.
    fn counts(&self) -> bool {
        self.verdict.finding == Finding::Holds
    }
}

/// Below this many blocks, a batch saves nothing.
const BATCH: usize = 4;

impl Judge {
    /// For the book in the folder `root`; remembers nothing.
    pub fn new(root: impl Into<PathBuf>) -> Judge {
        Judge {
            root: root.into(),
            toolchain: OnceLock::new(),
            memory: None,
            recalls: true,
            compiling: Limits::compiler(),
        }
    }

    /// The same with a memory, if there is one.
    pub fn remembering(self, memory: Option<Memory>) -> Judge {
        Judge { memory, ..self }
    }

    /// The same, which asks its memory nothing, but keeps there what it finds.
    pub fn afresh(self) -> Judge {
        Judge {
            recalls: false,
            ..self
        }
    }

    /// The same with other limits on rustc than [`Limits::compiler`].
    pub fn compiling_within(self, compiling: Limits) -> Judge {
        Judge { compiling, ..self }
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
        let found = Toolchain::find(&self.root)?.within(self.compiling);
        Ok(self.toolchain.get_or_init(|| found))
    }

    /// Judges many blocks, on all cores, remembered where they were judged
    /// before, together where that gives the same, else each alone. `done`
    /// hears of each. The verdicts come in the order of the blocks.
    ///
    /// # Errors
    ///
    /// The machine failed, not a block.
    pub fn blocks(&self, blocks: &[&Block], done: impl Fn(&Verdict) + Sync) -> Result<Vec<Judged>> {
        let questions = blocks
            .iter()
            .map(|block| self.question(block).with_context(|| failed(block)))
            .collect::<Result<Vec<_>>>()?;
        let slots: Vec<OnceLock<Judged>> = blocks.iter().map(|_| OnceLock::new()).collect();
        let settle = |index: usize, judged: Judged| {
            if let (Some(memory), Some(question), false) =
                (&self.memory, &questions[index], judged.remembered)
            {
                if judged.holds() {
                    memory.keep(question, &judged.evidence);
                } else {
                    memory.forget(question);
                }
            }
            done(&judged.verdict);
            // Each slot is filled once: a block is settled or left, never both.
            let _ = slots[index].set(judged);
        };

        for (index, block) in blocks.iter().enumerate().filter(|_| self.recalls) {
            let known = self.memory.as_ref().zip(questions[index].as_ref());
            if let Some(evidence) = known.and_then(|(memory, question)| memory.recall(question)) {
                settle(
                    index,
                    Judged {
                        remembered: true,
                        ..Judged::new(block, evidence)
                    },
                );
            }
        }
        let left = |slots: &[OnceLock<Judged>]| -> Vec<usize> {
            (0..blocks.len())
                .filter(|index| slots[*index].get().is_none())
                .collect()
        };
        self.together(blocks, &left(&slots), &settle);
        each(&left(&slots), |index| {
            settle(*index, self.alone(blocks[*index])?);
            Ok(())
        })?;
        Ok(slots.into_iter().filter_map(OnceLock::into_inner).collect())
    }

    /// Judges in batches what may be; settles only what is just as claimed.
    fn together(
        &self,
        blocks: &[&Block],
        left: &[usize],
        settle: &(impl Fn(usize, Judged) + Sync),
    ) {
        let tasks: Vec<Task> = left.iter().map(|index| Task::of(blocks[*index])).collect();
        let of = |ask: &dyn Fn(Ask) -> bool| -> Vec<usize> {
            (0..left.len())
                .filter(|i| {
                    tasks[*i].language == Language::Rust
                        && batch::may_join(&tasks[*i])
                        && ask(tasks[*i].ask)
                })
                .collect()
        };
        let chunks = |joined: Vec<usize>| -> Vec<Vec<usize>> {
            if joined.len() < BATCH {
                return Vec::new();
            }
            let size = joined.len().div_ceil(workers()).max(BATCH);
            joined.chunks(size).map(<[usize]>::to_vec).collect()
        };
        // The longest work first.
        let built = chunks(of(&|ask| ask != Ask::Reject))
            .into_iter()
            .map(|chunk| (true, chunk));
        let rejected = chunks(of(&|ask| ask == Ask::Reject))
            .into_iter()
            .map(|chunk| (false, chunk));
        let work: Vec<(bool, Vec<usize>)> = built.chain(rejected).collect();
        // Where the machine fails here, it is told with the block that it fails for,
        // when each is judged alone.
        let _ = each(&work, |(builds, chunk)| {
            let some: Vec<&Task> = chunk.iter().map(|i| &tasks[*i]).collect();
            let toolchain = self.toolchain()?;
            let propose = |position: usize, evidence: Evidence| {
                let index = left[chunk[position]];
                let judged = Judged::new(blocks[index], evidence);
                if judged.counts() {
                    settle(index, judged);
                }
            };
            if *builds {
                let programs = batch::build(toolchain, &some)?;
                for position in &programs.accepted {
                    propose(*position, programs.run(*position)?);
                }
            } else {
                for (position, evidence) in batch::rejected(toolchain, &some)? {
                    propose(position, evidence);
                }
            }
            Ok(())
        });
    }

    /// Judges one block by itself, asking no memory.
    ///
    /// # Errors
    ///
    /// The machine failed, not the block.
    pub fn alone(&self, block: &Block) -> Result<Judged> {
        let start = Instant::now();
        let judged = Judged::new(block, self.evidence(block)?);
        Ok(Judged {
            took: start.elapsed(),
            ..judged
        })
    }

    /// What a memory would be asked about the block; none where the answer
    /// hangs on more than can be named.
    fn question(&self, block: &Block) -> Result<Option<Question>> {
        if self.memory.is_none() {
            return Ok(None);
        }
        let task = Task::of(block);
        if let Some(language) = guest_of(task.language) {
            let tools = guest::tools(language, watch(&task));
            let tools = tools.iter().map(|tool| fingerprint(tool) + "\n").collect();
            return Ok(Some(Question::new(task, tools)));
        }
        let tools = match task.language {
            Language::Rust => self.toolchain()?.fingerprint(),
            Language::Console => match session::tools(&self.root, &task.code) {
                Some(files) => self.toolchain()?.fingerprint() + &files,
                None => return Ok(None),
            },
            // The parser of diagrams is a part of the judge.
            _ => String::new(),
        };
        Ok(Some(Question::new(task, tools)))
    }

    /// Compiles and runs a block: the facts that a verdict rests on.
    ///
    /// # Errors
    ///
    /// The machine failed, not the block.
    pub fn evidence(&self, block: &Block) -> Result<Evidence> {
        let task = Task::of(block);
        if let Some(language) = guest_of(task.language) {
            return guest(language, &task).with_context(|| failed(block));
        }
        match task.language {
            Language::Rust => self.toolchain().and_then(|toolchain| {
                let mut evidence = toolchain.judge(&task)?;
                if let Some(pictures) = task.pictures {
                    evidence.pictures = self.draw(&task.code, pictures, &evidence);
                }
                Ok(evidence)
            }),
            Language::Console => session::judge(&self.root, &task.code),
            _ => Ok(diagram(&task.code)),
        }
        .with_context(|| failed(block))
    }

    /// Draws a program's pictures; none where it did not do what the tracer
    /// would repeat. (That it ends, and within limits, its own run has shown.)
    fn draw(
        &self,
        code: &str,
        pictures: Pictures,
        evidence: &Evidence,
    ) -> Result<Vec<String>, String> {
        let words = |error: &dyn std::fmt::Display| format!("{error:#}");
        let options = trace::Options {
            file: "src/main.rs".to_owned(),
            rustc: Some(
                self.toolchain()
                    .map_err(|error| words(&error))?
                    .rustc()
                    .clone(),
            ),
            ..trace::Options::default()
        };
        let ran = evidence.compilation.accepted && evidence.run.is_some();
        let drawn = match pictures {
            Pictures::Memory | Pictures::Bytes if !ran => Vec::new(),
            Pictures::Memory => {
                let trace = trace::trace(code, &options).map_err(|error| words(&error))?;
                trace::mermaid(&trace)
                    .into_iter()
                    .map(|(_, text)| text)
                    .collect()
            }
            Pictures::Bytes => {
                let strip = trace::bytes(code, &options).map_err(|error| words(&error))?;
                vec![format!("%% bytes\n{strip}")]
            }
            Pictures::Borrows => {
                let chart = trace::borrows(code, &options).map_err(|error| words(&error))?;
                vec![format!("%% borrows\n{chart}")]
            }
            Pictures::Lifetimes => {
                let chart = trace::lifetimes(code, &options).map_err(|error| words(&error))?;
                vec![format!("%% lifetimes\n{chart}")]
            }
        };
        // The page is drawn by us, or in the browser by mermaid.
        let texts: Vec<&str> = drawn.iter().map(String::as_str).collect();
        let trouble = match pictures {
            Pictures::Memory => draw::memory(&texts).err(),
            Pictures::Bytes | Pictures::Borrows | Pictures::Lifetimes => {
                texts.iter().find_map(|text| draw::chart(text).err())
            }
        };
        let trouble = trouble.map(|trouble| trouble.message);
        match trouble.or_else(|| texts.iter().find_map(|text| no_mermaid(text))) {
            Some(trouble) => Err(format!("the tracer drew what no page can show: {trouble}")),
            None => Ok(()),
        }?;
        Ok(drawn)
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

/// What is said first where the machine fails for a block.
fn failed(block: &Block) -> String {
    format!(
        "{}: this block could not be judged; mend what the rest of this line says, and run \
         the command again",
        block.place
    )
}

/// What keeps mermaid from reading a text.
fn no_mermaid(text: &str) -> Option<String> {
    match Engine::new().parse_diagram_sync(text, ParseOptions::strict()) {
        Ok(Some(_)) => None,
        Ok(None) => Some("no kind of diagram that is known here".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// Draws a person's diagram, as the build of the pages does.
fn diagram(text: &str) -> Evidence {
    let said = draw::diagram(text)
        .err()
        .map(|trouble| format!("line {} of the diagram: {}", trouble.line, trouble.message));
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

/// The languages that rustc does not judge.
fn guest_of(language: Language) -> Option<guest::Language> {
    match language {
        Language::C => Some(guest::Language::C),
        Language::Cpp => Some(guest::Language::Cpp),
        Language::JavaScript => Some(guest::Language::JavaScript),
        Language::Java => Some(guest::Language::Java),
        Language::Python => Some(guest::Language::Python),
        Language::Go => Some(guest::Language::Go),
        Language::Rust | Language::Mermaid | Language::Console => None,
    }
}

fn watch(task: &Task) -> Watch {
    if task.races {
        Watch::Races
    } else {
        Watch::Memory
    }
}

fn guest(language: guest::Language, task: &Task) -> Result<Evidence> {
    let watch = watch(task);
    if let Some(tool) = guest::missing_tool(language, watch) {
        return Ok(Evidence {
            missing: Some(tool.to_owned()),
            ..Evidence::default()
        });
    }
    let judged = guest::judge(language, watch, &task.code, !task.warnings_matter)?;
    let accepted = judged.compiled.is_ok();
    let text = judged.compiled.err().unwrap_or(judged.warnings);
    Ok(Evidence {
        compilation: Compilation {
            accepted,
            text,
            stopped: judged.stopped,
            ..Compilation::default()
        },
        run: judged.run.map(|run| Run {
            ending: run.ending,
            output: run.output,
            is_text: run.is_text,
            reported: run.reported,
        }),
        ..Evidence::default()
    })
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does something with each item, on all cores; stops at the first error.
///
/// # Errors
///
/// The first that `work` returns.
pub fn each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    let worker = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(item) {
                next.store(items.len(), Ordering::Relaxed);
                failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers().min(items.len()) {
            scope.spawn(worker);
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
