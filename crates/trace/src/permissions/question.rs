//! What a question adds to the program, and where.
//!
//! Each question stands alone in a copy of its function: nothing that is asked
//! can disturb what else is asked, whatever loops the function has.

use super::Place;
use crate::program::{Program, Shape, Statement};
use std::ops::Range;

/// What is asked about at a place.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// May nobody else use the variable now? `&mut x`.
    Write(usize),
    /// `&x`.
    Read(usize),
    /// May it be moved, or copied if it is `Copy`?
    Own(usize),
    /// Is this field of it still there?
    Field(usize, String),
    /// Of each pair: does the second hold a borrow of the first? Each is asked
    /// in a branch that never comes back, so that no branch lies on a way to
    /// another.
    Holds(Vec<(usize, usize)>),
    /// As `Write`, after the others were given new values: they hold nothing.
    Without(usize, Vec<usize>),
}

#[derive(Clone, Debug)]
pub(super) struct Question {
    pub place: Place,
    pub ask: Ask,
}

/// Text to put in.
#[derive(Clone, Debug)]
pub(super) struct Insert {
    pub at: usize,
    pub text: String,
    /// The bytes of the text that borrow what is asked about.
    pub asked: Vec<Range<usize>>,
}

impl Insert {
    fn plain(at: usize, text: impl Into<String>) -> Self {
        Insert {
            at,
            text: text.into(),
            asked: Vec::new(),
        }
    }
}

impl Question {
    fn variables(&self) -> Vec<usize> {
        match &self.ask {
            Ask::Write(v) | Ask::Read(v) | Ask::Own(v) | Ask::Field(v, _) => vec![*v],
            Ask::Holds(pairs) => pairs.iter().flat_map(|&(a, b)| [a, b]).collect(),
            Ask::Without(v, others) => others.iter().chain([v]).copied().collect(),
        }
    }

    /// The statement that is meant, and where names are looked up.
    pub fn spot<'p>(&self, program: &'p Program) -> (&'p Statement, usize) {
        match self.place {
            Place::After(p) => {
                let s = &program.statements[program.points[p].statement];
                (s, s.range.end)
            }
            Place::During(i) => {
                let s = &program.statements[i];
                (s, s.range.start)
            }
        }
    }

    /// The question's text. `kept`: what is borrowed stays borrowed, in a
    /// variable that is declared elsewhere (`Some(true)`) or here.
    fn text(&self, program: &Program, at: usize, kept: Option<&str>) -> Insert {
        let name = |v: usize| match program.rename(v, at) {
            Some(_) => format!("{}{}", program.variables[v].name, Program::suffix(v)),
            None => program.variables[v].name.clone(),
        };
        let mut text = String::new();
        let mut asked = Vec::new();
        let mut borrow = |text: &mut String, kind: &str, what: &str| {
            let (open, close) = match kept {
                Some(into) => (format!("{into} = crate::Kept("), ");"),
                None => ("let _ = ".to_string(), ";"),
            };
            text.push_str(&open);
            let from = text.len();
            text.push_str(kind);
            text.push_str(what);
            asked.push(from..text.len());
            text.push_str(close);
        };
        match &self.ask {
            Ask::Write(v) => borrow(&mut text, "&mut ", &name(*v)),
            Ask::Read(v) => borrow(&mut text, "&", &name(*v)),
            Ask::Field(v, field) => borrow(&mut text, "&", &format!("{}.{field}", name(*v))),
            Ask::Own(v) => {
                text.push_str("::core::mem::forget(");
                asked.push(text.len()..text.len() + name(*v).len());
                text.push_str(&format!("{});", name(*v)));
            }
            Ask::Holds(pairs) => {
                text.push_str("match crate::which() { ");
                for (i, (of, holder)) in pairs.iter().enumerate() {
                    text.push_str(&format!("{i} => {{ let _ = "));
                    let from = text.len();
                    text.push_str(&format!("&mut {}", name(*of)));
                    asked.push(from..text.len());
                    text.push_str(&format!("; let _ = &{}; loop {{}} }} ", name(*holder)));
                }
                text.push_str("_ => {} }");
            }
            Ask::Without(v, others) => {
                // Forgotten first: giving a new value would drop the old one,
                // and a `drop` may use what it borrows.
                for o in others {
                    text.push_str(&format!("::core::mem::forget({}); ", name(*o)));
                }
                borrow(&mut text, "&mut ", &name(*v));
                for o in others {
                    text.push_str(&format!(" {} = crate::any();", name(*o)));
                }
            }
        }
        Insert { at, text, asked }
    }

    /// Everything that the question puts in, sorted by place.
    pub fn inserts(&self, program: &Program) -> Vec<Insert> {
        let (statement, at) = self.spot(program);
        let mut variables = self.variables();
        variables.sort_unstable();
        variables.dedup();
        // At the same byte, names come first: the word ends there.
        let mut inserts: Vec<Insert> = variables
            .into_iter()
            .filter_map(|v| program.rename(v, at))
            .flatten()
            .map(|(at, text)| Insert::plain(at, text))
            .collect();
        match self.place {
            Place::After(_) => self.after(program, statement, &mut inserts),
            Place::During(_) if statement.call.is_some() => {
                self.in_call(program, statement, &mut inserts);
            }
            Place::During(_) => self.around(program, statement, &mut inserts),
        }
        inserts.sort_by_key(|i| i.at);
        inserts
    }

    fn after(&self, program: &Program, statement: &Statement, inserts: &mut Vec<Insert>) {
        let r = &statement.range;
        let mut ask = self.text(program, r.end, None);
        if statement.shape == Shape::Tail {
            // An argument has the type that is wanted of it, so it is coerced
            // as it was; the second is evaluated behind it.
            inserts.push(Insert::plain(r.start, "crate::pass("));
            wrap(&mut ask, ", { ", " })");
        } else {
            wrap(&mut ask, " ", "");
        }
        inserts.push(ask);
    }

    /// While a call runs: what is asked about is borrowed when the arguments
    /// are there, and stays so until the call is over.
    fn in_call(&self, program: &Program, statement: &Statement, inserts: &mut Vec<Insert>) {
        let Some(call) = &statement.call else { return };
        let r = &statement.range;
        let parent = &program.statements[call.parent];
        let keeps = matches!(self.ask, Ask::Write(_) | Ask::Read(_) | Ask::Without(..));
        let mut ask = self.text(program, r.start, keeps.then_some("__mt_q"));
        let done = if keeps {
            "::core::mem::drop(__mt_q)"
        } else {
            "()"
        };
        if keeps {
            let declared = "let mut __mt_q; ";
            if parent.block {
                inserts.push(Insert::plain(parent.range.start, declared));
            } else {
                inserts.push(Insert::plain(parent.range.start, format!("{{ {declared}")));
            }
        }
        match &call.ask {
            Some(value) => {
                inserts.push(Insert::plain(r.start, "crate::then((), "));
                inserts.push(Insert::plain(value.start, "crate::pass("));
                ask.at = value.end;
                wrap(&mut ask, ", { ", " })");
            }
            None => wrap(&mut ask, "crate::then({ ", " }, "),
        }
        inserts.push(ask);
        inserts.push(Insert::plain(r.end, format!(", {done})")));
        if keeps && !parent.block {
            inserts.push(Insert::plain(parent.range.end, " }"));
        }
    }

    /// While a statement runs, and it is not known what of it.
    fn around(&self, program: &Program, statement: &Statement, inserts: &mut Vec<Insert>) {
        let r = &statement.range;
        let keeps = matches!(self.ask, Ask::Read(_));
        let mut ask = self.text(program, r.start, keeps.then_some("let __mt_q"));
        if !statement.block {
            wrap(&mut ask, "{ ", " ");
            inserts.push(ask);
            inserts.push(Insert::plain(r.end, " }"));
        } else {
            wrap(&mut ask, "", " ");
            inserts.push(ask);
            if keeps && statement.shape == Shape::Plain {
                inserts.push(Insert::plain(r.end, " ::core::mem::drop(__mt_q);"));
            }
        }
    }
}

/// Puts text around what is asked.
fn wrap(insert: &mut Insert, open: &str, close: &str) {
    insert.text = format!("{open}{}{close}", insert.text);
    for r in &mut insert.asked {
        *r = r.start + open.len()..r.end + open.len();
    }
}
