//! Reads a chapter as mdBook does, and keeps what mdBook throws away: where
//! everything stands in the file.
//!
//! Text in, facts out; no file is opened here.

use std::collections::HashMap;
use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// A fenced code block, as it stands in the chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Line of the opening fence, counted from 1.
    pub line: usize,
    /// What stands behind the opening backticks, such as `rust,fix`.
    pub info: String,
    /// The lines between the fences, without the marks of the list or quote
    /// around them, each ended by `\n`.
    pub body: String,
    /// Bytes of the chapter from the opening backticks to the end of the
    /// closing ones.
    pub range: Range<usize>,
    /// What stands before the closing backticks on their line: the marks of
    /// the list or quote that the fence stands in.
    pub prefix: String,
    /// Whether a quote or a list item is around it.
    pub nested: bool,
    /// Whether a closing fence ends it (a chapter's end does not).
    pub closed: bool,
    /// The text of the last heading of level 1 or 2 above it.
    pub section: Option<String>,
}

/// A link or an image of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Line counted from 1.
    pub line: usize,
    /// Where it leads, as written.
    pub target: String,
    /// What a reader presses: its text, without marks.
    pub words: String,
}

/// A piece of a chapter's text, outside fences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Line counted from 1.
    pub line: usize,
    /// Its text, without marks.
    pub text: String,
    /// Whether it stands between backticks.
    pub code: bool,
    /// Where it leads, if it is part of a link.
    pub link: Option<String>,
}

/// What the judge needs to know of a chapter.
#[derive(Debug, Default)]
pub struct Page {
    /// All fenced blocks, in order.
    pub fences: Vec<Fence>,
    /// Lines on which an indented code block starts.
    pub indented: Vec<usize>,
    /// Lines on which raw HTML opens a `<pre>`.
    pub raw_pre: Vec<usize>,
    /// The anchors that the page will have.
    pub ids: Vec<String>,
    /// All links and images.
    pub links: Vec<Link>,
    /// All text outside fences, headings included, in order.
    pub prose: Vec<Piece>,
    /// Lines on which a fence opens inside raw HTML, where it is none.
    pub fences_in_html: Vec<usize>,
    /// Tags that HTML does not know, with their lines: `<T>` of a `Vec<T>`.
    pub no_tags: Vec<(usize, String)>,
}

/// Where the lines of a text end; tells the line of a byte.
pub struct Lines(Vec<usize>);

impl Lines {
    /// Looks the text through once.
    pub fn of(text: &str) -> Lines {
        Lines(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line, counted from 1, that holds the byte `at`.
    pub fn line(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

/// Reads a chapter.
///
/// ```
/// let page = proofread::markdown::read("# Moves\n\n```rust\nfn main() {}\n```\n");
/// assert_eq!(page.fences[0].line, 3);
/// assert_eq!(page.fences[0].info, "rust");
/// assert_eq!(page.fences[0].body, "fn main() {}\n");
/// assert_eq!(page.ids, ["moves"]);
/// ```
pub fn read(text: &str) -> Page {
    let mut page = Page::default();
    let lines = Lines::of(text);
    let mut section = None;
    let mut nesting = 0usize;
    let mut open: Option<Fence> = None;
    let mut heading: Option<(HeadingLevel, Option<String>, String)> = None;
    let mut term: Option<String> = None;
    let mut used = HashMap::new();
    let mut links: Vec<Link> = Vec::new();
    let mut html_block: Option<usize> = None;

    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::Item) => nesting += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item) => nesting -= 1,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                page.indented.push(lines.line(range.start));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let whole = text[range.clone()].trim_end();
                let end = range.start + whole.len();
                let (prefix, closed) = closing(text, range.start, end);
                open = Some(Fence {
                    line: lines.line(range.start),
                    info: info.trim().to_owned(),
                    body: String::new(),
                    range: range.start..end,
                    prefix,
                    nested: nesting > 0,
                    closed,
                    section: section.clone(),
                });
            }
            Event::End(TagEnd::CodeBlock) => page.fences.extend(open.take()),
            Event::Start(Tag::Heading { level, id, .. }) => {
                heading = Some((level, id.map(|id| id.to_string()), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, id, words)) = heading.take() {
                    let id = id.unwrap_or_else(|| id_from_content(&words));
                    page.ids.push(unique(id, &mut used));
                    if level <= HeadingLevel::H2 {
                        section = Some(words);
                    }
                }
            }
            Event::Start(Tag::DefinitionListTitle) => term = Some(String::new()),
            Event::End(TagEnd::DefinitionListTitle) => {
                if let Some(words) = term.take() {
                    page.ids.push(unique(id_from_content(&words), &mut used));
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(Link {
                    line: lines.line(range.start),
                    target: dest_url.to_string(),
                    words: String::new(),
                });
            }
            Event::End(TagEnd::Link | TagEnd::Image) => page.links.extend(links.pop()),
            Event::Start(Tag::HtmlBlock) => html_block = Some(range.start),
            Event::End(TagEnd::HtmlBlock) => {
                if let Some(start) = html_block.take() {
                    page.raw_html(&text[start..range.end], lines.line(start));
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                if html_block.is_none() {
                    page.raw_html(&html, lines.line(range.start));
                }
                page.ids.extend(html_ids(&html));
            }
            Event::Text(words) => {
                if let Some(fence) = &mut open {
                    fence.body.push_str(&words.replace("\r\n", "\n"));
                } else if let Some((_, _, heading)) = &mut heading {
                    heading.push_str(&words);
                } else if let Some(term) = &mut term {
                    term.push_str(&words);
                }
                if open.is_none() {
                    page.says(&words, false, lines.line(range.start), &mut links);
                }
            }
            Event::Code(words) => {
                page.says(&words, true, lines.line(range.start), &mut links);
                if let Some((_, _, heading)) = &mut heading {
                    heading.push_str(&words);
                } else if let Some(term) = &mut term {
                    term.push_str(&words);
                }
            }
            _ => {}
        }
    }
    page
}

impl Page {
    /// Takes a piece of text in.
    fn says(&mut self, text: &str, code: bool, line: usize, links: &mut [Link]) {
        for link in links.iter_mut() {
            link.words.push_str(text);
        }
        self.prose.push(Piece {
            line,
            text: text.to_owned(),
            code,
            link: links.last().map(|link| link.target.clone()),
        });
    }

    /// Looks raw HTML through, whose first line is `line`.
    fn raw_html(&mut self, html: &str, line: usize) {
        let shown = without_comments(html);
        let mut open = false;
        for (index, text) in shown.lines().enumerate() {
            let line = line + index;
            if text.contains("<pre") {
                self.raw_pre.push(line);
            }
            if ["```", "~~~"]
                .iter()
                .any(|f| text.trim_start().starts_with(f))
            {
                open = !open;
                self.fences_in_html.extend(open.then_some(line));
            }
            self.no_tags.extend(
                tags(text)
                    .filter(|tag| !is_tag(tag))
                    .map(|tag| (line, tag.to_owned())),
            );
        }
    }
}

/// The HTML with its comments blanked out, line for line.
fn without_comments(html: &str) -> String {
    let mut shown = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        let (comment, after) = after.split_once("-->").unwrap_or((after, ""));
        shown.push_str(before);
        shown.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    shown + rest
}

/// The names of the tags that open or close in a line of HTML, as written.
fn tags(line: &str) -> impl Iterator<Item = &str> {
    line.split('<').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-')?;
        let named = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        named.then(|| &rest[..end])
    })
}

/// Whether HTML has such an element. Those with capitals are meant for Rust: a
/// generic parameter `<B>` would make all that follows bold.
fn is_tag(name: &str) -> bool {
    // The elements of the HTML Standard, section 4, that a page's text may hold.
    const ELEMENTS: &str = "a abbr address article aside audio b bdi bdo blockquote br button \
        caption cite code col colgroup data datalist dd del details dfn dialog div dl dt em \
        fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr i iframe img \
        input ins kbd label legend li link main map mark menu meta meter nav noscript object ol \
        optgroup option output p picture pre progress q rp rt ruby s samp script search section \
        select slot small source span strong style sub summary sup svg table tbody td template \
        textarea tfoot th thead time title tr track u ul var video wbr";
    name.contains('-') || ELEMENTS.split_whitespace().any(|element| element == name)
}

/// The marks before the closing fence, and whether there is one.
fn closing(text: &str, start: usize, end: usize) -> (String, bool) {
    let fence = text[start..].chars().next().unwrap_or('`');
    let opening = text[start..].chars().take_while(|c| *c == fence).count();
    let line_start = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let last = &text[line_start..end];
    let run = last.chars().rev().take_while(|c| *c == fence).count();
    let prefix = &last[..last.len() - run];
    let marks = prefix.chars().all(|c| c == '>' || c.is_whitespace());
    (
        prefix.to_owned(),
        line_start > start && run >= opening && marks,
    )
}

/// The anchor that mdBook 0.5 gives to a heading without one of its own.
///
/// A test compares it with mdBook's own pages.
pub fn id_from_content(words: &str) -> String {
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// mdBook numbers anchors that come again: `repairs`, `repairs-1`, ….
fn unique(id: String, used: &mut HashMap<String, usize>) -> String {
    let count = used.entry(id.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        id
    } else {
        format!("{id}-{}", *count - 1)
    }
}

/// The values of `id="…"` in a piece of raw HTML.
fn html_ids(html: &str) -> Vec<String> {
    html.split("id=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"').map(|(id, _)| id.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_in_a_list_keeps_its_prefix_and_its_lines() {
        let page = read("1. One:\n\n   ```rust\n   fn main() {\n       run();\n   }\n   ```\n");
        let fence = &page.fences[0];
        assert_eq!(fence.body, "fn main() {\n    run();\n}\n");
        assert_eq!(
            (fence.prefix.as_str(), fence.nested, fence.closed),
            ("   ", true, true)
        );
    }

    #[test]
    fn a_fence_in_a_quote_keeps_its_prefix() {
        let page = read("> Look:\n>\n> ```c\n> int x;\n> ```\n");
        assert_eq!(page.fences[0].body, "int x;\n");
        assert_eq!(page.fences[0].prefix, "> ");
    }

    #[test]
    fn carriage_returns_are_not_part_of_the_code() {
        let text = "```rust\r\nfn main() {\r\n}\r\n```\r\n\r\nEnd.\r\n";
        let fence = &read(text).fences[0];
        assert_eq!(fence.body, "fn main() {\n}\n");
        assert_eq!(
            &text[fence.range.clone()],
            "```rust\r\nfn main() {\r\n}\r\n```"
        );
    }

    #[test]
    fn an_unclosed_fence_is_noticed() {
        assert!(!read("```rust\nfn main() {}\n").fences[0].closed);
        assert!(!read("````rust\nfn main() {}\n```\n").fences[0].closed);
    }

    #[test]
    fn what_raw_html_hides_is_noticed() {
        let page = read(
            "<details>\n<summary>S</summary>\n```rust\nlet x;\n```\n</details>\n\n\
             A Vec<T>, a `Vec<T>`, <b>bold</b>, a map<K, V>.\n\n<!--\n```rust\n<T>\n```\n-->\n",
        );
        assert_eq!(page.fences_in_html, [3]);
        assert_eq!(page.no_tags, [(8, "T".to_owned())]);
        // `<K, V>` is no tag for Markdown either, and stays.
        let heading = read("## A Vec<String> here\n");
        assert_eq!(heading.no_tags, [(1, "String".to_owned())]);
    }

    #[test]
    fn words_know_their_line_and_their_link() {
        let page = read("One `two`\nand [three `four`](a.md#b).\n");
        let pieces: Vec<_> = page
            .prose
            .iter()
            .map(|p| (p.line, p.text.as_str(), p.code, p.link.as_deref()))
            .collect();
        assert_eq!(
            pieces,
            [
                (1, "One ", false, None),
                (1, "two", true, None),
                (2, "and ", false, None),
                (2, "three ", false, Some("a.md#b")),
                (2, "four", true, Some("a.md#b")),
                (2, ".", false, None),
            ]
        );
        assert_eq!(page.links[0].words, "three four");
    }

    #[test]
    fn anchors_come_from_headings_terms_and_html() {
        let page = read(
            "# A move, twice\n\n## Repairs\n\n## Repairs\n\n## `Box` {#boxes}\n\n<a id=\"here\"></a>\n",
        );
        assert_eq!(
            page.ids,
            ["a-move-twice", "repairs", "repairs-1", "boxes", "here"]
        );
    }
}
