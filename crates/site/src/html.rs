//! HTML that stands on one line, whatever is in it.

/// Appends a text to a line of HTML: what HTML would read as its own is
/// escaped, and a line's end is too, so that Markdown sees one line.
pub fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '\n']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&#10;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

/// A text between the quotes of an attribute.
pub fn attribute(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(text, &mut html);
    html.replace('"', "&quot;")
}

/// The text of a piece of our own HTML: its tags away, its entities read.
#[cfg(test)]
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = rest[at..].find('>').expect("a tag ends");
        rest = &rest[at + end + 1..];
    }
    text.push_str(rest);
    text.replace("&#10;", "\n")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
