//! The memory pictures: without scripts, step by step, on paper.

use serde_json::{Value, json};

use crate::World;
use crate::chromium::{Browser, Scripts};
use crate::pages::settle;

/// The pictures that can be seen, of those that there are; and whether they
/// stand below each other.
const SEEN: &str = "const pictures = [...document.querySelectorAll('svg.picture')];
    const boxes = pictures.map(picture => picture.getBoundingClientRect());
    const seen = pictures.filter((picture, i) =>
        picture.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && boxes[i].width > 20 && boxes[i].height > 20);
    const tops = seen.map(picture => picture.getBoundingClientRect());
    const inOrder = tops.every((box, i) => i === 0 || box.top >= tops[i - 1].bottom);
    return [pictures.length, seen.length, inOrder]";

pub fn without_scripts(world: &World) {
    let browser = world.new_browser(Scripts::Off);
    browser.screen(1280, 900);
    for page in world.pages_with("<svg class=\"picture") {
        browser.goto(&world.address(page));
        assert!(
            !browser.is("document.documentElement.classList.contains('js')"),
            "scripts are off"
        );
        let written = world.built.text(page).expect("it was read before");
        let written = written.matches("<svg class=\"picture").count();
        // What answers a question is folded until the reader unfolds it.
        let folded = browser.run(
            "return document.querySelectorAll('details.answer:not([open]) svg.picture').length",
        );
        let folded = usize::try_from(folded.as_u64().expect("a number")).expect("a few");
        assert_eq!(
            browser.run(SEEN),
            json!([written, written - folded, true]),
            "{page}: pictures there, seen, below each other"
        );
    }
}

/// Printed, every step is there, although the screen shows one of each figure.
pub fn paper(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    for page in world.pages_with("class=\"step\"") {
        browser.goto(&world.address(page));
        settle(&browser);
        let all = browser.run(SEEN)[0].clone();
        browser.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" }));
        let printed = browser.run(SEEN);
        browser.cdp("Emulation.setEmulatedMedia", json!({ "media": "" }));
        assert_eq!(
            printed,
            json!([all, all, true]),
            "{page}: pictures on paper"
        );
    }
    // What comes out of the printer is that page.
    let printed = browser.cdp("Page.printToPDF", json!({}));
    assert!(
        printed["data"]
            .as_str()
            .is_some_and(|pdf| pdf.len() > 10_000)
    );
}

/// What a figure shows: the ids of its visible steps, and the lit lines.
fn shown(browser: &Browser, figure: &str) -> (Vec<String>, Vec<String>) {
    let shown = browser.run(&format!(
        "const figure = document.getElementById('{figure}');
         const steps = [...figure.querySelectorAll('.step')]
             .filter(step => step.checkVisibility({{ visibilityProperty: true }}));
         return [steps.map(step => step.id),
             [...figure.querySelectorAll('.line.lit')].map(line => line.dataset.line)]"
    ));
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|text| text.as_str().unwrap_or_default().to_owned())
            .collect()
    };
    (texts(&shown[0]), texts(&shown[1]))
}

/// The line that a step is about.
fn line_of(browser: &Browser, step: &str) -> String {
    browser.text(&format!("document.getElementById('{step}').dataset.line"))
}

/// The figures of the page that have several steps, with their steps.
fn figures(browser: &Browser) -> Vec<(String, Vec<String>)> {
    let found = browser.run(
        "return [...document.querySelectorAll('figure.memory')].map(figure =>
             [figure.id, [...figure.querySelectorAll('.step')].map(step => step.id)])
             .filter(([, steps]) => steps.length > 1)",
    );
    serde_json::from_value(found).expect("ids")
}

/// Unfolds every answer of the page: steps in a folded one cannot be seen.
fn unfold(browser: &Browser) {
    browser.run(
        "for (const answer of document.querySelectorAll('details.answer')) answer.open = true",
    );
}

/// The step is shown alone, and its line is lit.
#[track_caller]
fn expect(browser: &Browser, figure: &str, step: &str) {
    assert_eq!(
        shown(browser, figure),
        (vec![step.to_owned()], vec![line_of(browser, step)]),
        "{figure} on {}: visible steps, lit lines",
        browser.text("location.href")
    );
}

pub fn steps(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    let mut walked = 0;
    for page in world.pages_with("class=\"step\"") {
        browser.goto(&world.address(page));
        browser.run("window.still = 'here'");
        unfold(&browser);
        let figures = figures(&browser);
        for (index, (figure, steps)) in figures.iter().enumerate() {
            expect(&browser, figure, &steps[0]);
            let walk = format!("#{figure} .walk");
            // Forth by the last button, back by the first.
            let (forth, back) = (
                format!("{walk} button:last-of-type"),
                format!("{walk} button:first-of-type"),
            );
            for step in &steps[1..] {
                browser.click(&forth);
                expect(&browser, figure, step);
            }
            browser.click(&forth);
            expect(&browser, figure, &steps[steps.len() - 1]);
            browser.click(&back);
            expect(&browser, figure, &steps[steps.len() - 2]);
            // Straight to one, and on by key: the page does not turn.
            browser.click(&format!("{walk} button:nth-of-type(2)"));
            expect(&browser, figure, &steps[0]);
            for step in &steps[1..] {
                browser.press("ArrowRight");
                expect(&browser, figure, step);
            }
            browser.press("ArrowRight");
            expect(&browser, figure, &steps[steps.len() - 1]);
            for step in steps[..steps.len() - 1].iter().rev() {
                browser.press("ArrowLeft");
                expect(&browser, figure, step);
            }
            browser.press("ArrowLeft");
            expect(&browser, figure, &steps[0]);
            // The others stayed where they were: the ones before at their
            // first again, the ones after untouched.
            for (other, steps) in &figures {
                expect(&browser, other, &steps[0]);
            }
            if index + 1 < figures.len() {
                browser.click(&forth);
                let (next, steps) = &figures[index + 1];
                expect(&browser, next, &steps[0]);
                browser.click(&back);
            }
            walked += 1;
        }
        assert!(
            browser.is("window.still === 'here'"),
            "{page}: a key turned the page"
        );
    }
    assert!(walked > 10, "the figures were walked through");
    // Where no figure has the focus, the key turns the page, as in every book.
    browser.goto(&world.address("ownership/moves.html"));
    browser.press("ArrowRight");
    browser.until("!location.pathname.endsWith('moves.html')");
}

/// An address names a figure and a mark, on arrival and on the same page.
pub fn links(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    let mut followed = 0;
    for page in world.pages_with("class=\"step\"") {
        browser.goto(&world.address(page));
        let figures = figures(&browser);
        for (figure, steps) in &figures {
            let last = &steps[steps.len() - 1];
            browser.goto("about:blank");
            browser.goto(&world.address(&format!("{page}#{last}")));
            settle(&browser);
            expect(&browser, figure, last);
            assert!(
                browser.is(&format!(
                    "(box => box.bottom > 0 && box.top < innerHeight)(document.getElementById('{last}').getBoundingClientRect())"
                )),
                "{page}#{last} is on the screen"
            );
            unfold(&browser);
            for (other, steps) in figures.iter().filter(|(other, _)| other != figure) {
                expect(&browser, other, &steps[0]);
            }
            browser.run(&format!("location.hash = '{}'", steps[0]));
            settle(&browser);
            expect(&browser, figure, &steps[0]);
            // A step that a reader went to can be handed on.
            browser.click(&format!("#{figure} .walk button:last-of-type"));
            assert_eq!(browser.text("location.hash"), format!("#{}", steps[1]));
            followed += 1;
        }
    }
    assert!(followed > 10, "the links were followed");
}
