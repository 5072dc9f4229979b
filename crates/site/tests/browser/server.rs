//! A folder served from loopback, as small as can be.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::built::gzipped;

/// How files travel.
#[derive(Clone, Copy, PartialEq)]
pub enum Transfer {
    Plain,
    /// Compressed as the usual hosts do, if the browser takes it.
    Gzip,
}

/// A server of a folder, until the process ends.
pub struct Server {
    /// Where the folder lies: `http://127.0.0.1:PORT/memory/`.
    pub address: String,
}

struct Folder {
    path: PathBuf,
    prefix: String,
    transfer: Transfer,
    compressed: Mutex<HashMap<PathBuf, Arc<Vec<u8>>>>,
}

impl Server {
    /// Serves `path` below `prefix`, which begins and ends with a slash. What is
    /// not there is answered with the folder's 404.html.
    ///
    /// # Errors
    ///
    /// Loopback has no free port.
    pub fn start(path: &Path, prefix: &str, transfer: Transfer) -> io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}{prefix}", listener.local_addr()?);
        let folder = Arc::new(Folder {
            path: path.to_owned(),
            prefix: prefix.to_owned(),
            transfer,
            compressed: Mutex::default(),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = Arc::clone(&folder);
                // A browser that hangs up in the middle is no failure.
                thread::spawn(move || drop(folder.answer(stream)));
            }
        });
        Ok(Server { address })
    }
}

impl Folder {
    /// One request after the other, until the browser hangs up.
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        loop {
            let Some(request) = lines.next().transpose()? else {
                return Ok(());
            };
            let mut gzip = false;
            for line in lines.by_ref() {
                let line = line?.to_ascii_lowercase();
                if line.is_empty() {
                    break;
                }
                gzip |= line.starts_with("accept-encoding:") && line.contains("gzip");
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let (status, file) = self.find(path);
            let (body, encoding) = if gzip && self.transfer == Transfer::Gzip {
                (self.compressed(&file)?, "Content-Encoding: gzip\r\n")
            } else {
                (Arc::new(fs::read(&file)?), "")
            };
            // As long as the usual host of such sites says.
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {}\r\n{encoding}Content-Length: {}\r\nCache-Control: max-age=600\r\n\r\n",
                kind(&file),
                body.len()
            );
            let mut answer = head.into_bytes();
            answer.extend_from_slice(&body);
            stream.write_all(&answer)?;
        }
    }

    /// The file that a request means, and the status of the answer.
    fn find(&self, request: &str) -> (&'static str, PathBuf) {
        let path = request.split(['?', '#']).next().unwrap_or_default();
        let file = path.strip_prefix(self.prefix.as_str()).and_then(|path| {
            let mut file = self.path.join(path);
            if path.is_empty() || path.ends_with('/') {
                file.push("index.html");
            }
            let inside = Path::new(path)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            (inside && file.is_file()).then_some(file)
        });
        match file {
            Some(file) => ("200 OK", file),
            None => ("404 Not Found", self.path.join("404.html")),
        }
    }

    fn compressed(&self, file: &Path) -> io::Result<Arc<Vec<u8>>> {
        let mut known = self.compressed.lock().expect("no one panics with it");
        if let Some(body) = known.get(file) {
            return Ok(Arc::clone(body));
        }
        let body = Arc::new(gzipped(&fs::read(file)?)?);
        known.insert(file.to_owned(), Arc::clone(&body));
        Ok(body)
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("xml") => "application/xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
