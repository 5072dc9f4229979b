//! Edits a playlist by commands while it is shown and played.
//!
//! `cargo run --example playlist` obeys the commands below. For your own
//! commands, one on each line, `cargo run --example playlist -- FILE`.

use std::collections::HashMap;
use std::env;
use std::fmt;
use std::fs;
use std::process::ExitCode;

// ANCHOR: sample
static SAMPLE: &str = "\
add 4:21 Naima
add 9:22 So What
add 4:46 Giant Steps
add 10:40 Blue Train
longest
fade 1 0:05
show
play 2
add 4:24 Naima
sort
limit 9:59
show
play 1
rewind
play 1
counts
";
// ANCHOR_END: sample

// ANCHOR: types
struct Song {
    title: String,
    seconds: u32,
    /// How long its start overlaps the song before it.
    fade_in: u32,
    /// How long its end overlaps the song after it.
    fade_out: u32,
}

#[derive(Default)]
struct Playlist {
    songs: Vec<Song>,
    /// The index of the song that is played next.
    next: usize,
    /// How often each title was played.
    plays: HashMap<String, u32>,
}
// ANCHOR_END: types

impl fmt::Display for Song {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:>5}  {}", clock(self.seconds), self.title)
    }
}

// ANCHOR: look
/// Looks at the list and changes nothing, so it borrows.
fn show(list: &Playlist) {
    for (index, song) in list.songs.iter().enumerate() {
        let mark = if index == list.next { '>' } else { ' ' };
        println!("{mark} {}. {song}", index + 1);
    }
    println!("     {:>5}  in all", clock(total(&list.songs)));
}

/// The seconds from the first note to the last: what overlaps counts once.
fn total(songs: &[Song]) -> u32 {
    songs.iter().map(|song| song.seconds - song.fade_in).sum()
}
// ANCHOR_END: look

impl Playlist {
    // ANCHOR: longest
    fn longest(&self) -> Option<&Song> {
        self.songs.iter().max_by_key(|song| song.seconds)
    }
    // ANCHOR_END: longest

    // ANCHOR: find_or_add
    /// The song of this title; a new one at the end, if there is none.
    fn find_or_add(&mut self, title: &str) -> &mut Song {
        let index = match self.songs.iter().position(|song| song.title == title) {
            Some(index) => index,
            None => {
                self.songs.push(Song {
                    title: title.to_string(),
                    seconds: 0,
                    fade_in: 0,
                    fade_out: 0,
                });
                self.songs.len() - 1
            }
        };
        &mut self.songs[index]
    }
    // ANCHOR_END: find_or_add

    // ANCHOR: crossfade
    /// Lets the song at `index` and the one after it overlap for a while.
    fn crossfade(&mut self, index: usize, seconds: u32) -> Result<(), String> {
        let Ok([before, after]) = self.songs.get_disjoint_mut([index, index + 1]) else {
            return Err(format!("no song {}, or none after it", index + 1));
        };
        let room = before.seconds - before.fade_in;
        if seconds > room.min(after.seconds - after.fade_out) {
            return Err(format!("{} is too long for a fade", clock(seconds)));
        }
        before.fade_out = seconds;
        after.fade_in = seconds;
        Ok(())
    }

    /// Ends all fades: after a change of order, other songs are neighbors.
    fn cut_fades(&mut self) {
        for song in &mut self.songs {
            song.fade_in = 0;
            song.fade_out = 0;
        }
    }
    // ANCHOR_END: crossfade

    // ANCHOR: keep
    /// Keeps the songs that `wanted` says yes to, and returns how many went.
    fn keep(&mut self, wanted: impl Fn(&Song) -> bool) -> usize {
        let before = self.songs.len();
        // The index of the next song is that of the first one kept from there on.
        self.next = self.songs[..self.next]
            .iter()
            .filter(|song| wanted(song))
            .count();
        self.songs.retain(|song| wanted(song));
        self.cut_fades();
        before - self.songs.len()
    }
    // ANCHOR_END: keep

    // ANCHOR: sort
    /// Sorts what is still to be played; what was played stays where it is.
    fn sort_rest(&mut self) {
        self.songs[self.next..].sort_by(|a, b| a.title.cmp(&b.title));
        self.cut_fades();
    }
    // ANCHOR_END: sort

    // ANCHOR: play
    /// Plays up to `count` songs, tells `listener` of each, and counts them.
    fn play(&mut self, count: usize, mut listener: impl FnMut(&Song)) {
        for song in self.songs.iter().skip(self.next).take(count) {
            listener(song);
            if let Some(plays) = self.plays.get_mut(&song.title) {
                *plays += 1;
            } else {
                self.plays.insert(song.title.clone(), 1);
            }
            self.next += 1;
        }
    }
    // ANCHOR_END: play
}

// ANCHOR: predicate
/// A function that says of a song whether it is at most this long.
fn at_most(seconds: u32) -> impl Fn(&Song) -> bool {
    move |song| song.seconds <= seconds
}
// ANCHOR_END: predicate

// ANCHOR: obey
fn obey(list: &mut Playlist, line: &str) -> Result<(), String> {
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        // ANCHOR: add
        "add" => {
            let (length, title) = rest.split_once(' ').ok_or("add what?")?;
            let seconds = read_clock(length)?;
            list.find_or_add(title).seconds = seconds;
            list.cut_fades();
        }
        // ANCHOR_END: add
        "fade" => {
            let (number, length) = rest.split_once(' ').ok_or("fade which, how long?")?;
            let index = read_number(number)?.checked_sub(1);
            let index = index.ok_or("the first song is number 1")?;
            list.crossfade(index, read_clock(length)?)?;
        }
        "longest" => match list.longest() {
            Some(song) => println!("longest: {}", song.title),
            None => println!("no songs"),
        },
        "limit" => {
            let gone = list.keep(at_most(read_clock(rest)?));
            println!("{gone} taken off");
        }
        "play" => {
            let mut time = 0;
            list.play(read_number(rest)?, |song| {
                println!("{:>5}  now: {}", clock(time), song.title);
                time += song.seconds - song.fade_out;
            });
        }
        "counts" => {
            let mut counts: Vec<(&String, &u32)> = list.plays.iter().collect();
            counts.sort();
            for (title, plays) in counts {
                println!("{plays} x {title}");
            }
        }
        "sort" => list.sort_rest(),
        "rewind" => list.next = 0,
        "show" => show(list),
        _ => return Err(format!("I don't know `{command}`")),
    }
    Ok(())
}
// ANCHOR_END: obey

fn clock(seconds: u32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn read_clock(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a time such as 4:21");
    let (minutes, seconds) = text.split_once(':').ok_or_else(wrong)?;
    let minutes: u16 = minutes.parse().map_err(|_| wrong())?;
    let seconds: u32 = seconds.parse().map_err(|_| wrong())?;
    if seconds < 60 {
        Ok(u32::from(minutes) * 60 + seconds)
    } else {
        Err(wrong())
    }
}

fn read_number(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}

// ANCHOR: main
fn main() -> ExitCode {
    let text = match env::args().nth(1) {
        None => SAMPLE.to_string(),
        Some(path) => match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("cannot read {path}: {error}");
                eprintln!("give the path of a file with a command on each line");
                return ExitCode::FAILURE;
            }
        },
    };
    // ANCHOR: rounds
    let mut list = Playlist::default();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        println!("$ {line}");
        if let Err(problem) = obey(&mut list, line) {
            eprintln!("line {}: {problem}", index + 1);
            return ExitCode::FAILURE;
        }
    }
    // ANCHOR_END: rounds
    ExitCode::SUCCESS
}
// ANCHOR_END: main
