//! Go: its toolchain, and the cache that it cannot do without.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use sandbox::Program;

use super::tool::{find, tool};
use super::{GuestRun, Place, REPORT, Watch, races_options};
use crate::memory;

/// Gives every toolchain the language of Go 1.19, whatever its own version: a
/// variable of a loop is one for all passes.
const MODULE: &str = "module main\n\ngo 1.19\n";

/// What fills the cache: nothing of a block, and whatever a block may import, so
/// that none has to wait for it.
const FILLER: &str = "package main

import (
	_ \"bufio\"
	_ \"bytes\"
	_ \"context\"
	_ \"container/heap\"
	_ \"container/list\"
	_ \"errors\"
	_ \"fmt\"
	_ \"log\"
	_ \"math/rand\"
	_ \"os\"
	_ \"reflect\"
	_ \"runtime/debug\"
	_ \"sort\"
	_ \"strconv\"
	_ \"strings\"
	_ \"sync/atomic\"
	_ \"time\"
	_ \"unsafe\"
)

func main() {}
";

/// A toolchain and its cache.
struct Toolchain {
    root: PathBuf,
    cache: PathBuf,
    /// Keeps a cache that lies nowhere else.
    _kept: Option<tempfile::TempDir>,
}

impl Place {
    pub(super) fn go(&self, code: &str, may_warn: bool) -> Result<GuestRun> {
        self.write("go.mod", MODULE)?;
        self.write("main.go", code)?;
        // Go takes no module in the folder for temporary files.
        self.write("temporary/readme", "")?;
        let temporary = self.sources.path().join("temporary");
        let (mut build, mut vet) = (go()?, go()?);
        for go in [&mut build, &mut vet] {
            go.env("TMPDIR", &temporary);
        }
        vet.args(["vet", "."]);
        build.args(["build", "-buildvcs=false", "-o", "main"]);
        if self.watch == Watch::Races {
            // In a folder of its own, where Go does not take it for a part of the
            // package.
            self.write("report/report.c", REPORT)?;
            let mut cc = tool("cc")?;
            cc.args(["-c", "-O2", "-fPIC"]);
            cc.args(["report/report.c", "-o", "report/report.o"]);
            cc.reads("/usr/include").reads("/usr/local/include");
            if let Err(refusal) = self.compile(cc)? {
                bail!("the C compiler cannot compile report.c: {}", refusal.text);
            }
            let object = self.sources.path().join("report/report.o");
            let object = object.display();
            build
                .args(["-race", "-ldflags"])
                .arg(format!("-linkmode=external -extldflags={object}"))
                .env("CGO_ENABLED", "1")
                .env("CC", tool("cc")?.path());
        }
        build.arg(".");
        let mut main = Program::new(self.sources.path().join("main"));
        main.reports()
            .env("GORACE", races_options(" "))
            // A panic then ends the program by a signal, as no exit code does.
            .env("GOTRACEBACK", "crash");
        match self.compile(build)? {
            Err(refusal) => Ok(GuestRun::rejected(refusal)),
            Ok(said) => {
                let vetted = match self.compile(vet)? {
                    Ok(text) => text,
                    Err(refusal) => refusal.text,
                };
                self.warned_and_run(said + &vetted, main, may_warn)
            }
        }
    }
}

/// Go's program, which may read its installation and its cache.
fn go() -> Result<Program> {
    let path = find("go").context("`go` is not in PATH; install it")?;
    let found = toolchain(&path)?;
    let mut go = Program::new(path);
    go.reads("/proc").reads("/usr/include").reads(&found.root);
    // Debian keeps parts of it elsewhere, and links to them.
    for part in ["src", "pkg", "pkg/include"] {
        go.reads(fs::canonicalize(found.root.join(part)).unwrap_or_else(|_| found.root.clone()));
    }
    go.reads(&found.cache);
    for (name, value) in settings(&found.root, &found.cache) {
        go.env(name, value);
    }
    Ok(go)
}

/// The whole of Go's environment: nothing of the user's, and no network.
fn settings(root: &Path, cache: &Path) -> Vec<(&'static str, PathBuf)> {
    let path = |text: &str| PathBuf::from(text);
    vec![
        ("GOROOT", root.to_owned()),
        ("GOCACHE", cache.to_owned()),
        ("GOPATH", path("/nonexistent")),
        ("GOENV", path("off")),
        // It would write an index of modules into the cache, whatever it is asked.
        ("GODEBUG", path("goindex=0")),
        ("GOFLAGS", path("-mod=mod")),
        ("GOPROXY", path("off")),
        ("GOTOOLCHAIN", path("local")),
        ("GOTELEMETRY", path("off")),
        ("CGO_ENABLED", path("0")),
    ]
}

/// The toolchain of the program `go`, its cache filled: found once.
fn toolchain(go: &Path) -> Result<&'static Toolchain> {
    static FOUND: Mutex<Option<&'static Toolchain>> = Mutex::new(None);
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = *found {
        return Ok(found);
    }
    let new: &'static Toolchain = Box::leak(Box::new(look_for(go)?));
    *found = Some(new);
    Ok(new)
}

fn look_for(go: &Path) -> Result<Toolchain> {
    let answer = Command::new(go)
        .args(["env", "GOROOT", "GOVERSION"])
        .output();
    let answer = answer.with_context(|| format!("{} did not start; install Go", go.display()))?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    let mut lines = answer.lines();
    let (Some(root), Some(version)) = (lines.next(), lines.next()) else {
        bail!(
            "`{} env` does not say where Go is installed; install it anew",
            go.display()
        );
    };
    let root = PathBuf::from(root);
    let (folder, kept) = match memory::target() {
        Some(target) => (target.join("guests"), None),
        None => {
            let folder = sandbox::folder()?;
            (folder.path().to_owned(), Some(folder))
        }
    };
    // A compiler of C makes a part of what the detector of races needs.
    let races = find("cc").is_some();
    let name = if races { "races" } else { "plain" };
    let cache = folder.join(format!("{version}-{name}"));
    if !cache.is_dir() {
        fill(go, &root, &folder, &cache, races)
            .with_context(|| format!("Go's cache {} cannot be filled", cache.display()))?;
    }
    Ok(Toolchain {
        root,
        cache,
        _kept: kept,
    })
}

/// Fills a cache beside its place, and moves it there whole: blocks only read it.
fn fill(go: &Path, root: &Path, folder: &Path, cache: &Path, races: bool) -> Result<()> {
    fs::create_dir_all(folder)?;
    let new = tempfile::tempdir_in(folder)?;
    let sources = sandbox::folder()?;
    sandbox::put(sources.path(), "go.mod", MODULE)?;
    sandbox::put(sources.path(), "main.go", FILLER)?;
    let mut steps = vec![vec!["build", "-o", "main", "."], vec!["vet", "."]];
    if races {
        steps.push(vec!["build", "-race", "-o", "main", "."]);
    }
    for step in steps {
        let mut command = Command::new(go);
        command.current_dir(sources.path());
        command.envs(settings(root, new.path()));
        if step.contains(&"-race") {
            command.env("CGO_ENABLED", "1");
        }
        let output = command.args(&step).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`go {}` failed: {said}", step.join(" "));
        }
    }
    // Another judge may have been first.
    let _ = fs::rename(new.path(), cache);
    sandbox::share(cache)?;
    Ok(())
}
