//! The pages of the built site, as files. What only a browser can tell is in
//! `tests/browser`.

mod built;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use built::{Built, gzipped, root};
use proofread::judge::each;
use scraper::{ElementRef, Html, Selector};

struct Page {
    path: String,
    text: String,
}

struct Site {
    pages: Vec<Page>,
    built: Built,
}

/// The site, built once for the tests that look at it.
static SITE: LazyLock<Site> = LazyLock::new(|| {
    let site = Built::new().and_then(|built| {
        let pages = built.pages()?.into_iter().map(|path| {
            let text = built.text(&path)?;
            Ok(Page { path, text })
        });
        let pages = pages.collect::<anyhow::Result<_>>()?;
        Ok(Site { pages, built })
    });
    site.unwrap_or_else(|error| panic!("the site cannot be built: {error:#}"))
});

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    html.select(&selector).collect()
}

fn text(element: &ElementRef) -> String {
    element.text().collect::<String>().trim().to_owned()
}

/// Looks at every page, on all cores, and tells everything that is wrong.
fn on_every_page(look: impl Fn(&Page, &Html) -> Vec<String> + Sync) {
    let wrong = std::sync::Mutex::new(Vec::new());
    let looked = each(&SITE.pages, |page| {
        let html = Html::parse_document(&page.text);
        let found = look(page, &html);
        let found = found
            .into_iter()
            .map(|found| format!("{}: {found}", page.path));
        wrong.lock().expect("no panic").extend(found);
        Ok(())
    });
    looked.unwrap_or_else(|error| panic!("{error:#}"));
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    assert!(SITE.pages.len() > 30, "the pages were looked at");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Whether a page is a frame inside others, which has no heading of its own.
fn is_frame(page: &Page) -> bool {
    page.path == "toc.html"
}

/// What the parser that all browsers share stumbles over.
#[test]
fn html_parses_without_errors() {
    on_every_page(|page, html| {
        let mut errors: Vec<String> = html.errors.iter().map(ToString::to_string).collect();
        // mdBook puts the title of each part, an item of the list, into an item
        // of the list, and closes both.
        let parts = select(html, "li.part-title").len();
        if is_frame(page) && errors == vec!["No matching tag to close"; parts] {
            errors.clear();
        }
        errors
    });
}

/// Whoever follows a link arrives, also from the print page and from the page
/// for what is not there, which is shown at any address.
#[test]
fn links_and_anchors_resolve() {
    let anchors: HashMap<&str, HashSet<String>> = SITE
        .pages
        .iter()
        .map(|page| {
            let html = Html::parse_document(&page.text);
            let named = select(&html, "[id], a[name]")
                .into_iter()
                .filter_map(|element| element.attr("id").or(element.attr("name")))
                .map(str::to_owned);
            (page.path.as_str(), named.collect())
        })
        .collect();
    let links = std::sync::atomic::AtomicUsize::new(0);
    on_every_page(|page, html| {
        let host = url::Url::parse("http://127.0.0.1/").expect("an address");
        let site = host.join(built::PREFIX).expect("an address");
        let address = if page.path == "404.html" {
            site.join("no/such/page.html")
        } else {
            site.join(&page.path)
        };
        let address = address.expect("an address");
        // The 404 page names the base of its links itself.
        let base = select(html, "base[href]")
            .first()
            .and_then(|base| base.attr("href"))
            .map_or(Ok(address.clone()), |base| address.join(base))
            .expect("an address");
        let mut wrong = Vec::new();
        for element in select(html, "[href], [src]") {
            if element.value().name() == "base" {
                continue;
            }
            let Some(link) = element.attr("href").or(element.attr("src")) else {
                continue;
            };
            let Ok(target) = base.join(link) else {
                wrong.push(format!("`{link}` is no address"));
                continue;
            };
            if target.host() != host.host() {
                continue;
            }
            links.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(file) = target.path().strip_prefix(built::PREFIX) else {
                wrong.push(format!("`{link}` leaves the site's folder"));
                continue;
            };
            let file = if file.is_empty() { "index.html" } else { file };
            if !SITE.built.folder.join(file).is_file() {
                wrong.push(format!("`{link}` leads to {file}, which is not there"));
            } else if let (Some(anchor), Some(there)) = (target.fragment(), anchors.get(file))
                && !anchor.is_empty()
                && !there.contains(anchor)
            {
                wrong.push(format!("`{link}`: {file} has no `#{anchor}`"));
            }
        }
        wrong
    });
    assert!(links.into_inner() > 1000, "the links were looked at");
}

#[test]
fn ids_are_unique() {
    on_every_page(|_, html| {
        let mut seen = HashSet::new();
        select(html, "[id]")
            .iter()
            .filter_map(|element| element.attr("id"))
            .filter(|id| !seen.insert(*id))
            .map(|id| format!("two elements have the id `{id}`"))
            .collect()
    });
}

#[test]
fn pages_tell_what_they_are() {
    on_every_page(|page, html| {
        let mut wrong = Vec::new();
        let language = select(html, "html[lang=en]");
        if language.is_empty() {
            wrong.push("its language is not marked".to_owned());
        }
        let titles = select(html, "head > title");
        if titles.len() != 1 || titles.iter().any(|title| text(title).is_empty()) {
            wrong.push("it has no title, or several".to_owned());
        }
        if is_frame(page) {
            return wrong;
        }
        let described = select(html, "head > meta[name=description]");
        let description = described.first().and_then(|meta| meta.attr("content"));
        if described.len() != 1 || description.unwrap_or_default().len() < 40 {
            wrong.push(format!("its description is {description:?}"));
        }
        wrong
    });
    let mut descriptions = HashMap::new();
    for page in &SITE.pages {
        let html = Html::parse_document(&page.text);
        let found = select(&html, "head > meta[name=description]");
        let Some(words) = found.first().and_then(|meta| meta.attr("content")) else {
            continue;
        };
        // The start is also the first chapter: the same page at two addresses.
        // What is not to be found by searching may repeat the book's own words.
        if !["index.html", "print.html", "404.html"].contains(&page.path.as_str())
            && let Some(other) = descriptions.insert(words.to_owned(), &page.path)
        {
            panic!("{other} and {} have one description", page.path);
        }
    }
}

/// One `h1`, and no level of headings left out on the way down.
#[test]
fn headings_are_in_order() {
    on_every_page(|page, html| {
        if is_frame(page) {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        // The print page is the chapters one after the other.
        let headings = select(html, "h1, h2, h3, h4, h5, h6");
        let ones = select(html, "h1").len();
        if ones != 1 && page.path != "print.html" {
            wrong.push(format!("it has {ones} h1"));
        }
        let mut above = 0;
        for heading in headings {
            // A window of its own, hidden until it is asked for.
            let popup = heading
                .ancestors()
                .filter_map(ElementRef::wrap)
                .any(|element| element.attr("id") == Some("mdbook-help-container"));
            if popup {
                continue;
            }
            let level = heading.value().name()[1..].parse().unwrap_or(0);
            if level > above + 1 {
                wrong.push(format!(
                    "below a heading of level {above} comes `{}`, of level {level}",
                    text(&heading)
                ));
            }
            above = level;
        }
        wrong
    });
}

/// Who cannot see a picture gets its name and what it shows; and it is small.
#[test]
fn pictures_have_words_and_are_small() {
    let pictures = std::sync::atomic::AtomicUsize::new(0);
    on_every_page(|_, html| {
        let mut wrong = Vec::new();
        for picture in select(html, "svg.picture") {
            pictures.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let says = |name: &str| {
                picture
                    .child_elements()
                    .find(|child| child.value().name() == name)
                    .is_some_and(|child| !text(&child).is_empty())
            };
            let svg = picture.html();
            let start: String = svg.chars().take(120).collect();
            if !says("title") || !says("desc") || picture.attr("role") != Some("img") {
                wrong.push(format!("a picture lacks title, desc or role: {start}"));
            }
            let size = gzipped(svg.as_bytes()).expect("a slice").len();
            if size > 1536 {
                wrong.push(format!("a picture has {size} bytes, compressed: {start}"));
            }
        }
        for picture in select(html, "main img") {
            if picture.attr("alt").unwrap_or_default().is_empty() {
                wrong.push(format!("an image lacks its text: {}", picture.html()));
            }
        }
        if !select(html, "main pre.mermaid, main code.language-mermaid").is_empty() {
            wrong.push("a diagram was not drawn".to_owned());
        }
        wrong
    });
    assert!(pictures.into_inner() > 100, "the pictures were looked at");
}

/// What a reader on a slow line waits for.
#[test]
fn pages_are_light() {
    on_every_page(|page, _| {
        let size = gzipped(page.text.as_bytes()).expect("a slice").len();
        if size > 60 * 1024 && page.path != "print.html" {
            vec![format!("it has {size} bytes, compressed; 60 KB are enough")]
        } else {
            Vec::new()
        }
    });
    let steps = std::fs::metadata(root().join("theme/steps.js")).expect("it is there");
    assert!(
        steps.len() < 5 * 1024,
        "theme/steps.js has {} bytes",
        steps.len()
    );
}
