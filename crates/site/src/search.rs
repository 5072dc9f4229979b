//! The index of the search, without what the machine recorded: what the compiler,
//! programs and sanitizers say below blocks is no prose, and hits in it hide those in
//! the text. (The first line of each error is the title of its page in the atlas.)

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use elasticlunr::IndexBuilder;
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::Value;

/// Around the JSON in mdBook's file.
const OPENING: &str = "JSON.parse('";
const CLOSING: &str = "')";

/// What is recorded below a block, and what is drawn.
const RECORDED: &str = "figure.block p.says + pre, figure.block svg";

/// Longer words are in no index of mdBook's.
const LONGEST_WORD: usize = 80;

/// The file of a built site's index, and what it should hold; none where the site has
/// no search. `pages` are the paths and the texts of its pages as mdBook wrote them,
/// because the index was made from those.
///
/// # Errors
///
/// The index cannot be read, or is none of mdBook's.
pub(crate) fn lighter(folder: &Path, pages: &[(&str, &str)]) -> Result<Option<(PathBuf, String)>> {
    let Some(file) = index_of(folder)? else {
        return Ok(None);
    };
    let text =
        fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lighter = without(&text, pages)
        .with_context(|| format!("{} is no index of mdBook's", file.display()))?;
    Ok(Some((file, lighter)))
}

fn index_of(folder: &Path) -> Result<Option<PathBuf>> {
    let list =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in list {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("searchindex") && name.ends_with(".js") {
            return Ok(Some(folder.join(&*name)));
        }
    }
    Ok(None)
}

fn without(text: &str, pages: &[(&str, &str)]) -> Result<String> {
    let from = text.find(OPENING).context("no JSON")? + OPENING.len();
    let to = text.rfind(CLOSING).context("no end")?;
    let mut value: Value = serde_json::from_str(&unquoted(&text[from..to]))?;
    let mut recordings: HashMap<&str, Vec<String>> = HashMap::new();
    let mut titles: HashMap<String, String> = HashMap::new();
    for (path, html) in pages {
        let page = Html::parse_document(html);
        recordings.insert(path, recorded(&page));
        titles.extend(titles_of(path, &page));
    }
    let tokenizer = || Box::new(words) as Box<dyn Fn(&str) -> Vec<String>>;
    let mut index = ["title", "body", "breadcrumbs"]
        .into_iter()
        .fold(IndexBuilder::new(), |builder, field| {
            builder.add_field_with_tokenizer(field, tokenizer())
        })
        .build();
    let addresses = value["doc_urls"].as_array().context("no addresses")?;
    let told = &value["index"]["documentStore"]["docs"];
    for (number, address) in addresses.iter().enumerate() {
        let number = number.to_string();
        let field = |name: &str| told[&number][name].as_str().unwrap_or_default();
        let page = address.as_str().unwrap_or_default();
        // mdBook puts a blank before each piece of code in a title.
        let theirs = field("title");
        let known = titles.get(page).filter(|_| !theirs.is_empty());
        let title = known.map_or(theirs, String::as_str);
        let breadcrumbs = match known {
            Some(title) => field("breadcrumbs").replace(theirs, title),
            None => field("breadcrumbs").to_owned(),
        };
        let page = page.split('#').next().unwrap_or_default();
        let mut body = spaced(field("body"));
        for part in recordings.get(page).into_iter().flatten() {
            body = body.replace(part.as_str(), " ");
        }
        let body = spaced(&body);
        index.add_doc(&number, [title, &body, &breadcrumbs]);
    }
    value["index"] = serde_json::to_value(index)?;
    let json = serde_json::to_string(&value)?;
    let json = json.replace('\\', "\\\\").replace('\'', "\\'");
    Ok(format!("{}{json}{}", &text[..from], &text[to..]))
}

/// The text of a JavaScript string in single quotes.
fn unquoted(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => chars.next().unwrap_or('\\'),
            c => c,
        });
    }
    text
}

/// As mdBook splits a text into words.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| word.len() <= LONGEST_WORD)
        .collect()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The headings of a page as they read, by their addresses.
fn titles_of(path: &str, page: &Html) -> Vec<(String, String)> {
    let selector = Selector::parse("main :is(h1, h2, h3)[id]").expect("a constant selector");
    let title = |heading: ElementRef<'_>| {
        let id = heading.value().id().unwrap_or_default();
        let words: String = heading.text().collect();
        (format!("{path}#{id}"), spaced(&words))
    };
    page.select(&selector).map(title).collect()
}

/// The recorded texts of a page, as the index has them: a space where an element
/// begins. Very short ones could stand in any sentence, and stay.
fn recorded(page: &Html) -> Vec<String> {
    let selector = Selector::parse(RECORDED).expect("a constant selector");
    let mut texts: Vec<String> = page
        .select(&selector)
        .map(|element| spaced(&told(element)))
        .filter(|text| text.len() >= 40)
        .collect();
    // One may be a part of another.
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

fn told(element: ElementRef<'_>) -> String {
    element
        .descendants()
        .map(|node| match node.value() {
            Node::Text(text) => text.to_string(),
            Node::Element(_) => " ".to_owned(),
            _ => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_not_found() {
        let error = "error[E0382]: borrow of moved value: `draft` at line 4, column 12";
        let html = format!(
            "<main><h1 id=\"moves\">Moves</h1><p>A text that isn't 'moved'.</p><figure class=\"block\">\
             <pre><code class=\"language-rust\">fn main() {{}}</code></pre>\
             <p class=\"says\">the compiler says</p><pre class=\"error\"><code><b>error</b>{}</code></pre></figure></main>",
            error.trim_start_matches("error")
        );
        let mut index = IndexBuilder::new()
            .add_field("title")
            .add_field("body")
            .add_field("breadcrumbs")
            .build();
        let body = format!(
            "A text that isn't 'moved'. fn main() {{}} error{} More.",
            &error[5..]
        );
        index.add_doc("0", ["Moves", &body, "Moves"]);
        let json = serde_json::json!({ "doc_urls": ["moves.html#moves"], "index": index });
        let json = json.to_string().replace('\\', "\\\\").replace('\'', "\\'");
        let file = format!("window.search = Object.assign(window.search, JSON.parse('{json}'));");

        let lighter = without(&file, &[("moves.html", &html)]).expect("an index");
        assert!(!lighter.contains("borrow of"), "{lighter}");
        assert!(
            lighter.contains("A text that isn\\'t \\'moved\\'. fn main() {} More."),
            "{lighter}"
        );
        assert!(lighter.starts_with("window.search") && lighter.ends_with("'));"));
        // Words of the text are found as before.
        assert!(without("window.search = 1", &[]).is_err());
    }
}
