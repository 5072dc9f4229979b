//! What a program prints, read as it comes, up to a limit.

use std::fs;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;

use crate::{Ending, Limits, Program, tasks};

/// How often the size of a program's files is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A pipe that a program writes to, and what came through it.
struct Stream {
    /// None once it is at its end.
    pipe: Option<PipeReader>,
    bytes: Vec<u8>,
}

/// The streams of one run.
pub struct Output {
    streams: Vec<Stream>,
    /// How many more bytes may come, over all streams.
    room: usize,
    limits: Limits,
    /// The folders whose sizes are watched.
    folders: Vec<PathBuf>,
}

impl Output {
    pub fn new(pipes: Vec<PipeReader>, program: &Program, limits: &Limits) -> Output {
        let streams = pipes
            .into_iter()
            .map(|pipe| Stream {
                pipe: Some(pipe),
                bytes: Vec::new(),
            })
            .collect();
        Output {
            streams,
            room: limits.output,
            limits: *limits,
            folders: program
                .folder
                .iter()
                .chain(&program.writes)
                .cloned()
                .collect(),
        }
    }

    /// What came, as text: bytes that are not UTF-8 as U+FFFD.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.streams
            .iter()
            .map(|stream| String::from_utf8_lossy(&stream.bytes).into_owned())
    }

    /// Whether all that came is UTF-8.
    pub fn is_text(&self) -> bool {
        self.streams
            .iter()
            .all(|stream| std::str::from_utf8(&stream.bytes).is_ok())
    }

    /// Reads what the program prints until it has ended (`None`) or has to be
    /// stopped. `exit` is a pipe that closes when the program ends.
    pub fn collect(&mut self, exit: &PipeReader) -> io::Result<Option<Ending>> {
        let deadline = Instant::now() + self.limits.wall;
        let mut look = Instant::now() + LOOK;
        loop {
            let (printed, ended) = self.ready(Some(exit), deadline.min(look))?;
            if Instant::now() >= look || ended {
                if let Some(limit) = self.limits.written
                    && size(&self.folders, limit) > limit
                {
                    return Ok(Some(Ending::TooMuchWritten(limit)));
                }
                look = Instant::now() + LOOK;
            }
            for &index in &printed {
                if self.read(index)? {
                    return Ok(Some(Ending::TooMuchOutput(self.limits.output)));
                }
            }
            if printed.is_empty() && ended {
                return Ok(None);
            }
            // A flood or a closed output must not put off the deadline.
            if !ended && Instant::now() >= deadline {
                return Ok(Some(Ending::TimedOut(self.limits.wall)));
            }
        }
    }

    /// Reads what is left in the pipes once everything is killed, for a bounded
    /// time: a process that left the group may still hold one, and is then killed.
    pub fn drain(&mut self) -> io::Result<Option<Ending>> {
        for (attempt, patience) in [20, 1000].into_iter().enumerate() {
            if attempt > 0 {
                let open = self.streams.iter().filter_map(|s| s.pipe.as_ref());
                open.for_each(tasks::kill_holders);
            }
            let deadline = Instant::now() + Duration::from_millis(patience);
            loop {
                if self.streams.iter().all(|stream| stream.pipe.is_none()) {
                    return Ok(None);
                }
                let (printed, _) = self.ready(None, deadline)?;
                if printed.is_empty() {
                    break;
                }
                for index in printed {
                    if self.read(index)? {
                        return Ok(Some(Ending::TooMuchOutput(self.limits.output)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Reads once from a stream, and keeps no more than the limit; whether that
    /// was too much.
    fn read(&mut self, index: usize) -> io::Result<bool> {
        let stream = &mut self.streams[index];
        let Some(pipe) = &mut stream.pipe else {
            return Ok(false);
        };
        let mut buffer = [0; 16 * 1024];
        let read = match pipe.read(&mut buffer) {
            Ok(0) => {
                stream.pipe = None;
                return Ok(false);
            }
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(false),
            Err(error) => return Err(error),
        };
        let kept = read.min(self.room);
        stream.bytes.extend_from_slice(&buffer[..kept]);
        self.room -= kept;
        Ok(read > kept)
    }

    /// Waits until streams can be read or are at their end, which it lists, or
    /// until `exit` closes, which it tells, or until the deadline.
    fn ready(
        &self,
        exit: Option<&PipeReader>,
        deadline: Instant,
    ) -> io::Result<(Vec<usize>, bool)> {
        let fd = |pipe: Option<&PipeReader>| pipe.map_or(-1, |pipe| pipe.as_raw_fd());
        let fds = self.streams.iter().map(|stream| fd(stream.pipe.as_ref()));
        let found = poll(fds.chain([fd(exit)]).collect(), deadline)?;
        let printed = (0..self.streams.len()).filter(|index| found[*index]);
        Ok((printed.collect(), found[self.streams.len()]))
    }
}

/// Whether the pipe closes within this time.
pub fn closes(pipe: &PipeReader, within: Duration) -> io::Result<bool> {
    Ok(poll(vec![pipe.as_raw_fd()], Instant::now() + within)?[0])
}

/// What the files in the folders take up, in bytes, or a little more than `limit`.
fn size(folders: &[PathBuf], limit: u64) -> u64 {
    const PAGE: u64 = 4096;
    let mut left = folders.to_vec();
    let mut sum = 0;
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            // Links are not followed.
            let Ok(data) = entry.metadata() else { continue };
            sum += (data.blocks() * 512).max(PAGE);
            if data.is_dir() {
                left.push(entry.path());
            }
            if sum > limit {
                return sum;
            }
        }
    }
    sum
}

/// Waits until one of the descriptors can be read or is at its end, or until the
/// deadline (then none is ready). A descriptor of -1 is never ready.
fn poll(fds: Vec<RawFd>, deadline: Instant) -> io::Result<Vec<bool>> {
    let mut polled: Vec<libc::pollfd> = fds
        .into_iter()
        .map(|fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        })
        .collect();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up, so as not to spin through the last millisecond.
        let left = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // SAFETY: the pointer and the length are those of one array of pollfd.
        let found = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, left) };
        match Errno::result(found) {
            Ok(_) => return Ok(polled.iter().map(|polled| polled.revents != 0).collect()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}
