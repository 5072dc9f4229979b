//! The book as an EPUB 3: each chapter a page of XHTML, its pictures inline
//! with their titles and descriptions, all steps one below the other.
//!
//! The chapters are those of the built site, read by an HTML parser as a
//! browser would, and written as XML. What needs a script is left out, what
//! folds is unfolded. Links lead to chapters of the book, or out of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use scraper::{ElementRef, Html, Node, Selector};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::answers;
use crate::finish::{Entry, Holds, contents, escaped, without_comments};

/// What the book says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The book's name.
    pub title: &'a str,
    /// What it is about, in a sentence.
    pub description: &'a str,
    /// Its language, `en`.
    pub language: &'a str,
    /// When it was made, in seconds since 1970 (UTC).
    pub made: u64,
    /// Which chapters it has.
    pub holds: Holds,
}

/// The site's style sheets that tell the colors and draw the pictures, in the
/// theme's folder; the first definition of a color counts.
const SHEETS: [&str; 3] = ["claims.css", "pictures.css", "pictures-charts.css"];

/// What the theme takes from mdBook and from the system.
const GIVEN: &str = ":root { --bg: #ffffff; --fg: #1b1e20; --mono-font: monospace; }";

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"#;

/// A file of the book, below its folder `book`.
struct Part {
    path: String,
    content: Vec<u8>,
    /// Its line in the list of the book's files.
    item: String,
}

/// Makes the EPUB out of the site that mdBook built into `folder`; `theme` is
/// the folder of its style sheets.
///
/// # Errors
///
/// The folder holds no site, a chapter names a file that is not there, or a
/// style sheet cannot be read; the error names it.
pub fn epub(folder: &Path, theme: &Path, about: &About) -> Result<Vec<u8>> {
    let mut entries = contents(folder)?;
    entries.retain(|entry| about.holds.chapter(&entry.href));
    let mut parts = vec![
        Part {
            path: "style.css".to_owned(),
            content: style(theme)?.into_bytes(),
            item: item("style", "style.css", "text/css", ""),
        },
        Part {
            path: "title.xhtml".to_owned(),
            content: page(about, about.title, "", &title_page(about)).into_bytes(),
            item: item("title", "title.xhtml", "application/xhtml+xml", ""),
        },
        Part {
            path: "contents.xhtml".to_owned(),
            content: page(about, "Contents", "", &navigation(&entries)).into_bytes(),
            item: item("contents", "contents.xhtml", "application/xhtml+xml", "nav"),
        },
    ];
    let mut pictures = BTreeSet::new();
    for (i, entry) in entries.iter().enumerate() {
        let path = folder.join(&entry.href);
        let html = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let html = with_answers_last(&html);
        let chapter = chapter(&html, entry, &entries).with_context(|| entry.href.clone())?;
        let name = chapter_file(&entry.href);
        let root = "../".repeat(name.matches('/').count());
        let properties = if chapter.has_svg { "svg" } else { "" };
        parts.push(Part {
            item: item(&format!("c{i}"), &name, "application/xhtml+xml", properties),
            content: page(about, &entry.title, &root, &chapter.body).into_bytes(),
            path: name,
        });
        pictures.extend(chapter.pictures);
    }
    for (i, path) in pictures.into_iter().enumerate() {
        let file = folder.join(&path);
        parts.push(Part {
            content: fs::read(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?,
            item: item(&format!("p{i}"), &path, media_type(&path)?, ""),
            path,
        });
    }
    packed(&package(about, &parts, entries.len())?, &parts)
}

/// A page whose answers are the end of its text.
fn with_answers_last(html: &str) -> String {
    let parts = html.split_once("<main>").and_then(|(before, rest)| {
        let (main, behind) = rest.split_once("</main>")?;
        Some((before, main, behind))
    });
    match parts {
        Some((before, main, behind)) => {
            let main = answers::last(main, 1);
            format!("{before}<main>{main}</main>{behind}")
        }
        None => html.to_owned(),
    }
}

/// The file of a chapter: that of its page, with another ending.
fn chapter_file(href: &str) -> String {
    format!("{}.xhtml", href.trim_end_matches(".html"))
}

fn media_type(path: &str) -> Result<&'static str> {
    match path.rsplit('.').next() {
        Some("png") => Ok("image/png"),
        Some("svg") => Ok("image/svg+xml"),
        Some("jpg" | "jpeg") => Ok("image/jpeg"),
        _ => bail!("{path}: an EPUB holds pictures in PNG, SVG and JPEG"),
    }
}

fn item(id: &str, path: &str, media: &str, properties: &str) -> String {
    let properties = match properties {
        "" => String::new(),
        properties => format!(" properties=\"{properties}\""),
    };
    let path = escaped(path);
    format!("<item id=\"{id}\" href=\"{path}\" media-type=\"{media}\"{properties}/>")
}

/// A whole page of XHTML; `root` leads to the folder of the book.
fn page(about: &About, title: &str, root: &str, body: &str) -> String {
    let (language, title) = (escaped(about.language), escaped(title));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" lang=\"{language}\" xml:lang=\"{language}\">\n\
         <head><meta charset=\"UTF-8\"/><title>{title}</title><link rel=\"stylesheet\" href=\"{root}style.css\"/></head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}

fn title_page(about: &About) -> String {
    format!(
        "<section class=\"title-page\" epub:type=\"titlepage\"><h1>{}</h1><p>{}</p></section>",
        escaped(about.title),
        escaped(about.description)
    )
}

/// The table of contents, by parts.
fn navigation(entries: &[Entry]) -> String {
    let mut list = String::from("<nav epub:type=\"toc\" id=\"toc\"><h1>Contents</h1>\n<ol>\n");
    for chapters in entries.chunk_by(|one, next| one.part == next.part) {
        let part = &chapters[0].part;
        if !part.is_empty() {
            list.push_str(&format!("<li><span>{}</span>\n<ol>\n", escaped(part)));
        }
        for entry in chapters {
            let (file, title) = (chapter_file(&entry.href), escaped(&entry.title));
            list.push_str(&format!(
                "<li><a href=\"{}\">{title}</a></li>\n",
                escaped(&file)
            ));
        }
        if !part.is_empty() {
            list.push_str("</ol></li>\n");
        }
    }
    list.push_str("</ol></nav>");
    list
}

/// The list of all files, and the order in which the pages are read.
fn package(about: &About, parts: &[Part], chapters: usize) -> Result<String> {
    // The same book has the same name wherever it is made.
    let hash = Sha256::digest(about.title.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!(
        "{}-{}-8{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    );
    let mut package = String::new();
    write!(
        package,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" unique-identifier=\"id\" xml:lang=\"{language}\">\n\
         <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <dc:identifier id=\"id\">urn:uuid:{name}</dc:identifier>\n\
         <dc:title>{}</dc:title>\n\
         <dc:language>{language}</dc:language>\n\
         <dc:description>{}</dc:description>\n\
         <meta property=\"dcterms:modified\">{}</meta>\n",
        escaped(about.title),
        escaped(about.description),
        timestamp(about.made),
        language = escaped(about.language),
    )?;
    // What a reader who cannot see may rely on.
    for (property, value) in [
        ("accessMode", "textual"),
        ("accessMode", "visual"),
        ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "alternativeText"),
        ("accessibilityFeature", "longDescription"),
        ("accessibilityFeature", "structuralNavigation"),
        ("accessibilityFeature", "tableOfContents"),
        ("accessibilityHazard", "none"),
    ] {
        writeln!(
            package,
            "<meta property=\"schema:{property}\">{value}</meta>"
        )?;
    }
    package.push_str("</metadata>\n<manifest>\n");
    for part in parts {
        writeln!(package, "{}", part.item)?;
    }
    package.push_str("</manifest>\n<spine>\n");
    for page in ["title", "contents"] {
        writeln!(package, "<itemref idref=\"{page}\"/>")?;
    }
    for chapter in 0..chapters {
        writeln!(package, "<itemref idref=\"c{chapter}\"/>")?;
    }
    package.push_str("</spine>\n</package>\n");
    Ok(package)
}

/// A time as EPUB writes it: `2026-01-31T12:00:00Z`.
fn timestamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days of the calendar that starts on a first of March, so that the odd
    // day is the last of its year.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// The archive: first, and not compressed, what it is.
fn packed(package: &str, parts: &[Part]) -> Result<Vec<u8>> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let small = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |path: &str, options: SimpleFileOptions, content: &[u8]| -> Result<()> {
        archive.start_file(path, options)?;
        Ok(archive.write_all(content)?)
    };
    add("mimetype", stored, b"application/epub+zip")?;
    add("META-INF/container.xml", small, CONTAINER.as_bytes())?;
    add("book/book.opf", small, package.as_bytes())?;
    for part in parts {
        add(&format!("book/{}", part.path), small, &part.content)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A chapter as XHTML.
#[derive(Debug, Default)]
struct Chapter {
    body: String,
    has_svg: bool,
    /// The pictures in files of their own, from the root of the site.
    pictures: BTreeSet<String>,
}

fn chapter(html: &str, entry: &Entry, entries: &[Entry]) -> Result<Chapter> {
    let document = Html::parse_document(html);
    let main = Selector::parse("main").map_err(|error| anyhow!("{error}"))?;
    let main = document
        .select(&main)
        .next()
        .context("a page without a text")?;
    let mut writer = Writer {
        here: &entry.href,
        entries,
        chapter: Chapter::default(),
    };
    writer.children(main);
    Ok(writer.chapter)
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// Elements of HTML that have no content.
const VOID: [&str; 7] = ["br", "hr", "img", "input", "col", "wbr", "source"];

/// Writes parsed HTML as XML.
struct Writer<'a> {
    /// The page of the chapter, from the root of the site.
    here: &'a str,
    entries: &'a [Entry],
    chapter: Chapter,
}

impl Writer<'_> {
    fn children(&mut self, element: ElementRef) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.chapter.body.push_str(&xml(text)),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.element(child);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef) {
        let value = element.value();
        let is_svg = &*value.name.ns == SVG;
        let has = |class: &str| value.classes().any(|name| name == class);
        let mut name = value.name();
        let mut class = value.attr("class").map(Cow::Borrowed);
        match name {
            // What needs a script, and what is only there for one.
            "script" | "style" | "noscript" | "template" | "button" | "form" => return,
            "aside" if has("terms") => return,
            "span" if has("boring") => return,
            // A heading's link to itself.
            "a" if has("header") => return self.children(element),
            // Many readers cannot unfold.
            "details" => name = "div",
            "summary" => {
                name = "p";
                class = Some("summary".into());
            }
            _ => {}
        }
        let link = match (name, value.attr("href")) {
            ("a", Some(href)) => match self.link(href) {
                Some(link) => Some(link),
                None => return self.children(element),
            },
            _ => None,
        };
        let body = &mut self.chapter.body;
        body.push('<');
        body.push_str(name);
        if name == "svg" && is_svg {
            self.chapter.has_svg = true;
            attribute(body, "xmlns", SVG);
        }
        if let Some(class) = class {
            attribute(body, "class", &class);
        }
        if let Some(link) = link {
            attribute(body, "href", &link);
        }
        // In the order of their names: the same book is the same file.
        let attributes: BTreeMap<&str, &str> = value
            .attrs()
            .filter(|(name, _)| {
                !matches!(
                    *name,
                    "class" | "href" | "xmlns" | "open" | "hidden" | "tabindex"
                ) && !name.starts_with("on")
            })
            .collect();
        for (name, value) in attributes {
            if name == "src" {
                let path = resolved(self.here, value);
                attribute(body, name, value);
                self.chapter.pictures.insert(path);
            } else {
                attribute(body, name, value);
            }
        }
        let empty = !element.has_children();
        if empty && (is_svg || VOID.contains(&name)) {
            self.chapter.body.push_str("/>");
            return;
        }
        self.chapter.body.push('>');
        self.children(element);
        let body = &mut self.chapter.body;
        body.push_str("</");
        body.push_str(name);
        body.push('>');
    }

    /// Where a link leads inside the book; nothing if it leads to what the
    /// book does not hold.
    fn link(&self, href: &str) -> Option<String> {
        if href.starts_with("https:") || href.starts_with("http:") || href.starts_with('#') {
            return Some(href.to_owned());
        }
        let (path, anchor) = match href.split_once('#') {
            Some((path, anchor)) => (path, format!("#{anchor}")),
            None => (href, String::new()),
        };
        let target = resolved(self.here, path);
        let first = self.entries.first()?;
        let page = if target == "index.html" {
            &first.href
        } else {
            &self.entries.iter().find(|entry| entry.href == target)?.href
        };
        let root = "../".repeat(self.here.matches('/').count());
        Some(format!("{root}{}{anchor}", chapter_file(page)))
    }
}

/// The path from the root of the site that `link` on the page `here` names.
fn resolved(here: &str, link: &str) -> String {
    let mut folders: Vec<&str> = here.split('/').collect();
    folders.pop();
    for step in link.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                folders.pop();
            }
            step => folders.push(step),
        }
    }
    folders.join("/")
}

/// Text as XML, without the characters that XML cannot hold.
fn xml(text: &str) -> Cow<'_, str> {
    let held = |c: char| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || "\t\n\r".contains(c);
    if text.chars().all(held) {
        htmlize::escape_text(text)
    } else {
        let text: String = text.chars().filter(|c| held(*c)).collect();
        htmlize::escape_text(text)
    }
}

fn attribute(to: &mut String, name: &str, value: &str) {
    to.push(' ');
    to.push_str(name);
    to.push_str("=\"");
    to.push_str(&htmlize::escape_attribute(&*xml_only(value)));
    to.push('"');
}

fn xml_only(text: &str) -> String {
    text.chars().filter(|c| *c >= ' ').collect()
}

/// The style sheet: ours for reading, the theme's for pictures, with plain
/// colors.
fn style(theme: &Path) -> Result<String> {
    let mut known = GIVEN.to_owned();
    let mut sheet = without_comments(include_str!("epub.css"));
    for name in SHEETS {
        let path = theme.join(name);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let text = without_comments(&text);
        known.push_str(&text);
        if name != SHEETS[0] {
            sheet.push_str(&text);
        }
    }
    Ok(plain_selectors(&plain_colors(&sheet, &variables(&known))?))
}

/// The custom properties of a style sheet, as they are first defined: those of
/// the light theme.
fn variables(css: &str) -> HashMap<&str, &str> {
    let mut variables = HashMap::new();
    for declaration in css.split([';', '{', '}']) {
        if let Some((name, value)) = declaration.split_once(':')
            && let Some(name) = name.trim().rsplit(char::is_whitespace).next()
            && name.starts_with("--")
        {
            variables.entry(name).or_insert(value.trim());
        }
    }
    variables
}

/// A style sheet without `var()` and `light-dark()`, which many e-readers do
/// not know: as it is in light. Definitions are left out.
///
/// # Errors
///
/// A variable that nobody defines, or that is defined by itself.
fn plain_colors(css: &str, known: &HashMap<&str, &str>) -> Result<String> {
    let mut plain = String::new();
    for piece in css.split_inclusive([';', '{', '}']) {
        if !piece.trim_start().starts_with("--") {
            plain.push_str(piece);
        } else if piece.ends_with('}') {
            plain.push('}');
        }
    }
    // Each round resolves one level; colors are defined by colors in a few.
    for _ in 0..8 {
        let Some(next) = resolve_once(&plain, known)? else {
            return Ok(plain);
        };
        plain = next;
    }
    bail!("a color of the theme is defined by itself")
}

/// A style sheet without `:is()`, each selector written out.
fn plain_selectors(css: &str) -> String {
    let mut plain = String::new();
    for piece in css.split_inclusive('{') {
        let start = piece.rfind(['}', ';']).map_or(0, |at| at + 1);
        let (before, selectors) = piece.split_at(start);
        plain.push_str(before);
        match selectors.strip_suffix('{') {
            Some(selectors) if selectors.contains(":is(") => {
                plain.push_str(&written_out(selectors.trim_end()).join(","));
                plain.push_str(" {");
            }
            _ => plain.push_str(selectors),
        }
    }
    plain
}

/// The selectors of a list, without `:is()`.
fn written_out(list: &str) -> Vec<String> {
    let Some((one, more)) = split_arguments(list) else {
        let Some((before, inside)) = list.split_once(":is(") else {
            return vec![list.to_owned()];
        };
        let Some(end) = closing(inside) else {
            return vec![list.to_owned()];
        };
        let (choices, after) = (&inside[..end], &inside[end + 1..]);
        return written_out(choices)
            .iter()
            .flat_map(|choice| written_out(&format!("{before}{}{after}", choice.trim())))
            .collect();
    };
    let mut selectors = written_out(one);
    selectors.extend(written_out(more));
    selectors
}

fn resolve_once(css: &str, known: &HashMap<&str, &str>) -> Result<Option<String>> {
    let mut resolved = String::new();
    let mut rest = css;
    let mut any = false;
    while let Some((at, call)) = ["var(", "light-dark("]
        .iter()
        .filter_map(|call| rest.find(call).map(|at| (at, *call)))
        .min()
    {
        let inside = &rest[at + call.len()..];
        let end = closing(inside).context("a bracket that nobody closes in the theme")?;
        let (first, second) = match split_arguments(&inside[..end]) {
            Some((first, second)) => (first.trim(), Some(second.trim())),
            None => (inside[..end].trim(), None),
        };
        resolved.push_str(&rest[..at]);
        resolved.push_str(if call == "var(" {
            known
                .get(first)
                .copied()
                .or(second)
                .with_context(|| format!("the theme defines no `{first}`"))?
        } else {
            first
        });
        rest = &inside[end + 1..];
        any = true;
    }
    resolved.push_str(rest);
    Ok(any.then_some(resolved))
}

/// Where the bracket closes that opened just before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Splits at the first comma that is in no bracket.
fn split_arguments(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let comma = text.bytes().position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0 && byte == b','
    })?;
    Some((&text[..comma], &text[comma + 1..]))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const ABOUT: About = About {
        holds: Holds::Course,
        title: "Memory & \"more\"",
        description: "What <owns> what.",
        language: "en",
        made: 1_790_000_000,
    };

    const TOC: &str = r#"<html><body><ol class="chapter"><li><a href="intro.html">First</a></li>
<li class="part-title">Owning</li><li><a href="own/moves.html"><strong>1.</strong> Moves &amp; more</a></li></ol></body></html>"#;

    /// What the browser repairs is here, too: the lower-cased `viewbox`.
    const MOVES: &str = r##"<html><body><nav><a href="../print.html">Print</a></nav><div id="mdbook-content"><main>
<h1 id="moves"><a class="header" href="#moves">Moves</a></h1>
<p>See <a href="../intro.html#why">why</a>, <a href="#moves">above</a>, <a href="../index.html">the start</a>,
<a href="https://example.org/?a=1&amp;b=2">elsewhere</a>, <a href="../print.html">all &lt;of&gt; it</a>.<br>A &amp; B&nbsp;C</p>
<figure class="block fail memory" id="memory-1"><pre><code class="rs" tabindex="0"><span class="boring">fn main() {
</span>let a = 1; <span class="co">// &lt;①&gt;</span></code></pre>
<ol class="steps" role="list"><li class="step" id="memory-1-1" data-line="1"><p class="mark">After ①</p><svg class="picture memory" viewbox="0 0 10 10" width="10" height="10" role="img"><title>A &lt;b&gt;</title><desc>One owns.</desc><path d="M0 0"/><text x="1" y="2">a</text></svg></li></ol></figure>
<details><summary>Answer</summary><p>Yes.</p></details>
<img src="../pictures/a.png" alt="A">
<aside class="terms" hidden><p data-term="move">No.</p></aside><script>alert(1)</script><button>Run</button>
</main></div></body></html>"##;

    fn site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("toc.html", TOC);
        write("own/moves.html", MOVES);
        write(
            "intro.html",
            "<html><body><main><h1>First</h1><p id=\"why\">\u{1b}[31mWhy.</p></main></body></html>",
        );
        write("pictures/a.png", "png");
        write(
            "theme/claims.css",
            ":root { --claim-code-bg: light-dark(#111111, #222222); --claim-line: #333; --claim-plain: #1; --claim-fail: #2; --claim-panic: #3; --claim-warn: #4; --claim-fix: #5;
            --code-fg: #6; --code-kw: #7; --code-ty: #8; --code-fn: #9; --code-st: #a; --code-nu: #b; --code-co: #c;
            --term-red: #d; --term-yellow: #e; --term-green: #f; --term-cyan: #0; --term-blue: #1 }",
        );
        write(
            "theme/pictures.css",
            ":root { --line: light-dark(#abcdef, #fedcba); } svg.memory rect { stroke: var(--line); fill: var(--none, red) }",
        );
        write(
            "theme/pictures-charts.css",
            "svg.chart { color: var(--fg) }",
        );
        folder
    }

    fn files(epub: Vec<u8>) -> Vec<(String, String)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(epub)).expect("an archive");
        (0..archive.len())
            .map(|i| {
                let mut file = archive.by_index(i).expect("a file");
                let mut text = String::new();
                file.read_to_string(&mut text).expect("text");
                (file.name().expect("a name").into_owned(), text)
            })
            .collect()
    }

    fn made() -> Vec<(String, String)> {
        let site = site();
        let epub = epub(site.path(), &site.path().join("theme"), &ABOUT).expect("a book");
        files(epub)
    }

    fn text<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
        let file = files.iter().find(|(file, _)| file == name);
        &file.unwrap_or_else(|| panic!("no {name}")).1
    }

    #[test]
    fn the_archive_says_first_what_it_is() {
        let site = site();
        let epub = epub(site.path(), &site.path().join("theme"), &ABOUT).expect("a book");
        // The name at byte 30 and the text behind it, not compressed, as the
        // standard has it (OCF 3.3, section 4.3).
        assert_eq!(&epub[30..58], b"mimetypeapplication/epub+zip");
    }

    #[test]
    fn the_same_book_is_the_same_file() {
        assert_eq!(made(), made());
    }

    #[test]
    fn every_page_is_xml() {
        let files = made();
        let mut pages = 0;
        for (name, text) in &files {
            if name.ends_with(".xhtml") || name.ends_with(".opf") || name.ends_with(".xml") {
                let options = roxmltree::ParsingOptions {
                    allow_dtd: true,
                    ..roxmltree::ParsingOptions::default()
                };
                roxmltree::Document::parse_with_options(text, options)
                    .unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
                pages += 1;
            }
        }
        assert_eq!(pages, 6);
    }

    #[test]
    fn what_is_listed_is_there_and_the_other_way_round() {
        let files = made();
        let package = text(&files, "book/book.opf");
        let mut listed: Vec<String> = package
            .split("<item ")
            .skip(1)
            .filter_map(|item| item.split("href=\"").nth(1)?.split('"').next())
            .map(|path| format!("book/{path}"))
            .collect();
        let mut there: Vec<String> = files
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| name.starts_with("book/") && !name.ends_with(".opf"))
            .collect();
        listed.sort();
        there.sort();
        assert_eq!(listed, there);
        for part in [
            "<dc:title>Memory &amp; &quot;more&quot;</dc:title>",
            "<meta property=\"dcterms:modified\">2026-09-21T14:13:20Z</meta>",
            "<item id=\"c1\" href=\"own/moves.xhtml\" media-type=\"application/xhtml+xml\" properties=\"svg\"/>",
            "<item id=\"p0\" href=\"pictures/a.png\" media-type=\"image/png\"/>",
        ] {
            assert!(package.contains(part), "no {part} in {package}");
        }
    }

    #[test]
    fn links_lead_to_chapters_or_out_of_the_book() {
        let files = made();
        let page = text(&files, "book/own/moves.xhtml");
        for part in [
            "<a href=\"../intro.xhtml#why\">why</a>",
            "<a href=\"#moves\">above</a>",
            "<a href=\"../intro.xhtml\">the start</a>",
            "<a href=\"https://example.org/?a=1&amp;b=2\">elsewhere</a>",
            " all &lt;of&gt; it.<br/>A &amp; B\u{a0}C",
            "<h1 id=\"moves\">Moves</h1>",
        ] {
            assert!(page.contains(part), "no {part} in {page}");
        }
        let contents = text(&files, "book/contents.xhtml");
        assert!(
            contents.contains("<li><a href=\"intro.xhtml\">First</a></li>\n<li><span>Owning</span>\n<ol>\n<li><a href=\"own/moves.xhtml\">Moves &amp; more</a></li>\n</ol></li>"),
            "{contents}"
        );
    }

    #[test]
    fn pictures_keep_their_words() {
        let files = made();
        let page = text(&files, "book/own/moves.xhtml");
        assert!(
            page.contains(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture memory\" height=\"10\" role=\"img\" viewBox=\"0 0 10 10\" width=\"10\"><title>A &lt;b&gt;</title><desc>One owns.</desc><path d=\"M0 0\"/><text x=\"1\" y=\"2\">a</text></svg>"
            ),
            "{page}"
        );
    }

    #[test]
    fn what_folds_is_unfolded_and_what_needs_a_script_is_gone() {
        let files = made();
        let page = text(&files, "book/own/moves.xhtml");
        assert!(
            page.contains("<div><p class=\"summary\">Answer</p><p>Yes.</p></div>"),
            "{page}"
        );
        assert!(page.contains("<code class=\"rs\">let a = 1;"), "{page}");
        for gone in ["script", "button", "terms", "boring", "tabindex", "Print"] {
            assert!(!page.contains(gone), "{gone} in {page}");
        }
        // XML has no escape characters.
        assert!(text(&files, "book/intro.xhtml").contains(">[31mWhy.</p>"));
    }

    #[test]
    fn colors_are_plain() {
        let files = made();
        let style = text(&files, "book/style.css");
        assert!(
            style.contains("svg.memory rect { stroke: #abcdef; fill: red }"),
            "{style}"
        );
        assert!(style.contains("background: #111111;"), "{style}");
        for gone in ["var(", "light-dark(", "--", "/*"] {
            assert!(!style.contains(gone), "{gone} in {style}");
        }
    }

    #[test]
    fn selectors_are_written_out() {
        assert_eq!(
            plain_selectors(
                "a { b: c }\nsvg:is(.x, .y) :is(b, i), p { d: e; }\n@media print { :is(u) { f: g } }"
            ),
            "a { b: c }\nsvg.x b,\nsvg.x i,\nsvg.y b,\nsvg.y i, p { d: e; }\n@media print { u { f: g } }"
        );
    }

    #[test]
    fn a_color_that_nobody_defines_is_an_error() {
        let error = plain_colors("a { color: var(--b) }", &HashMap::new()).expect_err("no color");
        assert_eq!(error.to_string(), "the theme defines no `--b`");
        let known = HashMap::from([("--b", "var(--b)")]);
        assert!(plain_colors("a { color: var(--b) }", &known).is_err());
    }

    /// Held against the calendar of another tool.
    #[test]
    fn times() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(seconds), written);
        }
    }
}
