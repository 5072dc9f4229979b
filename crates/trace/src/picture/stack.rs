//! The threads of a step: their frames, and the variables in them.

use std::collections::BTreeMap;

use super::{Region, fields, id, lines, pointers, rearranges, short, state};
use crate::TraceError;
use crate::model::*;
use crate::permissions::{Answer, Answers, Finding, Place};
use crate::program::{self, Point, Program, Shape};
use crate::raw;

/// What lies on the stacks.
pub(super) struct Stacks {
    /// Innermost frames last.
    pub threads: Vec<Thread>,
    /// The variables, for arrows.
    pub regions: Vec<Region>,
    /// Those that a statement that runs has lent out, if anything points there
    /// already.
    pub lent_now: Vec<String>,
}

/// A variable whose `drop` runs, and the thread and the frame that it is drawn in.
struct Dropping {
    thread: usize,
    frame: usize,
    region: Region,
    variable: Variable,
}

/// A frame, while its variables are looked at.
struct Scope<'a> {
    id: String,
    /// The numbers of its thread and of itself among those that are drawn.
    thread: usize,
    frame: usize,
    raw: &'a raw::Frame,
    visible: &'a [usize],
    place: Place,
    /// The call that runs in it, in words.
    called: Option<String>,
}

/// Reads the stacks of a snapshot.
struct Reader<'a> {
    program: &'a Program<'a>,
    answers: &'a Answers,
    snapshot: &'a raw::Snapshot,
    point: &'a Point,
    regions: Vec<Region>,
    dropping: Vec<Dropping>,
    lent_now: Vec<String>,
}

/// The stacks at a mark: what is drawn of each thread that has a frame.
pub(super) fn stacks<'a>(
    program: &'a Program<'a>,
    answers: &'a Answers,
    snapshot: &'a raw::Snapshot,
) -> Result<Stacks, TraceError> {
    let mut reader = Reader {
        program,
        answers,
        snapshot,
        point: &program.points[snapshot.mark],
        regions: Vec::new(),
        dropping: Vec::new(),
        lent_now: Vec::new(),
    };
    let mut threads = Vec::new();
    for (number, thread) in snapshot.threads.iter().enumerate() {
        if !thread.frames.is_empty() {
            let thread = reader.thread(number, thread, threads.len())?;
            threads.push(thread);
        }
    }
    reader.keep_dropping(&mut threads);
    Ok(Stacks {
        threads,
        regions: reader.regions,
        lent_now: reader.lent_now,
    })
}

/// The name of a frame in the pictures: the `count`th of its function in a thread.
fn frame_id(thread: usize, function: &program::Function, count: usize) -> String {
    let (thread_number, count_text) = (thread.to_string(), count.to_string());
    let line = function.line.to_string();
    let mut parts = Vec::new();
    if thread > 0 {
        parts.extend(["thread", thread_number.as_str()]);
    }
    parts.push(&function.name);
    if count > 1 {
        parts.push(&count_text);
    }
    if function.closure {
        parts.push(&line);
    }
    id(&parts)
}

impl<'a> Reader<'a> {
    fn unsure(&self, message: String) -> TraceError {
        TraceError {
            line: self.point.line,
            message,
        }
    }

    fn thread(
        &mut self,
        number: usize,
        thread: &'a raw::Thread,
        drawn: usize,
    ) -> Result<Thread, TraceError> {
        let program = self.program;
        let name = if number == 0 {
            "main".to_string()
        } else {
            let first = &program.functions[thread.frames[0].function];
            format!("thread of line {}", first.line)
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut frames = Vec::new();
        for (depth, frame) in thread.frames.iter().enumerate() {
            let function = &program.functions[frame.function];
            let count = counts.entry(&function.name).or_default();
            *count += 1;
            let (visible, place) = self.visible(number, frame)?;
            let scope = Scope {
                id: frame_id(number, function, *count),
                thread: drawn,
                frame: frames.len(),
                raw: frame,
                visible,
                place,
                called: thread.frames.get(depth + 1).map(|next| {
                    let name = &program.functions[next.function].name;
                    format!("the call of `{}`", name.rsplit("::").next().unwrap_or(name))
                }),
            };
            let mut variables = Vec::new();
            for position in 0..visible.len() {
                variables.extend(self.variable(&scope, position)?);
            }
            frames.push(Frame {
                id: scope.id,
                function: function.name.clone(),
                variables,
            });
        }
        Ok(Thread { name, frames })
    }

    /// The variables in scope in a frame, and where the compiler was asked of them.
    fn visible(
        &self,
        thread: usize,
        frame: &raw::Frame,
    ) -> Result<(&'a [usize], Place), TraceError> {
        let program = self.program;
        if frame.top && thread == self.snapshot.me {
            let statement = &program.statements[self.point.statement];
            let seen = if statement.shape == Shape::Tail {
                &statement.before
            } else {
                &statement.after
            };
            return Ok((seen, Place::After(self.snapshot.mark)));
        }
        if frame.statement == 0 {
            return Err(self.unsure(format!(
                "`{}` calls into this mark in a way that cannot be followed; call it directly",
                program.functions[frame.function].name
            )));
        }
        let statement = &program.statements[frame.statement];
        Ok((&statement.before, Place::During(frame.statement)))
    }

    /// A variable of a frame, as it is drawn; none where it is not shown, or its life
    /// has ended.
    fn variable(&mut self, scope: &Scope, position: usize) -> Result<Option<Variable>, TraceError> {
        let number = scope.visible[position];
        let declared = &self.program.variables[number];
        if !declared.shown {
            return Ok(None);
        }
        let answer = self.answer(scope.place, number)?;
        let mut variable = self.declared(scope, position);
        let raw = scope.raw.vars.iter().find(|raw| raw.id == number);
        let node = raw.and_then(|raw| raw.node.as_ref());
        match raw {
            None if declared.deferred || answer.finding == Finding::NotSet => {
                variable.state = State::NotSet;
            }
            None => {
                return Err(self.unsure(format!(
                    "the tracer did not see where `{}` (line {}) got its value; \
                     declare it in a statement of its own",
                    declared.name, declared.line
                )));
            }
            Some(raw) => {
                variable.ty = short(&raw.ty);
                variable.size = Some(raw.size);
                // What a moved variable still holds leads nowhere any more.
                let region = Region {
                    id: variable.id.clone(),
                    addr: raw.addr,
                    size: raw.size,
                    node: raw.node.clone().filter(|_| !raw.left),
                };
                if raw.gone {
                    self.gone(scope, raw, region, variable);
                    return Ok(None);
                }
                self.regions.push(region);
            }
        }
        if let Some(node) = node {
            variable.value = lines(node, &self.snapshot.places);
            variable.parts = fields(node);
        }
        self.judge(scope, answer, &mut variable);
        Ok(Some(variable))
    }

    /// What the compiler said of a variable.
    fn answer(&self, place: Place, number: usize) -> Result<&'a Answer, TraceError> {
        let name = &self.program.variables[number].name;
        let Some(answer) = self.answers.get(&(place, number)) else {
            return Err(self.unsure(format!("nothing is known of `{name}` here; move the mark")));
        };
        if let Finding::Lent {
            mutable: true,
            to: Some(to),
            ..
        } = &answer.finding
            && let Some(method) = rearranges(to)
        {
            return Err(self.unsure(format!(
                "`{name}` is being rearranged by `{method}` here, and an element of it may \
                 be in two places at once; put the mark behind the call"
            )));
        }
        Ok(answer)
    }

    /// A variable of which nothing is known yet but its declaration.
    fn declared(&self, scope: &Scope, position: usize) -> Variable {
        let variables = &self.program.variables;
        let declared = &variables[scope.visible[position]];
        let of_the_name = |other: &&usize| variables[**other].name == declared.name;
        let same = scope.visible[..position].iter().filter(of_the_name).count();
        let mut later = scope.visible[position + 1..].iter();
        Variable {
            id: if same > 0 {
                id(&[&scope.id, &declared.name, &(same + 1).to_string()])
            } else {
                id(&[&scope.id, &declared.name])
            },
            shadowed: later.any(|other| of_the_name(&other)),
            name: declared.name.clone(),
            line: declared.line,
            ty: String::new(),
            size: None,
            value: Vec::new(),
            state: State::Usable,
            permissions: None,
            parts: Vec::new(),
        }
    }

    /// Keeps the variable of a frame whose life ended last: its `drop` may run.
    fn gone(&mut self, scope: &Scope, raw: &raw::Var, region: Region, mut variable: Variable) {
        if !raw.last {
            return;
        }
        variable.state = State::Dropping;
        if let Some(node) = &raw.node {
            variable.value = lines(node, &self.snapshot.places);
        }
        self.dropping.push(Dropping {
            thread: scope.thread,
            frame: scope.frame,
            region,
            variable,
        });
    }

    /// The state of a variable, and what may be done with it, by what the compiler
    /// said.
    fn judge(&mut self, scope: &Scope, answer: &Answer, variable: &mut Variable) {
        let finding = &answer.finding;
        if variable.state == State::Usable {
            variable.state = state(finding);
        }
        // A running statement has moved what the call that runs was
        // given; of all else, it may be before or after the move.
        if let Finding::Moved { running: true, .. } = finding
            && let State::Moved { to, maybe, .. } = &mut variable.state
        {
            *maybe = scope.called.is_none() || scope.called != *to;
        }
        if let Finding::Lent { running: true, .. } = finding {
            self.lent_now.push(variable.id.clone());
        }
        if let Place::After(_) = scope.place {
            let free = *finding == Finding::Free;
            let set = variable.state != State::NotSet;
            let lent_shared = matches!(finding, Finding::Lent { mutable: false, .. });
            variable.permissions = Some(Permissions {
                read: set && (free || lent_shared),
                write: set && free && answer.mutable,
                own: set && answer.own,
            });
        }
    }

    /// Variables whose `drop` runs are drawn where something points to them.
    fn keep_dropping(&mut self, threads: &mut [Thread]) {
        let points_at = |region: &Region| {
            let mut found = false;
            for node in self.regions.iter().filter_map(|r| r.node.as_ref()) {
                pointers(node, "", &mut |_, p, _, _| found |= region.holds(p));
            }
            found
        };
        let dropping = std::mem::take(&mut self.dropping).into_iter();
        let now: Vec<Dropping> = dropping.filter(|it| points_at(&it.region)).collect();
        for it in now {
            self.regions.push(it.region);
            threads[it.thread].frames[it.frame]
                .variables
                .push(it.variable);
        }
    }
}
