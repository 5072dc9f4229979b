//! All pictures of Markdown files on one HTML page, to look at:
//! `cargo run -p draw --example sheet -- THEME WIDTH FILE.md… > sheet.html`
//!
//! Prints the sizes of the pictures to standard error.

mod fences;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(theme), Some(width)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: sheet THEME WIDTH FILE.md…");
        return ExitCode::FAILURE;
    };
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../theme");
    println!(
        "<!doctype html><html class=\"{theme} js\"><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
    );
    for css in ["fonts/fonts.css", "claims.css", "pictures.css"] {
        println!("<link rel=stylesheet href=\"{root}/{css}\">");
    }
    println!(
        "<style>html{{font-size:62.5%}}body{{margin:10px;width:{width}px;background:var(--bg);color:var(--fg);font-size:1.6rem}}\
         .navy,.coal,.ayu{{color-scheme:dark}}.light{{--bg:#fff;--fg:#000}}.navy{{--bg:#161923;--fg:#bcbdd0}}.coal{{--bg:#141617;--fg:#98a3ad}}\
         .ayu{{--bg:#0f1419;--fg:#c5c5c5}}.rust{{--bg:#e1e1db;--fg:#262625}}\
         h2,p{{font:600 14px sans-serif;margin:16px 0 6px}}h2{{color:#888}}</style>"
    );
    let mut largest = 0;
    for path in arguments {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        };
        for (line, figure) in fences::figures(&text) {
            println!("<h2>{path}:{line}</h2>");
            let texts: Vec<&str> = figure.iter().map(String::as_str).collect();
            match draw::memory(&texts) {
                Ok(drawings) => {
                    for drawing in drawings {
                        largest = largest.max(drawing.svg.len());
                        println!("<p>{}</p>{}", drawing.title, drawing.svg);
                    }
                }
                Err(trouble) => {
                    eprintln!("{path}:{line}: {trouble:?}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    eprintln!("largest: {largest} bytes");
    ExitCode::SUCCESS
}
