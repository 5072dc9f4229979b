//! Sorts an inbox into folders. Every message is moved; no text is copied.
//!
//! Run it with `cargo run --example inbox`.

// ANCHOR: sort
struct Message {
    from: String,
    text: String,
}

struct Folders {
    work: Vec<Message>,
    family: Vec<Message>,
}

/// Takes the inbox, message by message, and gives back the folders.
fn sort(inbox: Vec<Message>) -> Folders {
    let mut folders = Folders {
        work: Vec::new(),
        family: Vec::new(),
    };
    for message in inbox {
        if message.from.ends_with("@work") {
            folders.work.push(message);
        } else {
            folders.family.push(message);
        }
    }
    folders
}
// ANCHOR_END: sort

/// Only looks at the folder, so it borrows.
fn show(name: &str, folder: &[Message]) {
    println!("{name}:");
    for message in folder {
        println!("  {}: {}", message.from, message.text);
    }
}

fn main() {
    let inbox = vec![
        message("dana@work", "The report is due on Friday."),
        message("mom@home", "Soup on Sunday?"),
        message("lee@work", "Which report?"),
    ];
    let addresses: Vec<*const u8> = inbox.iter().map(|m| m.text.as_ptr()).collect();

    let folders = sort(inbox);

    show("work", &folders.work);
    show("family", &folders.family);

    let in_place = folders
        .work
        .iter()
        .chain(&folders.family)
        .filter(|m| addresses.contains(&m.text.as_ptr()))
        .count();
    println!(
        "{in_place} of {} texts lie where they lay before",
        addresses.len()
    );
}

fn message(from: &str, text: &str) -> Message {
    Message {
        from: String::from(from),
        text: String::from(text),
    }
}
