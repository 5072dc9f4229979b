//! What the words of a fence claim. A person writes them; nothing here runs.

use std::collections::BTreeSet;
use std::fmt;

/// The language of a block that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// Judged by rustc, edition 2024.
    Rust,
    /// Judged by the C compiler and its sanitizers.
    C,
    /// Judged by the C++ compiler and its sanitizers.
    Cpp,
    /// An ES module, run by node.
    JavaScript,
    /// A class `Main`, run by the JVM.
    Java,
    /// A script, run by CPython 3.
    Python,
    /// A package `main` of one file.
    Go,
    /// A diagram drawn by a person.
    Mermaid,
    /// A terminal session.
    Console,
}

/// What a block promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// Compiles without error and exits 0.
    Runs,
    /// Compiles, then panics.
    Panics,
    /// Compiles; is not run.
    Compiles,
    /// The compiler rejects it.
    Rejected {
        /// Exactly these error codes, or names of denied lints.
        codes: BTreeSet<String>,
        /// And an error that has no code.
        uncoded: bool,
    },
    /// A detector of mistakes stops it, and names this class.
    Stopped {
        /// What watches the program.
        by: Detector,
        /// Such as `double-free`, `leak` or `data-race`.
        class: String,
    },
    /// An exception that nothing catches ends it.
    Throws {
        /// Its class, without a package: `IndexError`.
        kind: String,
    },
    /// Can be drawn.
    Draws,
    /// The commands of a session end well and print what stands below them.
    Session,
}

/// What watches a program, and stops it where it makes a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detector {
    /// AddressSanitizer, with LeakSanitizer.
    Asan,
    /// ThreadSanitizer.
    Tsan,
    /// Go's race detector.
    Race,
}

impl Detector {
    /// Its word in a fence, and in the names of its classes: `asan-leak`.
    pub fn word(self) -> &'static str {
        match self {
            Detector::Asan => "asan",
            Detector::Tsan => "tsan",
            Detector::Race => "race",
        }
    }

    /// The kind of its reports.
    pub fn kind(self) -> Kind {
        match self {
            Detector::Asan => Kind::Asan,
            Detector::Tsan => Kind::Tsan,
            Detector::Race => Kind::Race,
        }
    }
}

/// The words of a fence, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The language of the block.
    pub language: Language,
    /// What is promised of it.
    pub promise: Promise,
    /// The compiler warns with exactly these lints; none named, none judged.
    pub warns: BTreeSet<String>,
    /// It repairs the failing block before it.
    pub repair: bool,
    /// Pictures of its memory are drawn from a run.
    pub pictures: Option<Pictures>,
    /// The page hides what the judge knows until the reader has answered this.
    pub predict: Option<Question>,
}

/// What a page asks about a block before it shows what became of it. The answer
/// comes from the record, so nobody types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Does it compile?
    Compiles,
    /// On which line does the compiler object?
    Line,
    /// What does it print?
    Prints,
    /// Does it panic?
    Panics,
    /// Is it stopped, or ended by an exception?
    Stopped,
}

/// The line that ends an answer where no heading does.
pub const ANSWER_ENDS: &str = "<!-- answer ends -->";

impl Question {
    const ALL: [(Question, &'static str); 5] = [
        (Question::Compiles, "predict=compiles"),
        (Question::Line, "predict=line"),
        (Question::Prints, "predict=prints"),
        (Question::Panics, "predict=panics"),
        (Question::Stopped, "predict=stopped"),
    ];

    /// The question that a bare `predict` asks.
    fn of(claim: &Claim) -> Question {
        match (claim.language, &claim.promise) {
            (Language::Rust, _) => Question::Compiles,
            (_, Promise::Runs) => Question::Prints,
            _ => Question::Stopped,
        }
    }

    /// Whether a reader could be asked this of such a block.
    fn fits(self, claim: &Claim) -> bool {
        let rust = claim.language == Language::Rust;
        match self {
            Question::Compiles => rust,
            Question::Line => rust && matches!(claim.promise, Promise::Rejected { .. }),
            Question::Prints => matches!(claim.promise, Promise::Runs),
            Question::Panics => rust && matches!(claim.promise, Promise::Runs | Promise::Panics),
            Question::Stopped => !rust,
        }
    }
}

/// Which pictures are drawn of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Pictures {
    /// Its memory at each mark.
    Memory,
    /// The bytes of one variable, field by field.
    Bytes,
    /// One chart of who owns and who borrows, line by line.
    Borrows,
    /// One chart of what must be good for how long, and how long it lives.
    Lifetimes,
}

/// The kinds of text that the machine records below a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What the compiler says of a rejected block.
    Error,
    /// What the compiler says of a block that it accepts.
    Warning,
    /// What the program printed.
    Output,
    /// With which words it panicked.
    Panic,
    /// What the sanitizer of memory reported.
    Asan,
    /// What the sanitizer of threads reported.
    Tsan,
    /// What Go's race detector reported.
    Race,
    /// With which words an exception ended it.
    Exception,
    /// A picture, drawn from a run.
    Picture,
}

/// A mermaid fence whose text opens so was drawn by the machine; any other is
/// a person's.
pub const DRAWN: [&str; 4] = ["%% after ", "%% bytes", "%% borrows", "%% lifetimes"];

impl Kind {
    const ALL: [(Kind, &'static str); 8] = [
        (Kind::Error, "error"),
        (Kind::Warning, "warning"),
        (Kind::Output, "output"),
        (Kind::Panic, "panic"),
        (Kind::Asan, "asan"),
        (Kind::Tsan, "tsan"),
        (Kind::Race, "race"),
        (Kind::Exception, "exception"),
    ];

    /// The words of its fence: `text,output`, or `mermaid`.
    pub fn fence(self) -> String {
        let word = Kind::ALL.iter().find(|(kind, _)| *kind == self);
        word.map_or("mermaid".to_owned(), |(_, word)| format!("text,{word}"))
    }
}

/// What a fence is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A claim of a person.
    Claim(Claim),
    /// A text that the machine recorded.
    Rendering(Kind),
}

/// Why the words of a fence are refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub wrong: String,
    /// The next thing to do.
    pub next: String,
}

const LANGUAGES: [&str; 10] = [
    "rust",
    "c",
    "cpp",
    "javascript",
    "java",
    "python",
    "go",
    "mermaid",
    "console",
    "text",
];
/// The classes that sanitizers name most often; any other may stand in a fence, too.
const C_WORDS: [&str; 10] = [
    "asan=double-free",
    "asan=leak",
    "asan=heap-use-after-free",
    "asan=heap-buffer-overflow",
    "asan=stack-buffer-overflow",
    "asan=global-buffer-overflow",
    "asan=stack-use-after-return",
    "asan=stack-use-after-scope",
    "asan=stack-overflow",
    "tsan=data-race",
];
const CPP_WORDS: [&str; 11] = [
    "asan=double-free",
    "asan=leak",
    "asan=heap-use-after-free",
    "asan=heap-buffer-overflow",
    "asan=stack-buffer-overflow",
    "asan=global-buffer-overflow",
    "asan=stack-use-after-return",
    "asan=stack-use-after-scope",
    "asan=stack-overflow",
    "tsan=data-race",
    "throws=std::out_of_range",
];
const RUST_WORDS: [&str; 12] = [
    "should_panic",
    "no_run",
    "compile_fail",
    "uncoded",
    "warns",
    "fix",
    "editable",
    "noplayground",
    "memory",
    "bytes",
    "borrows",
    "lifetimes",
];

fn refuse<T>(wrong: impl Into<String>, next: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        wrong: wrong.into(),
        next: next.into(),
    })
}

/// Reads the words of a fence.
///
/// # Errors
///
/// An unknown word (with the nearest known one), a language that nothing
/// judges, or words that contradict each other.
///
/// ```
/// use proofread::claim::{Promise, Role, role};
///
/// let Ok(Role::Claim(claim)) = role("rust,compile_fail,E0382") else { panic!() };
/// let codes = ["E0382".to_owned()].into();
/// assert_eq!(claim.promise, Promise::Rejected { codes, uncoded: false });
///
/// let refusal = role("rust,compile_fial,E0382").unwrap_err();
/// assert!(refusal.next.contains("`compile_fail`"));
/// ```
pub fn role(info: &str) -> Result<Role, Refusal> {
    // The same splitting as mdBook's.
    let mut words = info.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let Some(language) = words.next() else {
        return refuse(
            "this fence has no label, so nothing says how to judge it",
            "write what it is behind the backticks: `rust`, `c`, `console`, …",
        );
    };
    let (asked, words): (Vec<&str>, Vec<&str>) =
        words.partition(|word| *word == "predict" || word.starts_with("predict="));
    let role = claimed(language, &words)?;
    match asked.as_slice() {
        [] => Ok(role),
        [word] => predict(word, role).map(Role::Claim),
        [_, extra, ..] => refuse(format!("`{extra}` is a second question"), "ask one"),
    }
}

/// Takes a question into a claim.
fn predict(word: &str, role: Role) -> Result<Claim, Refusal> {
    let judged = |claim: &Claim| !matches!(claim.language, Language::Mermaid | Language::Console);
    let mut claim = match role {
        Role::Claim(claim) if judged(&claim) => claim,
        _ => {
            return refuse(
                "`predict` asks about a program, and this is none",
                "take `predict` away",
            );
        }
    };
    let question = match Question::ALL.iter().find(|(_, known)| *known == word) {
        Some((question, _)) => *question,
        None if word == "predict" => Question::of(&claim),
        None => return unknown(word, &Question::ALL.map(|(_, known)| known)),
    };
    if !question.fits(&claim) {
        return refuse(
            format!("`{word}` cannot be asked of a block that {claim}"),
            "ask something else, or write `predict`, which asks what fits",
        );
    }
    claim.predict = Some(question);
    Ok(claim)
}

/// The lines of a program that a reader may take for the one at which the
/// compiler objects: each with its number, from 1. Braces alone are none.
pub fn lines_to_choose(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = code.lines().map(str::trim).enumerate();
    lines
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| line.chars().any(char::is_alphanumeric))
}

/// The role of a fence, without what it asks its readers.
fn claimed(language: &str, words: &[&str]) -> Result<Role, Refusal> {
    match language {
        "rust" => rust(words).map(Role::Claim),
        "c" => guest(Language::C, words),
        "cpp" => guest(Language::Cpp, words),
        "javascript" => guest(Language::JavaScript, words),
        "java" => guest(Language::Java, words),
        "python" => guest(Language::Python, words),
        "go" => guest(Language::Go, words),
        "mermaid" => plain(Language::Mermaid, Promise::Draws, words),
        "console" => plain(Language::Console, Promise::Session, words),
        "text" => text(words),
        other => {
            let meant = OTHER_NAMES.iter().find(|(name, _)| *name == other);
            let meant = meant
                .map(|(_, meant)| *meant)
                .or_else(|| near(other, &LANGUAGES));
            let next = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("what is judged: {}.", LANGUAGES[..9].join(", ")),
            };
            refuse(
                format!("nothing judges blocks of `{other}`"),
                format!("{next} The table of fences is in CONTRIBUTING.md"),
            )
        }
    }
}

/// What other tools call our languages.
const OTHER_NAMES: [(&str, &str); 11] = [
    ("rs", "rust"),
    ("js", "javascript"),
    ("node", "javascript"),
    ("py", "python"),
    ("c++", "cpp"),
    ("cc", "cpp"),
    ("golang", "go"),
    ("sh", "console"),
    ("bash", "console"),
    ("shell", "console"),
    ("terminal", "console"),
];

/// The known word that is most like `word`, if one is like it at all.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let like = |known: &str| strsim::jaro_winkler(&word.to_lowercase(), known);
    let alike = known.iter().map(|known| (like(known), *known));
    let (most, nearest) = alike.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (most >= 0.75).then_some(nearest)
}

fn unknown<T>(word: &str, known: &[&str]) -> Result<T, Refusal> {
    if word == "ignore" {
        return refuse(
            "`ignore` would keep a block from being judged",
            "claim what the block does: `no_run` if it only compiles, `compile_fail,CODE` if it does not",
        );
    }
    if word.starts_with("edition") {
        return refuse(
            format!("`{word}`: all blocks are of edition 2024"),
            "take it away",
        );
    }
    let digits = word.strip_prefix(['E', 'e']).unwrap_or_default();
    if let Ok(code) = digits.parse::<u16>() {
        return refuse(
            format!("`{word}` is no error code: those have an E and four digits"),
            format!("write `E{code:04}`"),
        );
    }
    let next = match (known, near(word, known)) {
        ([], _) => format!("take `{word}` away"),
        (_, Some(nearest)) => format!("did you mean `{nearest}`?"),
        (known, None) => format!("its words are: `{}`", known.join("`, `")),
    };
    refuse(format!("`{word}` is not a word of this fence"), next)
}

fn plain(language: Language, promise: Promise, words: &[&str]) -> Result<Role, Refusal> {
    match words {
        [] => Ok(Role::Claim(Claim {
            language,
            promise,
            warns: BTreeSet::new(),
            repair: false,
            pictures: None,
            predict: None,
        })),
        [word, ..] => unknown(word, &[]),
    }
}

fn text(words: &[&str]) -> Result<Role, Refusal> {
    let known = Kind::ALL.map(|(_, word)| word);
    match words {
        [] => refuse(
            "a `text` block without a kind is neither a claim nor a rendering",
            "write it as prose, or name its kind: `text,output`, `text,error`, …",
        ),
        [word] => match Kind::ALL.iter().find(|(_, known)| known == word) {
            Some((kind, _)) => Ok(Role::Rendering(*kind)),
            None => unknown(word, &known),
        },
        [_, extra, ..] => unknown(extra, &[]),
    }
}

/// The words of a language that the book compares Rust with: one at most, which
/// says how the program is stopped.
fn guest(language: Language, words: &[&str]) -> Result<Role, Refusal> {
    let known: &[&str] = match language {
        Language::C => &C_WORDS,
        Language::Cpp => &CPP_WORDS,
        Language::Go => &["race", "panics"],
        Language::Java => &["throws=ConcurrentModificationException"],
        Language::Python => &["throws=IndexError"],
        _ => &["throws=TypeError"],
    };
    let promise = match words {
        [] => Promise::Runs,
        [word] => match (word.split_once('='), *word) {
            (Some((name, value)), _) if !value.is_empty() && may_have(known, name) => {
                let stopped = |by| Promise::Stopped {
                    by,
                    class: value.to_owned(),
                };
                match name {
                    "asan" => stopped(Detector::Asan),
                    "tsan" => stopped(Detector::Tsan),
                    _ => Promise::Throws {
                        kind: value.to_owned(),
                    },
                }
            }
            (None, "race") if known.contains(word) => Promise::Stopped {
                by: Detector::Race,
                class: "data-race".to_owned(),
            },
            (None, "panics") if known.contains(word) => Promise::Panics,
            _ => return unknown(word, known),
        },
        [_, extra, ..] => return unknown(extra, &[]),
    };
    plain(language, promise, &[])
}

/// Whether a word `name=…` is among the known.
fn may_have(known: &[&str], name: &str) -> bool {
    known
        .iter()
        .any(|word| word.split_once('=').is_some_and(|(known, _)| known == name))
}

fn is_code(word: &str) -> bool {
    word.strip_prefix('E')
        .is_some_and(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Lints are named in lower case with underscores; which of them exist is
/// for the compiler to say, and it does when the block is judged.
fn may_be_lint(word: &str) -> bool {
    word.contains('_')
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && RUST_WORDS
            .iter()
            .all(|known| strsim::jaro_winkler(word, known) < 0.9)
}

fn rust(words: &[&str]) -> Result<Claim, Refusal> {
    let has = |word: &str| words.contains(&word);
    let mut codes = BTreeSet::new();
    let mut warns = BTreeSet::new();
    for word in words {
        if is_code(word) {
            if !has("compile_fail") {
                return refuse(
                    format!("`{word}` names an error, yet the block is not said to fail"),
                    format!("write `rust,compile_fail,{word}`, or take the code away"),
                );
            }
            codes.insert((*word).to_owned());
        } else if RUST_WORDS.contains(word) {
            if words.iter().filter(|w| *w == word).count() > 1 {
                return refuse(format!("`{word}` stands twice"), "once is enough");
            }
        } else if may_be_lint(word) && has("compile_fail") {
            codes.insert((*word).to_owned());
        } else if may_be_lint(word) && has("warns") {
            warns.insert((*word).to_owned());
        } else {
            return unknown(word, &RUST_WORDS);
        }
    }
    for pair in [
        ["compile_fail", "should_panic"],
        ["compile_fail", "no_run"],
        ["compile_fail", "fix"],
        ["compile_fail", "warns"],
        ["should_panic", "no_run"],
        ["memory", "compile_fail"],
        ["memory", "no_run"],
        ["memory", "borrows"],
        ["memory", "lifetimes"],
        ["borrows", "lifetimes"],
    ] {
        if pair.iter().all(|word| has(word)) {
            return refuse(
                format!("`{}` and `{}` contradict each other", pair[0], pair[1]),
                "keep the one that is true",
            );
        }
    }
    if has("bytes") && !has("memory") {
        return refuse(
            "`bytes` says how memory is drawn, and no memory is",
            "write `rust,memory,bytes`",
        );
    }
    let uncoded = has("uncoded");
    if uncoded && !has("compile_fail") {
        return refuse(
            "`uncoded` names an error, yet the block is not said to fail",
            "write `rust,compile_fail,uncoded`",
        );
    }
    if has("compile_fail") && codes.is_empty() && !uncoded {
        return refuse(
            "`compile_fail` without a code would let any error pass",
            "name the code, `rust,compile_fail,E0382`, or `uncoded` where the compiler gives none",
        );
    }
    if has("warns") && warns.is_empty() {
        return refuse(
            "`warns` does not say which lint",
            "name it: `rust,warns,unused_mut`",
        );
    }
    let promise = if has("compile_fail") {
        Promise::Rejected { codes, uncoded }
    } else if has("should_panic") {
        Promise::Panics
    } else if has("no_run") {
        Promise::Compiles
    } else {
        Promise::Runs
    };
    let pictures = match (has("memory"), has("borrows")) {
        (true, _) if has("bytes") => Some(Pictures::Bytes),
        (true, _) => Some(Pictures::Memory),
        (_, true) => Some(Pictures::Borrows),
        _ if has("lifetimes") => Some(Pictures::Lifetimes),
        _ => None,
    };
    Ok(Claim {
        language: Language::Rust,
        promise,
        warns,
        repair: has("fix"),
        pictures,
        predict: None,
    })
}

/// Names in one line: `E0382, E0505`.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names
        .into_iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The claim as a sentence, for verdicts: "compiles and exits 0".
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.promise {
            Promise::Runs => write!(f, "compiles and exits with code 0")?,
            Promise::Panics => write!(f, "compiles, then panics")?,
            Promise::Compiles => write!(f, "compiles")?,
            Promise::Rejected {
                codes,
                uncoded: false,
            } => write!(f, "rejected with {}", list(codes))?,
            Promise::Rejected { codes, .. } if codes.is_empty() => {
                write!(f, "rejected with an error that has no code")?;
            }
            Promise::Rejected { codes, .. } => {
                write!(
                    f,
                    "rejected with {} and an error that has no code",
                    list(codes)
                )?;
            }
            Promise::Stopped {
                by: Detector::Race, ..
            } => write!(f, "stopped by the race detector")?,
            Promise::Stopped { class, .. } => write!(f, "stopped by the sanitizer: {class}")?,
            Promise::Throws { kind } => write!(f, "ended by an exception: {kind}")?,
            Promise::Draws => write!(f, "can be drawn")?,
            Promise::Session => write!(f, "the commands end well")?,
        }
        if !self.warns.is_empty() {
            write!(f, ", with a warning: {}", list(&self.warns))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(info: &str) -> Claim {
        match role(info) {
            Ok(Role::Claim(claim)) => claim,
            other => panic!("{info}: {other:?}"),
        }
    }

    fn refusal(info: &str) -> Refusal {
        role(info).expect_err(info)
    }

    #[test]
    fn words_combine() {
        let both = claim("rust,fix,should_panic");
        assert!(both.repair);
        assert_eq!(both.promise, Promise::Panics);
        assert_eq!(claim("rust editable").promise, Promise::Runs);
    }

    #[test]
    fn a_denied_lint_stands_in_place_of_a_code() {
        let Promise::Rejected { codes, .. } = claim("rust,compile_fail,static_mut_refs").promise
        else {
            panic!()
        };
        assert!(codes.contains("static_mut_refs"));
    }

    #[test]
    fn nothing_else_passes() {
        assert!(refusal("").wrong.contains("no label"));
        assert!(refusal("rust,ignore").wrong.contains("ignore"));
        assert!(
            refusal("rust,compile_fail")
                .wrong
                .contains("without a code")
        );
        assert!(refusal("rust,E0382").wrong.contains("not said to fail"));
        assert!(
            refusal("rust,should_panick")
                .next
                .contains("`should_panic`")
        );
        assert!(
            refusal("rust,compile_fail,E0382,fix")
                .wrong
                .contains("contradict")
        );
        assert!(refusal("ruby").wrong.contains("nothing judges"));
        assert!(refusal("bash").next.contains("`console`"));
        assert!(refusal("Rust").next.contains("`rust`"));
        let none = refusal("markdown").next;
        assert!(none.contains("what is judged: rust, c,"), "{none}");
        assert_eq!(refusal("rust,compile_fail,E499").next, "write `E0499`");
        assert!(refusal("rust,edition2018").wrong.contains("edition 2024"));
        assert!(
            refusal("rust,xyz")
                .next
                .contains("`memory`, `bytes`, `borrows`, `lifetimes`")
        );
        assert!(refusal("text").wrong.contains("neither"));
        assert!(refusal("text,ouput").next.contains("`output`"));
        assert!(refusal("java,fix").wrong.contains("fix"));
        assert!(refusal("c,asan=").next.contains("asan="));
    }

    #[test]
    fn what_is_asked_fits_the_block() {
        let asked = |info: &str| claim(info).predict;
        assert_eq!(asked("rust"), None);
        assert_eq!(
            asked("rust,predict,compile_fail,E0382"),
            Some(Question::Compiles)
        );
        assert_eq!(
            asked("rust,compile_fail,E0382,predict=line"),
            Some(Question::Line)
        );
        assert_eq!(asked("python,predict"), Some(Question::Prints));
        assert_eq!(asked("c,asan=double-free,predict"), Some(Question::Stopped));
        // The question changes nothing of the claim.
        let with = claim("rust,memory,predict=prints");
        let without = claim("rust,memory");
        assert_eq!(
            (with.promise, with.pictures),
            (without.promise, without.pictures)
        );
        assert!(
            refusal("rust,predict=line")
                .wrong
                .contains("cannot be asked")
        );
        assert!(
            refusal("rust,no_run,predict=prints")
                .wrong
                .contains("cannot")
        );
        assert!(
            refusal("rust,predict=lines")
                .next
                .contains("`predict=line`")
        );
        assert!(
            refusal("rust,predict,predict=line")
                .wrong
                .contains("second")
        );
        assert!(refusal("console,predict").wrong.contains("none"));
        assert!(refusal("text,output,predict").wrong.contains("none"));
    }

    #[test]
    fn exceptions_and_races() {
        let throws = |kind: &str| Promise::Throws { kind: kind.into() };
        assert_eq!(
            claim("python,throws=IndexError").promise,
            throws("IndexError")
        );
        let cpp = "cpp,throws=std::out_of_range";
        assert_eq!(claim(cpp).promise, throws("std::out_of_range"));
        let race = |by| Promise::Stopped {
            by,
            class: "data-race".into(),
        };
        assert_eq!(claim("c,tsan=data-race").promise, race(Detector::Tsan));
        assert_eq!(claim("go,race").promise, race(Detector::Race));
        assert_eq!(claim("go,panics").promise, Promise::Panics);
        for wrong in [
            "c,throws=x",
            "go,throws=x",
            "python,panics",
            "python,throws=",
        ] {
            assert!(refusal(wrong).wrong.contains("not a word"), "{wrong}");
        }
    }

    #[test]
    fn asan_names_its_class() {
        assert_eq!(
            claim("c,asan=leak").promise,
            Promise::Stopped {
                by: Detector::Asan,
                class: "leak".into()
            }
        );
        assert!(refusal("c,asan=").next.contains("asan="));
        assert!(refusal("java,asan=leak").next.contains("throws="));
    }
}
