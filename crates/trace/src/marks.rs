//! The marks of a program: trailing comments `// ①` to `// ⑳`.

use crate::TraceError;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;

/// A mark as it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// `①` to `⑳`.
    pub symbol: char,
    /// Line of the program, from 1.
    pub line: usize,
    /// Where the code that the mark trails ends, in bytes from the start.
    pub trails: usize,
    /// `// ① pass 3` takes the third pass only.
    pub pass: Option<u32>,
}

/// The circled digits, in order.
pub(crate) const SYMBOLS: [char; 20] = [
    '①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨', '⑩', '⑪', '⑫', '⑬', '⑭', '⑮', '⑯', '⑰', '⑱', '⑲',
    '⑳',
];

/// Finds the marks of a program, in the order of its lines.
///
/// A mark opens a trailing comment: `let s2 = s1; // ②` is one, and so is
/// `// ② after the move`. `// ① pass 3` names the pass to take.
pub(crate) fn find(source: &str, tokens: &TokenStream) -> Result<Vec<Mark>, TraceError> {
    let mut ends = BTreeMap::new();
    let mut covered = Vec::new();
    last_tokens(tokens.clone(), &mut ends, &mut covered);
    let mut marks: Vec<Mark> = Vec::new();
    let mut start = 0;
    for (index, text) in source.split_inclusive('\n').enumerate() {
        let line = index + 1;
        let line_start = start;
        start += text.len();
        if covered.iter().any(|&(from, to)| from <= line && line < to) {
            continue; // the line ends inside a literal
        }
        let end = ends.get(&line).copied();
        let rest = &source[end.unwrap_or(line_start)..start];
        let Some(comment) = rest.trim().strip_prefix("//") else {
            continue;
        };
        let comment = comment.trim_start();
        let Some(symbol) = comment.chars().next().filter(|c| SYMBOLS.contains(c)) else {
            continue;
        };
        let error = |message: String| Err(TraceError { line, message });
        let Some(trails) = end else {
            return error(format!(
                "the mark {symbol} stands alone on its line: put it at the end of the line of its statement"
            ));
        };
        if marks.iter().any(|m| m.symbol == symbol) {
            return error(format!(
                "the mark {symbol} is there twice: give this one the next number"
            ));
        }
        let words: Vec<&str> = comment[symbol.len_utf8()..].split_whitespace().collect();
        let pass = match words.as_slice() {
            ["pass", number, ..] => match number.trim_end_matches([',', '.', ':']).parse() {
                Ok(pass) if pass > 0 => Some(pass),
                _ => {
                    return error(format!(
                        "`pass {number}` names no pass: write `// {symbol} pass 2`"
                    ));
                }
            },
            _ => None,
        };
        marks.push(Mark {
            symbol,
            line,
            trails,
            pass,
        });
    }
    Ok(marks)
}

/// Notes the end of the last token of each line, and the literals that go over
/// several lines (from the first line up to the last, which is not covered).
fn last_tokens(
    tokens: TokenStream,
    ends: &mut BTreeMap<usize, usize>,
    covered: &mut Vec<(usize, usize)>,
) {
    fn note(ends: &mut BTreeMap<usize, usize>, span: proc_macro2::Span) {
        let end = ends.entry(span.end().line).or_insert(0);
        *end = (*end).max(span.byte_range().end);
    }
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                note(ends, group.span_open());
                last_tokens(group.stream(), ends, covered);
                note(ends, group.span_close());
            }
            other => {
                let (from, to) = (other.span().start().line, other.span().end().line);
                if from < to {
                    covered.push((from, to));
                }
                note(ends, other.span());
            }
        }
    }
}
