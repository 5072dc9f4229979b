//! A layout of bits or bytes, `packet`: each row is a strip of bars, as in a chart.

use std::fmt::Write;

use merman_core::RenderSemanticModel;

use crate::Drawing;
use crate::chart::{self, Bar, Grid, Kind, LINE};
use crate::diagram::read::{UNTOLD, Wrong, parse};
use crate::svg::{open, wide};

/// Units of the picture from side to side.
const WIDTH: f64 = 352.0;
/// Between two rows.
const ROWS: f64 = 8.0;

pub(crate) fn packet(text: &str) -> Result<Drawing, Wrong> {
    let parsed = parse(text)?;
    let RenderSemanticModel::Packet(model) = parsed.model() else {
        return Err((1, "this is no packet".into()));
    };
    let say = |words: &Option<String>| words.clone().ok_or((1, UNTOLD.to_string()));
    let (title, words) = (say(&model.acc_title)?, say(&model.acc_descr)?);
    let longest = model.packet.iter().flatten().map(|b| b.end % ROW + 1).max();
    let mut out = String::new();
    let mut y = 0.0;
    if let Some(head) = model.title.as_deref().filter(|t| !t.is_empty()) {
        y = chart::head(&mut out, head, WIDTH, y).ok_or_else(|| (1, too_long(head)))?;
    }
    for row in &model.packet {
        let bars: Vec<Bar> = row
            .iter()
            .map(|b| Bar::new(&b.label, Kind::Owns, b.start as usize, b.end as usize))
            .collect();
        let Some(first) = bars.first() else { continue };
        let grid = Grid::new(first.from, longest.unwrap_or(ROW) as usize, WIDTH);
        // The number of its first bit stands above each field, where there is room.
        let mut free = f64::MIN;
        for bar in &bars {
            let number = bar.from.to_string();
            let x = grid.left(bar.from) + wide(&number) / 2.0 + 1.0;
            if x - wide(&number) / 2.0 > free {
                chart::text(&mut out, "number", x, y + chart::BASE, &number);
                free = x + wide(&number) / 2.0 + 3.0;
            }
        }
        y = chart::strip(&mut out, bars.iter().collect(), &grid, y + LINE)
            .ok_or_else(|| (1, too_long(&first.text)))?
            + ROWS;
    }
    let mut svg = open("chart", (WIDTH, y), chart::SCALE, &title, &words);
    let _ = write!(svg, "{out}</svg>");
    Ok(Drawing { svg, title, words })
}

/// Bits in a row, as in mermaid.
const ROW: i64 = 32;

fn too_long(words: &str) -> String {
    format!("there is no room for `{words}` or what stands beside it: use shorter words")
}
