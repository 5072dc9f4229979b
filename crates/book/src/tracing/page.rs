//! One HTML file that shows a program with its pictures, and needs nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use trace::{Options, Trace, TraceError};

/// The looks of the book's figures; what mdBook gives its pages is in `page.css`.
const STYLES: [&str; 4] = [
    include_str!("page.css"),
    include_str!("../../../../theme/claims.css"),
    include_str!("../../../../theme/pictures.css"),
    include_str!("../../../../theme/pictures-charts.css"),
];
const STEPS: &str = include_str!("../../../../theme/steps.js");

/// Writes the page of a program beside it, and opens it.
///
/// # Errors
///
/// The page cannot be written; a page that was there is as it was.
pub fn open(file: &Path, source: &str, options: &Options) -> Result<bool> {
    let (page, whole) = write(file, source, options)?;
    println!("{}", page.display());
    opener::open(&page)
        .with_context(|| format!("{} is written; open it in a browser", page.display()))?;
    Ok(whole)
}

/// Writes the page, and says where, and whether all is on it.
fn write(file: &Path, source: &str, options: &Options) -> Result<(PathBuf, bool)> {
    let (text, whole) = told(source, options);
    let page = file.with_extension("trace.html");
    let (figures, problems) = site::preprocess::chapter(
        &site::preprocess::Shared::default(),
        file,
        Path::new("trace.md"),
        &text,
        &text,
    );
    for problem in problems {
        eprintln!("{}: {}", file.display(), problem.wrong);
    }
    proofread::record::replace(&page, &html(&options.file, &figures))?;
    Ok((page, whole))
}

/// The program with what is known of it, as a chapter of the book has it; and
/// whether that is all that was asked for.
fn told(source: &str, options: &Options) -> (String, bool) {
    let words = match trace::rejection(source, options) {
        Ok(words) => words,
        Err(error) => return (block("rust", source, &[]) + &sorry(&error), false),
    };
    let chart = trace::borrows(source, options);
    let chart = chart.map(|text| ("mermaid", format!("%% borrows\n{text}")));
    if let Some(words) = words {
        let mut below = vec![("text,error", words)];
        below.extend(chart.ok());
        let claim = format!("rust,compile_fail,{}", codes(&below[0].1));
        return (block(&claim, source, &below), true);
    }
    let mut out = String::new();
    let mut whole = true;
    match trace::trace(source, options) {
        Ok(traced) => out.push_str(&block("rust,memory", source, &steps(&traced))),
        Err(error) => {
            whole = false;
            out.push_str(&block("rust", source, &[]));
            out.push_str(&sorry(&error));
        }
    }
    match chart {
        Ok(chart) => out.push_str(&block("rust,borrows", source, &[chart])),
        Err(error) => out.push_str(&sorry(&error)),
    }
    (out, whole)
}

/// The codes of the compiler's errors, as a block claims them.
fn codes(words: &str) -> String {
    let heads = words.lines().filter_map(|line| line.strip_prefix("error["));
    let codes: BTreeSet<&str> = heads.filter_map(|head| head.split(']').next()).collect();
    match codes.len() {
        0 => "uncoded".into(),
        _ => Vec::from_iter(codes).join(","),
    }
}

fn steps(traced: &Trace) -> Vec<(&'static str, String)> {
    let mut below = Vec::new();
    if !traced.output.is_empty() {
        below.push(("text,output", traced.output.clone()));
    }
    let pictures = trace::mermaid(traced).into_iter();
    below.extend(pictures.map(|(_, text)| ("mermaid", text)));
    below
}

/// A block with its renderings, fenced by more backticks than it holds.
fn block(claim: &str, source: &str, below: &[(&str, String)]) -> String {
    let mut fence = "```".to_string();
    while source.contains(&fence) {
        fence.push('`');
    }
    let mut out = format!("{fence}{claim}\n{}\n{fence}\n\n", source.trim_end());
    for (kind, text) in below {
        out.push_str(&format!("{fence}{kind}\n{}\n{fence}\n\n", text.trim_end()));
    }
    out
}

/// Why something is not shown. Backticks in it are code, as in any text.
fn sorry(error: &TraceError) -> String {
    let message = escaped(&error.message);
    format!(
        "<p class=\"trouble\">Line {}: {message}</p>\n\n",
        error.line
    )
}

/// Text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn html(title: &str, figures: &str) -> String {
    let title = escaped(title);
    let styles = STYLES.concat();
    format!(
        "<!doctype html>\n<html lang=\"en\" class=\"js\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n{styles}</style>\n<main>\n<h1>{title}</h1>\n{figures}</main>\n\
         <script>\n{STEPS}</script>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(source: &str) -> (String, bool) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("own.rs");
        let options = Options {
            file: "own.rs".into(),
            each_statement: true,
            ..Options::default()
        };
        let (page, whole) = write(&file, source, &options).expect("it is written");
        assert_eq!(page, folder.path().join("own.trace.html"));
        (std::fs::read_to_string(page).expect("it is there"), whole)
    }

    #[test]
    fn a_program_that_runs_has_steps_output_and_a_chart() {
        let source = "fn main() {\n    let s = String::from(\"<hi>\");\n    let t = s;\n    println!(\"{t}\");\n}\n";
        let (html, whole) = page(source);
        assert!(whole);
        for part in [
            "<title>own.rs</title>",
            "After line 2",
            "After line 3",
            "&lt;hi&gt;",
            "s, String, 24 bytes",
            "Borrows, line by line",
            "ArrowLeft",
        ] {
            assert!(html.contains(part), "{part}");
        }
        // It needs nothing else, and nothing of it is Markdown.
        for part in ["src=", "<link", "```", "http://", "https://"] {
            assert!(
                !html.replace("http://www.w3.org/", "").contains(part),
                "{part}"
            );
        }
    }

    #[test]
    fn a_program_that_is_rejected_has_the_words_and_the_chart() {
        let source =
            "fn main() {\n    let s = String::new();\n    drop(s);\n    println!(\"{s}\");\n}\n";
        let (html, whole) = page(source);
        assert!(whole);
        for part in [
            "does not compile",
            "borrow of moved value",
            "own.rs:4:16",
            "E0382, two ranges that collide",
        ] {
            assert!(html.contains(part), "{part}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_said_and_the_rest_shown() {
        let (html, whole) = page(
            "async fn f() {}\nfn main() {\n    let n = 1;\n    println!(\"{n}\");\n    let _ = f();\n}\n",
        );
        assert!(!whole);
        assert!(html.contains("functions are not traced"), "{html}");
    }
}
