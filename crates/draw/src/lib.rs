//! Mermaid texts become inline SVG that needs no script, no font and no color
//! of its own: classes say what a part is, `theme/pictures.css` how it looks.
//!
//! ```text
//! memory   ── the pictures of one block, `%% after ①`, laid out together
//! chart    ── who borrows when, `%% borrows`, and bytes, `%% bytes`
//! diagram  ── any other flowchart, and packets
//! ```

mod chart;
mod diagram;
mod memory;
mod packet;
mod svg;

pub use diagram::diagram;
pub use memory::memory;

/// One drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// `<svg …>…</svg>` on one line, with `<title>` and `<desc>`, without ids.
    pub svg: String,
    /// What `accTitle` says.
    pub title: String,
    /// What `accDescr` says: the picture in sentences.
    pub words: String,
}

/// Why a text cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which of the texts, from 0.
    pub text: usize,
    /// The line of that text, from 1.
    pub line: usize,
    /// What is wrong, in words for an author.
    pub message: String,
}

/// Draws one chart of borrows, or a strip of bytes.
///
/// The text is what `trace::borrows` writes behind `%% borrows`, or `trace::bytes`
/// behind `%% bytes`.
///
/// # Errors
///
/// Anything else is a [`Trouble`] with its line.
pub fn chart(text: &str) -> Result<Drawing, Trouble> {
    let Some(strip) = text.strip_prefix("%% bytes\n") else {
        return chart::chart(text);
    };
    packet::packet(strip).map_err(|(line, message)| Trouble {
        text: 0,
        line: line + 1,
        message,
    })
}

/// The example of the README runs, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
