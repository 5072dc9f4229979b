//! The built site in headless Chromium: what a reader meets, page by page.
//!
//! ```text
//! pages    ── every page: console, requests, widths, layout shift, themes
//! figures  ── pictures without scripts, stepping, paper
//! reading  ── terms, Run, search, zoom, questions
//! layout   ── errors, pictures, lists and paper at every size
//! place    ── exercises, the front page, editing, where a reader was
//! access   ── axe-core on every page
//! chromium ── chromedriver and its browsers
//! server   ── the site, served from loopback
//! ```
//!
//! The first test that runs builds the site and starts chromedriver; as many
//! browsers are started as tests run at a time. `cargo test --test browser
//! steps` runs the tests with `steps` in their names.

mod access;
#[path = "../built/mod.rs"]
mod built;
mod chromium;
mod figures;
mod layout;
mod pages;
mod place;
mod reading;
mod server;

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Deref;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context as _, Result};
use libtest_mimic::{Arguments, Completion, Trial};

use built::Built;
use chromium::{Browser, Driver, Scripts};
use server::{Server, Transfer};

/// What the tests share: the site, where it is served, and the browsers.
pub struct World {
    /// The site, as `cargo book build` makes it.
    pub built: Built,
    /// The pages that are looked at, from its root.
    pub pages: Vec<String>,
    server: Server,
    driver: Driver,
    idle: Mutex<Vec<Browser>>,
}

/// How many pages of the atlas are looked at: all are made alike.
const SAMPLE: usize = 8;

/// Every page of the course, and a few of the atlas: another few each time, or
/// those of `SITE_PAGES_SEED=NUMBER`, or all with `SITE_PAGES=all`.
fn looked_at(mut pages: Vec<String>) -> Result<Vec<String>> {
    if std::env::var("SITE_PAGES").is_ok_and(|which| which == "all") {
        return Ok(pages);
    }
    let mut seed = match std::env::var("SITE_PAGES_SEED") {
        Ok(seed) => seed.parse().context("SITE_PAGES_SEED is a number")?,
        Err(_) => RandomState::new().hash_one(0) % 100_000,
    };
    println!("pages of the atlas: {SAMPLE}, by SITE_PAGES_SEED={seed} (all: SITE_PAGES=all)");
    let mut atlas: Vec<String> = pages
        .extract_if(.., |page| page.starts_with("errors/e0"))
        .collect();
    for _ in 0..SAMPLE.min(atlas.len()) {
        // A linear congruence: any few will do, if the seed tells which.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let choice = usize::try_from(seed >> 33)? % atlas.len();
        pages.push(atlas.swap_remove(choice));
    }
    Ok(pages)
}

impl World {
    fn new() -> Result<World> {
        let driver = Driver::start()?;
        let built = Built::new()?;
        Ok(World {
            pages: looked_at(built.pages()?)?,
            server: Server::start(&built.folder, built::PREFIX, Transfer::Plain)?,
            built,
            driver,
            idle: Mutex::default(),
        })
    }

    /// The address of a page.
    pub fn address(&self, page: &str) -> String {
        format!("{}{page}", self.server.address)
    }

    /// Those of the pages looked at whose text holds `what`, but for the print page; at
    /// least one.
    pub fn pages_with(&self, what: &str) -> Vec<&str> {
        let pages: Vec<&str> = self
            .pages
            .iter()
            .map(String::as_str)
            .filter(|page| *page != "print.html")
            .filter(|page| self.built.text(page).is_ok_and(|text| text.contains(what)))
            .collect();
        assert!(!pages.is_empty(), "no page has `{what}`");
        pages
    }

    /// A browser as good as new, for as long as the test keeps it.
    pub fn browser(&self) -> Borrowed<'_> {
        let idle = self.idle.lock().expect("no one panics with it").pop();
        let browser = idle.unwrap_or_else(|| self.new_browser(Scripts::On));
        browser.refresh();
        Borrowed {
            world: self,
            browser: Some(browser),
        }
    }

    /// A browser of the test's own.
    pub fn new_browser(&self, scripts: Scripts) -> Browser {
        Browser::start(&self.driver, scripts).unwrap_or_else(|error| panic!("{error:#}"))
    }
}

/// A browser that the next test gets.
pub struct Borrowed<'a> {
    world: &'a World,
    browser: Option<Browser>,
}

impl Deref for Borrowed<'_> {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        self.browser.as_ref().expect("it is there until the drop")
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        // One that a test failed with may be in any state.
        if let Some(browser) = self.browser.take()
            && !std::thread::panicking()
            && let Ok(mut idle) = self.world.idle.lock()
        {
            idle.push(browser);
        }
    }
}

/// A test: its name, what it needs besides a browser, and what it does.
type Test = (&'static str, fn() -> Option<String>, fn(&World));

fn nothing_more() -> Option<String> {
    None
}

/// The longest first, so that none is waited for alone.
const TESTS: &[Test] = &[
    (
        "axe_finds_nothing_in_a_light_theme",
        access::missing,
        access::light,
    ),
    (
        "axe_finds_nothing_in_a_dark_theme",
        access::missing,
        access::dark,
    ),
    (
        "axe_finds_nothing_in_what_opens",
        access::missing,
        access::opened,
    ),
    (
        "pages_load_without_a_word",
        nothing_more,
        pages::load_without_a_word,
    ),
    ("no_page_scrolls_sideways", nothing_more, pages::widths),
    ("nothing_shifts", nothing_more, pages::nothing_shifts),
    ("themes_switch_in_place", nothing_more, pages::themes),
    (
        "pictures_are_there_without_scripts",
        nothing_more,
        figures::without_scripts,
    ),
    ("steps_by_button_and_key", nothing_more, figures::steps),
    ("steps_by_link", nothing_more, figures::links),
    ("paper_shows_every_step", nothing_more, figures::paper),
    ("terms_explain_themselves", nothing_more, reading::terms),
    ("run_asks_only_when_pressed", nothing_more, reading::run),
    ("code_can_be_copied", nothing_more, reading::copy),
    (
        "pictures_keep_their_words_when_searched",
        nothing_more,
        reading::marks,
    ),
    (
        "arrows_turn_no_page_from_a_figure",
        nothing_more,
        reading::arrows,
    ),
    ("search_lands_on_the_section", nothing_more, reading::search),
    ("text_at_twice_its_size", nothing_more, reading::zoom),
    ("everything_by_keyboard", nothing_more, reading::keyboard),
    ("questions_are_answered", nothing_more, reading::predict),
    ("errors_are_read_in_full", nothing_more, layout::errors),
    ("steps_are_told", nothing_more, layout::told),
    (
        "pictures_are_beside_their_code",
        nothing_more,
        layout::beside,
    ),
    ("lists_are_compact", nothing_more, layout::compact),
    ("beliefs_are_marked", nothing_more, layout::beliefs),
    ("sheets_have_contents", nothing_more, layout::sheets),
    ("small_things", nothing_more, layout::small),
    ("exercises_show_their_start", nothing_more, place::exercises),
    ("front_page_shows_the_book", nothing_more, place::front),
    ("parts_are_numbered", nothing_more, place::numbers),
    ("programs_can_be_changed", nothing_more, place::edit),
    ("place_is_kept", nothing_more, place::kept),
    (
        "place_is_kept_in_a_folder",
        nothing_more,
        place::from_a_folder,
    ),
    (
        "answers_are_last_on_paper",
        nothing_more,
        place::answers_on_paper,
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let world: Arc<OnceLock<Result<World, String>>> = Arc::default();
    let missing: Arc<OnceLock<Option<String>>> = Arc::default();
    let trials = TESTS.iter().map(|&(name, needs, test)| {
        let (world, missing) = (Arc::clone(&world), Arc::clone(&missing));
        Trial::ignorable_test(name, move || {
            let missing = missing
                .get_or_init(chromium::missing)
                .clone()
                .or_else(needs);
            if let Some(missing) = missing {
                return if proofread::judge::nothing_may_be_skipped() {
                    Err(format!("on CI nothing is skipped: {missing}").into())
                } else {
                    Ok(Completion::ignored_with(missing))
                };
            }
            let world = world.get_or_init(|| World::new().map_err(|error| format!("{error:#}")));
            test(world.as_ref()?);
            Ok(Completion::Completed)
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // The browsers end here, and not with a process that was killed.
    drop(world);
    conclusion.exit_code()
}
