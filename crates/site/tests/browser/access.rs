//! axe-core's rules of WCAG 2.2, levels A and AA, on every page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::World;
use crate::chromium::Browser;
use crate::pages::settle;

/// Its rules change from version to version: a new one is tried out first.
const VERSION: &str = "4.14.1";

/// The script, read once; or what is missing for it.
static AXE: OnceLock<Result<String, String>> = OnceLock::new();

fn axe() -> &'static Result<String, String> {
    AXE.get_or_init(|| get().map_err(|error| format!("{error:#}")))
}

/// What is missing for these tests, and how to get it.
pub fn missing() -> Option<String> {
    axe().as_ref().err().cloned()
}

/// The script from `target/tools`, where npm puts it if it is not there.
fn get() -> Result<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .context("a target folder")?;
    let tools = target.join("tools");
    let script: PathBuf = tools.join(format!("axe-core-{VERSION}.js"));
    if let Ok(text) = fs::read_to_string(&script) {
        return Ok(text);
    }
    fs::create_dir_all(&tools)?;
    let package = tempfile::tempdir_in(&tools)?;
    let packed = Command::new("npm")
        .args(["pack", "--silent", &format!("axe-core@{VERSION}")])
        .current_dir(package.path())
        .stdin(Stdio::null())
        .output()
        .context(
            "`npm` is not on this machine, and axe-core comes by it; install it (Debian: `npm`)",
        )?;
    ensure!(
        packed.status.success(),
        "axe-core {VERSION} is not at hand, and `npm pack` could not get it: {}",
        String::from_utf8_lossy(&packed.stderr).trim()
    );
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(format!("axe-core-{VERSION}.tgz"))
        .arg("package/axe.min.js")
        .current_dir(package.path())
        .output()
        .context("`tar` is not on this machine")?;
    ensure!(
        unpacked.status.success(),
        "{}",
        String::from_utf8_lossy(&unpacked.stderr)
    );
    fs::rename(package.path().join("package/axe.min.js"), &script)?;
    Ok(fs::read_to_string(&script)?)
}

/// What axe-core has against the page as it stands: a line for each element.
fn violations(browser: &Browser) -> Vec<String> {
    let script = axe().as_ref().expect("it was asked for before");
    browser.run(script);
    let found = browser.run_async(
        "const done = arguments[arguments.length - 1];
         axe.run(document, {
             runOnly: { type: 'tag', values: arguments[0] },
             resultTypes: ['violations'],
         }).then(found => done({
             rules: found.passes.length + found.violations.length + found.incomplete.length,
             violations: found.violations.flatMap(rule => rule.nodes.map(node =>
                 rule.id + ' ' + node.target.join(' ') + '\\n    '
                 + node.failureSummary.split('\\n').slice(1).join(';') + '\\n    ' + node.html.slice(0, 160))),
         }), error => done(String(error)))",
        vec![json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])],
    );
    assert!(
        found["rules"].as_u64().is_some_and(|rules| rules > 10),
        "axe-core looked at the page: {found}"
    );
    let lines = found["violations"].as_array().into_iter().flatten();
    lines.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn every_page(world: &World, theme: &str) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("404.html"));
    browser.theme(theme);
    let mut wrong = Vec::new();
    for page in &world.pages {
        browser.goto(&world.address(page));
        settle(&browser);
        if page != "toc.html" {
            assert!(browser.is(&format!(
                "document.documentElement.classList.contains('{theme}')"
            )));
        }
        let found = violations(&browser);
        wrong.extend(found.into_iter().map(|found| format!("{page}: {found}")));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

pub fn light(world: &World) {
    every_page(world, "light");
}

pub fn dark(world: &World) {
    every_page(world, "navy");
}

/// What a page shows only when asked: the menus, the search, an explanation,
/// what stands below "In words"; the other themes; a phone.
pub fn opened(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    let mut wrong = Vec::new();
    for theme in ["light", "rust", "coal", "navy", "ayu"] {
        for (width, page) in [
            (1280, "ownership/moves.html"),
            (390, "ownership/moves.html"),
            (1280, "errors.html"),
        ] {
            browser.screen(width, 900);
            browser.goto(&world.address(page));
            browser.theme(theme);
            browser.goto(&world.address(page));
            browser.run(
                "document.querySelectorAll('details').forEach(details => { details.open = true; })",
            );
            if page.ends_with("moves.html") {
                browser.hover("main a.term");
                browser.until("document.querySelector('.tip')");
            }
            let found = violations(&browser);
            wrong.extend(
                found
                    .into_iter()
                    .map(|found| format!("{theme}, {width} px, {page}, opened: {found}")),
            );
            browser.click("#mdbook-search-toggle");
            browser.type_into("#mdbook-searchbar", "moved");
            browser.until("document.querySelector('#mdbook-searchresults a')");
            let found = violations(&browser);
            wrong.extend(
                found
                    .into_iter()
                    .map(|found| format!("{theme}, {width} px, {page}, searching: {found}")),
            );
            browser.run("document.querySelector('#mdbook-theme-toggle').click()");
            browser.until("document.querySelector('#mdbook-theme-list').checkVisibility()");
            let found = violations(&browser);
            wrong.extend(
                found
                    .into_iter()
                    .map(|found| format!("{theme}, {width} px, {page}, choosing a theme: {found}")),
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
