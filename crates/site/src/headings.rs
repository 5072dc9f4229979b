//! Headings that say more on the site than in the text: a wrong belief is told as one
//! wherever only headings are listed, and pages that are looked up have jumps.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use proofread::markdown::id_from_content;

use crate::blocks::Edit;
use crate::html::{attribute, escape};

/// A heading of a chapter.
pub struct Heading {
    level: HeadingLevel,
    /// Its bytes, with the signs before it.
    range: Range<usize>,
    /// Where its words begin.
    words_at: usize,
    /// Its words, plain.
    words: String,
    /// The anchor that its author gave it.
    given: Option<String>,
}

impl Heading {
    fn anchor(&self) -> String {
        let own = || id_from_content(&self.words);
        self.given.clone().unwrap_or_else(own)
    }
}

/// All headings of a chapter, in order.
pub fn of(text: &str) -> Vec<Heading> {
    let mut all: Vec<Heading> = Vec::new();
    let mut open = false;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) => {
                open = true;
                all.push(Heading {
                    level,
                    words_at: range.end,
                    range,
                    words: String::new(),
                    given: id.map(|id| id.to_string()),
                });
            }
            Event::End(TagEnd::Heading(_)) => open = false,
            _ if open => {
                let Some(heading) = all.last_mut() else {
                    continue;
                };
                heading.words_at = heading.words_at.min(range.start);
                if let Event::Text(words) | Event::Code(words) = event {
                    heading.words.push_str(&words);
                }
            }
            _ => {}
        }
    }
    all
}

/// `## "len is capacity"` becomes `## Belief: "len is capacity"`; its anchor stays.
pub fn beliefs(text: &str, headings: &[Heading]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for heading in headings {
        let words = heading.words.trim();
        // The parser may have made them typographic.
        let quoted = words.starts_with(['"', '“']) && words.ends_with(['"', '”']);
        if !quoted || words.chars().count() < 3 {
            continue;
        }
        let at = heading.words_at;
        edits.push(Edit {
            range: at..at,
            text: "Belief: ".to_owned(),
        });
        if heading.given.is_none() {
            let end = heading.range.start + text[heading.range.clone()].trim_end().len();
            edits.push(Edit {
                range: end..end,
                text: format!(" {{#{}}}", heading.anchor()),
            });
        }
    }
    edits
}

/// Some HTML below the title of the chapter.
pub fn below_title(headings: &[Heading], html: &str) -> Option<Edit> {
    let end = headings.first()?.range.end;
    Some(Edit {
        range: end..end,
        text: html.to_owned(),
    })
}

/// Links to the sections of the page, above the first.
pub fn jumps(text: &str) -> Vec<Edit> {
    let sections = sections(text);
    let links = sections.iter().map(|one| (one.words.clone(), one));
    navigation(links.collect())
}

/// The glossary: an alphabet above the first word, and all words in one list that its
/// style keeps short. Where a word is introduced stands behind what it means.
pub fn glossary(text: &str) -> Vec<Edit> {
    let sections = sections(text);
    let mut letters: Vec<(String, &Heading)> = Vec::new();
    for one in &sections {
        let letter: String = one
            .words
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .collect();
        if letters.last().is_none_or(|(last, _)| *last != letter) {
            letters.push((letter, one));
        }
    }
    let Some(first) = sections.first() else {
        return Vec::new();
    };
    let (start, end) = (first.range.start, text.len());
    let mut edits = navigation(letters);
    edits.push(Edit {
        range: start..start,
        text: "<div class=\"words\">\n\n".to_owned(),
    });
    for (at, lead) in text.match_indices("\n\nIntroduced in ") {
        let from = at + lead.len();
        let to = text[from..].find('\n').map_or(end, |line| from + line);
        edits.push(Edit {
            range: at..from,
            text: " <small>Introduced in ".to_owned(),
        });
        edits.push(Edit {
            range: to..to,
            text: "</small>".to_owned(),
        });
    }
    edits.push(Edit {
        range: end..end,
        text: "\n\n</div>\n".to_owned(),
    });
    edits
}

fn sections(text: &str) -> Vec<Heading> {
    let second = |heading: &Heading| heading.level == HeadingLevel::H2;
    of(text).into_iter().filter(second).collect()
}

fn navigation(links: Vec<(String, &Heading)>) -> Vec<Edit> {
    let Some((_, first)) = links.first() else {
        return Vec::new();
    };
    let at = first.range.start;
    let mut html = String::from("<nav class=\"jump\" aria-label=\"On this page\">");
    for (words, heading) in &links {
        html.push_str(&format!("<a href=\"#{}\">", attribute(&heading.anchor())));
        escape(words, &mut html);
        html.push_str("</a> ");
    }
    html.push_str("</nav>\n\n");
    vec![Edit {
        range: at..at,
        text: html,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preprocess::apply;

    #[test]
    fn a_belief_is_told_as_one_and_keeps_its_anchor() {
        let text =
            "# \"A\" and B\n\n## \"`len` is it\" {#len}\n\n### \"But I never\"\n\n\"Said.\"\n";
        assert_eq!(
            apply(text, beliefs(text, &of(text))),
            "# \"A\" and B\n\n## Belief: \"`len` is it\" {#len}\n\n### Belief: \"But I never\" {#but-i-never}\n\n\"Said.\"\n"
        );
    }

    #[test]
    fn the_glossary_has_an_alphabet_and_short_entries() {
        let text = "# Glossary\n\nWords.\n\n## Arena\n\nMemory.\n\nIntroduced in [B](b.md).\n\n## Array\n\nA.\n\n## Box {#a-box}\n\nB.\n";
        assert_eq!(
            apply(text, glossary(text)),
            "# Glossary\n\nWords.\n\n<nav class=\"jump\" aria-label=\"On this page\"><a href=\"#arena\">A</a> <a href=\"#a-box\">B</a> </nav>\n\n\
             <div class=\"words\">\n\n## Arena\n\nMemory. <small>Introduced in [B](b.md).</small>\n\n## Array\n\nA.\n\n## Box {#a-box}\n\nB.\n\n\n</div>\n"
        );
        assert_eq!(glossary("# Glossary\n"), []);
    }
}
