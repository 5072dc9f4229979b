//! The narrow dialect of mermaid that the crate `trace` writes, read strictly:
//! a line that it never writes is a mistake.

/// Line of the text, from 1, and what is wrong there.
pub(super) type Wrong = (usize, String);

/// One picture.
#[derive(Debug, Default)]
pub(super) struct Picture {
    pub title: String,
    pub words: String,
    /// One without a title, unless the program has several.
    pub threads: Vec<Thread>,
    pub temporaries: Vec<Node>,
    pub heap: Vec<Node>,
    pub statics: Vec<Node>,
    /// What was dropped since the last mark, in order.
    pub drops: Vec<String>,
    pub edges: Vec<Edge>,
}

#[derive(Debug, Default)]
pub(super) struct Thread {
    pub title: String,
    /// The newest first.
    pub frames: Vec<Frame>,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub id: String,
    pub function: String,
    pub rows: Vec<Node>,
}

/// A variable, a block on the heap, or a value elsewhere.
#[derive(Debug)]
pub(super) struct Node {
    pub id: String,
    pub lines: Vec<String>,
    /// Moved, dead, or given back.
    pub gone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Owns,
    Borrows,
    Mut,
    /// An address in bytes that cannot be walked.
    Holds,
    Weak,
    Raw,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub from: String,
    /// `[0]`, `address`; empty for the whole.
    pub from_part: String,
    pub to: String,
    /// Likewise, or `byte 6`.
    pub to_part: String,
    pub kind: Kind,
}

const MOVED: &str = "classDef moved opacity:0.6,stroke-dasharray:4 3,text-decoration:line-through";
const FREED: &str = "classDef freed stroke-dasharray:2 3,text-decoration:line-through";

/// Where the reader is: what the next node belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    Thread,
    /// `true`: within a thread.
    Frame(bool),
    Temporaries,
    Heap,
    Statics,
    Drops,
}

pub(super) fn parse(text: &str) -> Result<Picture, Wrong> {
    let mut picture = Picture::default();
    let lines: Vec<&str> = text.lines().collect();
    let expected = |at: usize, what: &str| -> Result<&str, Wrong> {
        let line = lines.get(at).copied().unwrap_or_default();
        line.strip_prefix(what).ok_or_else(|| {
            (
                at + 1,
                format!("a memory picture has `{what}…` here, not `{line}`"),
            )
        })
    };
    expected(0, "%% after ")?;
    if !expected(1, "flowchart LR")?.is_empty() {
        return Err((2, "a memory picture is a `flowchart LR`".into()));
    }
    picture.title = expected(2, "accTitle: ")?.into();
    picture.words = expected(3, "accDescr: ")?.into();

    let mut inside = Inside::Nothing;
    let mut seen: Vec<String> = Vec::new();
    // What has ended may not come once more, nor after what follows it.
    let mut arrows = false;
    for (at, line) in lines.iter().enumerate().skip(4) {
        let wrong = |what: &str| Err((at + 1, format!("{what}: `{line}`")));
        if line.is_empty() {
            if lines[at..].iter().all(|l| l.is_empty()) {
                break;
            }
            return wrong("an empty line inside a memory picture");
        }
        if let Some(rest) = line.strip_prefix("subgraph ") {
            let Some((id, title)) = labeled(rest) else {
                return wrong("not a subgraph as `cargo book record` writes it");
            };
            let title = unescape(title).map_err(|what| (at + 1, what))?;
            let framed = id.ends_with("_frame");
            inside = match (id, inside) {
                _ if arrows => return wrong("a subgraph after the first arrow"),
                (_, Inside::Nothing | Inside::Thread) if framed => {
                    if inside == Inside::Nothing {
                        match picture.threads.last() {
                            None => picture.threads.push(Thread::default()),
                            Some(thread) if !thread.title.is_empty() => {
                                return wrong("a frame beside the threads");
                            }
                            Some(_) => {}
                        }
                    }
                    if let Some(thread) = picture.threads.last_mut() {
                        thread.frames.push(Frame {
                            id: id.trim_end_matches("_frame").into(),
                            function: title,
                            rows: Vec::new(),
                        });
                    }
                    Inside::Frame(inside == Inside::Thread)
                }
                (_, Inside::Nothing) if id.strip_prefix("stack_").is_some_and(number) => {
                    if picture.threads.first().is_some_and(|t| t.title.is_empty()) {
                        return wrong("a thread beside frames that are in none");
                    }
                    picture.threads.push(Thread {
                        title,
                        frames: Vec::new(),
                    });
                    Inside::Thread
                }
                ("unnamed", Inside::Nothing) => Inside::Temporaries,
                ("heap", Inside::Nothing) => Inside::Heap,
                ("fixed", Inside::Nothing) => Inside::Statics,
                ("drops", Inside::Nothing) => Inside::Drops,
                _ => return wrong("a subgraph that no memory picture has here"),
            };
            continue;
        }
        if *line == "end" {
            inside = match inside {
                Inside::Nothing => return wrong("nothing to end here"),
                Inside::Frame(true) => Inside::Thread,
                _ => Inside::Nothing,
            };
            continue;
        }
        if inside != Inside::Nothing {
            let Some((id, label)) = labeled(line) else {
                return wrong("not a node as `cargo book record` writes it");
            };
            let parts = label
                .split("<br/>")
                .map(unescape)
                .collect::<Result<Vec<String>, String>>()
                .map_err(|what| (at + 1, what))?;
            if seen.iter().any(|s| s == id) {
                return wrong("a second node of this name");
            }
            seen.push(id.into());
            let node = Node {
                id: id.into(),
                lines: parts,
                gone: false,
            };
            match inside {
                Inside::Frame(_) => {
                    let frame = picture.threads.last_mut().and_then(|t| t.frames.last_mut());
                    if let Some(frame) = frame
                        && !(node.id == format!("{}_none", frame.id)
                            && node.lines == ["no variables"])
                    {
                        frame.rows.push(node);
                    }
                }
                Inside::Temporaries => picture.temporaries.push(node),
                Inside::Heap => picture.heap.push(node),
                Inside::Statics => picture.statics.push(node),
                Inside::Drops if id == "dropped" => picture.drops = node.lines,
                _ => return wrong("a node where no memory picture has one"),
            }
            continue;
        }
        if *line == MOVED || *line == FREED {
            arrows = true;
            continue;
        }
        if let Some(rest) = line.strip_prefix("class ") {
            let Some((ids, "moved" | "freed")) = rest.split_once(' ') else {
                return wrong("not a class as `cargo book record` writes it");
            };
            for id in ids.split(',') {
                match picture.node_mut(id) {
                    Some(node) => node.gone = true,
                    None => return wrong("a class for what this picture does not have"),
                }
            }
            continue;
        }
        match edge(line) {
            Some(edge) => {
                arrows = true;
                let known = |id: &String| seen.contains(id) && id != "dropped";
                if !known(&edge.from) || !known(&edge.to) {
                    return wrong("an arrow from or to what this picture does not have");
                }
                let edge = Edge {
                    from_part: unescape(&edge.from_part).map_err(|what| (at + 1, what))?,
                    to_part: unescape(&edge.to_part).map_err(|what| (at + 1, what))?,
                    ..edge
                };
                picture.edges.push(edge);
            }
            None => return wrong("a line that no memory picture has"),
        }
    }
    if inside != Inside::Nothing {
        return Err((lines.len(), "an `end` is missing".into()));
    }
    if picture.threads.iter().all(|t| t.frames.is_empty()) {
        return Err((lines.len(), "a memory picture without a frame".into()));
    }
    Ok(picture)
}

impl Picture {
    /// Every node, in the order of the text.
    #[cfg(test)]
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let frames = self.threads.iter().flat_map(|t| &t.frames);
        frames
            .flat_map(|f| &f.rows)
            .chain(&self.temporaries)
            .chain(&self.heap)
            .chain(&self.statics)
    }

    fn node_mut(&mut self, id: &str) -> Option<&mut Node> {
        let frames = self.threads.iter_mut().flat_map(|t| &mut t.frames);
        frames
            .flat_map(|f| &mut f.rows)
            .chain(&mut self.heap)
            .find(|n| n.id == id)
    }
}

fn number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `id["label"]`
fn labeled(text: &str) -> Option<(&str, &str)> {
    let (id, rest) = text.split_once("[\"")?;
    let label = rest.strip_suffix("\"]")?;
    (name(id) && !label.contains('"')).then_some((id, label))
}

/// Mermaid's codes for what it would read as syntax.
fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        out.push_str(&rest[..at]);
        let codes = [
            ("#35;", '#'),
            ("#quot;", '"'),
            ("#lt;", '<'),
            ("#gt;", '>'),
            ("#96;", '`'),
            ("#92;", '\\'),
        ];
        let Some((code, c)) = codes.iter().find(|(code, _)| rest[at..].starts_with(code)) else {
            return Err(format!("`#` without a code that is known: `{text}`"));
        };
        out.push(*c);
        rest = &rest[at + code.len()..];
    }
    if let Some(c) = rest
        .chars()
        .chain(out.chars().take(0))
        .find(|c| c.is_control())
    {
        return Err(format!("a control character, {}", c.escape_default()));
    }
    out.push_str(rest);
    Ok(out)
}

/// `a --> b`, `a -.->|"mut to [1]"| b`.
fn edge(line: &str) -> Option<Edge> {
    let (from, rest) = line.split_once(' ')?;
    let (arrow, rest) = ["-->", "-.->", "-.-o"]
        .iter()
        .find_map(|a| Some((*a, rest.strip_prefix(a)?)))?;
    let (words, to) = match rest.strip_prefix("|\"") {
        Some(rest) => rest.split_once("\"| ")?,
        None => ("", rest.strip_prefix(' ')?),
    };
    if !name(from) || !name(to) {
        return None;
    }
    let kinds: &[(&str, Kind)] = match arrow {
        "-->" => &[("", Kind::Owns)],
        "-.->" => &[
            ("mut", Kind::Mut),
            ("in its bytes", Kind::Holds),
            ("", Kind::Borrows),
        ],
        _ => &[("weak", Kind::Weak), ("raw", Kind::Raw)],
    };
    // `[0] mut to byte 6`: a part, what it does, `to` a part. All may be
    // missing, and a field may be called `to` or `weak`.
    let words: Vec<&str> = words.split(' ').filter(|w| !w.is_empty()).collect();
    for to_words in [3, 2, 0] {
        let Some(split) = words.len().checked_sub(to_words) else {
            continue;
        };
        let (head, tail) = words.split_at(split);
        let to_part = match tail {
            [] => String::new(),
            ["to", "byte", n] if number(n) => format!("byte {n}"),
            ["to", part] => part.to_string(),
            _ => continue,
        };
        for (word, kind) in kinds {
            let kind_words: Vec<&str> = word.split(' ').filter(|w| !w.is_empty()).collect();
            let from_part = match head.strip_suffix(kind_words.as_slice()) {
                Some([]) => String::new(),
                Some([part]) => part.to_string(),
                _ => continue,
            };
            // An owner points to the whole.
            if !to_part.is_empty() && !matches!(kind, Kind::Borrows | Kind::Mut | Kind::Raw) {
                continue;
            }
            return Some(Edge {
                from: from.into(),
                from_part,
                to: to.into(),
                to_part,
                kind: *kind,
            });
        }
    }
    None
}
