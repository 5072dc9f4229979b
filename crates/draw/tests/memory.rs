//! Memory pictures as a browser gets them: no text is cut or crossed, no box
//! lies on another, no arrow on another, and all are small.

#[path = "shared/chapters.rs"]
mod chapters;
#[path = "../examples/sheet/fences.rs"]
mod fences;

use std::io::Write;
use std::path::{Path, PathBuf};

/// Every figure of the book, and those of `pictures.md`: where it stands, and
/// the texts of its pictures.
fn figures(book: bool) -> Vec<(String, Vec<String>)> {
    let files: Vec<PathBuf> = if book {
        chapters::chapters()
    } else {
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures.md")]
    };
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, texts) in fences::figures(&text) {
            all.push((format!("{}:{line}", file.display()), texts));
        }
    }
    assert!(all.len() >= if book { 20 } else { 8 }, "{}", all.len());
    all
}

#[derive(Clone, Debug, PartialEq)]
struct Area {
    class: String,
    words: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn meets(&self, other: &Area) -> bool {
        self.left + 0.1 < other.right
            && other.left + 0.1 < self.right
            && self.top + 0.1 < other.bottom
            && other.top + 0.1 < self.bottom
    }
    fn holds(&self, other: &Area) -> bool {
        self.left <= other.left + 0.1
            && other.right <= self.right + 0.1
            && self.top <= other.top + 0.1
            && other.bottom <= self.bottom + 0.1
    }
    fn is(&self, class: &str) -> bool {
        self.class.split(' ').any(|c| c == class)
    }
}

/// A straight stretch of an arrow.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    arrow: usize,
    from: (f64, f64),
    to: (f64, f64),
}

impl Stretch {
    fn area(&self) -> Area {
        Area {
            class: String::new(),
            words: String::new(),
            left: self.from.0.min(self.to.0) - 0.2,
            top: self.from.1.min(self.to.1) - 0.2,
            right: self.from.0.max(self.to.0) + 0.2,
            bottom: self.from.1.max(self.to.1) + 0.2,
        }
    }
}

struct Seen {
    view: Area,
    rects: Vec<Area>,
    texts: Vec<Area>,
    /// The lines of arrows.
    arrows: Vec<Stretch>,
    heads: usize,
    svg: String,
}

/// The advance of a character in the widest of the book's faces.
const CHAR: f64 = 13.0 * 0.602;

fn look(drawing: &draw::Drawing) -> Seen {
    let all = &drawing.svg;
    assert!(
        !all.contains('\n') && !all.contains(" id=") && !all.contains("style"),
        "{all}"
    );
    let at = all.find("<svg class=\"picture memory").unwrap();
    let (room, svg) = all.split_at(at);
    assert!(room.is_empty() || room.starts_with("<svg class=\"room") && room.ends_with("></svg>"));
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let child = |name: &str| {
        let found = root.children().find(|c| c.has_tag_name(name));
        found.and_then(|c| c.text()).unwrap_or_default().to_string()
    };
    assert_eq!(child("title"), drawing.title);
    assert_eq!(child("desc"), drawing.words);
    assert!(drawing.title.starts_with("Memory after ") && drawing.words.len() > 30);
    let area = |class: &str, left: f64, top: f64, width: f64, height: f64| Area {
        class: class.into(),
        words: String::new(),
        left,
        top,
        right: left + width,
        bottom: top + height,
    };
    let view: Vec<f64> = root
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    let mut seen = Seen {
        view: area("", view[0], view[1], view[2], view[3]),
        rects: vec![],
        texts: vec![],
        arrows: vec![],
        heads: 0,
        svg: svg.into(),
    };
    for node in document.descendants().filter(|n| n.is_element()) {
        let class = node.attribute("class").unwrap_or_default();
        let number = |name: &str| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
        match node.tag_name().name() {
            "rect" => seen.rects.push(area(
                class,
                number("x"),
                number("y"),
                number("width"),
                number("height"),
            )),
            "text" => {
                let words: String = node
                    .descendants()
                    .filter(|d| d.is_text())
                    .filter_map(|d| d.text())
                    .collect();
                // Signs that a face may lack come from a wider one.
                let columns: usize = words
                    .chars()
                    .map(|c| 1 + usize::from("✗⊘①".contains(c)))
                    .sum();
                let wide = match node.attribute("textLength") {
                    Some(long) => long.parse().unwrap(),
                    None => columns as f64 * CHAR,
                };
                let is = |c: &str| class.split(' ').any(|o| o == c);
                let left = number("x")
                    - if is("a") {
                        wide / 2.0
                    } else if is("z") {
                        wide
                    } else {
                        0.0
                    };
                let mut text = area(class, left, number("y") - 11.0, wide, 14.0);
                text.words = words;
                seen.texts.push(text);
            }
            "path" => {
                let d = node.attribute("d").unwrap();
                let is = |c: &str| class.split(' ').any(|o| o == c);
                if is("e") && (is("o") || is("u") || is("p")) {
                    trace(d, &mut seen.arrows);
                } else if is("oh") || is("uh") || is("ph") {
                    seen.heads += 1;
                }
            }
            _ => {}
        }
    }
    seen
}

/// The straight stretches of `M x y H x V y q dx dy dx dy …`, each subpath an
/// arrow; corners as if they were sharp.
fn trace(d: &str, out: &mut Vec<Stretch>) {
    let mut arrow = out.last().map_or(0, |s| s.arrow + 1);
    let signs = ['M', 'H', 'V', 'q'];
    let mut at = (0.0, 0.0);
    let mut first = true;
    for (sign, rest) in d.match_indices(signs).zip(d.split(signs).skip(1)) {
        let n: Vec<f64> = rest
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        let to = match sign.1 {
            "M" => {
                arrow += usize::from(!first);
                first = false;
                at = (n[0], n[1]);
                continue;
            }
            "H" => (n[0], at.1),
            "V" => (at.0, n[0]),
            _ => {
                let corner = (at.0 + n[0], at.1 + n[1]);
                let end = (at.0 + n[2], at.1 + n[3]);
                out.push(Stretch {
                    arrow,
                    from: at,
                    to: corner,
                });
                at = corner;
                end
            }
        };
        out.push(Stretch {
            arrow,
            from: at,
            to,
        });
        at = to;
    }
}

fn drawn(texts: &[String], place: &str) -> Vec<draw::Drawing> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let drawn = draw::memory(&texts).unwrap_or_else(|e| panic!("{place}: {e:?}"));
    assert_eq!(drawn.len(), texts.len());
    drawn
}

fn check(seen: &Seen, place: &str) {
    let svg = &seen.svg;
    for rect in &seen.rects {
        assert!(seen.view.holds(rect), "{place}: {rect:?} is cut: {svg}");
    }
    for (i, text) in seen.texts.iter().enumerate() {
        assert!(seen.view.holds(text), "{place}: {text:?} is cut: {svg}");
        for other in &seen.texts[i + 1..] {
            assert!(
                !text.meets(other),
                "{place}: {text:?} lies on {other:?}: {svg}"
            );
        }
        // In a box, and only there; a caption in none.
        for rect in &seen.rects {
            assert!(
                !rect.meets(text) || rect.holds(text),
                "{place}: {text:?} leaves {rect:?}: {svg}"
            );
        }
        let boxed = seen.rects.iter().any(|r| r.holds(text));
        let below = seen.rects.iter().all(|r| r.bottom <= text.top);
        assert!(
            boxed || text.is("c") || below,
            "{place}: {text:?} in no box: {svg}"
        );
    }
    for (i, a) in seen.rects.iter().enumerate() {
        for b in &seen.rects[i + 1..] {
            let nested = a.is("f") && a.holds(b) && (b.is("h") || b.is("g"));
            assert!(!a.meets(b) || nested, "{place}: {a:?} lies on {b:?}: {svg}");
        }
    }
    for stretch in &seen.arrows {
        let line = stretch.area();
        assert!(seen.view.holds(&line), "{place}: {stretch:?} is cut: {svg}");
        for text in &seen.texts {
            assert!(
                !line.meets(text),
                "{place}: {stretch:?} crosses {text:?}: {svg}"
            );
        }
        for rect in seen
            .rects
            .iter()
            .filter(|r| !r.is("h") && !r.is("g") || r.is("b"))
        {
            // Into the box where its arrow ends, and into no other.
            let last = seen
                .arrows
                .iter()
                .rfind(|s| s.arrow == stretch.arrow)
                .unwrap();
            let (x, y) = last.to;
            let ends =
                rect.left - 8.0 < x && x < rect.right + 8.0 && rect.top <= y && y <= rect.bottom;
            let edge = Area {
                left: rect.left + 1.0,
                right: rect.right - 1.0,
                ..rect.clone()
            };
            assert!(
                !edge.meets(&line) || ends,
                "{place}: {stretch:?} crosses {rect:?}: {svg}"
            );
        }
    }
    for (i, a) in seen.arrows.iter().enumerate() {
        for b in seen.arrows[i + 1..].iter().filter(|b| b.arrow != a.arrow) {
            let level = |s: &Stretch| s.from.1 == s.to.1;
            if level(a) == level(b) {
                assert!(
                    !a.area().meets(&b.area()),
                    "{place}: {a:?} lies on {b:?}: {svg}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_cut_crossed_or_covered() {
    let mut pictures = 0;
    for (place, texts) in figures(true).into_iter().chain(figures(false)) {
        for (drawing, text) in drawn(&texts, &place).iter().zip(&texts) {
            let seen = look(drawing);
            check(&seen, &place);
            let arrows = text
                .lines()
                .filter(|l| l.contains(" -->") || l.contains(" -.-"))
                .count();
            let mut lines: Vec<usize> = seen.arrows.iter().map(|s| s.arrow).collect();
            lines.dedup();
            assert_eq!(lines.len(), arrows, "{place}: {}", seen.svg);
            assert!(seen.heads > 0 || arrows == 0);
            pictures += 1;
        }
    }
    assert!(pictures > 80, "{pictures}");
}

#[test]
fn every_word_of_a_text_is_in_its_picture() {
    for (place, texts) in figures(true).into_iter().chain(figures(false)) {
        for (drawing, text) in drawn(&texts, &place).iter().zip(&texts) {
            let seen = look(drawing);
            let shown: String = seen
                .texts
                .iter()
                .flat_map(|t| t.words.chars())
                .filter(|c| *c != ' ')
                .collect();
            for line in text.lines() {
                let Some((_, label)) = line.split_once("[\"") else {
                    continue;
                };
                for part in label.trim_end_matches("\"]").split("<br/>") {
                    let part = part
                        .trim_end_matches(" given back")
                        .replace("#quot;", "\"")
                        .replace("#lt;", "<")
                        .replace("#gt;", ">")
                        .replace("#92;", "\\")
                        .replace("#35;", "#");
                    // Cells have no brackets and commas.
                    let listed = part.starts_with('[') && part.ends_with(']') && part.len() > 2;
                    let words: String = part
                        .chars()
                        .filter(|c| *c != ' ' && !(listed && "[],".contains(*c)))
                        .collect();
                    assert!(shown.contains(&words), "{place}: {words} is not in {shown}");
                }
            }
        }
    }
}

/// Numbers without a pattern that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A figure that no program has: all kinds of rows, blocks and arrows.
fn tangle(dice: &mut Dice) -> Vec<String> {
    let values = [
        "",
        "<br/>len 3, cap 3",
        " = 17",
        "<br/>title: len 3, cap 3<br/>next: Some(owner)",
        "<br/>[3, 5, 8]",
        "<br/>Some(Song { rating: 5, seconds: 262, loved: true })",
        "<br/>len 2",
        "<br/>✗ moved to the call of read, line 23",
        "<br/>len 2, cap 4<br/>⊘ lent out mutably to the_other",
    ];
    let types = [
        "u8",
        "Vec#lt;String#gt;",
        "&mut [i32]",
        "Option#lt;Rc#lt;RefCell#lt;Node#gt;#gt;#gt;",
    ];
    let contents = [
        "",
        "<br/>#quot;Naima and So What#quot;",
        "<br/>[0] len 3, cap 3<br/>[1] len 5, cap 5",
        "<br/>[1, 20, 300]",
        "<br/>strong 2, weak 1<br/>len 2, cap 2",
        "<br/>nothing shown leads here",
    ];
    let mut texts = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let mut body = String::new();
        let mut all = Vec::new();
        let calls = 1 + dice.below(3);
        for call in (0..calls).rev() {
            let name = ["main", "push", "settle_the_bill"][call];
            body += &format!("subgraph {name}_frame[\"{name}\"]\n");
            let rows = dice.below(4);
            if rows == 0 {
                body += &format!("{name}_none[\"no variables\"]\n");
            }
            for row in 0..rows {
                let id = format!("{name}_v{row}");
                let (ty, value) = (dice.one(&types), dice.one(&values));
                body += &format!("{id}[\"v{row}: {ty}{value}\"]\n");
                all.push(id);
            }
            body += "end\n";
        }
        let variables = all.len();
        for (group, title, name) in [
            ("heap", "heap", "h"),
            ("fixed", "static memory", "literal_"),
        ] {
            let count = dice.below(if name == "h" { 6 } else { 3 });
            if count > 0 {
                body += &format!("subgraph {group}[\"{title}\"]\n");
            }
            for n in 1..=count {
                let content = match name {
                    "h" => format!("h{n}: {} bytes{}", 8 * n, dice.one(&contents)),
                    _ => dice
                        .one(&["#quot;So What#quot;", "[4, 2, 6]", "77"])
                        .to_string(),
                };
                body += &format!("{name}{n}[\"{content}\"]\n");
                all.push(format!("{name}{n}"));
            }
            if count > 0 {
                body += "end\n";
            }
        }
        if variables > 0 {
            for _ in 0..dice.below(8) {
                let (from, to) = (dice.below(all.len()), dice.below(all.len()));
                if from == to || all[from].starts_with("literal") {
                    continue;
                }
                let arrow = match dice.below(6) {
                    0 => "-.->",
                    1 => "-.->|\"mut to [1]\"|",
                    2 => "-.->|\"to byte 6\"|",
                    3 => "-.-o|\"weak\"|",
                    4 => "-->|\"[1]\"|",
                    _ => "-->",
                };
                let line = format!("{} {arrow} {}\n", all[from], all[to]);
                if !body.contains(&line) {
                    body += &line;
                }
            }
        }
        texts.push(format!(
            "%% after ① line 2\nflowchart LR\naccTitle: Memory after ① line 2\n\
             accDescr: Stack frame of main, and whatever else is there.\n{body}"
        ));
    }
    texts
}

#[test]
fn tangles_are_drawn_without_a_clash() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..TANGLES {
        let texts = tangle(&mut dice);
        let place = format!("tangle {round}: {}", texts.join("\n"));
        for drawing in drawn(&texts, &place) {
            check(&look(&drawing), &place);
        }
    }
}

const TANGLES: usize = 400;

#[test]
fn pictures_are_small() {
    let mut largest = (0, 0, String::new());
    let mut widest = 0.0f64;
    for (place, texts) in figures(true) {
        for drawing in drawn(&texts, &place) {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(drawing.svg.as_bytes()).unwrap();
            let size = packed.finish().unwrap().len();
            assert!(size <= 1536, "{place}: {size} bytes compressed");
            assert!(
                drawing.svg.len() <= 6 * 1024,
                "{place}: {} bytes",
                drawing.svg.len()
            );
            largest = largest.max((size, drawing.svg.len(), place.clone()));
            widest = widest.max(look(&drawing).view.right);
        }
    }
    // On a phone of 390 pixels, 350 are for the picture: no text below 11 pixels.
    assert!(widest * 11.0 / 13.0 <= 350.0, "{widest} units wide");
    println!(
        "largest: {} bytes compressed, {} bytes, {}; widest: {widest} units",
        largest.0, largest.1, largest.2
    );
}

#[test]
fn what_trace_does_not_write_is_refused_with_its_line() {
    let good = [
        "%% after ① line 3",
        "flowchart LR",
        "accTitle: Memory after ① line 3",
        "accDescr: Stack frame of main. s, String, 24 bytes: len 5, cap 5.",
        "subgraph main_frame[\"main\"]",
        "main_s[\"s: String<br/>len 5, cap 5\"]",
        "end",
        "subgraph heap[\"heap\"]",
        "h1[\"h1: 5 bytes<br/>#quot;Naima#quot;\"]",
        "end",
        "main_s --> h1",
    ];
    let text = good.join("\n");
    assert_eq!(
        draw::memory(&[&text]).unwrap()[0].title,
        "Memory after ① line 3"
    );
    let bad = [
        (1, "flowchart TD"),
        (2, "title: Memory"),
        (3, ""),
        (4, "subgraph main_frame"),
        (5, "main_s[\"#amp;\"]"),
        (5, "main_s(\"round\")"),
        (6, "END"),
        (7, "subgraph attic[\"attic\"]"),
        (8, "main_s[\"a second one\"]"),
        (9, ""),
        (10, "main_s ==> h1"),
        (10, "main_s --> h2"),
        (10, "main_s -->|\"so to say\"| h1"),
        (10, "class main_t moved"),
        (10, "class main_s odd"),
        (10, "classDef moved fill:red"),
        (10, "end"),
        (10, "linkStyle 0 stroke:red"),
    ];
    for (at, line) in bad {
        let mut lines = good;
        lines[at] = line;
        let trouble = draw::memory(&[&text, &lines.join("\n")]).unwrap_err();
        assert_eq!(
            (trouble.text, trouble.line),
            (1, at + 1),
            "{line}: {}",
            trouble.message
        );
        assert!(!trouble.message.is_empty());
    }
    let cut = good[..6].join("\n");
    assert_eq!(draw::memory(&[&cut]).unwrap_err().line, 6);
    assert_eq!(draw::memory(&[""]).unwrap_err().line, 1);
    assert_eq!(draw::memory(&[]), Ok(vec![]));
}

// ---- The stylesheet -------------------------------------------------------------

/// The two colors of each variable, in light themes and in dark ones.
fn colors() -> Vec<(String, [String; 2])> {
    let css = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../theme/pictures.css"),
    )
    .unwrap();
    css.lines()
        .filter_map(|line| {
            let (name, rest) = line.trim().split_once(": light-dark(")?;
            let (light, dark) = rest.strip_suffix(");")?.split_once(", ")?;
            Some((name.to_string(), [light.to_string(), dark.to_string()]))
        })
        .collect()
}

/// As the Web Content Accessibility Guidelines reckon it.
fn contrast(a: &str, b: &str) -> f64 {
    let light = |color: &str| -> f64 {
        let part = |i: usize| {
            let c = u8::from_str_radix(&color[1 + 2 * i..3 + 2 * i], 16).unwrap();
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2)
    };
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    (a / b).max(b / a)
}

#[test]
fn colors_have_contrast_in_every_theme() {
    // mdBook's background and text, and whether the theme is dark.
    let themes = [
        ("#ffffff", "#000000", 0),
        ("#e1e1db", "#262625", 0),
        ("#141617", "#b4bdc6", 1),
        ("#161923", "#bcbdd0", 1),
        ("#0f1419", "#c5c5c5", 1),
    ];
    let colors = colors();
    assert_eq!(colors.len(), 9);
    for (back, text, dark) in themes {
        let of = |name: &str| {
            let found = colors.iter().find(|c| c.0 == format!("--memory-{name}"));
            found.unwrap_or_else(|| panic!("no {name}")).1[dark].clone()
        };
        let fills = ["stack", "heap", "fixed"].map(of);
        for on in fills.iter().map(String::as_str).chain([back]) {
            for color in [text, &of("soft")] {
                assert!(contrast(color, on) >= 4.5, "{color} on {on}");
            }
            for line in ["line", "owns", "lends", "weak", "new"].map(of) {
                assert!(contrast(&line, on) >= 3.0, "{line} on {on}");
            }
        }
    }
}
