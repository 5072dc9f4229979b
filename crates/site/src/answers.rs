//! Where nothing can be pressed, on paper and in an e-reader, a question stands in its
//! place and what answers it at the end of the chapter.

use std::fmt::Write;

const FORM: &str = "<form class=\"predict\"";
const FORM_ENDS: &str = "</form>";
const FOLD: &str = "<details class=\"answer\">";
const FOLD_ENDS: &str = "</details>";

/// A chapter whose answers are its end; `chapter` tells its questions from those of
/// others on the same page.
pub fn last(html: &str, chapter: usize) -> String {
    let mut text = String::with_capacity(html.len());
    let mut answers = String::new();
    let mut rest = html;
    let mut number = 0;
    while let Some((before, form)) = rest.split_once(FORM) {
        let folded = form
            .split_once(FORM_ENDS)
            .and_then(|(form, behind)| Some((form, folded(behind)?)));
        text.push_str(before);
        let Some((form, (answer, behind))) = folded else {
            text.push_str(FORM);
            rest = form;
            continue;
        };
        number += 1;
        let id = format!("answer-{chapter}-{number}");
        question(form, number, &id, &mut text);
        let _ = writeln!(
            answers,
            "<div class=\"answer\" id=\"{id}\"><p><strong>Answer {number}</strong></p>{answer}</div>"
        );
        rest = behind;
    }
    text.push_str(rest);
    if number > 0 {
        let _ = writeln!(
            text,
            "\n<section class=\"answers\"><h2>Answers</h2>\n{answers}</section>"
        );
    }
    text
}

/// What the next fold holds, without its summary, and what comes behind it.
fn folded(text: &str) -> Option<(&str, &str)> {
    let inside = text.trim_start().strip_prefix(FOLD)?;
    let mut depth = 1;
    let mut at = 0;
    while depth > 0 {
        let ends = inside[at..].find(FOLD_ENDS)?;
        let opens = inside[at..].find("<details").filter(|opens| *opens < ends);
        match opens {
            Some(opens) => {
                depth += 1;
                at += opens + 1;
            }
            None => {
                depth -= 1;
                at += ends + FOLD_ENDS.len();
            }
        }
    }
    let answer = &inside[..at - FOLD_ENDS.len()];
    let answer = match answer.split_once("</summary>") {
        Some((_, answer)) => answer,
        None => answer,
    };
    Some((answer, &inside[at..]))
}

/// The question of a form and its choices, in words.
fn question(form: &str, number: usize, id: &str, html: &mut String) {
    let between = |open: &str, close: &str| {
        let (_, rest) = form.split_once(open)?;
        Some(rest.split_once(close)?.0)
    };
    let legend = between("<legend>", "</legend>").unwrap_or_default();
    let _ = write!(
        html,
        "<div class=\"question\"><p><strong>Question {number}.</strong> {legend}</p>"
    );
    let choices: Vec<&str> = form
        .split("<label><input")
        .skip(1)
        .filter_map(|label| label.split_once("<span>")?.1.split_once("</span></label>"))
        .map(|(choice, _)| choice)
        .collect();
    if !choices.is_empty() {
        let _ = write!(html, "<ul><li>{}</li></ul>", choices.join("</li><li>"));
    }
    let _ = write!(
        html,
        "<p><a class=\"to-answer\" href=\"#{id}\">The answer is at the end of the chapter.</a></p></div>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_last() {
        let html = "<h1>A</h1><form class=\"predict\" id=\"predict-1\" data-answer=\"no\"><fieldset><legend>Does it compile?</legend>\
            <label><input type=\"radio\" value=\"yes\"> <span>Yes</span></label><label><input type=\"radio\" value=\"no\"> <span>No</span></label></fieldset></form>\
            \n<details class=\"answer\"><summary>The answer</summary><p>No.</p><details><summary>More</summary>M</details></details><p>On.</p>";
        assert_eq!(
            last(html, 7),
            "<h1>A</h1><div class=\"question\"><p><strong>Question 1.</strong> Does it compile?</p><ul><li>Yes</li><li>No</li></ul>\
             <p><a class=\"to-answer\" href=\"#answer-7-1\">The answer is at the end of the chapter.</a></p></div><p>On.</p>\
             \n<section class=\"answers\"><h2>Answers</h2>\n<div class=\"answer\" id=\"answer-7-1\"><p><strong>Answer 1</strong></p><p>No.</p><details><summary>More</summary>M</details></div>\n</section>\n"
        );
        assert_eq!(last("<p>None.</p>", 1), "<p>None.</p>");
        let half = "<form class=\"predict\">x</form><p>no fold</p>";
        assert_eq!(last(half, 1), half);
    }
}
