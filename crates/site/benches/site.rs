//! What a reader waits for, and an author: this book as `cargo book build`
//! makes it, beside the same chapters under plain mdBook and mdbook-mermaid,
//! measured in Chromium in one run: `cargo bench --bench site`.
//!
//! Both sites are served from loopback, compressed. "Slowed" is a processor
//! four times slower on slow 4G as WebPageTest has it: 150 ms for each round
//! trip, 1.6 Mbit/s down, 750 kbit/s up. Each figure is the median of several
//! loads. Seconds hang on the machine; the last column does so less.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

#[path = "../tests/built/mod.rs"]
mod built;
#[path = "../tests/browser/chromium.rs"]
#[allow(dead_code)]
mod chromium;
#[path = "../tests/browser/server.rs"]
#[allow(dead_code)]
mod server;

use built::{Built, PREFIX, gzipped, root};
use chromium::{Browser, Driver, Scripts};
use server::{Server, Transfer};

/// The page with a dozen pictures, and one that a reader goes to from there.
const RICH: &str = "diagrams.html";
const SECOND: &str = "ownership/moves.html";

/// Of so many loads the median is told; of the slow ones, of fewer.
const LOADS: usize = 7;
const SLOW_LOADS: usize = 5;

/// Chapters whose pictures are about as many as those of the first book that
/// was measured.
const SMALL: [&str; 4] = [
    "introduction.md",
    "diagrams.md",
    "three-ways/rusts-bargain.md",
    "ownership/moves.md",
];

/// In the page before its own scripts. Tells when the last picture was there:
/// in the first frame that has all of them, or at the first paint if that is
/// later. And sums up the layout shifts.
const WATCH: &str = "
    window.print = () => {};
    window.watched = { last: null, shift: 0 };
    const wanted = () => Number(sessionStorage.wanted ?? 0);
    const all = () => {
        const ours = document.querySelectorAll('svg.picture');
        const theirs = document.querySelectorAll('pre.mermaid > svg');
        if (ours.length + theirs.length < wanted()) return false;
        // The last is there as a whole when something follows it.
        const figure = [...ours].at(-1)?.closest('figure');
        return !figure || figure.nextElementSibling || document.readyState !== 'loading';
    };
    const look = now => {
        if (wanted() > 0 && all()) watched.last = now;
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) watched.shift += shift.value;
    }).observe({ type: 'layout-shift', buffered: true });
";

/// One of the two sites, served.
struct Site {
    server: Server,
    folder: PathBuf,
    /// What its pictures are, in its HTML.
    picture: &'static str,
}

impl Site {
    fn new(folder: &Path, picture: &'static str) -> Result<Site> {
        Ok(Site {
            server: Server::start(folder, PREFIX, Transfer::Gzip)?,
            folder: folder.to_owned(),
            picture,
        })
    }

    fn address(&self, page: &str) -> String {
        format!("{}{page}", self.server.address)
    }

    /// How many pictures a page has.
    fn pictures(&self, page: &str) -> Result<usize> {
        let page = page.split('#').next().unwrap_or_default();
        let text = fs::read_to_string(self.folder.join(page)).context(page.to_owned())?;
        Ok(text.matches(self.picture).count())
    }
}

/// What one load of a page costs.
#[derive(Clone, Copy, Default)]
struct Load {
    /// Over the wire, heads of answers included.
    bytes: f64,
    html: f64,
    /// Seconds until something, and until the last picture, could be seen.
    paint: f64,
    last: f64,
    /// Seconds that the main thread was busy.
    busy: f64,
    shift: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Speed {
    Desktop,
    Slowed,
}

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    if let Some(missing) = chromium::missing() {
        bail!("{missing}");
    }
    let path = path_with_tools()?;
    let work = tempfile::tempdir()?;

    eprintln!("building both sites …");
    let built = Built::new()?;
    let plain_book = plain_book(&work.path().join("plain-book"), None, &path)?;
    let plain_folder = work.path().join("plain");
    mdbook_build(&plain_book, &plain_folder, &path)?;
    let ours = Site::new(&built.folder, "<svg class=\"picture ")?;
    let plain = Site::new(&plain_folder, "<pre class=\"mermaid\">")?;

    eprintln!("building both with {} chapters …", SMALL.len());
    let small_book = copy_of_book(&work.path().join("small-book"), Some(&SMALL))?;
    let small_folder = work.path().join("small");
    built::build(&small_book, &small_folder)?;
    let small_ours = Site::new(&small_folder, ours.picture)?;
    let small_book = self::plain_book(&work.path().join("small-plain-book"), Some(&SMALL), &path)?;
    let small_folder = work.path().join("small-plain");
    mdbook_build(&small_book, &small_folder, &path)?;
    let small_plain = Site::new(&small_folder, plain.picture)?;

    let driver = Driver::start()?;
    let browser = Browser::start(&driver, Scripts::On)?;
    browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": WATCH }),
    );
    browser.cdp("Performance.enable", json!({}));
    browser.screen(1280, 900);

    let pictures = (plain.pictures(RICH)?, ours.pictures(RICH)?);
    println!(
        "{RICH}: {} pictures under plain mdBook, {} here\n",
        pictures.0, pictures.1
    );
    println!("{:58} {:>12} {:>12} {:>8}", "", "plain", "here", "ratio");

    let both = |loads: usize, speed, page: &str| -> Result<(Load, Load)> {
        Ok((
            first_visits(&browser, &plain, page, speed, loads)?,
            first_visits(&browser, &ours, page, speed, loads)?,
        ))
    };
    let (a, b) = both(LOADS, Speed::Desktop, RICH)?;
    compare("first visit, over the wire", kb, a.bytes, b.bytes);
    compare("  of it the page itself", kb, a.html, b.html);
    let (a2, b2) = (
        second_page(&browser, &plain)?,
        second_page(&browser, &ours)?,
    );
    compare("the page after it", kb, a2.bytes, b2.bytes);
    compare("  of it the page itself", kb, a2.html, b2.html);
    compare("first paint, desktop", s, a.paint, b.paint);
    compare("last picture, desktop", s, a.last, b.last);
    compare("main thread busy, desktop", s, a.busy, b.busy);
    let (a, b) = both(SLOW_LOADS, Speed::Slowed, RICH)?;
    compare("first paint, slowed", s, a.paint, b.paint);
    compare("last picture, slowed", s, a.last, b.last);
    compare("main thread busy, slowed", s, a.busy, b.busy);
    let shift = |load: Load| format!("{:.3}", load.shift);
    row("layout shift, slowed", shift(a), shift(b), f64::NAN);
    let last = last_heading(&browser, &ours)?;
    let (a, b) = both(SLOW_LOADS, Speed::Slowed, &format!("{RICH}{last}"))?;
    row(
        "layout shift, slowed, by a link past the pictures",
        shift(a),
        shift(b),
        f64::NAN,
    );
    row(
        "theme change",
        theme(&browser, &plain)?,
        theme(&browser, &ours)?,
        f64::NAN,
    );

    for (name, theirs, own) in [
        ("print page", &small_plain, &small_ours),
        ("print page, whole book", &plain, &ours),
    ] {
        let a = first_visits(&browser, theirs, "print.html", Speed::Desktop, SLOW_LOADS)?;
        let b = first_visits(&browser, own, "print.html", Speed::Desktop, SLOW_LOADS)?;
        let count = own.pictures("print.html")?;
        row(
            &format!("{name}, {count} pictures, the last"),
            s(a.last),
            s(b.last),
            b.last / a.last,
        );
    }

    let theirs = sizes(drawn_by_mermaid(&browser, &plain)?)?;
    let own = sizes(drawn_here(&built)?)?;
    row(
        "one picture, compressed: median",
        bytes(theirs.0),
        bytes(own.0),
        own.0 / theirs.0,
    );
    row(
        "one picture, compressed: largest",
        bytes(theirs.1),
        bytes(own.1),
        own.1 / theirs.1,
    );

    eprintln!("building the program …");
    let program = program()?;
    let book = copy_of_book(&work.path().join("book"), None)?;
    let a = warm_build(LOADS, || mdbook_build(&plain_book, &plain_folder, &path))?;
    let b = warm_build(LOADS, || book_build(&program, &book, &path))?;
    row("warm build of the whole book", s(a), s(b), b / a);

    let a = edit(
        &browser,
        Command::new("mdbook").arg("serve"),
        &plain_book,
        &path,
    )?;
    let b = edit(&browser, Command::new(&program).arg("serve"), &book, &path)?;
    compare("from saving a chapter to the page, reloaded", s, a, b);
    Ok(())
}

/// A row of two figures of one unit, and how many times the first the second is.
fn compare(name: &str, unit: fn(f64) -> String, plain: f64, ours: f64) {
    row(name, unit(plain), unit(ours), ours / plain);
}

fn row(name: &str, plain: String, ours: String, ratio: f64) {
    let ratio = if ratio.is_nan() {
        String::new()
    } else {
        format!("{ratio:.2}")
    };
    println!("{name:58} {plain:>12} {ours:>12} {ratio:>8}");
}

fn kb(bytes: f64) -> String {
    format!("{:.1} KB", bytes / 1000.0)
}

fn bytes(bytes: f64) -> String {
    format!("{bytes:.0} B")
}

fn s(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of each thing that was measured.
fn medians(loads: &[Load]) -> Load {
    let of = |part: fn(&Load) -> f64| median(loads.iter().map(part).collect());
    Load {
        bytes: of(|load| load.bytes),
        html: of(|load| load.html),
        paint: of(|load| load.paint),
        last: of(|load| load.last),
        busy: of(|load| load.busy),
        shift: of(|load| load.shift),
    }
}

fn first_visits(
    browser: &Browser,
    site: &Site,
    page: &str,
    speed: Speed,
    loads: usize,
) -> Result<Load> {
    let mut done = Vec::new();
    // The first is not counted: the browser itself is cold.
    for number in 0..=loads {
        eprintln!("{} {number}/{loads}", site.address(page));
        browser.cdp("Network.clearBrowserCache", json!({}));
        let load = load(browser, site, page, speed)?;
        ensure!(load.bytes > 0.0, "{page}: no bytes were seen");
        if number > 0 {
            done.push(load);
        }
    }
    Ok(medians(&done))
}

/// A page that is opened when another has been read before.
fn second_page(browser: &Browser, site: &Site) -> Result<Load> {
    let mut done = Vec::new();
    for number in 1..=SLOW_LOADS {
        eprintln!("{} {number}/{SLOW_LOADS}", site.address(SECOND));
        browser.cdp("Network.clearBrowserCache", json!({}));
        load(browser, site, RICH, Speed::Desktop)?;
        done.push(load(browser, site, SECOND, Speed::Desktop)?);
    }
    Ok(medians(&done))
}

fn load(browser: &Browser, site: &Site, page: &str, speed: Speed) -> Result<Load> {
    let wanted = site.pictures(page)?;
    // The number of pictures is waiting there for the page's scripts.
    browser.goto(&site.address("robots.txt"));
    browser.run(&format!("sessionStorage.wanted = {wanted}"));
    browser.goto("about:blank");
    // One page is not held up by what the one before left behind.
    thread::sleep(Duration::from_millis(300));
    browser.logged("performance");
    let (rate, latency, down, up) = match speed {
        Speed::Desktop => (1, 0.0, -1.0, -1.0),
        Speed::Slowed => (4, 150.0, 1.6e6 / 8.0, 750e3 / 8.0),
    };
    browser.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": rate }));
    browser.cdp(
        "Network.emulateNetworkConditions",
        json!({ "offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": up }),
    );
    let before = busy(browser);
    browser.goto(&site.address(page));
    if wanted > 0 {
        browser.until_patiently("watched.last !== null", Duration::from_secs(180));
    }
    // Nothing has been asked for, and nothing done, for half a second.
    let mut seen = (performance(browser), busy(browser));
    let mut quiet = Instant::now();
    let mut events = seen.0.clone();
    while quiet.elapsed() < Duration::from_millis(600) {
        thread::sleep(Duration::from_millis(150));
        let now = (performance(browser), busy(browser));
        if !now.0.is_empty() || now.1 - seen.1 > 0.08 {
            quiet = Instant::now();
        }
        events.extend(now.0.iter().cloned());
        seen = now;
    }
    let watched = browser.run(
        "const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN;
         return [paint, Math.max(paint, watched.last ?? paint), watched.shift]",
    );
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let mut load = Load {
        busy: seen.1 - before,
        paint: number(&watched[0]) / 1000.0,
        last: number(&watched[1]) / 1000.0,
        shift: number(&watched[2]),
        ..Load::default()
    };
    let document = events.iter().find_map(|(event, parameters)| {
        let first = event == "Network.requestWillBeSent" && parameters["type"] == "Document";
        first.then(|| parameters["requestId"].clone())
    });
    for (event, parameters) in &events {
        if event == "Network.loadingFinished" {
            let bytes = number(&parameters["encodedDataLength"]);
            load.bytes += bytes;
            if document.as_ref() == Some(&parameters["requestId"]) {
                load.html += bytes;
            }
        }
    }
    browser.cdp("Emulation.setCPUThrottlingRate", json!({ "rate": 1 }));
    browser.cdp(
        "Network.emulateNetworkConditions",
        json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 }),
    );
    Ok(load)
}

/// The events of the network since they were last asked for.
fn performance(browser: &Browser) -> Vec<(String, Value)> {
    let entries = browser.logged("performance").into_iter();
    let events = entries.filter_map(|entry| {
        let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        let event = &event["message"];
        Some((
            event["method"].as_str()?.to_owned(),
            event["params"].clone(),
        ))
    });
    events.collect()
}

/// The seconds that the main thread has been busy so far.
fn busy(browser: &Browser) -> f64 {
    let metrics = browser.cdp("Performance.getMetrics", json!({}));
    let list = metrics["metrics"].as_array().into_iter().flatten();
    list.filter(|metric| metric["name"] == "TaskDuration")
        .find_map(|metric| metric["value"].as_f64())
        .unwrap_or(f64::NAN)
}

fn last_heading(browser: &Browser, site: &Site) -> Result<String> {
    browser.goto(&site.address(RICH));
    let last = browser.text("[...document.querySelectorAll('main h2[id]')].at(-1)?.id");
    ensure!(last != "undefined", "{RICH} has headings");
    Ok(format!("#{last}"))
}

/// What choosing a dark theme does, and how long it takes until the pictures have it.
fn theme(browser: &Browser, site: &Site) -> Result<String> {
    load(browser, site, RICH, Speed::Desktop)?;
    browser.run("window.still = true; document.querySelector('#mdbook-theme-toggle').click()");
    browser.run(
        "window.changed = null;
         const start = performance.now();
         document.querySelector('#mdbook-theme-coal').click();
         requestAnimationFrame(() => requestAnimationFrame(() => { window.changed = performance.now() - start; }))",
    );
    thread::sleep(Duration::from_secs(2));
    let took = browser.run("return window.still ? window.changed : null");
    // The next page starts as the first did.
    browser.run("localStorage.clear()");
    Ok(match took.as_f64() {
        Some(took) => format!("{took:.0} ms"),
        None => "reloads".into(),
    })
}

/// The drawings that mermaid makes of a page's diagrams.
fn drawn_by_mermaid(browser: &Browser, site: &Site) -> Result<Vec<String>> {
    load(browser, site, RICH, Speed::Desktop)?;
    let drawn = browser.run(
        "return [...document.querySelectorAll('pre.mermaid > svg')].map(svg => svg.outerHTML)",
    );
    Ok(serde_json::from_value(drawn)?)
}

/// The drawings in all chapters.
fn drawn_here(built: &Built) -> Result<Vec<String>> {
    let mut drawn = Vec::new();
    for page in built.pages()? {
        if page == "print.html" || page == "index.html" {
            continue;
        }
        let text = built.text(&page)?;
        for start in text
            .match_indices("<svg class=\"picture ")
            .map(|(at, _)| at)
        {
            let end = text[start..].find("</svg>").context("a drawing ends")?;
            drawn.push(text[start..start + end + "</svg>".len()].to_owned());
        }
    }
    Ok(drawn)
}

/// Median and largest size, each compressed alone.
fn sizes(drawn: Vec<String>) -> Result<(f64, f64)> {
    ensure!(!drawn.is_empty(), "nothing was drawn");
    let mut sizes = Vec::new();
    for svg in &drawn {
        sizes.push(gzipped(svg.as_bytes())?.len() as f64);
    }
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    Ok((median(sizes), largest))
}

/// PATH, with the folder before it into which `cargo book setup` gets programs.
fn path_with_tools() -> Result<std::ffi::OsString> {
    let mut folders = vec![target()?.join("tools/bin")];
    folders.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let path = std::env::join_paths(folders)?;
    for program in ["mdbook", "mdbook-mermaid"] {
        let version = Command::new(program)
            .arg("--version")
            .env("PATH", &path)
            .output();
        if version.is_err() {
            bail!("{program} is not here; run `cargo book setup` once");
        }
    }
    Ok(path)
}

fn target() -> Result<&'static Path> {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .context("a target folder")
}

/// `cargo book`'s own program, as an author has it.
fn program() -> Result<PathBuf> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "book"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target()?)
        .status()?;
    ensure!(status.success(), "`cargo build --package book` failed");
    Ok(target()?.join("debug/book"))
}

/// A copy of the book to build in, with all chapters or some.
fn copy_of_book(folder: &Path, chapters: Option<&[&str]>) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for part in ["src", "theme", "examples", "book.toml"] {
        let status = Command::new("cp")
            .arg("-r")
            .arg(root().join(part))
            .arg(folder)
            .status()?;
        ensure!(status.success(), "{part} cannot be copied");
    }
    // Only plain mdBook wants it, and gets its own.
    let _ = fs::remove_file(folder.join("src/mermaid.min.js"));
    if let Some(chapters) = chapters {
        let mut summary = String::from("# Summary\n\n");
        for chapter in chapters {
            summary += &format!("- [{chapter}]({chapter})\n");
        }
        fs::write(folder.join("src/SUMMARY.md"), summary)?;
    }
    Ok(folder.to_owned())
}

/// The same chapters, and nothing else of ours: mdBook's own theme, fonts and
/// highlighter, and mdbook-mermaid as it installs itself.
fn plain_book(folder: &Path, chapters: Option<&[&str]>, path: &std::ffi::OsStr) -> Result<PathBuf> {
    copy_of_book(folder, chapters)?;
    fs::remove_dir_all(folder.join("theme"))?;
    fs::write(
        folder.join("book.toml"),
        "[book]\ntitle = \"Plain\"\n\n[rust]\nedition = \"2024\"\n\n[build]\ncreate-missing = false\n",
    )?;
    let output = Command::new("mdbook-mermaid")
        .arg("install")
        .arg(folder)
        .env("PATH", path)
        .output()?;
    ensure!(
        output.status.success() && folder.join("mermaid.min.js").is_file(),
        "mdbook-mermaid did not install itself: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(folder.to_owned())
}

fn quiet(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    ensure!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn mdbook_build(book: &Path, folder: &Path, path: &std::ffi::OsStr) -> Result<()> {
    quiet(
        Command::new("mdbook")
            .arg("build")
            .arg("--dest-dir")
            .arg(folder)
            .current_dir(book)
            .env("PATH", path),
    )
}

fn book_build(program: &Path, book: &Path, path: &std::ffi::OsStr) -> Result<()> {
    quiet(
        Command::new(program)
            .arg("build")
            .current_dir(book)
            .env("PATH", path),
    )
}

fn warm_build(times: usize, mut build: impl FnMut() -> Result<()>) -> Result<f64> {
    build()?;
    let mut took = Vec::new();
    for number in 1..=times {
        eprintln!("building the whole book {number}/{times}");
        let start = Instant::now();
        build()?;
        took.push(start.elapsed().as_secs_f64());
    }
    Ok(median(took))
}

/// Ends a server and those that it started.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", "--", &format!("-{}", self.0.id())])
            .status();
        let _ = self.0.wait();
    }
}

/// The seconds from saving a chapter to its new text in the open page.
fn edit(
    browser: &Browser,
    serve: &mut Command,
    book: &Path,
    path: &std::ffi::OsStr,
) -> Result<f64> {
    use std::os::unix::process::CommandExt;

    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let out = tempfile::tempdir()?;
    let _serving = Serving(
        serve
            .args(["--hostname", "127.0.0.1", "--port", &port.to_string()])
            .arg("--dest-dir")
            .arg(out.path())
            .current_dir(book)
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?,
    );
    let patience = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(Instant::now() < patience, "{serve:?} does not serve");
        thread::sleep(Duration::from_millis(100));
    }
    browser.goto(&format!("http://127.0.0.1:{port}/{SECOND}"));
    let chapter = book.join("src").join(SECOND.replace(".html", ".md"));
    let text = fs::read_to_string(&chapter)?;
    let mut took = Vec::new();
    for number in 1..=LOADS {
        eprintln!("editing {number}/{LOADS}");
        // The watcher has come to rest.
        thread::sleep(Duration::from_secs(2));
        let word = format!("edited-{number}");
        let start = Instant::now();
        fs::write(&chapter, format!("{text}\n{word}\n"))?;
        browser.until_patiently(
            &format!("document.querySelector('main')?.textContent.includes('{word}')"),
            Duration::from_secs(60),
        );
        took.push(start.elapsed().as_secs_f64());
    }
    Ok(median(took))
}
