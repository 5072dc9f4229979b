//! The memory pictures of a Markdown file, by block: runs of fences with nothing
//! between them.

/// Each figure: the line of its first picture, and the texts of all.
pub fn figures(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut out: Vec<(usize, Vec<String>)> = Vec::new();
    let mut open: Option<String> = None;
    let mut joined = false;
    for (at, line) in text.lines().enumerate() {
        match &mut open {
            Some(_) if line == "```" => {
                let text = open.take().unwrap_or_default();
                if text.starts_with("%% after") {
                    match out.last_mut() {
                        Some((_, figure)) if joined => figure.push(text),
                        _ => out.push((at, vec![text])),
                    }
                    joined = true;
                }
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line == "```mermaid" => open = Some(String::new()),
            None if line.is_empty() => {}
            None => joined = false,
        }
    }
    out
}
