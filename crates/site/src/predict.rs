//! `predict`: a question before the verdict.
//!
//! The page shows the program and asks; what the judge knows, and the prose that
//! explains it, is folded into one `<details>` up to the next heading, the next
//! question or a line `<!-- answer ends -->`. The right answer and the wrong ones
//! come from the record. Without a script the form stays hidden, and only the
//! `<details>` is there (theme/predict.js).

use std::fmt::Write;

use mdbook_markdown::pulldown_cmark::{Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use proofread::chapter::{Block, Chapter};
use proofread::claim::{ANSWER_ENDS, Kind, Promise, Question, lines_to_choose};

use crate::blocks::Edit;
use crate::html::{attribute, escape};

/// How many lines a reader chooses from, at most.
const CHOICES: usize = 4;

/// What opens the folded answer; [`endings`] close it.
pub const OPENS: &str = "<details class=\"answer\"><summary>The answer</summary>\n\n";

/// The question about a block as a form; `number` counts those of the page.
pub fn form(block: &Block, question: Question, number: usize) -> String {
    let claim = &block.claim;
    let yes_no = |legend: &str, yes: bool| {
        let answer = if yes { "yes" } else { "no" };
        let choices = [("yes", "Yes".to_owned()), ("no", "No".to_owned())];
        radios(number, legend, answer, &choices)
    };
    let compiles = !matches!(claim.promise, Promise::Rejected { .. });
    match question {
        Question::Compiles => yes_no("Does it compile?", compiles),
        Question::Panics => yes_no("Does it panic?", claim.promise == Promise::Panics),
        Question::Stopped => yes_no(
            "Does something stop it before its end?",
            claim.promise != Promise::Runs,
        ),
        Question::Line => match primary_line(block) {
            Some(right) => lines(block, right, number),
            None => yes_no("Does it compile?", compiles),
        },
        Question::Prints => prints(block, number),
    }
}

/// The first line that the compiler's text names: ` --> src/main.rs:3:5`.
fn primary_line(block: &Block) -> Option<usize> {
    let error = recorded(block, Kind::Error)?;
    let place = error
        .lines()
        .find_map(|line| line.trim().strip_prefix("--> "))?;
    place.rsplit(':').nth(1)?.parse().ok()
}

fn recorded(block: &Block, kind: Kind) -> Option<&str> {
    let found = block.renderings.iter().find(|said| said.kind == kind)?;
    Some(&found.text)
}

/// A choice of lines: the right one, those that the compiler's text quotes,
/// since they are the ones a reader may take for it, and then others.
fn lines(block: &Block, right: usize, number: usize) -> String {
    let error = recorded(block, Kind::Error).unwrap_or_default();
    let quoted = |line: usize| {
        error.lines().any(|text| {
            let gutter = text.split_once('|').map(|(gutter, _)| gutter.trim());
            gutter.is_some_and(|gutter| gutter == line.to_string())
        })
    };
    let mut all: Vec<(usize, &str)> = lines_to_choose(&block.code).collect();
    // Those far from the end say less: what is asked about lies near the use.
    all.sort_by_key(|(line, _)| (*line != right, !quoted(*line), std::cmp::Reverse(*line)));
    all.truncate(CHOICES);
    all.sort_by_key(|(line, _)| *line);
    let choices: Vec<(String, String)> = all
        .into_iter()
        .map(|(line, text)| {
            let mut said = format!("line {line}: <code>");
            escape(text, &mut said);
            said.push_str("</code>");
            (line.to_string(), said)
        })
        .collect();
    let borrowed: Vec<(&str, String)> = choices
        .iter()
        .map(|(value, said)| (value.as_str(), said.clone()))
        .collect();
    let legend = "At which line does the compiler object?";
    radios(number, legend, &right.to_string(), &borrowed)
}

fn radios(number: usize, legend: &str, answer: &str, choices: &[(&str, String)]) -> String {
    let mut inside = String::new();
    for (value, said) in choices {
        let _ = write!(
            inside,
            "<label><input type=\"radio\" name=\"predict-{number}\" value=\"{value}\" required> <span>{said}</span></label>"
        );
    }
    whole(number, legend, answer, &inside)
}

fn prints(block: &Block, number: usize) -> String {
    let answer = recorded(block, Kind::Output).unwrap_or_default();
    let rows = answer.lines().count().clamp(1, 8);
    let inside = format!(
        "<label><span class=\"hint\">Line by line; leave it empty for nothing.</span><textarea name=\"predict-{number}\" rows=\"{rows}\" spellcheck=\"false\" autocapitalize=\"off\"></textarea></label>"
    );
    whole(number, "What does it print?", answer, &inside)
}

/// On one line, as all HTML of a figure. A line break in the answer is a
/// character reference, since a blank line would end the HTML.
fn whole(number: usize, legend: &str, answer: &str, inside: &str) -> String {
    let answer = attribute(answer).replace('\n', "&#10;");
    format!(
        "<form class=\"predict\" id=\"predict-{number}\" data-answer=\"{answer}\"><fieldset><legend>{legend}</legend>{inside}</fieldset><button type=\"submit\">Answer</button><button type=\"reset\" hidden>Forget my answer</button><p class=\"said\" role=\"status\"></p></form>"
    )
}

/// Where the answers of a chapter end.
pub fn endings(chapter: &Chapter) -> Vec<Edit> {
    let text = &chapter.text;
    let mut stops: Vec<usize> = Vec::new();
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) | Event::Rule => stops.push(range.start),
            Event::Html(html) if html.trim() == ANSWER_ENDS => stops.push(range.start),
            _ => {}
        }
    }
    let asked = |block: &&Block| block.claim.predict.is_some();
    let questions = || chapter.blocks.iter().filter(asked);
    stops.extend(questions().map(|block| block.fence.start));
    stops.push(text.len());
    stops.sort_unstable();
    let ending = |block: &Block| {
        let end = stops.iter().find(|stop| **stop >= block.recorded.end);
        let end = end.copied().unwrap_or(text.len());
        Edit {
            range: end..end,
            text: "\n\n</details>\n\n".to_owned(),
        }
    };
    questions().map(ending).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REJECTED: &str = "# A\n\n```rust,compile_fail,E0506,predict=line\nfn main() {\n    let mut a = 1;\n    let b = &a;\n    a = 2;\n    println!(\"{b}\");\n}\n```\n\n```text,error\nerror[E0506]: cannot\n --> src/main.rs:4:5\n  |\n3 |     let b = &a;\n  |             --\n4 |     a = 2;\n  |     ^^^^^\n5 |     println!(\"{b}\");\n```\n\nWhy.\n\n## B\n";

    fn chapter(text: &str) -> Chapter {
        Chapter::expanded("src/a.md", text.to_owned())
    }

    fn asked(text: &str) -> String {
        let chapter = chapter(text);
        let block = &chapter.blocks[0];
        form(block, block.claim.predict.expect("it asks"), 1)
    }

    #[test]
    fn the_right_line_comes_from_the_compilers_text() {
        let form = asked(REJECTED);
        assert!(form.contains("data-answer=\"4\""), "{form}");
        for line in ["2", "3", "4", "5"] {
            assert!(form.contains(&format!("value=\"{line}\"")), "{form}");
        }
        assert!(form.contains("<code>a = 2;</code>"), "{form}");
    }

    #[test]
    fn other_questions() {
        let compiles = asked(&REJECTED.replace("predict=line", "predict"));
        assert!(compiles.contains("data-answer=\"no\""), "{compiles}");
        let prints = "```rust,predict=prints\nf();\n```\n\n```text,output\n1 \"a\"\n2\n```\n";
        assert!(asked(prints).contains("data-answer=\"1 &quot;a&quot;&#10;2"));
        let panics = asked("```rust,should_panic,predict=panics\nf();\n```\n");
        assert!(panics.contains("data-answer=\"yes\""), "{panics}");
        let stopped = asked("```c,asan=leak,predict\nf();\n```\n");
        assert!(stopped.contains("data-answer=\"yes\""), "{stopped}");
    }

    #[test]
    fn an_answer_ends_at_a_heading_a_mark_or_the_next_question() {
        let text = "```rust,predict\na();\n```\n\nWhy.\n\n<!-- answer ends -->\n\nMore.\n\n```rust,predict\nb();\n```\n\nWhy.\n\n```rust,predict\nc();\n```\n\nWhy.\n\n## Next\n";
        let chapter = chapter(text);
        let ends: Vec<&str> = endings(&chapter)
            .iter()
            .map(|edit| &text[edit.range.start..])
            .map(|rest| rest.lines().next().unwrap_or_default())
            .collect();
        assert_eq!(ends, ["<!-- answer ends -->", "```rust,predict", "## Next"]);
    }
}
