//! Error codes in the prose of a chapter whose blocks show them become links
//! to the pages that explain them.

use std::collections::HashSet;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use proofread::chapter::Chapter;
use proofread::claim::Promise;

use crate::blocks::{Atlas, Edit};
use crate::diagnostic::codes;
use crate::html::attribute;

/// The links; what the author linked already, headings and code stay as they
/// are, and so does a code that no block of the chapter shows.
pub fn links(chapter: &Chapter, atlas: Atlas<'_>) -> Vec<Edit> {
    let shown = shown(chapter);
    let mut edits = Vec::new();
    // Links do not nest, and a heading becomes one.
    let mut inside = 0;
    let parser = new_cmark_parser(&chapter.text, &MarkdownOptions::default());
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::Heading { .. } | Tag::CodeBlock(_),
            ) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::Heading(_) | TagEnd::CodeBlock) => {
                inside -= 1;
            }
            Event::Text(_) if inside == 0 => {
                let words = &chapter.text[range.clone()];
                for code in codes(words) {
                    let name = &words[code.clone()];
                    let target = shown.contains(name).then(|| atlas.link(name)).flatten();
                    if let Some(target) = target {
                        edits.push(Edit {
                            range: range.start + code.start..range.start + code.end,
                            text: format!("<a href=\"{}\">{name}</a>", attribute(&target)),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    edits
}

/// The codes that the blocks of a chapter claim, and those that what is
/// recorded below them names.
fn shown(chapter: &Chapter) -> HashSet<&str> {
    let mut shown = HashSet::new();
    for block in &chapter.blocks {
        if let Promise::Rejected { codes, .. } = &block.claim.promise {
            shown.extend(codes.iter().map(String::as_str));
        }
        for rendering in &block.renderings {
            shown.extend(codes(&rendering.text).map(|at| &rendering.text[at]));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proofread::atlas::Places;

    use super::*;

    #[test]
    fn codes_that_a_block_shows_are_links() {
        let mut places = Places::default();
        for code in ["e0382", "e0499", "e0505"] {
            let text = format!("# {code}\n");
            let page = proofread::markdown::read(&text);
            places.look_at(&format!("errors/{code}.md"), &text, &page);
        }
        let atlas = Atlas {
            places: &places,
            root: "../",
            here: "errors/e0505.html",
        };
        let text = "# E0382\n\nAn E0382, \\* `E0382`, [E0382](x.md), *E0499*, E0505, E0001, E03821.\n\n\
            ```rust,compile_fail,E0382,E0505\nE0382\n```\n\n```text,error\nerror[E0382]: a\nmore about E0499\n```\n";
        let chapter = Chapter::expanded("src/errors/e0505.md", text.to_owned());
        assert_eq!(chapter.problems, []);
        let linked = crate::preprocess::apply(text, links(&chapter, atlas));
        let first = linked.lines().nth(2).expect("a paragraph");
        assert_eq!(
            first,
            "An <a href=\"../errors/e0382.html\">E0382</a>, \\* `E0382`, [E0382](x.md), \
             *<a href=\"../errors/e0499.html\">E0499</a>*, E0505, E0001, E03821."
        );
        assert_eq!(linked.matches("<a ").count(), 2, "{linked}");
    }
}
