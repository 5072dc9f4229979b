//! Terms, Run, copying, searching, zooming, the keyboard.

use serde_json::json;

use crate::World;
use crate::pages::{network, settle};

const MOVES: &str = "ownership/moves.html";

pub fn terms(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address(MOVES));
    let explained = "main a.term[href$='#move']";
    assert!(
        browser.is(&format!("document.querySelector(\"{explained}\")")),
        "{MOVES} links to the term `move`"
    );
    let words = "document.querySelector('aside.terms [data-term=move]').dataset.says";
    let open = format!(
        "(tip => tip && tip.checkVisibility() && tip.textContent.includes({words}))(document.querySelector('.tip'))"
    );
    let closed = "!document.querySelector('.tip')";

    browser.hover(explained);
    browser.until(&open);
    // It can be hovered itself: a reader may want to select or to follow.
    browser.hover(".tip");
    browser.until(&open);
    browser.press("Escape");
    browser.until(closed);
    browser.hover(explained);
    browser.mouse_to(2.0, 2.0);
    browser.until(closed);

    // The focus comes by the keyboard.
    browser.run(&format!(
        "const link = document.querySelector(\"{explained}\");
         const all = [...document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')].filter(one => one.checkVisibility({{ visibilityProperty: true }}));
         all[all.indexOf(link) - 1].focus()"
    ));
    browser.press("Tab");
    assert!(browser.is(&format!("document.activeElement.matches(\"{explained}\")")));
    browser.until(&open);
    browser.press("Escape");
    browser.until(closed);
    assert!(browser.is(&format!("document.activeElement.matches(\"{explained}\")")));

    // Explained to who cannot see the tip, too.
    assert!(browser.is(&format!(
        "document.getElementById(document.querySelector(\"{explained}\").getAttribute('aria-describedby')).textContent === {words}"
    )));

    // By a finger: the first tap explains, the second follows.
    browser.cdp(
        "Emulation.setTouchEmulationEnabled",
        json!({ "enabled": true }),
    );
    browser.screen(390, 800);
    browser.goto(&world.address(MOVES));
    browser.tap(explained);
    browser.until("document.querySelector('.tip')");
    browser.until(&open);
    assert!(browser.is("location.pathname.endsWith('moves.html')"));
    assert!(
        browser.is("(box => box.left >= 0 && box.right <= innerWidth)(document.querySelector('.tip').getBoundingClientRect())"),
        "the tip is on the screen"
    );
    browser.tap("main h2");
    browser.until(closed);
    browser.tap(explained);
    browser.until(&open);
    browser.tap(explained);
    browser.until("location.pathname.endsWith('glossary.html') && location.hash === '#move'");
}

pub fn run(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.cdp(
        "Network.setBlockedURLs",
        json!({ "urls": ["*play.rust-lang.org*"] }),
    );
    browser.goto(&world.address(MOVES));
    settle(&browser);
    let asked = |browser: &crate::chromium::Browser| -> Vec<serde_json::Value> {
        let sent = network(browser).into_iter();
        sent.filter(|(event, _)| event == "Network.requestWillBeSent")
            .map(|(_, parameters)| parameters["request"].clone())
            .filter(|request| {
                let address = request["url"].as_str().unwrap_or_default();
                !address.starts_with("http://127.0.0.1:") && !address.starts_with("data:")
            })
            .collect()
    };
    assert_eq!(asked(&browser), Vec::<serde_json::Value>::new());
    let button = "figure.block pre button.run";
    let says = format!("document.querySelector('{button}').title");
    assert!(
        browser.text(&says).contains("play.rust-lang.org"),
        "it says where to"
    );
    let program = browser.text(&format!(
        "document.querySelector('{button}').closest('pre').querySelector('code').textContent"
    ));
    browser.hover(button);
    browser.click(button);
    // It could not be reached, and that is said.
    browser.until("[...document.querySelectorAll('.says')].some(says => says.textContent.includes('Nothing came back'))");
    let requests = asked(&browser);
    assert!(!requests.is_empty(), "pressed, it asks");
    for request in &requests {
        let address = request["url"].as_str().unwrap_or_default();
        assert_eq!(address, "https://play.rust-lang.org/evaluate.json");
    }
    let sent = requests.iter().find_map(|request| {
        let body = request["postData"].as_str()?;
        serde_json::from_str::<serde_json::Value>(body).ok()
    });
    if let Some(sent) = sent {
        assert_eq!(sent["edition"], "2024");
        let code = sent["code"].as_str().unwrap_or_default();
        assert!(code.contains(program.trim()), "the program is sent: {code}");
    }
    // A policy of the page that forbids the request would be another failure.
    for said in browser.logged("browser") {
        let said = said["message"].as_str().unwrap_or_default();
        assert!(!said.contains("Content Security Policy"), "{said}");
    }
}

/// Every block of code has its button, and what it copies is the code.
pub fn copy(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    for page in [MOVES, "ownership/exercises.html"] {
        browser.goto(&world.address(page));
        let lacking = browser.run(
            "return [...document.querySelectorAll('main pre > code:is(.rs, .c, .js, .java, .toml)')]
                 .filter(code => !code.parentElement.querySelector('button.clip-button'))
                 .map(code => code.textContent)",
        );
        assert_eq!(lacking, json!([]), "{page}: no button to copy with");
    }
    browser.goto(&world.address(MOVES));
    browser.run(
        "document.addEventListener('copy', event => {
             const field = document.activeElement;
             const text = field.value?.slice(field.selectionStart, field.selectionEnd);
             window.copied = text ?? getSelection().toString();
         }, true)",
    );
    // The mouse is there: the buttons of a block show when it is.
    let block = "main pre:has(> code.rs)";
    browser.hover(block);
    browser.click(&format!("{block} button.clip-button"));
    browser.until("window.copied");
    let copied = browser.text("window.copied");
    let code = browser.text("document.querySelector('main pre > code.rs').innerText");
    assert_eq!(copied.trim(), code.trim(), "what is copied is the code");
    // With the lines that are hidden: what is copied compiles, as what is run does.
    browser.goto(&world.address("ownership/drop.html"));
    browser.run(
        "document.addEventListener('copy', event => {
             const field = document.activeElement;
             window.copied = field.value?.slice(field.selectionStart, field.selectionEnd);
         }, true);
         document.querySelector('main pre:has(> code.rs .boring)').classList.add('tried')",
    );
    browser.hover("pre.tried");
    browser.click("pre.tried button.clip-button");
    browser.until("window.copied");
    let copied = browser.text("window.copied");
    let code = browser.text("document.querySelector('pre.tried > code').textContent");
    assert_eq!(copied.trim(), code.trim(), "hidden lines are copied, too");
    assert!(copied.contains("struct Room"), "{copied}");
}

/// Whoever comes from the search finds the pictures as they are.
pub fn marks(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    let words = "[...document.querySelectorAll('svg.picture text')].map(text => text.textContent + ' ' + Math.round(text.getBBox().width)).join('|')";
    browser.goto(&world.address(MOVES));
    settle(&browser);
    let plain = browser.text(words);
    assert!(plain.contains("moved"), "{plain}");
    browser.goto(&world.address(&format!("{MOVES}?highlight=moved%20string%20draft")));
    browser.until("document.querySelector('main mark')");
    settle(&browser);
    assert_eq!(browser.text(words), plain, "the words of the pictures");
    assert!(!browser.is("document.querySelector('svg mark')"));
}

/// Clicking into code and pressing an arrow reads on there; the page stays, and it can
/// be gone back to at once.
pub fn arrows(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address(MOVES));
    settle(&browser);
    browser.run("window.still = 'here'");
    browser.click("main figure.block pre > code.rs");
    browser.press("ArrowRight");
    settle(&browser);
    assert!(
        browser.is("window.still === 'here'"),
        "the key turned the page"
    );
    assert!(
        browser.is("window.onunload === null"),
        "nothing keeps the page from the cache"
    );
    browser.click("main h1");
    browser.press("ArrowRight");
    browser.until("!location.pathname.endsWith('moves.html')");
}

/// What a reader types, and where the first answer leads.
pub fn search(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    for (typed, expected) in [
        ("E0382", "errors/e0382.html#e0382-borrow-of-moved-value"),
        (
            "E0502",
            "errors/e0502.html#e0502-cannot-borrow-as-mutable-because-it-is-also-borrowed-as-immutable",
        ),
        // What the compiler's first line says.
        ("borrow of moved value", "errors/e0382.html#"),
        (
            "cannot borrow as mutable more than once",
            "errors/e0499.html#",
        ),
        ("does not live long enough", "errors/e0597.html#"),
        ("missing lifetime specifier", "errors/e0106.html#"),
        (
            "lifetime may not live long enough",
            "errors/uncoded-lifetime.html#",
        ),
        ("unused_mut", "errors/lints.html#unused_mut"),
        ("moved", "ownership/moves.html#moves"),
        ("double free", "glossary.html#double-free"),
    ] {
        browser.goto(&world.address("index.html"));
        browser.click("#mdbook-search-toggle");
        browser.until("document.activeElement.id === 'mdbook-searchbar'");
        browser.type_into("#mdbook-searchbar", typed);
        browser.until("document.querySelector('#mdbook-searchresults a')");
        settle(&browser);
        let first = browser.text("document.querySelector('#mdbook-searchresults a').href");
        let first = url::Url::parse(&first).expect("an address");
        let site = url::Url::parse(&world.address("")).expect("an address");
        let path = first.path().trim_start_matches(site.path());
        let lands = format!("{path}#{}", first.fragment().unwrap_or_default());
        // Of a code's page, the title is long; its address says which it is.
        let right = match expected.strip_suffix('#') {
            Some(page) => lands.starts_with(page),
            None => lands == expected,
        };
        assert!(
            right,
            "the first answer to `{typed}` is {lands}, not {expected}"
        );
        browser.press("ArrowDown");
        browser.press("Enter");
        browser.until(&format!(
            "(location.pathname + location.hash).endsWith('/{lands}')"
        ));
        let anchor = lands.split('#').nth(1).expect("an anchor");
        browser.until(&format!(
            "(box => box.top >= 0 && box.top < innerHeight)(document.getElementById('{anchor}').getBoundingClientRect())"
        ));
        assert_eq!(browser.logged("browser"), Vec::<serde_json::Value>::new());
    }
}

/// At 200 % a window of 1280 pixels has 640: everything fits, and nothing is
/// cut off at text of twice its size.
pub fn zoom(world: &World) {
    let browser = world.browser();
    let mut wrong = Vec::new();
    for page in &world.pages {
        browser.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": false }),
        );
        browser.goto(&world.address(page));
        settle(&browser);
        let found = browser.run(
            "const root = document.documentElement;
             // What a clipped box hides; those that only a screen reader meets are meant to.
             const cut = [...document.querySelectorAll('main *')].filter(element => {
                 const style = getComputedStyle(element);
                 return /hidden|clip/.test(style.overflowX + style.overflowY) && element.clientWidth > 1
                     && !element.closest('svg')
                     && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
             }).map(element => element.tagName + '.' + element.className);
             return { across: root.scrollWidth > innerWidth ? root.scrollWidth : 0, cut }",
        );
        if found != json!({ "across": 0, "cut": [] }) {
            wrong.push(format!("{page}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Tab reaches everything that can be pressed, and one sees where it is.
pub fn keyboard(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    for page in [MOVES, "errors.html", "diagrams.html"] {
        browser.goto(&world.address(page));
        browser.run("document.body.tabIndex = -1; document.body.focus()");
        let wanted = browser.run(
            "window.left = new Set([...document.querySelectorAll('main :is(a[href], button, summary, input, [tabindex=\"0\"])')]
                 .filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true })));
             window.invisible = [];
             return window.left.size",
        );
        let wanted = wanted.as_u64().expect("a number");
        assert!(wanted > 5, "{page} has something to press");
        // Besides what is in the text: the menu and the table of contents.
        for _ in 0..wanted + 300 {
            browser.press("Tab");
            let done = browser.run(
                "const now = document.activeElement;
                 // Of the choices of one question, Tab reaches one; arrows lead on.
                 if (now.type === 'radio')
                     for (const one of [...window.left]) if (one.name === now.name && one !== now) window.left.delete(one);
                 if (window.left.delete(now)) {
                     const style = getComputedStyle(now);
                     if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1)
                         window.invisible.push(now.outerHTML.slice(0, 100));
                 }
                 return window.left.size === 0",
            );
            if done == json!(true) {
                break;
            }
        }
        let left = browser.run("return [...window.left].map(one => one.outerHTML.slice(0, 100))");
        assert_eq!(left, json!([]), "{page}: Tab does not reach these");
        let invisible = browser.run("return window.invisible");
        assert_eq!(
            invisible,
            json!([]),
            "{page}: the focus is not seen on these"
        );
    }
}

/// By the keyboard alone, on a small phone: wrong, then forgotten, then right.
pub fn predict(world: &World) {
    let page = world.address("borrowing/how-long-a-loan-lasts.html");
    let browser = world.browser();
    browser.screen(360, 740);
    browser.goto(&page);
    let closed = "!document.querySelector('#predict-1 + details').open";
    let said = |words: &str| {
        format!("document.querySelector('#predict-1 .said').textContent.startsWith('{words}')")
    };
    assert!(browser.is(closed), "nothing is told before it is asked");
    assert!(browser.is("document.documentElement.scrollWidth <= innerWidth"));

    let choose = |value: &str| {
        browser.run(&format!(
            "document.querySelector('#predict-1 input[value={value}]').focus()"
        ));
        browser.type_into(&format!("#predict-1 input[value={value}]"), " ");
        browser.type_into(&format!("#predict-1 input[value={value}]"), "\n");
    };
    choose("no");
    browser.until(&said("Not so"));
    browser.until("document.querySelector('#predict-1 + details').open");

    // It is still there after a visit elsewhere, and can be forgotten.
    browser.goto(&page);
    browser.until(&said("Not so"));
    browser.click("#predict-1 [type=reset]");
    browser.until(&said("Forgotten"));
    browser.goto(&page);
    assert!(browser.is(closed));

    choose("yes");
    browser.until(&said("Right"));
    // A line is chosen from lines of the program, and a text is typed.
    browser.goto(&world.address("lifetimes/elision.html"));
    assert!(browser.is("[...document.querySelectorAll('[id^=predict-]')].some(asked => asked.querySelectorAll('input').length > 2)"));
    browser.goto(&world.address("borrowing/accepted-and-still-wrong.html"));
    browser.type_into("#predict-1 textarea", "next: So What\nplaying: Naima  ");
    browser.click("#predict-1 [type=submit]");
    browser.until(&said("Right"));
    browser.run("localStorage.clear()");

    // A link into a folded answer opens it.
    browser.goto(&world.address("ownership/moves.html"));
    browser.run("const p = document.querySelector('main details:not(.told):not([open]) p'); p.id = 'inside'; location.hash = 'inside'");
    browser.until("document.querySelector('#inside').closest('details').open");
}
