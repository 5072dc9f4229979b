//! What the runtime writes, as it comes.

use serde::Deserialize;

#[derive(Deserialize, Debug)]
#[serde(untagged)]
pub(crate) enum Line {
    Snapshot(Snapshot),
    Error { mark: usize, error: String },
}

#[derive(Deserialize, Debug)]
pub(crate) struct Snapshot {
    pub mark: usize,
    pub pass: u32,
    pub me: usize,
    pub threads: Vec<Thread>,
    pub statics: Vec<Static>,
    pub places: Vec<Node>,
    pub blocks: Vec<Block>,
    pub events: Vec<Event>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Thread {
    pub low: u64,
    pub high: u64,
    pub frames: Vec<Frame>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Frame {
    #[serde(rename = "fn")]
    pub function: usize,
    #[serde(rename = "stmt")]
    pub statement: usize,
    pub top: bool,
    pub vars: Vec<Var>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Var {
    pub id: usize,
    #[serde(rename = "a")]
    pub addr: u64,
    #[serde(rename = "s")]
    pub size: u64,
    #[serde(rename = "t")]
    pub ty: String,
    pub gone: bool,
    /// Its words are those that it had before it was moved.
    pub left: bool,
    /// The one of its frame whose life ended last.
    pub last: bool,
    #[serde(rename = "n")]
    pub node: Option<Node>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Static {
    pub name: String,
    #[serde(rename = "n")]
    pub node: Node,
}

#[derive(Deserialize, Debug, Clone)]
pub(crate) struct Block {
    #[serde(rename = "i")]
    pub index: usize,
    #[serde(rename = "a")]
    pub addr: u64,
    #[serde(rename = "s")]
    pub size: u64,
    #[serde(rename = "al")]
    pub align: u64,
    pub freed: bool,
}

#[derive(Deserialize, Debug)]
#[serde(tag = "e", rename_all = "lowercase")]
// Few are alive at a time.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Event {
    Free {
        i: usize,
    },
    /// The life of a variable ended.
    End {},
    Drop {
        n: Node,
        #[serde(default)]
        places: Vec<Node>,
        #[serde(default)]
        id: Option<usize>,
    },
}

/// A value, or a part of one.
#[derive(Deserialize, Debug, Clone)]
pub(crate) struct Node {
    #[serde(rename = "a")]
    pub addr: u64,
    #[serde(rename = "s")]
    pub size: u64,
    #[serde(rename = "t")]
    pub ty: String,
    #[serde(flatten)]
    pub kind: Kind,
}

#[derive(Deserialize, Debug, Clone)]
#[serde(tag = "k", rename_all = "lowercase")]
pub(crate) enum Kind {
    Scalar {
        v: String,
    },
    Text {
        v: String,
    },
    Rec {
        v: String,
        y: String,
        f: Vec<(String, Node)>,
    },
    Seq {
        n: usize,
        e: Vec<Node>,
    },
    Ptr {
        m: String,
        p: u64,
        #[serde(default)]
        n: Option<usize>,
        #[serde(default)]
        c: Option<usize>,
        #[serde(default)]
        sc: Option<usize>,
        #[serde(default)]
        wc: Option<usize>,
        #[serde(default)]
        d: Option<String>,
    },
    Map {
        w: Vec<u64>,
        e: Vec<Node>,
    },
    Set {
        w: Vec<u64>,
        e: Vec<Node>,
    },
    Bytes {
        w: Vec<u64>,
    },
    Moved {},
}

impl Node {
    /// The parts of a value, each with its name.
    pub fn parts(&self) -> Vec<(String, &Node)> {
        match &self.kind {
            Kind::Rec { f, .. } => f.iter().map(|(n, node)| (n.clone(), node)).collect(),
            Kind::Seq { e, .. } => e
                .iter()
                .enumerate()
                .map(|(i, node)| (format!("[{i}]"), node))
                .collect(),
            Kind::Map { e, .. } => e
                .chunks(2)
                .filter_map(|pair| Some((format!("[{}]", key(&pair[0])), pair.get(1)?)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// A map's key, as far as it is a plain value.
fn key(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { v } | Kind::Text { v } => v.clone(),
        _ => "…".into(),
    }
}
