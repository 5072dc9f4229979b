//! What coloring does to every block of this book: nothing but add color.

use std::path::Path;
use std::process::Command;

use draw::Drawing;
use mdbook_markdown::pulldown_cmark::Event;
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use proofread::book::Book;
use proofread::chapter::Block;
use proofread::claim::Kind;
use site::blocks::Pen;
use site::code::{self, Language, Line, Token};
use site::diagnostic;
use site::preprocess::{self, Shared};

/// Of so many texts of the compiler, one is held against a terminal's colors.
const EVERY: usize = 12;

fn book() -> Book {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Book::load(&root).expect("the book can be read")
}

/// The text of our own HTML: its tags away, its entities read.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('>').expect("a tag ends");
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    assert!(!text.contains(['\n', '>']), "one line, escaped: {text}");
    for (entity, sign) in [
        ("&#10;", "\n"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text
}

#[test]
fn code_survives_its_coloring() {
    let book = book();
    let mut blocks = 0;
    for block in book.blocks() {
        use proofread::claim::Language as Judged;
        let language = match block.claim.language {
            Judged::Rust => Language::Rust,
            Judged::C => Language::C,
            Judged::Cpp => Language::Cpp,
            Judged::JavaScript => Language::JavaScript,
            Judged::Java => Language::Java,
            Judged::Python => Language::Python,
            Judged::Go => Language::Go,
            Judged::Console => Language::Console,
            Judged::Mermaid => continue,
        };
        blocks += 1;
        let tokens = code::tokens(language, &block.code);
        // As if every third line were hidden, and every fourth had a picture.
        let line = |number: usize| Line {
            hidden: number.is_multiple_of(3),
            pictured: number.is_multiple_of(4),
        };
        for html in [
            code::html(&block.code, &tokens, |_| Line::default()),
            code::html(&block.code, &tokens, line),
        ] {
            assert_eq!(plain(&html), block.code, "{}", block.place);
            assert_eq!(
                html.matches("<span").count(),
                html.matches("</span>").count(),
                "{}",
                block.place
            );
        }
    }
    assert!(blocks > 300, "{blocks} blocks");
}

#[test]
fn what_is_said_survives_its_coloring() {
    let book = book();
    let mut texts = 0;
    for block in book.blocks() {
        for rendering in &block.renderings {
            let text = &rendering.text;
            let tokens = match rendering.kind {
                Kind::Error | Kind::Warning => diagnostic::tokens(text),
                Kind::Panic => diagnostic::panic_tokens(text),
                Kind::Asan | Kind::Tsan | Kind::Race | Kind::Exception => {
                    diagnostic::sanitizer_tokens(text)
                }
                Kind::Output | Kind::Picture => continue,
            };
            texts += 1;
            assert!(!tokens.is_empty(), "{}", block.place);
            let html = diagnostic::html(text, &tokens, |code| Some(format!("e.html#{code}")));
            assert_eq!(plain(&html), *text, "{}", block.place);
        }
    }
    assert!(texts > 100, "{texts} texts");
}

/// A text of a terminal: its characters, each with its color.
fn colors(ansi: &str) -> Vec<(char, &'static str)> {
    let mut shown = Vec::new();
    let mut color = "";
    let mut rest = ansi;
    while let Some(c) = rest.chars().next() {
        if let Some((codes, behind)) = rest.strip_prefix("\u{1b}[").and_then(|r| r.split_once('m'))
        {
            color = match codes {
                "0" => "",
                "91" | "31" => "red",
                "92" | "32" => "green",
                "93" | "33" => "yellow",
                "94" | "34" => "blue",
                "96" | "36" => "cyan",
                _ => color,
            };
            rest = behind;
        } else {
            shown.push((c, color));
            rest = &rest[c.len_utf8()..];
        }
    }
    shown
}

/// The same of our own tokens.
fn ours(text: &str, tokens: &[Token]) -> Vec<(char, &'static str)> {
    let color = |at: usize| {
        let token = tokens.iter().find(|token| token.range.contains(&at));
        match token.map_or("", |token| token.class) {
            "er" | "p1" | "de" => "red",
            "wa" | "p1 wa" => "yellow",
            "no" | "p1 no" | "ad" => "green",
            "he" | "p1 he" => "cyan",
            "gu" | "p2" => "blue",
            _ => "",
        }
    };
    text.char_indices().map(|(at, c)| (c, color(at))).collect()
}

/// What rustc says of a program on a terminal: its characters and their colors.
fn on_a_terminal(code: &str, options: &[&str]) -> Vec<(char, &'static str)> {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("src")).expect("a folder");
    std::fs::write(dir.path().join("src/main.rs"), code).expect("a file");
    let said = Command::new("rustc")
        .current_dir(dir.path())
        .args(["--edition=2024", "--color=always", "--diagnostic-width=140"])
        .args(["--emit=metadata", "-o", "main", "src/main.rs"])
        .args(options)
        .output()
        .expect("rustc runs");
    colors(&String::from_utf8_lossy(&said.stderr))
}

/// The lines that we color in another way, with the terminal's colors below.
fn differences(text: &str, terminal: &[(char, &'static str)]) -> String {
    let ours = ours(text, &diagnostic::tokens(text));
    let mut wrong = String::new();
    let (mut line, mut marks) = (String::new(), String::new());
    for ((c, ours), (_, theirs)) in ours.iter().zip(terminal) {
        if *c == '\n' {
            if !marks.trim().is_empty() {
                wrong += &format!("{line}\n{marks}\n");
            }
            line.clear();
            marks.clear();
            continue;
        }
        // What differs between `4 - old` and `4 + new` can be seen in more than
        // one way; the terminal's is not in the text.
        let behind = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
        let changed = ["- ", "+ ", "~ "]
            .iter()
            .any(|sign| behind.starts_with(sign));
        line.push(*c);
        let differs = !c.is_whitespace() && ours != theirs && !changed;
        marks.push(if differs {
            theirs.chars().next().unwrap_or('0')
        } else {
            ' '
        });
    }
    wrong
}

#[test]
fn colors_are_those_of_a_terminal() {
    let book = book();
    let texts = book.blocks().flat_map(|block| {
        let said = |kind| matches!(kind, Kind::Error | Kind::Warning);
        let rendering = block.renderings.iter().find(|r| said(r.kind));
        rendering.map(|rendering| (block, rendering.text.as_str()))
    });
    // `EVERY=1` compares them all.
    let every = std::env::var("EVERY").map_or(EVERY, |every| every.parse().expect("a number"));
    let (mut same, mut other, mut wrong) = (0, Vec::new(), String::new());
    for (block, text) in texts.step_by(every) {
        let quiet = block.claim.warns.is_empty();
        let options: &[&str] = if quiet { &["-Aunused"] } else { &[] };
        let shown = on_a_terminal(&block.code, options);
        let words: String = shown.iter().map(|(c, _)| c).collect();
        // Some need what the judge does besides: code generation, a `main`.
        if words.trim_end() != text.trim_end() {
            other.push(block.place.to_string());
            continue;
        }
        same += 1;
        let differences = differences(text, &shown);
        if !differences.is_empty() {
            wrong += &format!("{}\n{differences}", block.place);
        }
    }
    assert!(
        wrong.is_empty(),
        "another color than a terminal's:\n{wrong}"
    );
    println!("{same} compared; not worded as on the page: {other:?}");
    assert!(
        same > other.len(),
        "{same} compared; not worded as on the page: {other:?}"
    );
}

#[test]
fn ranges_over_several_lines_are_colored_too() {
    for code in [
        "fn main() {\n    let n: u32 = \"a\n      b\";\n}\n",
        "fn main() {\n    let n: u8 = vec![\n        1,\n        2,\n    ];\n}\n",
        "fn size() -> u32 {\n    if true {\n        1\n    } else {\n        \"two\"\n    }\n}\nfn main() {\n    match size() {\n        1 => \"one\",\n        _ => {\n            2\n        }\n    };\n}\n",
    ] {
        let shown = on_a_terminal(code, &[]);
        let words: String = shown.iter().map(|(c, _)| c).collect();
        assert!(words.contains("__"), "{words}");
        assert_eq!(differences(&words, &shown), "", "{words}");
    }
}

/// Draws nothing, and says so.
const BLANK: Pen = Pen {
    memory: |texts| Ok(texts.iter().map(|_| drawing()).collect()),
    chart: |_| Ok(drawing()),
    diagram: |_| Ok(drawing()),
};

fn drawing() -> Drawing {
    Drawing {
        svg: "<svg></svg>".to_owned(),
        title: String::new(),
        words: String::new(),
    }
}

#[test]
fn each_block_becomes_one_figure_on_one_line() {
    let book = book();
    let shared = Shared {
        pen: BLANK,
        ..Shared::default()
    };
    for chapter in &book.chapters {
        let path = Path::new(&chapter.file)
            .strip_prefix("src")
            .expect("below src");
        let text = chapter.includes.expand(&chapter.text);
        let (made, problems) = preprocess::chapter(&shared, &chapter.path, path, &text, &text);
        assert_eq!(problems, []);
        let page = proofread::markdown::read(&made);
        assert_eq!(page.fences, [], "{}", chapter.file);
        assert_eq!(page.indented, Vec::<usize>::new(), "{}", chapter.file);
        let figures = made
            .lines()
            .filter(|line| line.contains("<figure "))
            .count();
        // One that asks shows its program, and its verdict in the answer.
        let asking = |block: &&Block| block.claim.predict.is_some();
        let exercises = made.matches("<div class=\"exercise\">").count();
        let asked = chapter.blocks.iter().filter(asking).count();
        let expected = chapter.blocks.len() + asked + exercises;
        assert_eq!(figures, expected, "{}", chapter.file);
        // A figure that Markdown took for text would lose its line's ends.
        let shown = markdown_text(&made);
        assert!(
            !shown.contains("<figure") && !shown.contains("&#10;"),
            "{}",
            chapter.file
        );
    }
}

/// What Markdown takes for text.
fn markdown_text(text: &str) -> String {
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    let words = parser.filter_map(|event| match event {
        Event::Text(words) | Event::Code(words) => Some(words.to_string()),
        _ => None,
    });
    words.collect()
}
