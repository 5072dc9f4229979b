//! What the tests of all kinds of pictures share: the book's fences, and a look
//! at a picture as a browser takes it.

mod chapters;

use draw::Drawing;

/// Every mermaid fence of the book: where it stands, and its text.
pub fn fences() -> Vec<(String, String)> {
    let mut fences = Vec::new();
    for file in chapters::chapters() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut open: Option<(usize, String)> = None;
        for (n, line) in text.lines().enumerate() {
            let line = line.trim_start_matches("> ").trim_start();
            match (&mut open, line) {
                (None, "```mermaid") => open = Some((n + 1, String::new())),
                (Some((at, body)), "```") => {
                    let body = std::mem::take(body);
                    fences.push((format!("{}:{at}", file.display()), body));
                    open = None;
                }
                (Some((_, body)), line) => {
                    body.push_str(line);
                    body.push('\n');
                }
                _ => {}
            }
        }
    }
    assert!(fences.len() > 20, "the book has pictures");
    fences
}

#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    pub class: String,
    pub words: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub fn holds(&self, other: &Area) -> bool {
        let slack = 0.2;
        self.left <= other.left + slack
            && other.right <= self.right + slack
            && self.top <= other.top + slack
            && other.bottom <= self.bottom + slack
    }
}

/// A picture, taken apart.
pub struct Seen {
    pub width: f64,
    pub height: f64,
    pub rects: Vec<Area>,
    pub texts: Vec<Area>,
    pub paths: Vec<(String, String)>,
}

/// Takes a picture apart, and looks whether it is one that the book may have.
pub fn look(drawing: &Drawing) -> Seen {
    let svg = &drawing.svg;
    assert!(!svg.contains('\n'), "one line: {svg}");
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let child = |name: &str| {
        let found = root.children().find(|c| c.has_tag_name(name));
        found.and_then(|c| c.text()).unwrap_or_default().to_string()
    };
    assert_eq!(child("title"), drawing.title);
    assert_eq!(child("desc"), drawing.words);
    let number = |node: &roxmltree::Node, name: &str| -> f64 {
        let text = node.attribute(name).unwrap_or("0");
        let number: f64 = text.parse().unwrap_or_else(|_| panic!("{name}={text}"));
        assert!(number.is_finite());
        number
    };
    let frame: Vec<f64> = root
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    let mut seen = Seen {
        width: frame[2],
        height: frame[3],
        rects: vec![],
        texts: vec![],
        paths: vec![],
    };
    for node in document.descendants().filter(|n| n.is_element()) {
        for attribute in node.attributes() {
            let allowed = ["class", "viewBox", "width", "height", "role", "x", "y", "d"];
            assert!(allowed.contains(&attribute.name()), "{attribute:?}");
        }
        let class = node.attribute("class").unwrap_or_default().to_string();
        match node.tag_name().name() {
            "rect" => {
                let (x, y) = (number(&node, "x"), number(&node, "y"));
                seen.rects.push(Area {
                    class,
                    words: String::new(),
                    left: x,
                    top: y,
                    right: x + number(&node, "width"),
                    bottom: y + number(&node, "height"),
                });
            }
            "text" => {
                let words = node.text().unwrap_or_default().to_string();
                assert!(!words.is_empty());
                let wide = words.chars().count() as f64 * 13.0 * 0.602;
                let (x, y) = (number(&node, "x"), number(&node, "y"));
                // As theme/pictures-charts.css anchors them.
                let left = match class.as_str() {
                    "number" | "in" | "both" => x - wide / 2.0,
                    "before" => x - wide,
                    "" if root.attribute("class") == Some("picture diagram") => x - wide / 2.0,
                    _ => x,
                };
                seen.texts.push(Area {
                    class,
                    words,
                    left,
                    top: y - 11.0,
                    right: left + wide,
                    bottom: y + 3.0,
                });
            }
            "path" => {
                let d = node.attribute("d").unwrap().to_string();
                seen.paths.push((class, d));
            }
            name => assert!(["svg", "title", "desc"].contains(&name), "{name}"),
        }
    }
    // Nothing is cut, and no words lie on others.
    for (i, text) in seen.texts.iter().enumerate() {
        let inside = text.left >= -0.5
            && text.top >= -0.5
            && text.right <= seen.width + 0.5
            && text.bottom <= seen.height + 0.5;
        assert!(inside, "{text:?} of {}×{}", seen.width, seen.height);
        for other in &seen.texts[i + 1..] {
            assert!(!text.meets(other), "{text:?} lies on {other:?}: {svg}");
        }
    }
    seen
}

/// Numbers without a pattern that are the same in every run (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    pub fn words(&mut self, most: usize) -> String {
        let list = [
            "a",
            "of",
            "lent",
            "memory",
            "to first",
            "references",
            "songs",
        ];
        let count = 1 + self.below(most);
        let words: Vec<&str> = (0..count).map(|_| list[self.below(list.len())]).collect();
        words.join(" ")
    }
}
