//! What earlier runs found out, kept in the target folder: a file for each
//! piece of evidence, written whole.
//!
//! A file is believed only if it holds the very question that is asked (the
//! task, the tools that answered, the judge's own version) and its checksum
//! is right. Anything else is as good as no file: it is asked again and
//! overwritten. So two runs at once do no harm, and deleting the folder does
//! none either.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sandbox::Ending;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Task};
use crate::record;

/// A folder of evidence.
pub struct Memory {
    folder: PathBuf,
}

/// All that an answer hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is to be compiled and run.
    pub task: Task,
    /// The tools that answer: versions, or paths with sizes and dates.
    pub tools: String,
    /// The judge that asks.
    pub judge: String,
}

impl Question {
    /// The question that this judge asks of these tools.
    pub fn new(task: Task, tools: String) -> Question {
        Question {
            task,
            tools,
            judge: env!("PROOFREAD_VERSION").to_owned(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    question: Question,
    evidence: Evidence,
    checksum: u64,
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn checksum(question: &Question, evidence: &Evidence) -> u64 {
    hash(serde_json::to_string(&(question, evidence)).unwrap_or_default())
}

impl Memory {
    /// Keeps its files in `folder`, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Memory {
        Memory {
            folder: folder.into(),
        }
    }

    /// In the target folder that the running program was built into; none for
    /// a program that was installed.
    pub fn beside_program() -> Option<Memory> {
        Some(Memory::new(target()?.join("proofread")))
    }

    fn file(&self, question: &Question) -> PathBuf {
        let Question { task, tools, judge } = question;
        let name = format!("{:016x}.json", hash((task, tools)));
        self.folder.join(judge).join(name)
    }

    /// What was found out, if it was.
    pub fn recall(&self, question: &Question) -> Option<Evidence> {
        let text = fs::read(self.file(question)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        let sound =
            kept.question == *question && kept.checksum == checksum(question, &kept.evidence);
        sound.then_some(kept.evidence)
    }

    /// Makes the folder of this judge. What other judges kept is of no use to
    /// it, and would only grow.
    fn make_room(&self, file: &Path) -> std::io::Result<()> {
        let own = file.parent().unwrap_or(&self.folder);
        if !own.is_dir() {
            let _ = fs::remove_dir_all(&self.folder);
        }
        fs::create_dir_all(own)
    }

    /// Drops what was kept, if anything was.
    pub fn forget(&self, question: &Question) {
        let _ = fs::remove_file(self.file(question));
    }

    /// Keeps what was found out. What may be different next time (a time
    /// limit, a missing tool) is not kept, and a failure to keep is no error:
    /// the memory saves time, nothing else.
    pub fn keep(&self, question: &Question, evidence: &Evidence) {
        let chance = evidence.missing.is_some()
            || evidence.compilation.stopped.is_some()
            || evidence
                .run
                .as_ref()
                .is_some_and(|run| matches!(run.ending, Ending::TimedOut(_) | Ending::Signal(9)));
        if chance {
            return;
        }
        let checksum = checksum(question, evidence);
        let kept = Kept {
            question: question.clone(),
            evidence: evidence.clone(),
            checksum,
        };
        let file = self.file(question);
        if let Ok(text) = serde_json::to_string(&kept)
            && self.make_room(&file).is_ok()
        {
            // Not synced to the disk: a file that a crash cuts short is dropped.
            let _ = record::beside(&file, &text).map(|new| new.persist(&file));
        }
    }
}

/// The target folder that the running program was built into; none for a program
/// that was installed.
pub(crate) fn target() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(target.to_owned())
}

/// What tells a tool from another of its name without starting it: where it
/// is, how long, and from when.
pub fn fingerprint(program: &Path) -> String {
    let path = program
        .canonicalize()
        .unwrap_or_else(|_| program.to_owned());
    let metadata = fs::metadata(&path);
    let length = metadata.as_ref().map_or(0, fs::Metadata::len);
    let date = metadata
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos());
    format!("{} {length} {date}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Language;
    use crate::evidence::{Ask, Run};

    fn question(code: &str) -> Question {
        let task = Task {
            language: Language::Rust,
            code: code.to_owned(),
            ask: Ask::Run,
            pictures: None,
            warnings_matter: false,
            races: false,
        };
        Question::new(task, "rustc 1".to_owned())
    }

    fn evidence(output: &str) -> Evidence {
        let run = Run {
            ending: Ending::Exit(0),
            output: output.to_owned(),
            is_text: true,
            reported: false,
        };
        Evidence {
            run: Some(run),
            ..Evidence::default()
        }
    }

    #[test]
    fn what_is_kept_is_recalled_for_the_same_question_only() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path().join("new"));
        memory.keep(&question("a"), &evidence("one"));
        assert_eq!(memory.recall(&question("a")), Some(evidence("one")));
        assert_eq!(memory.recall(&question("b")), None);
        let other = Question {
            tools: "rustc 2".to_owned(),
            ..question("a")
        };
        assert_eq!(memory.recall(&other), None);
        let older = Question {
            judge: "0".to_owned(),
            ..question("a")
        };
        assert_eq!(memory.recall(&older), None);
    }

    #[test]
    fn a_damaged_or_foreign_file_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path());
        memory.keep(&question("a"), &evidence("one"));
        let file = memory.file(&question("a"));
        let text = fs::read_to_string(&file).unwrap();
        for damaged in [
            "",
            "{",
            &text.replace("one", "two"),
            &text[..text.len() / 2],
        ] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(memory.recall(&question("a")), None, "{damaged}");
        }
        // A file of another question under this one's name.
        memory.keep(&question("b"), &evidence("two"));
        fs::copy(memory.file(&question("b")), &file).unwrap();
        assert_eq!(memory.recall(&question("a")), None);
        memory.keep(&question("a"), &evidence("one"));
        assert_eq!(memory.recall(&question("a")), Some(evidence("one")));
    }

    #[test]
    fn chance_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path());
        let mut late = evidence("");
        late.run.as_mut().unwrap().ending = Ending::TimedOut(std::time::Duration::from_secs(10));
        memory.keep(&question("a"), &late);
        assert_eq!(memory.recall(&question("a")), None);
    }
}
