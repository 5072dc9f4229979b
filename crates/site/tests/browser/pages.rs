//! What holds for every page.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::World;
use crate::chromium::Browser;

/// Everything on the page has been drawn and said.
const SETTLED: &str = "const done = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))";

pub fn settle(browser: &Browser) {
    browser.run_async(SETTLED, vec![]);
}

/// The events of the network since they were last asked for: name, parameters.
pub fn network(browser: &Browser) -> Vec<(String, Value)> {
    let entries = browser.logged("performance").into_iter();
    let events = entries.filter_map(|entry| {
        let text = entry["message"].as_str()?;
        let event: Value = serde_json::from_str(text).ok()?;
        let event = &event["message"];
        Some((
            event["method"].as_str()?.to_owned(),
            event["params"].clone(),
        ))
    });
    events.collect()
}

pub fn load_without_a_word(world: &World) {
    let browser = world.browser();
    let mut wrong = Vec::new();
    let mut requests = 0;
    let elsewhere = "no/such/page.html".to_owned();
    for page in world.pages.iter().chain([&elsewhere]) {
        browser.goto(&world.address(page));
        settle(&browser);
        for said in browser.logged("browser") {
            let said = said["message"].as_str().unwrap_or_default();
            // That there is no such page is the point of asking for it.
            let missing = *page == elsewhere && said.starts_with(&world.address(page));
            let icon = page == "toc.html" && said.contains("/favicon.ico - ");
            if !missing && !icon {
                wrong.push(format!("{page}: the console shows: {said}"));
            }
        }
        for (event, parameters) in network(&browser) {
            let address = parameters["request"]["url"]
                .as_str()
                .or(parameters["response"]["url"].as_str())
                .unwrap_or_default();
            let status = parameters["response"]["status"].as_u64().unwrap_or(200);
            match event.as_str() {
                "Network.requestWillBeSent" => {
                    requests += 1;
                    // A frame; only alone has it no icon, so that the browser
                    // asks for the host's.
                    if page == "toc.html" && address.ends_with("/favicon.ico") {
                        continue;
                    }
                    if !address.starts_with(&world.address("")) && !address.starts_with("data:") {
                        wrong.push(format!("{page}: asks for {address}"));
                    }
                }
                "Network.responseReceived"
                    if status >= 400
                        && address != world.address(&elsewhere)
                        && !(page == "toc.html" && address.ends_with("/favicon.ico")) =>
                {
                    wrong.push(format!("{page}: {address} answers {status}"));
                }
                "Network.loadingFailed" => {
                    wrong.push(format!("{page}: a request failed: {parameters}"));
                }
                _ => {}
            }
        }
        if *page == elsewhere {
            let helps = "document.querySelector('h1') && document.querySelector('main a[href]')";
            if !browser.is(helps) {
                wrong.push(format!("{page}: it does not help"));
            }
        }
    }
    assert!(requests > world.pages.len(), "the requests were looked at");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The page never scrolls sideways, and at 390 pixels no picture does. Which
/// boxes in it do, besides code, is printed.
pub fn widths(world: &World) {
    let browser = world.browser();
    let mut wrong = Vec::new();
    let mut boxes = BTreeSet::new();
    for page in &world.pages {
        for width in [320, 360, 1280] {
            browser.screen(width, 800);
            // The wide screen has been loaded for the narrow ones: turning a
            // phone must not break the page either.
            if width == 320 {
                browser.goto(&world.address(page));
            }
            settle(&browser);
            let found = browser.run(&format!(
                "const wide = element => element.scrollWidth > element.clientWidth + 1;
                 const name = element => element.tagName.toLowerCase() + [...element.classList].map(word => '.' + word).join('');
                 const root = document.documentElement;
                 // A phone makes the page smaller instead of scrolling it.
                 const across = root.scrollWidth > {width} || innerWidth > {width};
                 // What sticks out, for whoever has to mend it.
                 const out = across ? [...document.querySelectorAll('body *')]
                     .filter(element => element.getBoundingClientRect().right > {width} + 1)
                     .slice(0, 5).map(name) : [];
                 const boxes = [...document.querySelectorAll('main *')]
                     .filter(element => wide(element) && /auto|scroll/.test(getComputedStyle(element).overflowX))
                     .filter(element => !element.matches('pre > code'))
                     .map(element => {{
                         const figure = element.closest('figure');
                         return (figure ? name(figure) + ' ' : '') + name(element)
                             + ': ' + element.scrollWidth + ' in ' + element.clientWidth;
                     }});
                 return {{ across, width: root.scrollWidth, out, boxes }}"
            ));
            if found["across"] == json!(true) {
                wrong.push(format!(
                    "{page} at {width} px is {} px wide: {}",
                    found["width"], found["out"]
                ));
            }
            for scrolls in found["boxes"].as_array().into_iter().flatten() {
                let scrolls = scrolls.as_str().unwrap_or_default();
                if width == 360 && scrolls.starts_with("figure") {
                    wrong.push(format!(
                        "{page} at {width} px: a picture scrolls: {scrolls}"
                    ));
                }
                boxes.insert(format!("{width:>4} px  {page}  {scrolls}"));
            }
        }
    }
    for scrolls in &boxes {
        println!("{scrolls}");
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Sums up the layout shifts from the start of the page; `false` where the
/// browser tells none.
const SHIFTS: &str = "const done = arguments[arguments.length - 1];
    let sum = 0;
    const add = list => list.forEach(shift => { if (!shift.hadRecentInput) sum += shift.value; });
    const observer = new PerformanceObserver(list => add(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        add(observer.takeRecords());
        done(PerformanceObserver.supportedEntryTypes.includes('layout-shift') && sum);
    }, 100)))";

/// On arrival, and where a link leads past the pictures to the last heading.
pub fn nothing_shifts(world: &World) {
    let browser = world.browser();
    let mut wrong = Vec::new();
    for (width, height) in [(1280, 900), (390, 800)] {
        browser.screen(width, height);
        for page in world.pages_with("<svg class=\"picture") {
            let last = browser_last_heading(world, &browser, page);
            for target in ["", last.as_str()] {
                // A page of its own: a change of the anchor alone loads nothing.
                browser.goto("about:blank");
                browser.goto(&world.address(&format!("{page}{target}")));
                let shift = browser.run_async(SHIFTS, vec![]);
                let Some(shift) = shift.as_f64() else {
                    panic!("Chromium tells no layout shifts: {shift}");
                };
                if shift > 0.01 {
                    wrong.push(format!("{page}{target} at {width} px shifts by {shift:.3}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn browser_last_heading(world: &World, browser: &Browser, page: &str) -> String {
    browser.goto(&world.address(page));
    browser.text("'#' + [...document.querySelectorAll('main :is(h2, h3)[id]')].at(-1)?.id")
}

/// The reader chooses another theme: the same page goes on, and the pictures
/// have its colors.
pub fn themes(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    for page in world.pages_with("<svg class=\"picture") {
        browser.goto(&world.address(page));
        browser.run("window.still = 'here'");
        let mut seen = Vec::new();
        for theme in ["light", "rust", "coal", "navy", "ayu"] {
            if !browser.is("document.querySelector('#mdbook-theme-list').checkVisibility()") {
                browser.click("#mdbook-theme-toggle");
            }
            browser.click(&format!("#mdbook-theme-{theme}"));
            browser.until(&format!(
                "document.documentElement.classList.contains('{theme}')"
            ));
            let colors = browser.run(
                "const root = getComputedStyle(document.documentElement);
                 // A transition ends before one looks.
                 document.getAnimations().forEach(animation => animation.finish());
                 return [...document.querySelectorAll('svg.picture')].map(picture => {
                     const text = getComputedStyle(picture.querySelector('text'));
                     return text.fill + ' on ' + root.backgroundColor;
                 })",
            );
            assert!(
                browser.is("window.still === 'here'"),
                "{page} was loaded anew for {theme}"
            );
            let colors = colors.as_array().cloned().unwrap_or_default();
            assert!(!colors.is_empty(), "{page} has a picture");
            assert!(
                !seen.contains(&colors),
                "{page}: {theme} has the colors of another theme: {colors:?}"
            );
            seen.push(colors);
        }
        let light = seen[0][0].as_str().unwrap_or_default().split(" on ").next();
        let dark = seen[3][0].as_str().unwrap_or_default().split(" on ").next();
        assert_ne!(
            light, dark,
            "{page}: the text of its pictures keeps its color"
        );
    }
}
