//! The text of a flowchart, as merman-core reads it.

use std::collections::HashMap;
use std::sync::LazyLock;

use dugong::RankDir as Way;
use merman_core::diagrams::flowchart::{
    FlowEdgeMarker, FlowEdgeStroke, FlowEdgeVisibility, FlowchartModel,
};
use merman_core::{Engine, Error, ParseOptions, ParsedDiagramRender, RenderSemanticModel};

/// A box, or a frame with others in it.
pub(super) struct Item {
    pub(super) label: Vec<String>,
    pub(super) parent: Option<usize>,
    /// For a frame: the way of what is in it, if the text says it.
    pub(super) frame: Option<Option<Way>>,
    pub(super) round: bool,
}

pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) words: Vec<String>,
    pub(super) stroke: FlowEdgeStroke,
    pub(super) heads: [FlowEdgeMarker; 2],
    /// Only keeps its ends in order.
    pub(super) hidden: bool,
    /// How many ranks it takes at least.
    pub(super) length: usize,
    pub(super) line: usize,
}

pub(super) struct Flow {
    pub(super) title: String,
    pub(super) words: String,
    pub(super) way: Way,
    pub(super) items: Vec<Item>,
    pub(super) arrows: Vec<Arrow>,
}

impl Flow {
    /// The frames around an item, from the inside.
    pub(super) fn around(&self, item: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.items[item].parent, |&f| self.items[f].parent)
    }

    /// What is in a frame, or in a frame in it.
    pub(super) fn inside(&self, frame: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.items.len()).filter(move |&i| self.around(i).any(|f| f == frame))
    }

    /// What of a frame (or of the whole) holds the beginning and the end of an
    /// arrow, if these are two: there the arrow is laid out.
    pub(super) fn ends(&self, arrow: usize, frame: Option<usize>) -> Option<(usize, usize)> {
        let part = |i: usize| {
            let mut chain = std::iter::once(i).chain(self.around(i));
            chain.find(|&c| self.items[c].parent == frame)
        };
        let arrow = &self.arrows[arrow];
        let (from, to) = (part(arrow.from)?, part(arrow.to)?);
        (from != to).then_some((from, to))
    }
}

/// What is wrong, and on which line.
pub(crate) type Wrong = (usize, String);

/// Stands for `<br>` while merman reads: with HTML it takes ten times as long.
const BREAK: char = '\u{e000}';
/// Signs that merman would take for HTML, and what stands for them.
const SIGNS: [(&str, char, &str); 4] = [
    ("#lt;", '\u{e001}', "<"),
    ("&lt;", '\u{e001}', "<"),
    ("#gt;", '\u{e002}', ">"),
    ("&gt;", '\u{e002}', ">"),
];

/// What merman-core makes of a text.
pub(crate) fn parse(text: &str) -> Result<ParsedDiagramRender, Wrong> {
    static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);
    match ENGINE.parse_diagram_for_render_model_sync(text, ParseOptions::strict()) {
        Ok(Some(parsed)) => Ok(parsed),
        Ok(None) => Err((1, "no kind of diagram that is known here".into())),
        Err(error) => {
            let before = match &error {
                Error::DiagramParse { diagnostic, .. } => diagnostic.span().map(|s| s.start),
                _ => None,
            };
            let before = before.and_then(|b| text.get(..b)).unwrap_or_default();
            let message = error.to_string().replace(BREAK, "<br>");
            Err((before.matches('\n').count() + 1, message))
        }
    }
}

pub(super) fn read(text: &str) -> Result<Flow, Wrong> {
    let mut plain = String::new();
    for (n, line) in text.lines().enumerate() {
        let mut line = line.to_string();
        if line.trim().starts_with("acc") {
            line = line.replace('<', "#lt;").replace('>', "#gt;");
        }
        for tag in ["<br>", "<br/>", "<br />"] {
            line = line.replace(tag, &BREAK.to_string());
        }
        for (name, sign, _) in SIGNS {
            line = line.replace(name, &sign.to_string());
        }
        let mut tags = line.split('<').skip(1);
        let html = |t: &&str| t.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
        if let Some(tag) = tags.find(html) {
            let tag = tag.split_inclusive('>').next().unwrap_or(tag);
            let message = format!("`<{tag}`: of HTML, only `<br>` is drawn; write `#lt;` for `<`");
            return Err((n + 1, message));
        }
        plain.push_str(&line);
        plain.push('\n');
    }
    let parsed = parse(&plain)?;
    let RenderSemanticModel::Flowchart(model) = parsed.model() else {
        return Err((1, "only flowcharts and packets are drawn by hand".into()));
    };
    flow(model, text).map_err(|(names, message)| (line(text, &names), message))
}

/// The line that holds all these names: the parser keeps none. The first one,
/// if there is no such line.
fn line(text: &str, names: &[&str]) -> usize {
    let holds = |line: &str| {
        let apart = |c: char| !c.is_alphanumeric() && c != '_';
        let often = |name: &str| line.split(apart).filter(|w| *w == name).count();
        let asked = |name: &str| names.iter().filter(|n| **n == name).count();
        !line.trim().starts_with("acc") && names.iter().all(|n| often(n) >= asked(n))
    };
    text.lines().position(holds).map_or(1, |l| l + 1)
}

/// What is wrong, and with what.
type Named<'a> = (Vec<&'a str>, String);

fn flow<'a>(model: &'a FlowchartModel, text: &str) -> Result<Flow, Named<'a>> {
    let say = |words: &Option<String>| match words.as_deref().map(str::trim) {
        None | Some("") => Err((vec![], UNTOLD.to_string())),
        Some(words) => Ok(meant(words)),
    };
    if !model.class_defs.is_empty() {
        return Err((vec!["classDef"], PLAIN.into()));
    }
    if let Some(defaults) = &model.edge_defaults
        && !defaults.style.is_empty()
    {
        return Err((vec!["linkStyle"], PLAIN.into()));
    }
    let mut items = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for node in model.nodes.iter().filter(|n| !n.is_subgraph_anchor()) {
        let wrong = |message: String| (vec![node.id.as_str()], message);
        let round = match node.layout_shape.as_deref() {
            None | Some("squareRect" | "rect") => false,
            Some("roundedRect" | "rounded" | "stadium") => true,
            Some(shape) => {
                return Err(wrong(format!(
                    "the shape `{shape}` is not drawn: only `[\"…\"]` and `(\"…\")`"
                )));
            }
        };
        if !node.styles.is_empty() || !node.classes.is_empty() || node.link.is_some() {
            return Err(wrong(PLAIN.into()));
        }
        places.insert(&node.id, items.len());
        items.push(Item {
            label: label(node.label.as_deref().unwrap_or(&node.id)),
            parent: None,
            frame: None,
            round,
        });
    }
    for frame in &model.subgraphs {
        let wrong = |message: String| (vec![frame.id.as_str()], message);
        places.insert(&frame.id, items.len());
        let way = frame.dir.as_deref().map(way).transpose().map_err(wrong)?;
        items.push(Item {
            label: label(&frame.title),
            parent: None,
            frame: Some(way),
            round: false,
        });
    }
    let place = |id: &str| places.get(id).copied();
    for frame in &model.subgraphs {
        for inner in &frame.nodes {
            if let Some(i) = place(inner) {
                items[i].parent = place(&frame.id);
            }
        }
    }
    let mut flow = Flow {
        title: say(&model.acc_title)?,
        words: say(&model.acc_descr)?,
        way: way(model.direction.as_deref().unwrap_or("TB")).map_err(|m| (vec![], m))?,
        items,
        arrows: Vec::new(),
    };
    for edge in &model.edges {
        let names = [edge.from.as_str(), edge.to.as_str()];
        let wrong = |message: &str| Err((names.to_vec(), message.to_string()));
        let (Some(from), Some(to)) = (place(&edge.from), place(&edge.to)) else {
            return wrong("an end of this arrow is not there");
        };
        let within = |a: usize, b: usize| flow.around(a).any(|f| f == b);
        if from == to || within(from, to) || within(to, from) {
            return wrong("an arrow to where it comes from is not drawn");
        }
        let heads = [edge.start_marker, edge.end_marker];
        if heads.contains(&FlowEdgeMarker::Circle) || heads.contains(&FlowEdgeMarker::Cross) {
            return wrong("of the heads of arrows, only `>` is drawn");
        }
        if !edge.style.is_empty() || !edge.classes.is_empty() {
            return wrong(PLAIN);
        }
        let words = match edge.label.as_deref().map(str::trim) {
            None | Some("") => Vec::new(),
            Some(words) => label(words),
        };
        flow.arrows.push(Arrow {
            from,
            to,
            words,
            stroke: edge.stroke_kind,
            heads,
            hidden: edge.visibility == FlowEdgeVisibility::Invisible,
            length: edge.length.max(1),
            line: line(text, &names),
        });
    }
    Ok(flow)
}

/// Why a diagram without words is none.
pub(crate) const UNTOLD: &str = "a diagram needs `accTitle:` and `accDescr:`, its name and its \
                                 words for those who do not see it";

const PLAIN: &str = "colors, classes and links are not drawn: the page has its own colors";

fn way(way: &str) -> Result<Way, String> {
    match way {
        "TB" | "TD" => Ok(Way::TB),
        "LR" => Ok(Way::LR),
        other => Err(format!(
            "the direction `{other}` is not drawn: only TD and LR"
        )),
    }
}

/// The lines of a label.
fn label(text: &str) -> Vec<String> {
    text.split(BREAK).map(|l| meant(l.trim())).collect()
}

/// What a text means that merman gave back.
fn meant(text: &str) -> String {
    let plain = |text: String, (_, sign, meant): &(&str, char, &str)| text.replace(*sign, meant);
    let text = SIGNS.iter().fold(text.to_string(), plain);
    text.replace("&quot;", "\"").replace("&amp;", "&")
}
