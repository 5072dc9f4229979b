//! What every drawing needs: text as XML, its width, lengths, the opening tag.

use std::fmt::Write;

/// The advance of one character in any of the monospaced faces that the book
/// uses, at most: 13 units high, 0.605 em (`theme/fonts/fonts.css`).
pub(crate) const CHAR: f64 = 7.87;

/// Text as XML takes it, in an element or between double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// How many columns a character takes. What a monospaced face may lack comes
/// from another one, which may be wider: two columns are kept for it.
pub(crate) fn columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{2010}'..='\u{2027}' | '\u{2500}'..='\u{259f}' => 1,
        c if c < '\u{1100}' => 1,
        _ => 2,
    }
}

/// The width of a text, in units.
pub(crate) fn wide(text: &str) -> f64 {
    text.chars().map(columns).sum::<usize>() as f64 * CHAR
}

/// A length, as short as can be: tenths of a unit are enough.
pub(crate) fn n(length: f64) -> String {
    let text = format!("{length:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

/// ` class="name"`, or nothing where there is no name.
pub(crate) fn class(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" class=\"{name}\"")
    }
}

/// `<svg …><title>…</title><desc>…</desc>`; the caller closes it. `scale` is
/// the size in pixels of a unit where there is room.
pub(crate) fn open(
    kind: &str,
    (width, height): (f64, f64),
    scale: f64,
    title: &str,
    words: &str,
) -> String {
    open_at(kind, (0.0, 0.0, width, height), scale, title, words)
}

/// Like [`open`], for a picture that does not begin at 0, 0: left edge, upper
/// edge, width, height.
pub(crate) fn open_at(
    kind: &str,
    (x, y, width, height): (f64, f64, f64, f64),
    scale: f64,
    title: &str,
    words: &str,
) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"picture {kind}\" viewBox=\"{} {} {} {}\" width=\"{}\" height=\"{}\" role=\"img\">\
         <title>{}</title><desc>{}</desc>",
        n(x),
        n(y),
        n(width),
        n(height),
        (width * scale).round(),
        (height * scale).round(),
        escape(title),
        escape(words)
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_xml() {
        assert_eq!(escape("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;");
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!(n(3.04), "3");
        assert_eq!(n(-0.01), "0");
        assert_eq!(n(7.87), "7.9");
    }

    #[test]
    fn signs_that_a_face_may_lack_have_room() {
        assert_eq!(wide("Zoé"), 3.0 * CHAR);
        assert_eq!(wide("✗ 你"), 5.0 * CHAR);
    }
}
