//! Terms of the glossary explain themselves where they are used: their links
//! get a class, and the page holds the first paragraph of each.

use std::collections::HashMap;
use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::blocks::Edit;
use crate::html::attribute;

/// Terms by their anchors: the first paragraph of each, as plain text.
pub type Terms = HashMap<String, String>;

/// Reads the chapter that holds the glossary.
///
/// ```
/// let terms = site::glossary::read("# Glossary\n\n## A borrow\n\nMade with `&`.\n\nMore.\n");
/// assert_eq!(terms["a-borrow"], "Made with &.");
/// ```
pub fn read(text: &str) -> Terms {
    let anchors = proofread::markdown::read(text).ids;
    let mut anchors = anchors.into_iter();
    let mut terms = Terms::new();
    // The term whose first paragraph has not ended yet.
    let mut term: Option<(String, String)> = None;
    let mut in_paragraph = false;
    for event in new_cmark_parser(text, &MarkdownOptions::default()) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                term = anchors.next().map(|anchor| (anchor, String::new()));
            }
            Event::Start(Tag::Paragraph) => in_paragraph = true,
            Event::End(TagEnd::Paragraph) => {
                in_paragraph = false;
                terms.extend(term.take());
            }
            Event::Text(words) | Event::Code(words) if in_paragraph => {
                if let Some((_, said)) = &mut term {
                    said.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, said)) = &mut term {
                    said.push(' ');
                }
            }
            _ => {}
        }
    }
    terms
}

/// Gives the links to known terms their class, and adds at the end of the page
/// what they mean, each once.
pub fn explain(text: &str, terms: &Terms) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut used: Vec<String> = Vec::new();
    // A link that is open: its whole range, its text, its target.
    let mut link: Option<(Range<usize>, Option<Range<usize>>, String)> = None;
    let mut in_heading = false;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            // The heading itself becomes a link, and links do not nest.
            Event::Start(Tag::Heading { .. }) => in_heading = true,
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::Link { dest_url, .. }) if !in_heading => {
                link = Some((range, None, dest_url.to_string()));
            }
            Event::End(TagEnd::Link) => {
                let Some((whole, Some(inside), target)) = link.take() else {
                    continue;
                };
                let Some(anchor) = anchor(&target).filter(|anchor| terms.contains_key(*anchor))
                else {
                    continue;
                };
                if !used.iter().any(|known| known == anchor) {
                    used.push(anchor.to_owned());
                }
                let open = format!("<a class=\"term\" href=\"{}\">", attribute(&target));
                edits.push(Edit {
                    range: whole.start..inside.start,
                    text: open,
                });
                edits.push(Edit {
                    range: inside.end..whole.end,
                    text: "</a>".to_owned(),
                });
            }
            _ => {
                if let Some((_, inside, _)) = &mut link {
                    let start = inside.as_ref().map_or(range.start, |inside| inside.start);
                    *inside = Some(start..range.end.max(start));
                }
            }
        }
    }
    if !used.is_empty() {
        edits.push(Edit {
            range: text.len()..text.len(),
            text: aside(&used, terms),
        });
    }
    edits
}

/// The anchor of a link into the glossary.
fn anchor(target: &str) -> Option<&str> {
    let (file, anchor) = target.split_once('#')?;
    (file == "glossary.md" || file.ends_with("/glossary.md")).then_some(anchor)
}

/// Attributes, because mdBook's search takes in all texts of a page: else a
/// page that links to "allocation" would be found for all that its meaning says.
fn aside(used: &[String], terms: &Terms) -> String {
    let mut html = String::from("\n\n<aside class=\"terms\" hidden>");
    for anchor in used {
        let (term, says) = (attribute(anchor), attribute(&terms[anchor]));
        html.push_str(&format!(
            "<p data-term=\"{term}\" data-says=\"{says}\"></p>"
        ));
    }
    html.push_str("</aside>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> String {
        let terms = read(
            "# Glossary\n\nWords.\n\n## Move\n\nTo hand *over* a\n`value`.\n\nMore.\n\n## Place\n\nA `<place>` in memory.\n",
        );
        crate::preprocess::apply(text, explain(text, &terms))
    }

    #[test]
    fn links_to_terms_get_a_class_and_the_page_says_each_once() {
        assert_eq!(
            explained(
                "A [*move* of `x`](../glossary.md#move), [again](../glossary.md#move).\n\n| [p](../glossary.md#place) |\n|---|\n"
            ),
            "A <a class=\"term\" href=\"../glossary.md#move\">*move* of `x`</a>, <a class=\"term\" href=\"../glossary.md#move\">again</a>.\n\n\
             | <a class=\"term\" href=\"../glossary.md#place\">p</a> |\n|---|\n\n\n\
             <aside class=\"terms\" hidden><p data-term=\"move\" data-says=\"To hand over a value.\"></p><p data-term=\"place\" data-says=\"A &lt;place&gt; in memory.\"></p></aside>\n"
        );
    }

    #[test]
    fn other_links_are_left_alone() {
        for text in [
            "[a](moves.md#move)\n",
            "[a](../glossary.md#unknown)\n",
            "[a](../glossary.md)\n",
            "`[a](../glossary.md#move)`\n",
            "## [a](../glossary.md#move)\n",
        ] {
            assert_eq!(explained(text), text);
        }
    }
}
