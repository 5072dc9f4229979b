//! `{{#include}}` and its kin, expanded by mdBook's own preprocessor.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mdbook_driver::book::{Book, BookItem, Chapter};
use mdbook_driver::builtin_preprocessors::LinkPreprocessor;
use mdbook_driver::config::Config;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use regex::Regex;

/// mdBook's own pattern (mdbook-driver 0.5.4, `links.rs`): an escaped
/// directive, or a directive with its kind and its argument.
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\\{\{#.*\}\}|\{\{\s*#([a-zA-Z0-9_]+)\s+([^}]+)\}\}").expect("a constant pattern")
});

/// A directive that mdBook would expand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directive<'a> {
    /// The directive as written, braces included.
    pub text: &'a str,
    /// `include`, `rustdoc_include`, `playground`, `title`, ….
    pub kind: &'a str,
    /// Where it starts, in bytes.
    pub at: usize,
}

/// The directives of `text` that are not escaped.
pub fn directives(text: &str) -> impl Iterator<Item = Directive<'_>> {
    DIRECTIVE.captures_iter(text).filter_map(|found| {
        let whole = found.get(0)?;
        Some(Directive {
            text: whole.as_str(),
            kind: found.get(1)?.as_str(),
            at: whole.start(),
        })
    })
}

/// Expands directives relative to one chapter.
#[derive(Clone)]
pub struct Includes(Option<Source>);

/// Where directives are read relative to.
#[derive(Clone)]
struct Source {
    root: PathBuf,
    config: Config,
    chapter: PathBuf,
}

impl Includes {
    /// For the chapter at `chapter` (relative to `src`) of the book at `root`.
    pub fn new(root: &Path, config: &Config, chapter: &Path) -> Includes {
        Includes(Some(Source {
            root: root.to_owned(),
            config: config.clone(),
            chapter: chapter.to_owned(),
        }))
    }

    /// For a text that mdBook has expanded already: what still looks like a
    /// directive is text.
    pub fn done() -> Includes {
        Includes(None)
    }

    /// Expands everything in `text` just as the page does, silently leaving
    /// what names nothing.
    pub fn expand(&self, text: &str) -> String {
        let Some(source) = self.0.as_ref().filter(|_| text.contains("{{")) else {
            return text.to_owned();
        };
        let chapter = Chapter::new("", text.to_owned(), &source.chapter, Vec::new());
        let book = Book::new_with_items(vec![BookItem::Chapter(chapter)]);
        let context = PreprocessorContext::new(
            source.root.clone(),
            source.config.clone(),
            "proofread".to_owned(),
        );
        match LinkPreprocessor::new().run(&context, book) {
            Ok(book) => book
                .chapters()
                .next()
                .map_or_else(String::new, |c| c.content.clone()),
            Err(_) => text.to_owned(),
        }
    }

    /// Expands the body of a fence.
    ///
    /// # Errors
    ///
    /// The first directive that names nothing: a missing file, a missing
    /// anchor, or one that has no business in code.
    pub fn expand_code(&self, body: &str) -> Result<String, String> {
        if self.0.is_none() {
            return Ok(body.to_owned());
        }
        for directive in directives(body) {
            let text = directive.text;
            if !matches!(directive.kind, "include" | "rustdoc_include") {
                return Err(format!(
                    "`{text}` would be expanded by mdBook inside this block"
                ));
            }
            let alone = self.expand(text);
            let shown = alone.lines().any(|line| {
                let line = line.trim();
                !line.is_empty()
                    && (directive.kind == "include" || !(line == "#" || line.starts_with("# ")))
            });
            if alone == text || !shown {
                return Err(format!(
                    "`{text}` names nothing: no such file, lines or anchor"
                ));
            }
        }
        Ok(self.expand(body))
    }

    /// Escapes what mdBook would expand in a recorded text, so that the page
    /// shows it as it is.
    ///
    /// # Errors
    ///
    /// A text that no escape protects.
    pub fn protect(&self, text: &str) -> Result<String, String> {
        // mdBook's escape reaches to the last `}}` of its line.
        let escaped: String = text
            .split_inclusive('\n')
            .map(|line| DIRECTIVE.replace(line, r"\$0"))
            .collect();
        if self.expand(&escaped) == text {
            Ok(escaped)
        } else {
            Err("the text holds a `{{#…}}` that mdBook offers no way to escape".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(root: &Path) -> Includes {
        Includes::new(root, &Config::default(), Path::new("chapter.md"))
    }

    #[test]
    fn an_include_that_names_nothing_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("src")).unwrap();
        std::fs::write(
            dir.path().join("src/a.rs"),
            "// ANCHOR: all\nfn main() {}\n// ANCHOR_END: all\n",
        )
        .unwrap();
        let includes = includes(dir.path());
        assert_eq!(
            includes.expand_code("{{#include a.rs:all}}\n").unwrap(),
            "fn main() {}\n"
        );
        for bad in [
            "{{#include b.rs}}",
            "{{#include a.rs:none}}",
            "{{#rustdoc_include a.rs:none}}",
            "{{#title x}}",
        ] {
            assert!(includes.expand_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_expanded_already_is_text() {
        let text = "{{#include none.rs}}\n";
        assert_eq!(Includes::done().expand(text), text);
        assert_eq!(Includes::done().expand_code(text).as_deref(), Ok(text));
    }

    #[test]
    fn recorded_text_survives_mdbook() {
        let dir = tempfile::tempdir().unwrap();
        let includes = includes(dir.path());
        for text in [
            "plain",
            "see {{#include x.rs}} there",
            "\\{{#include x.rs}}",
            "{{#title a}} and {{#title b}}",
        ] {
            let safe = includes
                .protect(text)
                .unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(includes.expand(&safe), text);
        }
    }
}
