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
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader {
        picture: head(&lines)?,
        inside: Inside::Nothing,
        seen: Vec::new(),
        arrows: false,
    };
    for (at, line) in lines.iter().enumerate().skip(4) {
        if line.is_empty() && lines[at..].iter().all(|l| l.is_empty()) {
            break;
        }
        reader.read(line).map_err(|wrong| match wrong {
            Fault::Line(what) => (at + 1, format!("{what}: `{line}`")),
            Fault::Escape(what) => (at + 1, what),
        })?;
    }
    let Reader {
        picture, inside, ..
    } = reader;
    if inside != Inside::Nothing {
        return Err((lines.len(), "an `end` is missing".into()));
    }
    if picture.threads.iter().all(|t| t.frames.is_empty()) {
        return Err((lines.len(), "a memory picture without a frame".into()));
    }
    Ok(picture)
}

/// A picture of which the four lines of its head are read.
fn head(lines: &[&str]) -> Result<Picture, Wrong> {
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
    Ok(Picture {
        title: expected(2, "accTitle: ")?.into(),
        words: expected(3, "accDescr: ")?.into(),
        ..Picture::default()
    })
}

/// What is wrong with a line: as a whole, or with a code in it.
enum Fault {
    Line(&'static str),
    Escape(String),
}

impl From<&'static str> for Fault {
    fn from(what: &'static str) -> Fault {
        Fault::Line(what)
    }
}

/// Reads a picture line by line.
struct Reader {
    picture: Picture,
    inside: Inside,
    /// The names of all nodes.
    seen: Vec<String>,
    /// What has ended may not come once more, nor after what follows it.
    arrows: bool,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), Fault> {
        if line.is_empty() {
            return Err("an empty line inside a memory picture".into());
        }
        if let Some(rest) = line.strip_prefix("subgraph ") {
            return self.subgraph(rest);
        }
        if line == "end" {
            self.inside = match self.inside {
                Inside::Nothing => return Err("nothing to end here".into()),
                Inside::Frame(true) => Inside::Thread,
                _ => Inside::Nothing,
            };
            return Ok(());
        }
        if self.inside != Inside::Nothing {
            return self.node(line);
        }
        if line == MOVED || line == FREED {
            self.arrows = true;
            return Ok(());
        }
        match line.strip_prefix("class ") {
            Some(rest) => self.class(rest),
            None => self.arrow(line),
        }
    }

    fn subgraph(&mut self, rest: &str) -> Result<(), Fault> {
        let Some((id, title)) = labeled(rest) else {
            return Err("not a subgraph as `cargo book record` writes it".into());
        };
        let title = unescape(title).map_err(Fault::Escape)?;
        let framed = id.ends_with("_frame");
        let threads = &mut self.picture.threads;
        self.inside = match (id, self.inside) {
            _ if self.arrows => return Err("a subgraph after the first arrow".into()),
            (_, Inside::Nothing | Inside::Thread) if framed => {
                if self.inside == Inside::Nothing {
                    match threads.last() {
                        None => threads.push(Thread::default()),
                        Some(thread) if !thread.title.is_empty() => {
                            return Err("a frame beside the threads".into());
                        }
                        Some(_) => {}
                    }
                }
                if let Some(thread) = threads.last_mut() {
                    thread.frames.push(Frame {
                        id: id.trim_end_matches("_frame").into(),
                        function: title,
                        rows: Vec::new(),
                    });
                }
                Inside::Frame(self.inside == Inside::Thread)
            }
            (_, Inside::Nothing) if id.strip_prefix("stack_").is_some_and(number) => {
                if threads.first().is_some_and(|t| t.title.is_empty()) {
                    return Err("a thread beside frames that are in none".into());
                }
                threads.push(Thread {
                    title,
                    frames: Vec::new(),
                });
                Inside::Thread
            }
            ("unnamed", Inside::Nothing) => Inside::Temporaries,
            ("heap", Inside::Nothing) => Inside::Heap,
            ("fixed", Inside::Nothing) => Inside::Statics,
            ("drops", Inside::Nothing) => Inside::Drops,
            _ => return Err("a subgraph that no memory picture has here".into()),
        };
        Ok(())
    }

    fn node(&mut self, line: &str) -> Result<(), Fault> {
        let Some((id, label)) = labeled(line) else {
            return Err("not a node as `cargo book record` writes it".into());
        };
        let parts = label.split("<br/>").map(unescape);
        let lines = parts
            .collect::<Result<Vec<String>, String>>()
            .map_err(Fault::Escape)?;
        if self.seen.iter().any(|s| s == id) {
            return Err("a second node of this name".into());
        }
        self.seen.push(id.into());
        let node = Node {
            id: id.into(),
            lines,
            gone: false,
        };
        let picture = &mut self.picture;
        match self.inside {
            Inside::Frame(_) => {
                let frame = picture.threads.last_mut().and_then(|t| t.frames.last_mut());
                if let Some(frame) = frame
                    && !(node.id == format!("{}_none", frame.id) && node.lines == ["no variables"])
                {
                    frame.rows.push(node);
                }
            }
            Inside::Temporaries => picture.temporaries.push(node),
            Inside::Heap => picture.heap.push(node),
            Inside::Statics => picture.statics.push(node),
            Inside::Drops if id == "dropped" => picture.drops = node.lines,
            _ => return Err("a node where no memory picture has one".into()),
        }
        Ok(())
    }

    fn class(&mut self, rest: &str) -> Result<(), Fault> {
        let Some((ids, "moved" | "freed")) = rest.split_once(' ') else {
            return Err("not a class as `cargo book record` writes it".into());
        };
        for id in ids.split(',') {
            match self.picture.node_mut(id) {
                Some(node) => node.gone = true,
                None => return Err("a class for what this picture does not have".into()),
            }
        }
        Ok(())
    }

    fn arrow(&mut self, line: &str) -> Result<(), Fault> {
        let Some(edge) = edge(line) else {
            return Err("a line that no memory picture has".into());
        };
        self.arrows = true;
        let known = |id: &String| self.seen.contains(id) && id != "dropped";
        if !known(&edge.from) || !known(&edge.to) {
            return Err("an arrow from or to what this picture does not have".into());
        }
        self.picture.edges.push(Edge {
            from_part: unescape(&edge.from_part).map_err(Fault::Escape)?,
            to_part: unescape(&edge.to_part).map_err(Fault::Escape)?,
            ..edge
        });
        Ok(())
    }
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
