//! The last touches on the site that mdBook has built: what each page says of
//! itself, one style sheet and one script in place of a dozen, the content
//! security policy, the site map.
//!
//! mdBook's template stays mdBook's; its pages are rewritten as they stream
//! by. A page that is finished carries a mark and is left alone, so that a run
//! that was cut off can be repeated, and one that was not changes nothing.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use lol_html::html_content::ContentType::Html;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use proofread::atlas;
use sha2::{Digest, Sha256};

use crate::answers;
use crate::search;

/// The mark of a finished page.
const GENERATOR: &str = "mdBook and cargo book";

/// What a page may load and where it may send: nothing leaves the site but a
/// program whose Run was pressed. Styles in attributes are mdBook's own.
/// `'self'` is this site, also in a folder (`file:`).
const POLICY: &str = "default-src 'self'; connect-src 'self' https://play.rust-lang.org; \
    img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; \
    base-uri 'self'; form-action 'self'";

/// How long a description may be, in characters; search engines cut there.
const DESCRIPTION: usize = 160;

/// Stand for what is known only when the whole page has gone by.
const HEAD: &str = "\u{e000}head\u{e000}";
const BOOK: &str = "\u{e000}book\u{e000}";

/// What is not in the built site itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The whole address of the site, `https://example.org/memory/`. Without
    /// it there are neither canonical addresses nor a site map, and links to
    /// the pages have no picture.
    pub address: Option<&'a str>,
    /// The picture for links to the pages, a PNG of 1200 × 630.
    pub preview: Option<&'a Path>,
    /// What the print page holds.
    pub print: Holds,
}

/// What a print page, a PDF or an EPUB holds: the course is read from front to
/// back, the error atlas is opened by somebody who is stuck.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Holds {
    /// Everything but the pages of the error atlas.
    #[default]
    Course,
    /// The error atlas: its index and its pages.
    Atlas,
}

impl Holds {
    /// Whether it holds the chapter whose page this is.
    pub(crate) fn chapter(self, href: &str) -> bool {
        match self {
            Holds::Course => !atlas::holds(href),
            Holds::Atlas => atlas::holds(href) || href == ATLAS,
        }
    }
}

/// The index of the error atlas, from the root of the site.
const ATLAS: &str = "errors.html";

/// The name of the preview picture in the site.
const PREVIEW: &str = "preview.png";

/// A chapter in the table of contents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its page, from the root of the site: `ownership/moves.html`.
    pub href: String,
    /// Its name, plain and without a number.
    pub title: String,
    /// The name of the part that it belongs to; empty before the first part.
    pub part: String,
}

/// Finishes the site in `folder`; returns the number of its pages.
///
/// # Errors
///
/// The folder holds no site of mdBook's, or a file cannot be read or written;
/// the error names it.
pub fn finish(folder: &Path, options: &Options) -> Result<usize> {
    if let Some(address) = options.address {
        check_address(address)?;
    }
    let entries = contents(folder)?;
    let pages = pages(folder)?;
    let texts = pages
        .iter()
        .map(|path| read(&folder.join(path)))
        .collect::<Result<Vec<String>>>()?;
    let unfinished: Vec<usize> = (0..pages.len())
        .filter(|&i| !is_finished(&texts[i]))
        .collect();
    let assets = match texts.iter().find(|text| is_whole(text)) {
        Some(text) => Assets::bundle(folder, &asset_names(text)?)?,
        None => Assets::default(),
    };
    let preview = options.preview.filter(|preview| preview.is_file());
    let site = Site {
        entries: &entries,
        assets: &assets,
        address: options.address,
        preview: preview.is_some(),
        print: options.print,
    };
    if let Some(preview) = preview {
        let picture =
            fs::read(preview).with_context(|| format!("{} cannot be read", preview.display()))?;
        write(&folder.join(PREVIEW), &picture)?;
    }
    proofread::judge::each(&unfinished, |&i| {
        let finished = page(&texts[i], &pages[i], &site)
            .with_context(|| format!("{} is not a page of mdBook's", pages[i]))?;
        write(&folder.join(&pages[i]), finished.as_bytes())
    })?;
    let raw: Vec<(&str, &str)> = unfinished
        .iter()
        .map(|&i| (pages[i].as_str(), texts[i].as_str()))
        .collect();
    if !raw.is_empty()
        && let Some((file, index)) = search::lighter(folder, &raw)?
    {
        write(&file, index.as_bytes())?;
    }
    let robots = robots(options.address);
    write(&folder.join("robots.txt"), robots.as_bytes())?;
    if let Some(address) = options.address {
        let map = site_map(&entries, address);
        write(&folder.join("sitemap.xml"), map.as_bytes())?;
    }
    // Last, so that a run that was cut off still finds them.
    for name in &assets.bundled {
        remove(folder, name)?;
    }
    let mermaid = "mermaid.min.js";
    if !texts.iter().any(|text| text.contains(mermaid)) {
        remove(folder, mermaid)?;
    }
    Ok(pages.len())
}

/// Whether mdBook wrote the page, and nobody has finished it yet.
fn is_whole(text: &str) -> bool {
    text.contains("id=\"mdbook-content\"") && !is_finished(text)
}

fn is_finished(text: &str) -> bool {
    text.contains(&format!(
        "<meta name=\"generator\" content=\"{GENERATOR}\">"
    ))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Writes a file whole or not at all; what is there already stays untouched.
///
/// # Errors
///
/// The file system refuses; the error names the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let part = path.with_added_extension("part");
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written.with_context(|| format!("{} could not be written; it is as it was", path.display()))
}

/// Removes a file that no page names any more, and its folder when it is empty.
fn remove(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} cannot be removed", path.display()));
        }
        _ => {}
    }
    if let Some(parent) = path.parent().filter(|parent| *parent != folder) {
        // It stays while something else is in it.
        let _ = fs::remove_dir(parent);
    }
    Ok(())
}

/// Whether it is the whole address of a site.
///
/// # Errors
///
/// It is not; the error shows one.
pub fn check_address(address: &str) -> Result<()> {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| rest.len() > 1 && rest.contains('/'))
        && address.ends_with('/')
        && !address.contains(|c: char| c.is_whitespace() || "?#\"<>&".contains(c));
    if !good {
        bail!(
            "`{address}` is not the whole address of a site; write it like https://example.org/memory/"
        );
    }
    Ok(())
}

/// The pages of the site, as paths with `/` from its root, in order.
fn pages(folder: &Path) -> Result<Vec<String>> {
    fn walk(root: &Path, below: &Path, found: &mut Vec<String>) -> Result<()> {
        let here = root.join(below);
        let entries =
            fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                walk(root, &path, found)?;
            } else if path
                .extension()
                .is_some_and(|extension| extension == "html")
            {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, Path::new(""), &mut found)?;
    found.sort();
    Ok(found)
}

/// The chapters of the built site, in order.
///
/// # Errors
///
/// The folder holds no site of mdBook's.
pub fn contents(folder: &Path) -> Result<Vec<Entry>> {
    let toc = fs::read_to_string(folder.join("toc.html")).map_err(|error| {
        anyhow!(
            "{} holds no site of mdBook's (toc.html: {error}); `cargo book build` makes one",
            folder.display()
        )
    })?;
    entries(&toc)
}

fn entries(toc: &str) -> Result<Vec<Entry>> {
    let entries: RefCell<Vec<Entry>> = RefCell::default();
    let part: RefCell<String> = RefCell::default();
    rewrite_str(
        toc,
        RewriteStrSettings::new()
            .append_element_content_handler(element!(".part-title", |_title| {
                part.borrow_mut().clear();
                Ok(())
            }))
            .append_element_content_handler(text!(".part-title", |chunk| {
                part.borrow_mut().push_str(chunk.as_str());
                Ok(())
            }))
            .append_element_content_handler(element!(".chapter a[href]", |link| {
                let href = link.get_attribute("href").unwrap_or_default();
                entries.borrow_mut().push(Entry {
                    href: plain(&href),
                    title: String::new(),
                    part: plain(&part.borrow()),
                });
                Ok(())
            }))
            .append_element_content_handler(text!(".chapter a[href]", |chunk| {
                if let Some(entry) = entries.borrow_mut().last_mut() {
                    entry.title.push_str(chunk.as_str());
                }
                Ok(())
            })),
    )?;
    let mut entries = entries.into_inner();
    for entry in &mut entries {
        // The number of a section stands before its name: "1.2. Moves".
        let title = plain(&entry.title);
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        entry.title = match title.split_once(' ') {
            Some((number, name)) if number.ends_with('.') && number.chars().all(digits) => {
                name.to_owned()
            }
            _ => title,
        };
    }
    entries.retain(|entry| entry.href.ends_with(".html"));
    Ok(entries)
}

/// The text of a piece of HTML without tags: entities resolved, white space
/// joined.
fn plain(html: &str) -> String {
    let text = htmlize::unescape(html);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plain text as it stands in HTML, in an attribute as well.
pub(crate) fn escaped(text: &str) -> String {
    htmlize::escape_all_quotes(text).into_owned()
}

/// The names of the style sheets and scripts of a page in the root of the
/// site, in order.
#[derive(Debug, Default, Eq, PartialEq)]
struct AssetNames {
    /// With the media that they are for.
    styles: Vec<(String, Option<String>)>,
    scripts: Vec<String>,
}

fn asset_names(page: &str) -> Result<AssetNames> {
    let names: RefCell<AssetNames> = RefCell::default();
    rewrite_str(
        page,
        RewriteStrSettings::new()
            .append_element_content_handler(element!("link[rel=stylesheet]", |link| {
                if let Some(href) = link.get_attribute("href") {
                    let media = link.get_attribute("media");
                    let style = (from_root(&href).to_owned(), media);
                    names.borrow_mut().styles.push(style);
                }
                Ok(())
            }))
            .append_element_content_handler(element!("script[src]", |script| {
                if let Some(src) = script.get_attribute("src") {
                    names.borrow_mut().scripts.push(from_root(&src).to_owned());
                }
                Ok(())
            })),
    )?;
    Ok(names.into_inner())
}

/// What mdBook's scripts do otherwise on our pages: its words, and ours. The tests in
/// the browser tell when a new version of mdBook has other words.
const MENDED: [(&str, &str); 4] = [
    // A reader's own version is what is copied (theme/edit.js).
    (
        "return code_block.textContent;",
        "return code_block.yours ?? code_block.textContent;",
    ),
    // A mark in a picture is HTML in SVG, which is not drawn: the word would be gone.
    ("mark_exclude = ['text']", "mark_exclude = ['svg *']"),
    // Copied code is whole, with the lines that are hidden on the page.
    (
        "playground_text(playground, false)",
        "playground_text(playground)",
    ),
    // It would keep browsers from going back at once.
    ("window.onunload = function() { };", ""),
];

/// What stands around the number of a chapter in mdBook's table of contents.
const NUMBER: (&str, &str) = ("<strong aria-hidden=\"true\">", "</strong> ");

/// A table of contents whose chapters have the numbers of their parts: the third of
/// "Part 4: Ownership" is 4.3, and a part without a number has chapters without.
/// (mdBook counts them through, and nests by the number of points.)
fn numbered(toc: &str) -> String {
    const PART: &str = "<li class=\"part-title\">";
    let mut pieces = toc.split(NUMBER.0);
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    let mut before = numbered.clone();
    let mut part: Option<String> = None;
    let mut count = 0;
    for piece in pieces {
        if let Some((_, title)) = before.rsplit_once(PART) {
            let words = title.split_once("</li>").map_or("", |(title, _)| title);
            let number = words
                .strip_prefix("Part ")
                .and_then(|rest| rest.split_once(':'));
            part = number.map(|(number, _)| number.to_owned());
            count = 0;
        }
        let (theirs, rest) = piece.split_once(NUMBER.1).unwrap_or(("", piece));
        if theirs.matches('.').count() == 1 {
            count += 1;
            if let Some(part) = &part {
                let (open, close) = NUMBER;
                let _ = write!(numbered, "{open}{part}.{count}.{close}");
            }
        }
        numbered.push_str(rest);
        before = rest.to_owned();
    }
    numbered
}

/// One style sheet and one script for all pages.
#[derive(Debug, Default)]
struct Assets {
    style: String,
    script: String,
    /// The files that are in them.
    bundled: HashSet<String>,
}

impl Assets {
    /// Puts the files together, and writes both below names that change with
    /// their content.
    fn bundle(folder: &Path, names: &AssetNames) -> Result<Assets> {
        let mut bundled = HashSet::new();
        let mut style = String::new();
        for (name, media) in &names.styles {
            let sheet = rebased(&read(&folder.join(name))?, name);
            // mdBook's script switches the sheets of the stock highlighter on
            // and off; they cannot go into one.
            if is_switched(name) && !without_comments(&sheet).trim().is_empty() {
                continue;
            }
            bundled.insert(name.clone());
            match media {
                Some(media) => writeln!(style, "@media {media} {{\n{}\n}}", sheet.trim_end())?,
                None => writeln!(style, "{}", sheet.trim_end())?,
            }
        }
        let mut script = String::new();
        for name in &names.scripts {
            // A file may do without the last semicolon, or end in a comment.
            let text = MENDED
                .iter()
                .fold(read(&folder.join(name))?, |text, (theirs, ours)| {
                    text.replace(theirs, ours)
                });
            let text = if name.starts_with("toc") {
                numbered(&text)
            } else {
                text
            };
            writeln!(script, "{}\n;", text.trim_end())?;
            bundled.insert(name.clone());
        }
        let named = |text: &str, extension: &str| -> Result<String> {
            let hash = Sha256::digest(text.as_bytes());
            let hash: String = hash.iter().take(4).map(|b| format!("{b:02x}")).collect();
            let name = format!("site-{hash}.{extension}");
            write(&folder.join(&name), text.as_bytes())?;
            Ok(name)
        };
        Ok(Assets {
            style: named(&style, "css")?,
            script: named(&script, "js")?,
            bundled,
        })
    }
}

/// Whether it is one of the three sheets that mdBook's script switches.
fn is_switched(name: &str) -> bool {
    ["highlight", "tomorrow-night", "ayu-highlight"]
        .iter()
        .any(|sheet| {
            name.strip_prefix(sheet)
                .is_some_and(|rest| rest.starts_with(['-', '.']))
        })
}

/// A style sheet without its comments.
pub(crate) fn without_comments(css: &str) -> String {
    let mut parts = css.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        text.push_str(part.split_once("*/").map_or("", |(_, rest)| rest));
        text
    })
}

/// A style sheet whose relative addresses hold from the root of the site.
fn rebased(css: &str, name: &str) -> String {
    let Some((folder, _)) = name.rsplit_once('/') else {
        return css.to_owned();
    };
    let mut parts = css.split("url(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut css, part| {
        css.push_str("url(");
        let address = part.trim_start_matches(['\'', '"', ' ']);
        css.push_str(&part[..part.len() - address.len()]);
        let absolute = address.starts_with(['/', '#'])
            || address
                .split([')', '/', '\'', '"'])
                .next()
                .is_some_and(|start| start.contains(':'));
        if !absolute {
            css.push_str(folder);
            css.push('/');
        }
        css.push_str(address);
        css
    })
}

/// What a page needs to know of the site.
struct Site<'a> {
    entries: &'a [Entry],
    assets: &'a Assets,
    address: Option<&'a str>,
    preview: bool,
    print: Holds,
}

impl Site<'_> {
    /// The chapter that the page at `path` shows. mdBook writes the first one
    /// twice: as the root as well.
    fn chapter(&self, path: &str) -> Option<&Entry> {
        if path == "index.html" {
            self.entries.first()
        } else {
            self.entries.iter().find(|entry| entry.href == path)
        }
    }

    /// The one whole address of a chapter.
    fn address_of(&self, chapter: &Entry) -> Option<String> {
        Some(whole_address(self.address?, self.entries, chapter))
    }
}

/// The first chapter is what the root of the site shows.
fn whole_address(address: &str, entries: &[Entry], chapter: &Entry) -> String {
    if entries.first() == Some(chapter) {
        address.to_owned()
    } else {
        format!("{address}{}", chapter.href)
    }
}

/// What is gathered while a page goes by.
#[derive(Default)]
struct Seen {
    title: String,
    /// The book's title, from the bar above the text.
    book: String,
    /// What mdBook says of the whole book.
    description: String,
    paragraphs: usize,
    first_paragraph: String,
    script: String,
    hashes: Vec<String>,
    style_placed: bool,
    script_placed: bool,
}

/// What does something to parts of a page as they go by.
type Handlers<'h> = RewriteStrSettings<'h, 'static>;

/// A page that goes by.
struct Passing<'a> {
    path: &'a str,
    site: &'a Site<'a>,
    /// The way from it to the root of the site.
    root: String,
    /// The links to the one style sheet, to the one script, and to the text.
    style: String,
    script: String,
    skip: String,
    seen: RefCell<Seen>,
}

impl<'a> Passing<'a> {
    fn new(path: &'a str, site: &'a Site<'a>) -> Passing<'a> {
        // The error page shows at any address; mdBook gives it a base.
        let is_error = path == ERROR;
        let root = if is_error {
            String::new()
        } else {
            "../".repeat(path.matches('/').count())
        };
        Passing {
            path,
            site,
            style: format!(
                "<link rel=\"stylesheet\" href=\"{root}{}\">",
                site.assets.style
            ),
            script: format!(
                "<script src=\"{root}{}\" defer></script>",
                site.assets.script
            ),
            skip: format!(
                "<a class=\"skip\" href=\"{}#mdbook-content\">Skip to the text</a>",
                if is_error { path } else { "" }
            ),
            root,
            seen: RefCell::default(),
        }
    }

    /// The head gives way to ours; the style sheets and scripts to one of each.
    fn head<'h>(&'h self, settings: Handlers<'h>) -> Handlers<'h> {
        settings
            .append_element_content_handler(element!("meta[charset]", |meta| {
                meta.after(HEAD, Html);
                Ok(())
            }))
            .append_element_content_handler(text!("head > title", |chunk| {
                self.seen.borrow_mut().title.push_str(chunk.as_str());
                chunk.remove();
                Ok(())
            }))
            .append_element_content_handler(element!("head > title", |title| {
                title.remove_and_keep_content();
                Ok(())
            }))
            .append_element_content_handler(element!("meta[name=description]", |meta| {
                let content = meta.get_attribute("content").unwrap_or_default();
                self.seen.borrow_mut().description = plain(&content);
                meta.remove();
                Ok(())
            }))
            .append_element_content_handler(element!("link[rel=stylesheet]", |link| {
                let href = link.get_attribute("href").unwrap_or_default();
                if !self.site.assets.bundled.contains(from_root(&href)) {
                    return Ok(());
                }
                if !std::mem::replace(&mut self.seen.borrow_mut().style_placed, true) {
                    link.before(&self.style, Html);
                }
                // mdBook's script looks for some of them, to switch them.
                if let Some(id) = link.get_attribute("id") {
                    link.after(&format!("<style id=\"{id}\"></style>"), Html);
                }
                link.remove();
                Ok(())
            }))
            .append_element_content_handler(element!("script[src]", |script| {
                let src = script.get_attribute("src").unwrap_or_default();
                if !self.site.assets.bundled.contains(from_root(&src)) {
                    return Ok(());
                }
                if !std::mem::replace(&mut self.seen.borrow_mut().script_placed, true) {
                    script.before(&self.script, Html);
                }
                script.remove();
                Ok(())
            }))
            .append_element_content_handler(text!("script:not([src])", |chunk| {
                let mut seen = self.seen.borrow_mut();
                seen.script.push_str(chunk.as_str());
                if chunk.last_in_text_node() {
                    let hash = BASE64.encode(Sha256::digest(seen.script.as_bytes()));
                    seen.hashes.push(format!("'sha256-{hash}'"));
                    seen.script.clear();
                }
                Ok(())
            }))
    }

    /// Landmarks and headings get names and ranks, and the first paragraph is kept
    /// for the description.
    fn landmarks<'h>(&'h self, settings: Handlers<'h>) -> Handlers<'h> {
        settings
            .append_element_content_handler(element!("body", |body| {
                body.prepend(&self.skip, Html);
                Ok(())
            }))
            // Its name belongs to a landmark.
            .append_element_content_handler(element!("#mdbook-menu-bar", |bar| {
                Ok(bar.set_attribute("role", "banner")?)
            }))
            // One heading of the first order: the chapter's.
            .append_element_content_handler(element!("h1.menu-title", |title| {
                // A phone has room for one name: that of the chapter.
                if let Some(chapter) = self.site.chapter(self.path) {
                    title.prepend("<span class=\"of-book\">", Html);
                    let name = escaped(&chapter.title);
                    title.append(
                        &format!("</span><span class=\"of-chapter\">{name}</span>"),
                        Html,
                    );
                }
                Ok(title.set_tag_name("div")?)
            }))
            .append_element_content_handler(text!("h1.menu-title", |chunk| {
                self.seen.borrow_mut().book.push_str(chunk.as_str());
                Ok(())
            }))
            .append_element_content_handler(element!("h2.mdbook-help-title", |title| {
                Ok(title.set_tag_name("p")?)
            }))
            .append_element_content_handler(element!("#mdbook-searchbar", |input| {
                input.set_attribute("aria-label", "Search this book")?;
                // mdBook names an element that is not there.
                input.set_attribute("aria-describedby", "mdbook-searchresults-header")?;
                Ok(())
            }))
            .append_element_content_handler(element!("iframe.sidebar-iframe-outer", |frame| {
                Ok(frame.set_attribute("title", "Table of contents")?)
            }))
            .append_element_content_handler(element!("main > p", |_paragraph| {
                self.seen.borrow_mut().paragraphs += 1;
                Ok(())
            }))
            .append_element_content_handler(text!("main > p", |chunk| {
                let mut seen = self.seen.borrow_mut();
                if seen.paragraphs == 1 {
                    seen.first_paragraph.push_str(chunk.as_str());
                }
                Ok(())
            }))
            // Two landmarks of one kind want two names.
            .append_element_content_handler(element!(".nav-wrapper", |nav| {
                Ok(nav.set_attribute("aria-label", "Previous and next chapter")?)
            }))
            .append_element_content_handler(element!(".nav-wide-wrapper", |nav| {
                Ok(nav.set_attribute("aria-label", "Previous and next chapter, beside the text")?)
            }))
    }

    /// The links to the neighbors say where they lead.
    fn neighbors<'h>(&'h self, settings: Handlers<'h>) -> Handlers<'h> {
        settings.append_element_content_handler(element!(
            ".nav-chapters, .mobile-nav-chapters",
            |link| {
                let href = plain(&link.get_attribute("href").unwrap_or_default());
                let back = link.get_attribute("rel").as_deref() == Some("prev");
                let (mut way, mut to) = (if back { "Previous" } else { "Next" }, href);
                // The course ends with the index of the atlas, whose pages
                // have no order: from each, the way back is the index.
                if atlas::holds(self.path) && back {
                    to = ATLAS.to_owned();
                    way = "Back to";
                    link.set_attribute("href", &format!("{}{ATLAS}", self.root))?;
                } else if atlas::holds(self.path) || atlas::holds(from_root(&to)) {
                    link.remove();
                    return Ok(());
                }
                let Some(chapter) = self.site.chapter(from_root(&to)) else {
                    return Ok(());
                };
                let title = escaped(&chapter.title);
                link.remove_attribute("aria-label");
                link.set_attribute("title", &format!("{way}: {title}"))?;
                // `prefetch` has no meaning in a link that is to be followed.
                link.set_attribute("rel", if back { "prev" } else { "next" })?;
                let words =
                    format!("<span class=\"to\"><span class=\"way\">{way}:</span> {title}</span>");
                if back {
                    link.append(&words, Html);
                } else {
                    link.prepend(&words, Html);
                }
                Ok(())
            }
        ))
    }

    /// The page for an address that is none shows the parts of the book.
    fn lost<'h>(&'h self, settings: Handlers<'h>) -> Handlers<'h> {
        settings
            .append_element_content_handler(element!("main", |main| {
                main.append(&parts(self.site.entries), Html);
                Ok(())
            }))
            // With a base, `#here` alone would lead to the root of the site.
            .append_element_content_handler(element!("main a[href^='#']", |link| {
                let anchor = link.get_attribute("href").unwrap_or_default();
                Ok(link.set_attribute("href", &format!("{}{anchor}", self.path))?)
            }))
    }

    /// All chapters on one page: the book is the first heading, they are the second.
    fn below_the_book<'h>(&'h self, settings: Handlers<'h>, contents: &'h str) -> Handlers<'h> {
        let titled = Cell::new(self.site.print != Holds::Course);
        // How much lower the headings of a chapter are.
        let below = Cell::new(1);
        let names_the_book = |book: &str| {
            let first = self.site.entries.first();
            first.is_some_and(|first| plain(book).starts_with(&first.title))
        };
        settings
            .append_element_content_handler(element!("main", move |main| {
                main.prepend(
                    &format!("<h1 class=\"book-title\">{BOOK}</h1>{contents}"),
                    Html,
                );
                Ok(())
            }))
            .append_element_content_handler(element!(
                "main h1, main h2, main h3, main h4, main h5",
                move |heading| {
                    // The first chapter has the book's name, which stands above it.
                    let order: u8 = heading.tag_name()[1..].parse()?;
                    if !titled.replace(true) && names_the_book(&self.seen.borrow().book) {
                        below.set(0);
                        heading.set_inner_content("", Html);
                        return Ok(heading.set_tag_name("div")?);
                    }
                    if order == 1 {
                        below.set(1);
                    }
                    Ok(heading.set_tag_name(&format!("h{}", order + below.get()))?)
                }
            ))
    }
}

/// What is no chapter has no neighbors.
fn without_neighbors(settings: Handlers) -> Handlers {
    settings.append_element_content_handler(element!(".nav-wrapper, .nav-wide-wrapper", |nav| {
        nav.remove();
        Ok(())
    }))
}

/// The page for an address that is none.
const ERROR: &str = "404.html";

/// A page of mdBook's, finished. `path` is its path from the root of the site.
fn page(html: &str, path: &str, site: &Site) -> Result<String> {
    let kept: Cow<str> = match path {
        "print.html" => printed(html, site)?.into(),
        "toc.html" => numbered(html).into(),
        _ => html.into(),
    };
    let contents = match path {
        "print.html" => printed_contents(site, &kept),
        _ => String::new(),
    };
    let passing = Passing::new(path, site);
    let mut settings = passing.head(RewriteStrSettings::new());
    if path != "toc.html" {
        settings = passing.neighbors(passing.landmarks(settings));
    }
    if path == ERROR {
        settings = passing.lost(settings);
    }
    if site.chapter(path).is_none() {
        settings = without_neighbors(settings);
    }
    if path == "print.html" {
        settings = passing.below_the_book(settings, &contents);
    }
    let rewritten = rewrite_str(&kept, settings)?;
    let seen = passing.seen.into_inner();
    Ok(rewritten
        .replacen(HEAD, &head(path, &seen, site)?, 1)
        .replacen(BOOK, &escaped(&plain(&seen.book)), 1))
}

/// What mdBook puts between two chapters of its print page.
const BREAK: &str = r#"<div style="break-before: page; page-break-before: always;"></div>"#;

/// The print page with the chapters that it is to hold. mdBook puts all of the
/// book on it; a link to a chapter that is gone becomes the words that it had.
fn printed(html: &str, site: &Site) -> Result<String> {
    let held = |entry: &Entry| site.print.chapter(&entry.href);
    let (before, rest) = html.split_once("<main>").context("no text")?;
    let (main, behind) = rest.split_once("</main>").context("no end of the text")?;
    let chapters: Vec<&str> = main.split(BREAK).collect();
    ensure!(
        chapters.len() == site.entries.len(),
        "the print page has {} chapters, the table of contents {}",
        chapters.len(),
        site.entries.len()
    );
    let kept: Vec<String> = site
        .entries
        .iter()
        .zip(chapters)
        .filter(|(entry, _)| held(entry))
        .enumerate()
        .map(|(number, (_, chapter))| answers::last(chapter, number + 1))
        .collect();
    let kept = kept.join(BREAK);
    let ids: HashSet<&str> = kept
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let unlinked = rewrite_str(
        &kept,
        RewriteStrSettings::new().append_element_content_handler(element!("a[href]", |link| {
            let href = link.get_attribute("href").unwrap_or_default();
            let gone = match href.strip_prefix('#') {
                Some(id) => !ids.contains(plain(id).as_str()),
                None => site.entries.iter().any(|entry| entry.href == href),
            };
            if gone {
                link.remove_and_keep_content();
            }
            Ok(())
        })),
    )?;
    Ok(format!("{before}<main>{unlinked}</main>{behind}"))
}

/// The contents of the print page: each chapter that it holds, by its heading there.
fn printed_contents(site: &Site, html: &str) -> String {
    let main = html.split_once("<main>").map_or("", |(_, main)| main);
    let anchor = |chapter: &str| -> Option<String> {
        let (_, heading) = chapter.split_once("<h1 id=\"")?;
        Some(heading.split_once('"')?.0.to_owned())
    };
    let held: Vec<&Entry> = site
        .entries
        .iter()
        .filter(|entry| site.print.chapter(&entry.href))
        .collect();
    let chapters: Vec<(&Entry, Option<String>)> = held
        .into_iter()
        .zip(main.split(BREAK).map(anchor))
        .collect();
    let mut list = String::from("<nav class=\"contents\" aria-label=\"Contents\">");
    for part in chapters.chunk_by(|(one, _), (next, _)| one.part == next.part) {
        let _ = write!(list, "<p>{}</p><ul>", escaped(&part[0].0.part));
        for (entry, anchor) in part {
            let title = escaped(&entry.title);
            let _ = match anchor {
                Some(anchor) => write!(list, "<li><a href=\"#{anchor}\">{title}</a></li>"),
                None => write!(list, "<li>{title}</li>"),
            };
        }
        list.push_str("</ul>");
    }
    list.push_str("</nav>");
    list
}

/// The same file is named from each depth of the site.
fn from_root(address: &str) -> &str {
    address.trim_start_matches("../")
}

/// What a page says of itself.
fn head(path: &str, seen: &Seen, site: &Site) -> Result<String> {
    let mut head = String::new();
    let mut rules = POLICY.to_owned();
    if !seen.hashes.is_empty() {
        write!(rules, "; script-src 'self' {}", seen.hashes.join(" "))?;
    }
    write!(
        head,
        "\n<meta http-equiv=\"Content-Security-Policy\" content=\"{rules}\">"
    )?;
    let mut meta = |kind: &str, name: &str, content: &str| {
        write!(
            head,
            "\n<meta {kind}=\"{name}\" content=\"{}\">",
            escaped(content)
        )
    };
    meta("name", "generator", GENERATOR)?;
    let book = plain(&seen.book);
    let mut title = plain(&seen.title);
    let chapter = site.chapter(path);
    match path {
        "toc.html" => title = "Table of contents".to_owned(),
        "404.html" => meta("name", "robots", "noindex")?,
        _ => {}
    }
    if let Some(chapter) = chapter {
        // Not "Memory Management in Rust - Memory Management in Rust: a …".
        if book.starts_with(&chapter.title) {
            title = book.clone();
        }
        let mut description = summary(&plain(&seen.first_paragraph));
        if description.is_empty() {
            description = seen.description.clone();
        }
        meta("name", "description", &description)?;
        meta("property", "og:type", "article")?;
        meta("property", "og:site_name", &book)?;
        meta("property", "og:title", &chapter.title)?;
        meta("property", "og:description", &description)?;
        if let Some(address) = site.address_of(chapter) {
            meta("property", "og:url", &address)?;
        }
        let picture = site.address.filter(|_| site.preview);
        if let Some(address) = picture {
            meta("property", "og:image", &format!("{address}{PREVIEW}"))?;
            meta("property", "og:image:width", "1200")?;
            meta("property", "og:image:height", "630")?;
            meta("property", "og:image:alt", &book)?;
        }
        let card = if picture.is_some() {
            "summary_large_image"
        } else {
            "summary"
        };
        meta("name", "twitter:card", card)?;
    } else if !seen.description.is_empty() {
        meta("name", "description", &seen.description)?;
    }
    write!(head, "\n<title>{}</title>", escaped(&title))?;
    if let Some(address) = chapter.and_then(|chapter| site.address_of(chapter)) {
        write!(
            head,
            "\n<link rel=\"canonical\" href=\"{}\">",
            escaped(&address)
        )?;
    }
    Ok(head)
}

/// The parts of the book as links to their first chapters.
fn parts(entries: &[Entry]) -> String {
    let mut list = String::from("<h2>Parts of the book</h2>\n<ul class=\"parts\">\n");
    for chapters in entries.chunk_by(|one, next| one.part == next.part) {
        let first = &chapters[0];
        if !first.part.is_empty() {
            list.push_str("<li><a href=\"");
            list.push_str(&escaped(&first.href));
            list.push_str("\">");
            list.push_str(&escaped(&first.part));
            list.push_str("</a></li>\n");
        }
    }
    list.push_str("</ul>\n");
    list
}

/// The start of a text, in at most [`DESCRIPTION`] characters: whole sentences
/// where the first ones say enough, else as many words as fit.
fn summary(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION {
        return text.to_owned();
    }
    // Room for the ellipsis.
    let end = text
        .char_indices()
        .nth(DESCRIPTION - 1)
        .map_or(text.len(), |(end, _)| end);
    let start = &text[..end];
    let sentence = start
        .rmatch_indices(". ")
        .map(|(at, _)| &start[..=at])
        .next();
    match sentence {
        Some(sentence) if sentence.chars().count() >= DESCRIPTION / 3 => sentence.to_owned(),
        _ => {
            let words = start.rsplit_once(' ').map_or(start, |(words, _)| words);
            let words = words.trim_end_matches([',', ';', ':', '.', ' ']);
            format!("{words}…")
        }
    }
}

/// Robots are welcome.
fn robots(address: Option<&str>) -> String {
    let mut text = "User-agent: *\nDisallow:\n".to_owned();
    if let Some(address) = address {
        text.push_str("Sitemap: ");
        text.push_str(address);
        text.push_str("sitemap.xml\n");
    }
    text
}

/// The chapters, each once.
fn site_map(entries: &[Entry], address: &str) -> String {
    let mut map = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
    )
    .to_owned();
    for entry in entries {
        map.push_str("<url><loc>");
        map.push_str(&escaped(&whole_address(address, entries, entry)));
        map.push_str("</loc></url>\n");
    }
    map.push_str("</urlset>\n");
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What mdBook writes, cut down to what is touched.
    fn built(root: &str, title: &str, main: &str, nav: &str) -> String {
        format!(
            r##"<!DOCTYPE HTML>
<html lang="en" class="light" dir="ltr"><head>
<meta charset="UTF-8">
<title>{title} - A book: &amp; its guide</title>
<meta name="description" content="About the book &quot;whole&quot;.">
<link rel="stylesheet" href="{root}css/general-1.css">
<link rel="stylesheet" href="{root}css/print-1.css" media="print">
<link rel="stylesheet" id="mdbook-highlight-css" href="{root}highlight-1.css">
<link rel="stylesheet" href="{root}theme/claims-1.css">
<script>
            const path_to_root = "{root}";
</script>
<script src="{root}toc-1.js"></script>
</head>
<body>
<h2 class="mdbook-help-title">Keyboard shortcuts</h2>
<noscript><iframe class="sidebar-iframe-outer" src="{root}toc.html"></iframe></noscript>
<h1 class="menu-title">A book: &amp; its guide</h1>
<div id="mdbook-content" class="content"><main>{main}</main>
<nav class="nav-wrapper" aria-label="Page navigation">{nav}</nav></div>
<nav class="nav-wide-wrapper" aria-label="Page navigation">{nav}</nav>
<script>
    window.playground_copyable = true;
</script>
<script src="{root}book-1.js"></script>
</body></html>
"##
        )
    }

    const TOC: &str = r##"<!DOCTYPE HTML>
<html lang="en"><head><meta charset="UTF-8"><meta name="robots" content="noindex">
<link rel="stylesheet" href="css/general-1.css"></head>
<body><ol class="chapter"><li class="chapter-item"><span><a href="start.html" target="_parent">A book</a></span></li>
<li class="chapter-item"><li class="part-title">Owning &amp; lending</li></li>
<li class="chapter-item"><span><a href="own/moves.html" target="_parent"><strong aria-hidden="true">1.2.</strong> Moves &amp; more</a></span></li>
<li class="chapter-item"><span><a href="own/2.html" target="_parent"><strong aria-hidden="true">2.</strong> 2. Take</a></span></li>
</ol></body></html>"##;

    fn assets() -> Assets {
        let bundled = [
            "css/general-1.css",
            "css/print-1.css",
            "highlight-1.css",
            "theme/claims-1.css",
            "toc-1.js",
            "book-1.js",
        ];
        Assets {
            style: "site-0.css".to_owned(),
            script: "site-0.js".to_owned(),
            bundled: bundled.into_iter().map(str::to_owned).collect(),
        }
    }

    fn finished(html: &str, path: &str, address: Option<&str>) -> String {
        let entries = entries(TOC).expect("a table of contents");
        let assets = assets();
        let site = Site {
            entries: &entries,
            assets: &assets,
            address,
            preview: true,
            print: Holds::Course,
        };
        page(html, path, &site).expect("a page")
    }

    /// The moves, between two chapters.
    fn moves(address: Option<&str>) -> String {
        let nav = r#"<a rel="prev" href="../start.html" class="mobile-nav-chapters previous" title="Previous chapter" aria-label="Previous chapter"><svg></svg></a><a rel="next prefetch" href="../own/2.html" class="nav-chapters next" title="Next chapter" aria-label="Next chapter"><svg></svg></a>"#;
        let main =
            "<h1>Moves</h1>\n<p>A <code>&lt;T&gt;</code>\nmoves &amp; stays.</p><p>Second.</p>";
        finished(
            &built("../", "Moves &amp; more", main, nav),
            "own/moves.html",
            address,
        )
    }

    #[track_caller]
    fn has(page: &str, part: &str) {
        assert!(page.contains(part), "no {part} in:\n{page}");
    }

    #[track_caller]
    fn lacks(page: &str, part: &str) {
        assert!(!page.contains(part), "{part} in:\n{page}");
    }

    #[test]
    fn the_table_of_contents_is_read() {
        let entry = |href: &str, title: &str, part: &str| Entry {
            href: href.to_owned(),
            title: title.to_owned(),
            part: part.to_owned(),
        };
        assert_eq!(
            entries(TOC).expect("it is one"),
            [
                entry("start.html", "A book", ""),
                entry("own/moves.html", "Moves & more", "Owning & lending"),
                entry("own/2.html", "2. Take", "Owning & lending"),
            ]
        );
    }

    #[test]
    fn a_page_says_what_it_is_about() {
        let page = moves(None);
        has(
            &page,
            "<meta name=\"description\" content=\"A &lt;T&gt; moves &amp; stays.\">",
        );
        has(
            &page,
            "<title>Moves &amp; more - A book: &amp; its guide</title>",
        );
        has(
            &page,
            "<meta property=\"og:title\" content=\"Moves &amp; more\">",
        );
        lacks(&page, "About the book");
        assert_eq!(page.matches("<title>").count(), 1);
    }

    #[test]
    fn addresses_are_whole_or_not_there() {
        let page = moves(None);
        for part in ["canonical", "og:url", "og:image"] {
            lacks(&page, part);
        }
        let page = moves(Some("https://example.org/b/"));
        has(
            &page,
            "<link rel=\"canonical\" href=\"https://example.org/b/own/moves.html\">",
        );
        has(
            &page,
            "<meta property=\"og:url\" content=\"https://example.org/b/own/moves.html\">",
        );
        has(
            &page,
            "<meta property=\"og:image\" content=\"https://example.org/b/preview.png\">",
        );
    }

    #[test]
    fn the_first_chapter_is_the_root_of_the_site() {
        for path in ["index.html", "start.html"] {
            let html = built("", "A book", "<p>It starts.</p>", "");
            let page = finished(&html, path, Some("https://example.org/"));
            has(
                &page,
                "<link rel=\"canonical\" href=\"https://example.org/\">",
            );
            has(&page, "<title>A book: &amp; its guide</title>");
        }
    }

    /// The browser runs an inline script only if the hash is that of its
    /// text, to the byte; this one was taken with another tool.
    #[test]
    fn the_policy_knows_each_inline_script() {
        let page = moves(None);
        let text = "\n    window.playground_copyable = true;\n";
        has(&page, &format!("<script>{text}</script>"));
        has(
            &page,
            "'sha256-QJXzSgf02ytfTkSLAOTD+sNtSfnaGgUH/QjWt3iarsY='",
        );
        assert_eq!(page.matches("'sha256-").count(), 2);
        let policy = page.find("Content-Security-Policy").expect("a policy");
        assert!(policy < page.find("<script").expect("a script"));
    }

    #[test]
    fn one_sheet_and_one_script_are_left() {
        let page = moves(None);
        assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1);
        assert_eq!(page.matches("<script src").count(), 1);
        has(&page, "<link rel=\"stylesheet\" href=\"../site-0.css\">");
        has(&page, "<script src=\"../site-0.js\" defer></script>");
        has(&page, "<style id=\"mdbook-highlight-css\"></style>");
    }

    #[test]
    fn chapters_before_and_after_are_named() {
        let page = moves(None);
        has(
            &page,
            "<svg></svg><span class=\"to\"><span class=\"way\">Previous:</span> A book</span></a>",
        );
        has(
            &page,
            "<span class=\"to\"><span class=\"way\">Next:</span> 2. Take</span><svg></svg></a>",
        );
        has(&page, "title=\"Next: 2. Take\"");
        lacks(&page, "prefetch");
        lacks(&page, "aria-label=\"Next chapter\"");
    }

    #[test]
    fn there_is_one_first_heading_and_a_way_past_the_bar() {
        let page = moves(None);
        assert_eq!(page.matches("<h1").count(), 1);
        has(
            &page,
            "<div class=\"menu-title\"><span class=\"of-book\">A book: &amp; its guide</span><span class=\"of-chapter\">Moves &amp; more</span></div>",
        );
        has(&page, "<body><a class=\"skip\" href=\"#mdbook-content\">");
    }

    #[test]
    fn chapters_have_the_numbers_of_their_parts() {
        let chapter = |number: &str, name: &str| {
            let (open, close) = NUMBER;
            let number = match number {
                "" => String::new(),
                number => format!("{open}{number}{close}"),
            };
            format!("<li><a href=\"{name}.html\">{number}{name}</a></li>")
        };
        let part = |name: &str| format!("<li class=\"part-title\">{name}</li>");
        let toc = |numbers: [&str; 4]| {
            let [a, b, c, d] = numbers;
            [
                part("Start"),
                chapter(a, "a"),
                part("Part 4: Owning"),
                chapter(b, "b"),
                chapter(c, "c"),
                part("Atlas"),
                chapter(d, "d"),
            ]
            .concat()
        };
        assert_eq!(
            numbered(&toc(["1.", "2.", "3.", "4."])),
            toc(["", "4.1.", "4.2.", ""])
        );
        assert_eq!(numbered("<p>no numbers</p>"), "<p>no numbers</p>");
    }

    #[test]
    fn on_paper_the_book_is_the_first_heading() {
        let main = format!(
            "<h1 id=\"a\">A book</h1><h2>Two</h2>{BREAK}<h1 id=\"b\">Three</h1>{BREAK}<h1 id=\"c\">Four</h1>"
        );
        let page = finished(&built("", "A book", &main, ""), "print.html", None);
        has(
            &page,
            "<main><h1 class=\"book-title\">A book: &amp; its guide</h1><nav class=\"contents\"",
        );
        // The first chapter has the book's name; its anchor stays.
        has(&page, "</nav><div id=\"a\"></div><h2>Two</h2><div style");
        has(&page, "<li><a href=\"#b\">");
        has(&page, "<h2 id=\"b\">Three</h2>");
        lacks(&page, "canonical");
        lacks(&page, "<nav class=\"nav-");
    }

    /// A book with an atlas of two pages behind its one chapter and the index.
    fn with_an_atlas(html: &str, path: &str, print: Holds) -> String {
        let entry = |href: &str, title: &str| Entry {
            href: href.to_owned(),
            title: title.to_owned(),
            part: String::new(),
        };
        let entries = [
            entry("start.html", "Start"),
            entry("errors.html", "Error atlas"),
            entry("errors/e0001.html", "E0001: one"),
            entry("errors/e0002.html", "E0002: two"),
        ];
        let assets = assets();
        let site = Site {
            entries: &entries,
            assets: &assets,
            address: None,
            preview: false,
            print,
        };
        page(html, path, &site).expect("a page")
    }

    fn nav(previous: &str, next: &str) -> String {
        format!(
            r#"<a rel="prev" href="{previous}" class="nav-chapters previous"></a><a rel="next prefetch" href="{next}" class="nav-chapters next"></a>"#
        )
    }

    #[test]
    fn next_and_previous_end_with_the_course() {
        let on = |path: &str, previous: &str, next: &str| {
            let root = "../".repeat(path.matches('/').count());
            let html = built(&root, "A", "<p>a</p>", &nav(previous, next));
            with_an_atlas(&html, path, Holds::Course)
        };
        let course = on("start.html", "start.html", "errors.html");
        has(&course, "Next:</span> Error atlas");
        let index = on("errors.html", "start.html", "errors/e0001.html");
        has(&index, "Previous:</span> Start");
        lacks(&index, "nav-chapters next");
        let page = on(
            "errors/e0002.html",
            "../errors/e0001.html",
            "../errors/e0003.html",
        );
        has(&page, "<a rel=\"prev\" href=\"../errors.html\"");
        has(&page, "Back to:</span> Error atlas");
        lacks(&page, "nav-chapters next");
    }

    #[test]
    fn on_paper_are_the_course_or_the_atlas() {
        let chapters = [
            "<h1 id=\"start\">Start</h1><a href=\"#one\">E0001</a> <a href=\"#start\">up</a> <a href=\"https://e.org\">out</a>",
            "<h1 id=\"atlas\">Atlas</h1><a href=\"#one\">one</a>",
            "<h1 id=\"one\">One</h1><a href=\"#start\">start</a> <a href=\"#atlas\">atlas</a>",
            "<h1 id=\"two\">Two</h1>",
        ];
        let html = built("", "A", &chapters.join(BREAK), "");
        let course = with_an_atlas(&html, "print.html", Holds::Course);
        let (_, main) = course.split_once("</nav>").expect("the contents");
        let (main, _) = main.split_once("</main>").expect("a text");
        assert_eq!(
            main,
            format!(
                "<h2 id=\"start\">Start</h2>E0001 <a href=\"#start\">up</a> <a href=\"https://e.org\">out</a>{BREAK}<h2 id=\"atlas\">Atlas</h2>one"
            )
        );
        let atlas = with_an_atlas(&html, "print.html", Holds::Atlas);
        lacks(&atlas, "id=\"start\"");
        has(
            &atlas,
            "<h2 id=\"one\">One</h2>start <a href=\"#atlas\">atlas</a>",
        );
        has(
            &atlas,
            "<h2 id=\"atlas\">Atlas</h2><a href=\"#one\">one</a>",
        );
    }

    #[test]
    fn the_error_page_leads_on() {
        let main = "<h1 id=\"a\"><a class=\"header\" href=\"#a\">Not here</a></h1>";
        let page = finished(
            &built("", "Page not found", main, ""),
            "404.html",
            Some("https://example.org/b/"),
        );
        has(&page, "<meta name=\"robots\" content=\"noindex\">");
        has(
            &page,
            "<li><a href=\"own/moves.html\">Owning &amp; lending</a></li>",
        );
        has(&page, "href=\"404.html#a\"");
        has(&page, "href=\"404.html#mdbook-content\"");
        lacks(&page, "canonical");
    }

    #[test]
    fn descriptions_end_where_a_sentence_or_a_word_ends() {
        assert_eq!(summary("Short."), "Short.");
        let sentences = format!("{}. {}", "word ".repeat(20).trim(), "more ".repeat(30));
        assert_eq!(
            summary(&sentences),
            format!("{}.", "word ".repeat(20).trim())
        );
        let long = "wörter, ".repeat(40);
        let cut = summary(&long);
        assert!(cut.chars().count() <= DESCRIPTION, "{cut}");
        assert!(cut.ends_with("wörter…"), "{cut}");
    }

    #[test]
    fn relative_addresses_in_sheets_hold_from_the_root() {
        assert_eq!(
            rebased(
                "a{src:url('x.woff2')} b{c:url(data:x)} d{e:url(\"https://f/\")}",
                "fonts/f.css"
            ),
            "a{src:url('fonts/x.woff2')} b{c:url(data:x)} d{e:url(\"https://f/\")}"
        );
        assert_eq!(rebased("a{b:url(x)}", "f.css"), "a{b:url(x)}");
    }

    #[test]
    fn addresses_are_checked() {
        assert!(check_address("https://example.org/memory/").is_ok());
        for wrong in [
            "https://example.org/memory",
            "/memory/",
            "https://",
            "https:///",
            "https://e.org/a b/",
        ] {
            assert!(check_address(wrong).is_err(), "{wrong}");
        }
    }

    fn small_site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("toc.html", TOC);
        write("index.html", &built("", "A book", "<p>One.</p>", ""));
        write("start.html", &built("", "A book", "<p>One.</p>", ""));
        write("own/moves.html", &built("../", "Moves", "<p>Two.</p>", ""));
        write("css/general-1.css", "body { color: red }\n");
        write("css/print-1.css", "nav { display: none }");
        write("highlight-1.css", "/* ours has the colors */\n");
        write("theme/claims-1.css", ".claim {}");
        write("toc-1.js", "let toc = 1");
        write("book-1.js", "'use strict'; // book");
        write("mermaid.min.js", "big");
        folder
    }

    fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    let name = path.to_string_lossy().into_owned();
                    found.push((name, fs::read(&path).expect("a file")));
                }
            }
        }
        let mut found = Vec::new();
        walk(folder, &mut found);
        found.sort();
        found
    }

    const OPTIONS: Options = Options {
        address: Some("https://example.org/b/"),
        preview: None,
        print: Holds::Course,
    };

    #[test]
    fn a_site_is_finished_once() {
        let site = small_site();
        assert_eq!(finish(site.path(), &OPTIONS).expect("finished"), 4);
        let once = everything(site.path());
        finish(site.path(), &OPTIONS).expect("finished");
        assert_eq!(once, everything(site.path()));

        let names: Vec<&str> = once
            .iter()
            .map(|(name, _)| name.rsplit('/').next().unwrap_or_default())
            .collect();
        assert_eq!(
            names,
            [
                "index.html",
                "moves.html",
                "robots.txt",
                "site-09afd1e5.css",
                "site-8e13607c.js",
                "sitemap.xml",
                "start.html",
                "toc.html"
            ]
        );
        let text = |name: &str| {
            let (_, bytes) = once
                .iter()
                .find(|(path, _)| path.ends_with(name))
                .expect("it is there");
            String::from_utf8(bytes.clone()).expect("text")
        };
        assert_eq!(
            text(".css"),
            "body { color: red }\n@media print {\nnav { display: none }\n}\n/* ours has the colors */\n.claim {}\n"
        );
        assert_eq!(text(".js"), "let toc = 1\n;\n'use strict'; // book\n;\n");
        assert_eq!(
            text("robots.txt"),
            "User-agent: *\nDisallow:\nSitemap: https://example.org/b/sitemap.xml\n"
        );
        assert_eq!(text("sitemap.xml").matches("<loc>").count(), 3);
        has(&text("sitemap.xml"), "<loc>https://example.org/b/</loc>");
        has(&text("toc.html"), "<title>Table of contents</title>");
    }

    /// Some pages are finished, some not, and the parts are still there.
    #[test]
    fn a_run_that_was_cut_off_is_taken_up() {
        let site = small_site();
        let before = everything(site.path());
        finish(site.path(), &OPTIONS).expect("finished");
        let after = everything(site.path());
        for (name, bytes) in before {
            if !name.ends_with("moves.html") {
                fs::create_dir_all(Path::new(&name).parent().expect("a parent")).expect("made");
                fs::write(&name, bytes).expect("written");
            }
        }
        finish(site.path(), &OPTIONS).expect("finished");
        assert_eq!(after, everything(site.path()));
    }

    #[test]
    fn the_stock_highlighter_keeps_its_sheets() {
        let site = small_site();
        fs::write(site.path().join("highlight-1.css"), ".hljs {}").expect("written");
        finish(site.path(), &OPTIONS).expect("finished");
        let page = fs::read_to_string(site.path().join("own/moves.html")).expect("a page");
        has(
            &page,
            "<link rel=\"stylesheet\" id=\"mdbook-highlight-css\" href=\"../highlight-1.css\">",
        );
        assert!(site.path().join("highlight-1.css").is_file());
    }

    #[test]
    fn another_folder_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = finish(folder.path(), &Options::default()).expect_err("no site");
        has(&error.to_string(), "holds no site of mdBook's");
    }
}
