//! A block with its renderings becomes one figure, on one line of HTML: so
//! neither blank lines nor the marks of a list or a quote disturb Markdown.

use std::collections::HashMap;
use std::ops::Range;

use draw::{Drawing, Trouble};
use proofread::atlas::{self, Places};
use proofread::chapter::{Block, Chapter, Rendering};
use proofread::claim::{self, Claim, Detector, Kind, Promise};
use proofread::markdown::Fence;

use crate::code::{self, Language, Line};
use crate::diagnostic;
use crate::html::{attribute, escape};
use crate::predict;

/// What draws. Handed over, so that figures can be tested without pictures.
#[derive(Clone, Copy)]
pub struct Pen {
    /// The pictures of one block, `%% after ①`.
    pub memory: fn(&[&str]) -> Result<Vec<Drawing>, Trouble>,
    /// Who borrows when, `%% borrows`.
    pub chart: fn(&str) -> Result<Drawing, Trouble>,
    /// A diagram that a person wrote.
    pub diagram: fn(&str) -> Result<Drawing, Trouble>,
}

impl Default for Pen {
    fn default() -> Pen {
        Pen {
            memory: draw::memory,
            chart: draw::chart,
            diagram: draw::diagram,
        }
    }
}

/// Where the book explains codes, lints and what sanitizers find, as seen from
/// one page.
#[derive(Clone, Copy)]
pub struct Atlas<'a> {
    /// Nothing else becomes a link.
    pub places: &'a Places,
    /// The way from the page to the root of the book: `../`, or nothing.
    pub root: &'a str,
    /// The page, from the root: it does not link to itself.
    pub here: &'a str,
}

impl Atlas<'_> {
    /// Where a code, a lint or a sanitizer's class is explained.
    pub fn link(&self, name: &str) -> Option<String> {
        self.seen_from_here(self.places.of(name)?)
    }

    /// Where an error without a code is explained, by its first line.
    fn link_uncoded(&self, line: &str) -> Option<String> {
        self.seen_from_here(self.places.of_uncoded(line)?)
    }

    fn seen_from_here(&self, address: &str) -> Option<String> {
        let root = self.root;
        (address != self.here).then(|| format!("{root}{address}"))
    }
}

/// A picture that cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undrawn {
    /// The first byte of its fence in the chapter.
    pub fence: usize,
    /// The line of its text, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// Whether the machine recorded it, or a person wrote it.
    pub recorded: bool,
}

/// What takes the place of some bytes of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

/// All figures of a chapter, in order. A picture that cannot be drawn is
/// replaced by what `complain` says of it.
pub fn figures(
    chapter: &Chapter,
    pen: &Pen,
    atlas: Atlas<'_>,
    mut complain: impl FnMut(Undrawn) -> String,
) -> Vec<Edit> {
    let mut memories = Memories::default();
    let mut questions = 0;
    let mut edits = Vec::with_capacity(chapter.blocks.len());
    let mut fences = chapter.page.fences.iter();
    for block in &chapter.blocks {
        let Some(own) = fences.find(|fence| fence.range == block.fence) else {
            continue;
        };
        let below: Vec<&Fence> = fences
            .clone()
            .take_while(|fence| fence.range.end <= block.recorded.end)
            .collect();
        let figure = if block.claim.language == claim::Language::Mermaid {
            diagram(own, pen, &mut complain)
        } else {
            let pictures: Vec<&Fence> = below
                .iter()
                .zip(&block.renderings)
                .filter(|(_, rendering)| rendering.kind == Kind::Picture)
                .map(|(fence, _)| *fence)
                .collect();
            let drawn = pictured(&pictures, pen, &mut memories, &mut complain);
            match block.claim.predict {
                None => figure(block, own, &drawn, atlas),
                Some(question) => {
                    questions += 1;
                    asked(
                        block,
                        own,
                        &drawn,
                        atlas,
                        &predict::form(block, question, questions),
                    )
                }
            }
        };
        edits.push(Edit {
            range: block.fence.start..block.recorded.end,
            text: closed_off(figure, &chapter.text, block),
        });
    }
    edits
}

/// HTML ends at a blank line, so one follows, with the marks of the quote
/// around it.
fn closed_off(mut html: String, text: &str, block: &Block) -> String {
    let mut below = text[block.recorded.end..].lines().skip(1);
    let marks = block.prefix.trim_end();
    if below
        .next()
        .is_some_and(|line| line.trim_end() != marks && !line.trim().is_empty())
    {
        html.push('\n');
        html.push_str(marks);
    }
    html
}

/// The pictures of a block.
enum Pictured {
    None,
    /// The name of the figure on its page, and its steps.
    Memory(String, Vec<Step>),
    Chart(Drawing),
    /// What is said in place of what cannot be drawn.
    Undrawn(String),
}

/// The names of the figures of a page: by their section, so that one that comes in
/// elsewhere changes no link that somebody has sent.
#[derive(Default)]
struct Memories(HashMap<String, usize>);

impl Memories {
    fn name(&mut self, section: Option<&str>) -> String {
        let words = section
            .unwrap_or("top")
            .split(|c: char| !c.is_alphanumeric());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let section = words.join("-");
        let number = self.0.entry(section.clone()).or_default();
        *number += 1;
        format!("memory-{section}-{number}")
    }
}

struct Step {
    /// "After ②, line 3".
    mark: String,
    line: usize,
    svg: String,
}

fn pictured(
    fences: &[&Fence],
    pen: &Pen,
    memories: &mut Memories,
    complain: &mut impl FnMut(Undrawn) -> String,
) -> Pictured {
    let mut undrawn = |fence: &Fence, trouble: Trouble| {
        Pictured::Undrawn(complain(Undrawn {
            fence: fence.range.start,
            line: trouble.line,
            message: trouble.message,
            recorded: true,
        }))
    };
    let Some(first) = fences.first() else {
        return Pictured::None;
    };
    if !first.body.starts_with("%% after") {
        return match (pen.chart)(&first.body) {
            Ok(drawing) => Pictured::Chart(drawing),
            Err(trouble) => undrawn(first, trouble),
        };
    }
    let texts: Vec<&str> = fences.iter().map(|fence| fence.body.as_str()).collect();
    match (pen.memory)(&texts) {
        Ok(drawings) => {
            let steps = texts.iter().zip(drawings).map(|(text, drawing)| {
                let (mark, line) = mark(text);
                Step {
                    mark,
                    line,
                    svg: drawing.svg,
                }
            });
            Pictured::Memory(memories.name(first.section.as_deref()), steps.collect())
        }
        Err(trouble) => undrawn(fences[trouble.text.min(fences.len() - 1)], trouble),
    }
}

/// `%% after ② line 3 pass 2` as "After ②, line 3, pass 2", and the line.
fn mark(text: &str) -> (String, usize) {
    let head = text.lines().next().unwrap_or_default();
    let words: Vec<&str> = head.split_whitespace().skip(1).collect();
    let mut said = String::from("After");
    let mut line = 0;
    let mut pairs = words.get(1..).unwrap_or_default().iter().peekable();
    while let Some(word) = pairs.next() {
        if matches!(*word, "line" | "pass") {
            let number = pairs.next().copied().unwrap_or_default();
            if *word == "line" {
                line = number.parse().unwrap_or_default();
            }
            let comma = if said == "After" { "" } else { "," };
            said.push_str(&format!("{comma} {word} {number}"));
        } else {
            said.push_str(&format!(" {word}"));
        }
    }
    (said, line)
}

fn diagram(fence: &Fence, pen: &Pen, complain: &mut impl FnMut(Undrawn) -> String) -> String {
    let inside = match (pen.diagram)(&fence.body) {
        Ok(drawing) => one_line(&drawing.svg),
        Err(trouble) => sorry(&complain(Undrawn {
            fence: fence.range.start,
            line: trouble.line,
            message: trouble.message,
            recorded: false,
        })),
    };
    format!("<figure class=\"diagram\">{inside}</figure>")
}

/// HTML on one line: a blank one would end it.
pub(crate) fn one_line(html: &str) -> String {
    html.replace('\n', "&#10;")
}

pub(crate) fn sorry(message: &str) -> String {
    let mut html = String::from("<p class=\"trouble\">");
    escape(message, &mut html);
    html.push_str("</p>");
    html
}

/// A block whose verdict is folded: its program, the question, and in the
/// answer the figure. Where pictures belong to lines, the program is shown
/// there once more.
fn asked(block: &Block, own: &Fence, pictured: &Pictured, atlas: Atlas<'_>, form: &str) -> String {
    let shown = program(block, own, &[]);
    let mut verdict = figure(block, own, pictured, atlas);
    if matches!(pictured, Pictured::None) {
        verdict = verdict.replacen(&shown, "", 1);
    }
    format!(
        "<figure class=\"block plain asked\" aria-label=\"{}, a question\">{shown}</figure>{form}{}{verdict}",
        language(block),
        predict::OPENS
    )
}

/// The figure of a block that is judged.
fn figure(block: &Block, own: &Fence, pictured: &Pictured, atlas: Atlas<'_>) -> String {
    let claim = &block.claim;
    let (kind, id) = match pictured {
        Pictured::Memory(name, _) => (" memory", format!(" id=\"{name}\"")),
        Pictured::Chart(_) => (" borrows", String::new()),
        Pictured::None | Pictured::Undrawn(_) => ("", String::new()),
    };
    let long = if is_long(block) { " long" } else { "" };
    let mut html = format!(
        "<figure class=\"block {}{kind}{long}\"{id} aria-label=\"{}\">",
        tone(claim),
        name(block, atlas)
    );
    let said = badge(block, atlas);
    if !said.is_empty() {
        html.push_str(&format!("<figcaption class=\"claim\">{said}</figcaption>"));
    }
    let lines: Vec<usize> = match pictured {
        Pictured::Memory(_, steps) => steps.iter().map(|step| step.line).collect(),
        _ => Vec::new(),
    };
    let told = [
        program(block, own, &lines),
        block
            .renderings
            .iter()
            .map(|rendering| said_by(rendering, atlas))
            .collect(),
    ];
    match pictured {
        Pictured::None => html.extend(told),
        _ => {
            html.push_str("<div class=\"told-by-code\">");
            html.extend(told);
            html.push_str("</div>");
        }
    }
    match pictured {
        Pictured::None => {}
        Pictured::Undrawn(message) => html.push_str(&sorry(message)),
        Pictured::Chart(drawing) => {
            let svg = one_line(&drawing.svg);
            html.push_str(&format!("<div class=\"chart\">{svg}</div>"));
        }
        Pictured::Memory(name, steps) => {
            html.push_str("<ol class=\"steps\" role=\"list\">");
            for (i, Step { mark, line, svg }) in steps.iter().enumerate() {
                let (step, svg) = (i + 1, one_line(svg));
                html.push_str(&format!(
                    "<li class=\"step\" id=\"{name}-{step}\" data-line=\"{line}\"><p class=\"mark\">{mark}</p>{svg}</li>"
                ));
            }
            html.push_str("</ol>");
        }
    }
    html.push_str("</figure>");
    html
}

/// Whether what the compiler says wants more room than the text has.
fn is_long(block: &Block) -> bool {
    let said = |rendering: &&Rendering| matches!(rendering.kind, Kind::Error | Kind::Warning);
    let mut lines = block
        .renderings
        .iter()
        .filter(said)
        .flat_map(|said| said.text.lines());
    lines.any(|line| line.chars().count() > WIDE)
}

/// How many characters of what the compiler says fit beside each other in the text.
const WIDE: usize = 92;

/// How a figure looks at first sight. A repair is one even where it panics.
fn tone(claim: &Claim) -> &'static str {
    if claim.repair {
        "fix"
    } else if !claim.warns.is_empty() {
        "warn"
    } else {
        match claim.promise {
            Promise::Panics | Promise::Throws { .. } => "panic",
            Promise::Rejected { .. } | Promise::Stopped { .. } => "fail",
            _ => "plain",
        }
    }
}

/// What the words of a fence claim, for a reader; as HTML.
fn badge(block: &Block, atlas: Atlas<'_>) -> String {
    let pieces = claims(block, atlas).into_iter().map(|(text, target)| {
        let text = attribute(&text);
        match target {
            Some(target) => format!("<a href=\"{}\">{text}</a>", attribute(&target)),
            None => text,
        }
    });
    pieces.collect::<Vec<_>>().join(" · ")
}

/// What a screen reader calls a figure: "Rust, does not compile, E0382".
fn name(block: &Block, atlas: Atlas<'_>) -> String {
    let rust = block.claim.language == claim::Language::Rust;
    let first = rust.then(|| language(block).to_owned());
    let rest = claims(block, atlas).into_iter().map(|(text, _)| text);
    let pieces: Vec<String> = first.into_iter().chain(rest).collect();
    attribute(&pieces.join(", "))
}

/// The language of a block, for a reader.
fn language(block: &Block) -> &'static str {
    match block.claim.language {
        claim::Language::Rust => "Rust",
        claim::Language::C => "C",
        claim::Language::Cpp => "C++",
        claim::Language::JavaScript => "JavaScript",
        claim::Language::Java => "Java",
        claim::Language::Python => "Python",
        // Whatever toolchain compiles it, the judge has it keep to this language.
        claim::Language::Go => "Go 1.19",
        claim::Language::Console => "in a terminal",
        claim::Language::Mermaid => "a diagram",
    }
}

/// The pieces of what a block claims, each with the address of what explains it; its
/// language first, where it is not Rust.
fn claims(block: &Block, atlas: Atlas<'_>) -> Vec<(String, Option<String>)> {
    let claim = &block.claim;
    let mut said: Vec<(String, Option<String>)> = Vec::new();
    let mut say = |text: &str, target: Option<String>| said.push((text.to_owned(), target));
    match claim.language {
        claim::Language::Rust | claim::Language::Mermaid => {}
        _ => say(language(block), None),
    }
    if claim.repair {
        say("the repair", None);
    }
    match &claim.promise {
        Promise::Rejected { codes, uncoded } => {
            say("does not compile", None);
            for code in codes {
                say(code, atlas.link(code));
            }
            if *uncoded {
                let line = atlas::first_line(block).unwrap_or_default();
                say("an error without a code", atlas.link_uncoded(line));
            }
        }
        Promise::Compiles => say("compiled, not run", None),
        Promise::Panics => say("panics", None),
        Promise::Stopped { by, class } => {
            let name = match by {
                Detector::Asan if class == "leak" => "stopped by LeakSanitizer",
                Detector::Asan => "stopped by AddressSanitizer",
                Detector::Tsan => "stopped by ThreadSanitizer",
                Detector::Race => "stopped by the race detector",
            };
            say(name, None);
            say(class, atlas.link(&format!("{}-{class}", by.word())));
        }
        Promise::Throws { kind } => {
            say("ends by an exception", atlas.link("throws"));
            say(kind, None);
        }
        Promise::Runs | Promise::Draws | Promise::Session => {}
    }
    if !claim.warns.is_empty() {
        say("warns", None);
        for lint in &claim.warns {
            say(lint, atlas.link(lint));
        }
    }
    said
}

/// The program of a block. `own` holds its hidden lines as they are written.
fn program(block: &Block, own: &Fence, pictured: &[usize]) -> String {
    let language = match block.claim.language {
        claim::Language::Rust => Language::Rust,
        claim::Language::C => Language::C,
        claim::Language::Cpp => Language::Cpp,
        claim::Language::JavaScript => Language::JavaScript,
        claim::Language::Java => Language::Java,
        claim::Language::Python => Language::Python,
        claim::Language::Go => Language::Go,
        claim::Language::Console => Language::Console,
        claim::Language::Mermaid => Language::Text,
    };
    let hidden: Vec<bool> = own.body.lines().map(is_hidden).collect();
    let line = |number: usize| Line {
        hidden: language == Language::Rust && hidden.get(number - 1) == Some(&true),
        pictured: pictured.contains(&number),
    };
    let words = block.info.split([',', ' ', '\t']).skip(1);
    let class = words
        .filter(|word| !word.is_empty())
        .fold(language.class().to_owned(), |class, word| {
            class + " " + word
        });
    // Run puts a `main` around it, as the judge does.
    let bare = language == Language::Rust && !proofread::rust::has_main(&block.code);
    let class = if bare { class + " bare" } else { class };
    let code = code::html(&block.code, &code::tokens(language, &block.code), line);
    format!(
        "<pre><code class=\"{}\">{code}</code></pre>",
        attribute(&class)
    )
}

/// Whether the page hides a line of Rust: `#`, or `# let x;`. What
/// [`uncover`](proofread::chapter::uncover) makes of the line is the code, here as for the compiler.
fn is_hidden(line: &str) -> bool {
    let rest = line.trim_start();
    rest == "#" || rest.starts_with("# ")
}

/// A recorded text, and who says it.
fn said_by(rendering: &Rendering, atlas: Atlas<'_>) -> String {
    let text = &rendering.text;
    let (says, kind, tokens) = match rendering.kind {
        Kind::Picture => return String::new(),
        Kind::Output => ("prints", "output", Vec::new()),
        Kind::Error => ("the compiler says", "error", diagnostic::tokens(text)),
        Kind::Warning => ("the compiler warns", "warning", diagnostic::tokens(text)),
        Kind::Panic => ("panics with", "panic", diagnostic::panic_tokens(text)),
        Kind::Asan | Kind::Tsan => (
            "the sanitizer says",
            "asan",
            diagnostic::sanitizer_tokens(text),
        ),
        Kind::Race => (
            "the race detector says",
            "asan",
            diagnostic::sanitizer_tokens(text),
        ),
        Kind::Exception => ("throws", "panic", diagnostic::sanitizer_tokens(text)),
    };
    let class = if kind == "output" { "text" } else { "rustc" };
    let text = if class == "text" {
        let mut html = String::new();
        escape(text, &mut html);
        html
    } else {
        diagnostic::html(text, &tokens, |code| atlas.link(code))
    };
    format!(
        "<p class=\"says\">{says}</p><pre class=\"{kind}\"><code class=\"{class}\">{text}</code></pre>"
    )
}

#[cfg(test)]
mod tests {
    use proofread::chapter::uncover;

    use super::*;
    use crate::html::plain;

    fn drawing(text: &str) -> Drawing {
        Drawing {
            svg: format!(
                "<svg><title>{}</title></svg>",
                text.lines().next().unwrap_or_default()
            ),
            title: String::new(),
            words: String::new(),
        }
    }

    fn trouble(message: &str) -> Trouble {
        Trouble {
            text: 0,
            line: 2,
            message: message.to_owned(),
        }
    }

    const PEN: Pen = Pen {
        memory: |texts| Ok(texts.iter().map(|text| drawing(text)).collect()),
        chart: |text| Ok(drawing(text)),
        diagram: |text| match text.contains("bad") {
            true => Err(trouble("no such arrow")),
            false => Ok(drawing(text)),
        },
    };

    /// The chapter with its figures.
    fn page(text: &str) -> String {
        let mut places = Places::default();
        for (path, text) in [
            ("errors/e0382.md", "# E0382: borrow of moved value\n"),
            ("errors/lints.md", "## Not needed {#unused_mut}\n"),
            (
                "errors/uncoded-life.md",
                "# lifetime may not live long enough\n",
            ),
            (
                "errors.md",
                "<a id=\"asan-double-free\"></a><a id=\"uncoded\"></a>\n",
            ),
        ] {
            places.look_at(path, text, &proofread::markdown::read(text));
        }
        let atlas = Atlas {
            places: &places,
            root: "../",
            here: "a/b.html",
        };
        let chapter = Chapter::expanded("src/a/b.md", text.to_owned());
        assert_eq!(chapter.problems, []);
        let edits = figures(&chapter, &PEN, atlas, |undrawn| {
            format!("{}:{} {}", undrawn.fence, undrawn.line, undrawn.message)
        });
        crate::preprocess::apply(text, edits)
    }

    #[test]
    fn a_block_swallows_its_renderings() {
        let html = page(
            "Look:\n```rust,compile_fail,E0382\nlet a = b;\n\nc(a);\n```\n\n```text,error\nerror[E0382]: use\n```\nAnd on.\n",
        );
        assert_eq!(
            html,
            "Look:\n<figure class=\"block fail\" aria-label=\"Rust, does not compile, E0382\"><figcaption class=\"claim\">does not compile · \
             <a href=\"../errors/e0382.html\">E0382</a></figcaption>\
             <pre><code class=\"rs compile_fail E0382 bare\"><span class=\"kw\">let</span> a = b;&#10;&#10;<span class=\"fn\">c</span>(a);&#10;</code></pre>\
             <p class=\"says\">the compiler says</p><pre class=\"error\"><code class=\"rustc\">\
             <span class=\"er\">error[<a href=\"../errors/e0382.html\">E0382</a>]</span><span class=\"ti\">: use</span>&#10;</code></pre></figure>\n\nAnd on.\n"
        );
    }

    #[test]
    fn badges_say_what_is_claimed() {
        let badge = |info: &str| {
            let html = page(&format!(
                "```rust,should_panic\npanic!();\n```\n\n```{info}\nx\n```\n"
            ));
            let figure = html.split("<figure ").nth(2).unwrap_or_default();
            let tone = figure.split('"').nth(1).unwrap_or_default().to_owned();
            let said = figure.split("</figcaption>").next().unwrap_or_default();
            let said = said
                .split_once("<figcaption class=\"claim\">")
                .map_or("", |(_, s)| s);
            (tone, plain(said))
        };
        for (info, tone, said) in [
            ("rust", "block plain", ""),
            ("rust,fix", "block fix", "the repair"),
            ("rust,fix,should_panic", "block fix", "the repair · panics"),
            ("rust,should_panic", "block panic", "panics"),
            ("rust,no_run", "block plain", "compiled, not run"),
            ("rust,warns,unused_mut", "block warn", "warns · unused_mut"),
            (
                "rust,compile_fail,uncoded",
                "block fail",
                "does not compile · an error without a code",
            ),
            ("c", "block plain", "C"),
            (
                "c,asan=double-free",
                "block fail",
                "C · stopped by AddressSanitizer · double-free",
            ),
            (
                "c,asan=leak",
                "block fail",
                "C · stopped by LeakSanitizer · leak",
            ),
            ("javascript", "block plain", "JavaScript"),
            ("java", "block plain", "Java"),
            ("cpp", "block plain", "C++"),
            (
                "cpp,throws=std::out_of_range",
                "block panic",
                "C++ · ends by an exception · std::out_of_range",
            ),
            (
                "c,tsan=data-race",
                "block fail",
                "C · stopped by ThreadSanitizer · data-race",
            ),
            (
                "go,race",
                "block fail",
                "Go 1.19 · stopped by the race detector · data-race",
            ),
            ("go,panics", "block panic", "Go 1.19 · panics"),
            (
                "python,throws=IndexError",
                "block panic",
                "Python · ends by an exception · IndexError",
            ),
            ("console", "block plain", "in a terminal"),
        ] {
            assert_eq!(badge(info), (tone.to_owned(), said.to_owned()), "{info}");
        }
    }

    #[test]
    fn only_what_the_atlas_explains_is_a_link() {
        assert!(!page("```rust,compile_fail,E0499\nx\n```\n").contains("<a "));
    }

    #[test]
    fn what_explains_an_error_is_found_by_its_name_or_its_first_line() {
        for (block, address) in [
            (
                "```rust,warns,unused_mut\nx\n```\n",
                "errors/lints.html#unused_mut",
            ),
            (
                "```c,asan=double-free\nx\n```\n",
                "errors.html#asan-double-free",
            ),
            (
                "```rust,compile_fail,uncoded\nx\n```\n\n```text,error\nerror: lifetime may not live long enough\n```\n",
                "errors/uncoded-life.html",
            ),
            (
                "```rust,compile_fail,uncoded\nx\n```\n\n```text,error\nerror: what is this\n```\n",
                "errors.html#uncoded",
            ),
        ] {
            let link = format!("<a href=\"../{address}\">");
            assert!(page(block).contains(&link), "{block}");
        }
    }

    #[test]
    fn pictures_of_a_run_make_steps() {
        let html = page(
            "```rust,memory\n# use a;\nlet x = 1; // ①\n```\n\n```text,output\n1\n```\n\n```mermaid\n%% after ① line 2\n```\n\n```mermaid\n%% after ② line 2 pass 2\n```\n\nEnd.\n",
        );
        assert!(html.contains("<figure class=\"block plain memory\" id=\"memory-top-1\" aria-label=\"Rust\"><div class=\"told-by-code\"><pre>"), "{html}");
        assert!(html.contains("<span class=\"boring\"><span class=\"kw\">use</span> a;&#10;</span><span class=\"line\" data-line=\"2\">"), "{html}");
        assert!(html.contains("</pre></div><ol class=\"steps\" role=\"list\"><li class=\"step\" id=\"memory-top-1-1\" data-line=\"2\"><p class=\"mark\">After ①, line 2</p><svg>"), "{html}");
        assert!(
            html.contains(
                "id=\"memory-top-1-2\" data-line=\"2\"><p class=\"mark\">After ②, line 2, pass 2</p>"
            ),
            "{html}"
        );
        assert!(
            html.ends_with("</svg></li></ol></figure>\n\nEnd.\n"),
            "{html}"
        );
    }

    #[test]
    fn a_picture_without_a_mark_names_its_line() {
        assert_eq!(mark("%% after line 7\nx"), ("After line 7".to_owned(), 7));
    }

    #[test]
    fn a_chart_stands_with_its_block() {
        let html = page("```rust,borrows\nf();\n```\n\n```mermaid\n%% borrows\ngantt\n```\n");
        assert!(
            html.starts_with("<figure class=\"block plain borrows\" aria-label=\"Rust\"><div class=\"told-by-code\">"),
            "{html}"
        );
        assert!(html.contains("<div class=\"chart\"><svg>"), "{html}");
    }

    #[test]
    fn what_cannot_be_drawn_says_so_and_the_rest_stands() {
        let html = page("```mermaid\nflowchart\nbad\n```\n\n```mermaid\nflowchart\n```\n");
        assert!(
            html.contains(
                "<figure class=\"diagram\"><p class=\"trouble\">0:2 no such arrow</p></figure>"
            ),
            "{html}"
        );
        assert!(html.contains("<figure class=\"diagram\"><svg>"), "{html}");
    }

    #[test]
    fn containers_keep_their_marks() {
        assert_eq!(
            page("> ```c\n> int x;\n> ```\n> ```text,output\n> 1\n> ```\n> more\n"),
            "> <figure class=\"block plain\" aria-label=\"C\"><figcaption class=\"claim\">C</figcaption><pre><code class=\"c\"><span class=\"ty\">int</span> x;&#10;</code></pre><p class=\"says\">prints</p><pre class=\"output\"><code class=\"text\">1&#10;</code></pre></figure>\n>\n> more\n"
        );
        let list = page("1. One:\n\n   ```rust\n   f();\n   ```\n   more\n");
        assert!(list.starts_with("1. One:\n\n   <figure "), "{list}");
        assert!(list.ends_with("</figure>\n\n   more\n"), "{list}");
    }

    #[test]
    fn hidden_lines_are_those_that_the_compiler_uncovers() {
        for (line, hidden) in [
            ("# x", true),
            ("  #", true),
            ("## x", false),
            ("#[a]", false),
            ("x", false),
        ] {
            assert_eq!(is_hidden(line), hidden, "{line}");
            let shown = uncover(line) == format!("{line}\n");
            assert!(!hidden || !shown, "{line}");
        }
    }
}
