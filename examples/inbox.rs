//! Sorts an inbox into folders. Every message is moved, and a text is copied
//! only where two are wanted.
//!
//! Run it with `cargo run --example inbox`.

use std::mem;

// ANCHOR: types
struct Message {
    from: String,
    text: String,
    mark: Mark,
}

struct Folders {
    work: Vec<Message>,
    family: Vec<Message>,
}
// ANCHOR_END: types

// ANCHOR: copy
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Plain,
    Urgent,
}

/// A second message with the same text. The first stays where it is.
fn forward(message: &Message, from: &str) -> Message {
    Message {
        from: String::from(from),
        text: message.text.clone(),
        mark: message.mark,
    }
}
// ANCHOR_END: copy

// ANCHOR: mailbox
/// The messages that nobody has collected yet.
struct Mailbox {
    messages: Vec<Message>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        println!("mailbox closed, {} left in it", self.messages.len());
    }
}
// ANCHOR_END: mailbox

impl Mailbox {
    fn open() -> Mailbox {
        Mailbox {
            messages: vec![
                message("dana@work", "The report is due on Friday.", Mark::Urgent),
                message("mom@home", "Soup on Sunday?", Mark::Plain),
                message("lee@work", "Which report?", Mark::Plain),
            ],
        }
    }

    // ANCHOR: take_all
    /// Hands out all messages, and leaves an empty list.
    fn take_all(&mut self) -> Vec<Message> {
        mem::take(&mut self.messages)
    }
    // ANCHOR_END: take_all
}

// ANCHOR: methods
impl Folders {
    /// Only looks.
    fn count(&self) -> usize {
        self.work.len() + self.family.len()
    }

    /// Changes the folders, and keeps the message.
    fn file(&mut self, message: Message) {
        if message.from.ends_with("@work") {
            self.work.push(message);
        } else {
            self.family.push(message);
        }
    }

    /// Uses the folders up. What it does not return is dropped.
    fn into_work(self) -> Vec<Message> {
        self.work
    }
}
// ANCHOR_END: methods

// ANCHOR: sort
/// Takes the inbox, message by message, and gives back the folders.
fn sort(inbox: Vec<Message>) -> Folders {
    let mut folders = Folders {
        work: Vec::new(),
        family: Vec::new(),
    };
    for message in inbox {
        folders.file(message);
    }
    folders
}
// ANCHOR_END: sort

// ANCHOR: line
/// Makes one line of a message, in the buffer of its sender.
fn line(message: Message) -> String {
    let Message {
        from: mut line,
        text,
        mark,
    } = message;
    line.push_str(if mark == Mark::Urgent { "! " } else { ": " });
    line.push_str(&text);
    line
}
// ANCHOR_END: line

fn main() {
    // ANCHOR: collect
    let inbox = Mailbox::open().take_all();
    println!("{} to sort", inbox.len());
    // ANCHOR_END: collect
    let addresses: Vec<*const u8> = inbox.iter().map(|m| m.text.as_ptr()).collect();

    let mut folders = sort(inbox);
    let in_place = folders
        .work
        .iter()
        .chain(&folders.family)
        .filter(|m| addresses.contains(&m.text.as_ptr()))
        .count();
    println!(
        "{in_place} of {} texts are where they were",
        folders.count()
    );

    let copy = forward(&folders.work[0], "me@home");
    folders.file(copy);
    println!("family: {}", folders.family.len());

    for message in folders.into_work() {
        println!("{}", line(message));
    }
}

fn message(from: &str, text: &str, mark: Mark) -> Message {
    Message {
        from: String::from(from),
        text: String::from(text),
        mark,
    }
}
