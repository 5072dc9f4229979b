//! Random small programs. The compiler sorts out those that it rejects.

use std::fmt::Write as _;

/// Numbers that are the same for the same seed (xorshift).
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// A statement: a line, or a head with a block (and perhaps a second block).
#[derive(Clone, Debug)]
pub enum Statement {
    Line(String),
    Block(String, Vec<Statement>, Option<Vec<Statement>>),
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    List,
    SharedText,
    MutableText,
    SharedList,
    MutableList,
    SharedNumber,
    Holder,
}

struct Writer<'d> {
    dice: &'d mut Dice,
    /// Name, kind, and whether it is declared `mut`.
    variables: Vec<(String, Kind, bool)>,
    next: usize,
}

const HELPERS: &str = "struct Holder<'a> {\n    text: &'a String,\n}\n\nimpl Holder<'_> {\n    fn look(&self) -> usize {\n        self.text.len()\n    }\n}\n\nfn look(text: &String) -> usize {\n    text.len()\n}\n\nfn change(text: &mut String) {\n    text.push('!');\n}\n\nfn take(text: String) -> usize {\n    text.len()\n}\n\nfn first(list: &Vec<usize>) -> &usize {\n    list.first().unwrap_or(&0)\n}\n\nfn pick<'a>(one: &'a String, other: &'a String) -> &'a String {\n    if one.len() > other.len() { one } else { other }\n}\n\nfn same(text: &mut String) -> &mut String {\n    text\n}\n\n";

/// The statements of a `main`.
pub fn statements(dice: &mut Dice) -> Vec<Statement> {
    let mut writer = Writer {
        dice,
        variables: Vec::new(),
        next: 0,
    };
    let mut all: Vec<Statement> = (0..3).map(|_| writer.declare()).collect();
    let more = 4 + writer.dice.roll(5);
    all.extend((0..more).map(|_| writer.statement(2)));
    all
}

/// The program, with a mark behind up to four of its lines.
pub fn program(statements: &[Statement], marks: &[usize]) -> String {
    let mut text = format!("{HELPERS}fn main() {{\n");
    let mut number = 0;
    for statement in statements {
        write(&mut text, statement, 1, &mut number, marks);
    }
    text.push_str("}\n");
    text
}

/// How many lines can have a mark.
pub fn lines(statements: &[Statement]) -> usize {
    let of = |statement: &Statement| match statement {
        Statement::Line(_) => 1,
        Statement::Block(_, one, other) => lines(one) + other.as_ref().map_or(0, |o| lines(o)),
    };
    statements.iter().map(of).sum()
}

/// Some marks.
pub fn marks(dice: &mut Dice, lines: usize) -> Vec<usize> {
    let mut marks: Vec<usize> = (0..4).map(|_| dice.roll(lines.max(1))).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

fn write(
    text: &mut String,
    statement: &Statement,
    depth: usize,
    number: &mut usize,
    marks: &[usize],
) {
    let indent = "    ".repeat(depth);
    match statement {
        Statement::Line(line) => {
            let mark = marks.iter().position(|mark| mark == number);
            let mark = mark.map_or(String::new(), |i| {
                format!(" // {}", ['①', '②', '③', '④'][i])
            });
            let _ = writeln!(text, "{indent}{line}{mark}");
            *number += 1;
        }
        Statement::Block(head, one, other) => {
            let _ = writeln!(text, "{indent}{head} {{");
            for inner in one {
                write(text, inner, depth + 1, number, marks);
            }
            if let Some(other) = other {
                let _ = writeln!(text, "{indent}}} else {{");
                for inner in other {
                    write(text, inner, depth + 1, number, marks);
                }
            }
            let _ = writeln!(text, "{indent}}}");
        }
    }
}

/// All programs with one statement less.
pub fn smaller(statements: &[Statement]) -> Vec<Vec<Statement>> {
    let mut all = Vec::new();
    for index in 0..statements.len() {
        let mut less = statements.to_vec();
        less.remove(index);
        all.push(less);
        if let Statement::Block(head, one, other) = &statements[index] {
            for inner in smaller(one) {
                let mut with = statements.to_vec();
                with[index] = Statement::Block(head.clone(), inner, other.clone());
                all.push(with);
            }
            for inner in other.iter().flat_map(|other| smaller(other)) {
                let mut with = statements.to_vec();
                with[index] = Statement::Block(head.clone(), one.clone(), Some(inner));
                all.push(with);
            }
        }
    }
    all
}

impl Writer<'_> {
    fn name(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn one_of(&mut self, kinds: &[Kind], mutable: bool) -> Option<String> {
        let fits: Vec<String> = self
            .variables
            .iter()
            .filter(|(_, kind, declared)| kinds.contains(kind) && (*declared || !mutable))
            .map(|(name, ..)| name.clone())
            .collect();
        (!fits.is_empty()).then(|| fits[self.dice.roll(fits.len())].clone())
    }

    fn bind(&mut self, kind: Kind, mutable: bool, value: &str) -> Statement {
        let name = self.name();
        let word = if mutable { "mut " } else { "" };
        let line = format!("let {word}{name} = {value};");
        self.variables.push((name, kind, mutable));
        Statement::Line(line)
    }

    fn declare(&mut self) -> Statement {
        match self.dice.roll(3) {
            0 => self.bind(Kind::List, true, "vec![1, 2]"),
            1 => self.bind(Kind::Text, false, "String::from(\"a\")"),
            _ => self.bind(Kind::Text, true, "String::from(\"b\")"),
        }
    }

    fn inside(&mut self, depth: usize) -> Vec<Statement> {
        let outer = self.variables.len();
        let count = 1 + self.dice.roll(3);
        let all = (0..count).map(|_| self.statement(depth - 1)).collect();
        self.variables.truncate(outer);
        all
    }

    fn block(&mut self, depth: usize) -> Statement {
        let one = self.inside(depth);
        match self.dice.roll(5) {
            0 => {
                let other = self.inside(depth);
                Statement::Block("if std::env::args().count() > 1".into(), one, Some(other))
            }
            1 => Statement::Block("for _ in 0..2".into(), one, None),
            2 => {
                let name = self.name();
                let head =
                    format!("let mut {name} = vec![1, 2];\n    while let Some(_) = {name}.pop()");
                Statement::Block(head, one, None)
            }
            3 => {
                let mut one = one;
                one.push(Statement::Line(
                    "if std::env::args().count() < 5 { break 'out; }".into(),
                ));
                Statement::Block("'out: loop".into(), one, None)
            }
            _ => Statement::Block(String::new(), one, None),
        }
    }

    fn statement(&mut self, depth: usize) -> Statement {
        if depth > 0 && self.dice.roll(5) == 0 {
            return self.block(depth);
        }
        let roll = self.dice.roll(18);
        self.action(roll).unwrap_or_else(|| self.declare())
    }

    fn action(&mut self, roll: usize) -> Option<Statement> {
        use Kind::{
            Holder, List, MutableList, MutableText, SharedList, SharedNumber, SharedText, Text,
        };
        let line = |text: String| Some(Statement::Line(text));
        match roll {
            0 => {
                let of = self.one_of(&[Text], false)?;
                Some(self.bind(SharedText, false, &format!("&{of}")))
            }
            1 => {
                let of = self.one_of(&[Text], true)?;
                Some(self.bind(MutableText, false, &format!("&mut {of}")))
            }
            2 => {
                let of = self.one_of(&[MutableText], false)?;
                Some(self.bind(MutableText, false, &format!("&mut *{of}")))
            }
            3 => {
                let of = self.one_of(&[List], true)?;
                Some(self.bind(MutableList, false, &format!("&mut {of}")))
            }
            4 => {
                let of = self.one_of(&[List, MutableList], false)?;
                Some(self.bind(SharedNumber, false, &format!("first(&{of})")))
            }
            5 => {
                let of = self.one_of(&[List], false)?;
                Some(self.bind(SharedList, false, &format!("&{of}")))
            }
            6 => {
                let (one, other) = (self.one_of(&[Text], false)?, self.one_of(&[Text], false)?);
                Some(self.bind(SharedText, false, &format!("pick(&{one}, &{other})")))
            }
            7 => {
                let of = self.one_of(&[Text], false)?;
                Some(self.bind(Holder, false, &format!("Holder {{ text: &{of} }}")))
            }
            8 => {
                let of = self.one_of(&[Text], true)?;
                Some(self.bind(MutableText, false, &format!("same(&mut {of})")))
            }
            9 => line(format!("take({});", self.one_of(&[Text], false)?)),
            10 => line(format!("change(&mut {});", self.one_of(&[Text], true)?)),
            11 => line(format!("change({});", self.one_of(&[MutableText], false)?)),
            12 => line(format!(
                "look(&{});",
                self.one_of(&[Text, SharedText, MutableText], false)?
            )),
            13 => {
                let list = self
                    .one_of(&[List], true)
                    .or(self.one_of(&[MutableList], false))?;
                line(format!("{list}.push({list}.len());"))
            }
            14 => line(format!(
                "println!(\"{{}}\", {});",
                self.one_of(&[Text, SharedText, MutableText, SharedNumber], false)?
            )),
            15 => line(format!("{}.look();", self.one_of(&[Holder], false)?)),
            16 => {
                let of = self.one_of(&[Text], true)?;
                let name = self.name();
                line(format!("let mut {name} = || {of}.push('x'); {name}();"))
            }
            _ => {
                let of = self.one_of(&[Text], true)?;
                line(format!("{of} = String::from(\"c\");"))
            }
        }
    }
}
