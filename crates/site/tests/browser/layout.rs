//! What is seen and heard of a page at every size: errors, pictures, lists, paper.

use serde_json::json;

use crate::World;
use crate::pages::settle;

const MOVES: &str = "ownership/moves.html";

/// What the compiler says is not cut: wide where there is room, else wrapped below
/// its label.
pub fn errors(world: &World) {
    let browser = world.browser();
    for page in [MOVES, "errors/e0382.html", "index.html"] {
        for width in [320, 360, 390, 1280, 1920] {
            browser.screen(width, 900);
            browser.goto(&world.address(page));
            settle(&browser);
            let found = browser.run(
                "document.querySelectorAll('details').forEach(details => { details.open = true; });
                 const all = [...document.querySelectorAll('pre:is(.error, .warning) > code')];
                 return [all.length, all.filter(code => code.scrollWidth > code.clientWidth + 1)
                     .map(code => code.textContent.split('\\n')[0] + ' ' + code.scrollWidth + ' in ' + code.clientWidth)]",
            );
            assert!(found[0].as_u64() > Some(0), "{page} shows errors");
            assert_eq!(found[1], json!([]), "{page} at {width} px");
        }
    }
    // On a phone, a label goes on to the right of the number of its line.
    browser.screen(360, 740);
    browser.goto(&world.address(MOVES));
    assert!(browser.is(
        "[...document.querySelectorAll('pre.error > code .row')].some(row => {
             const range = document.createRange();
             range.selectNodeContents(row);
             const lefts = [...range.getClientRects()].map(box => box.left - row.getBoundingClientRect().left);
             return row.getBoundingClientRect().height > 30 && Math.max(...lefts) > 20;
         })"
    ));
    // Where there is room, the first error of the chapter stands on lines of its own.
    browser.screen(1920, 900);
    browser.goto(&world.address(MOVES));
    assert!(browser.is(
        "[...document.querySelector('pre.error > code').querySelectorAll('.row')].every(row => row.getBoundingClientRect().height < 25)"
    ));
}

/// At each step a screen reader hears what is new, and figures have names.
pub fn told(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("index.html"));
    let walk = "figure.memory .walk";
    browser.click(&format!("{walk} button:last-of-type"));
    let heard =
        browser.text("document.querySelector('figure.memory .walk [role=status]').textContent");
    assert!(
        heard.starts_with("After ②, line 3") && heard.contains("draft was moved to letter"),
        "{heard}"
    );
    assert!(heard.contains("letter owns h1"), "{heard}");
    assert!(
        !heard.contains("h1 has 14 bytes"),
        "what stayed is not told: {heard}"
    );

    browser.goto(&world.address(MOVES));
    let named = browser.run(
        "return [...document.querySelectorAll('main figure.block')].filter(figure => !figure.ariaLabel).length",
    );
    assert_eq!(named, json!(0), "figures without a name");
    let name = browser.text("document.querySelector('main figure.block.fail').ariaLabel");
    assert_eq!(name, "Rust, does not compile, E0382");
    // Run and Copy say of what.
    let buttons = browser.run(
        "const figure = document.querySelector('main figure.block.fail');
         return [...figure.querySelectorAll('.buttons button')].map(button => button.ariaLabel)",
    );
    assert_eq!(
        buttons,
        json!([
            "Edit: Rust, does not compile, E0382",
            "Run: Rust, does not compile, E0382",
            "Copy: Rust, does not compile, E0382",
            "Copy: the compiler says"
        ])
    );
}

/// On a laptop the picture is beside its code.
pub fn beside(world: &World) {
    let browser = world.browser();
    for width in [1280, 1366] {
        browser.screen(width, 800);
        browser.goto(&world.address(MOVES));
        let places = browser.run(
            "document.querySelectorAll('details').forEach(details => { details.open = true; });
             return [...document.querySelectorAll('figure.memory')].map(figure => {
                 const [code, picture] = ['.told-by-code pre', '.steps'].map(part => figure.querySelector(part).getBoundingClientRect());
                 const beside = picture.left >= code.right - 1 && picture.top < code.bottom && picture.right <= innerWidth;
                 return beside || JSON.stringify([document.querySelector('.content').clientWidth, code, picture]);
             })",
        );
        let places = places.as_array().cloned().unwrap_or_default();
        assert!(!places.is_empty());
        assert!(
            places.iter().all(|beside| *beside == json!(true)),
            "{width}: {places:?}"
        );
    }
}

/// Lists that are looked up are short, and have letters or headings to jump to.
pub fn compact(world: &World) {
    let browser = world.browser();
    for (width, least) in [(1280, 95), (390, 160)] {
        browser.screen(width, 900);
        browser.goto(&world.address("glossary.html"));
        settle(&browser);
        let found = browser.run(
            "const terms = document.querySelectorAll('main h2[id]').length;
             const letters = [...document.querySelectorAll('main nav.jump a')];
             return [document.querySelector('main').scrollHeight / terms,
                 letters.length, letters.every(a => document.getElementById(a.hash.slice(1)))]",
        );
        assert!(
            found[0]
                .as_f64()
                .is_some_and(|height| height < f64::from(least)),
            "{width} px: {} px for each term",
            found[0]
        );
        assert!(found[1].as_u64() > Some(12), "letters to jump to: {found}");
        assert_eq!(found[2], json!(true));
        browser.goto(&world.address("errors.html"));
        let jumps = browser.run(
            "const links = [...document.querySelectorAll('main nav.jump a')];
             const top = links[0]?.getBoundingClientRect().top;
             return [links.length, top < innerHeight * 1.5, links.every(a => document.getElementById(a.hash.slice(1))), document.querySelector('main').scrollHeight]",
        );
        assert!(jumps[0].as_u64() > Some(4), "{jumps}");
        assert_eq!(jumps[1], json!(true), "{jumps}");
        assert_eq!(jumps[2], json!(true), "{jumps}");
    }
}

/// A heading that names a wrong belief says so, also where only headings are listed.
pub fn beliefs(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("stack-and-heap/string-and-vec.html#len-is-capacity"));
    assert_eq!(
        browser.text("document.getElementById('len-is-capacity').textContent"),
        "Belief: \"len is capacity\""
    );
    browser.click("#mdbook-search-toggle");
    browser.type_into("#mdbook-searchbar", "len is capacity");
    browser.until("document.querySelector('#mdbook-searchresults a')");
    settle(&browser);
    let all = browser.run(
        "return [...document.querySelectorAll('#mdbook-searchresults a')].map(a => a.textContent)",
    );
    let all = serde_json::from_value::<Vec<String>>(all).expect("titles");
    assert!(
        all.iter()
            .any(|title| title.ends_with("Belief: \"len is capacity\"")),
        "{all:#?}"
    );
}

/// Printed: a title, contents, numbers of pages; and nothing is an empty frame.
pub fn sheets(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("print.html"));
    settle(&browser);
    browser.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let found = browser.run(
        "const contents = [...document.querySelectorAll('main nav.contents a')];
         return [contents.length, contents.every(a => document.getElementById(decodeURIComponent(a.hash.slice(1)))),
             document.querySelectorAll('main h1').length,
             [...document.querySelectorAll('main h1, main h2')].slice(0, 3).map(h => h.textContent.trim())]",
    );
    browser.cdp("Emulation.setEmulatedMedia", json!({ "media": "" }));
    assert!(found[0].as_u64() > Some(40), "{found}");
    assert_eq!(
        found[1],
        json!(true),
        "each line of the contents leads to its chapter"
    );
    assert_eq!(found[2], json!(1), "{found}");
    let heads = found[3].to_string();
    assert_eq!(
        heads.matches("Memory Management").count(),
        1,
        "one title: {heads}"
    );
    assert!(browser.is(
        "[...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).some(rule => rule instanceof CSSPageRule && /counter\\(page\\)/.test(rule.cssText))"
    ), "pages have numbers");
    assert!(browser.is("document.querySelector('main nav.contents') && !document.querySelector('main nav.contents').checkVisibility()
        || matchMedia('print')"));
}

/// Rows without a use, names that are cut, targets that are too small, links that change.
pub fn small(world: &World) {
    let browser = world.browser();
    browser.cdp(
        "Emulation.setTouchEmulationEnabled",
        json!({ "enabled": true }),
    );
    browser.screen(390, 800);
    browser.cdp(
        "Emulation.setEmulatedMedia",
        json!({ "media": "", "features": [{ "name": "hover", "value": "none" }] }),
    );
    browser.goto(&world.address("ownership/copy-and-clone.html"));
    settle(&browser);
    if browser.is("matchMedia('(hover: none)').matches") {
        let rows = browser.run(
            "return [...document.querySelectorAll('main .block:not(:has(> .claim)) pre:first-child:has(+ .says):has(> .buttons)')]
                 .filter(pre => parseFloat(getComputedStyle(pre.querySelector('code')).paddingTop) > 15).length",
        );
        assert_eq!(rows, json!(0), "empty rows above blocks");
        // The buttons lie on no text.
        let covered = browser.run(
            "return [...document.querySelectorAll('main .block:not(:has(> .claim)) pre:first-child:has(+ .says) > .buttons')]
                 .filter(buttons => buttons.checkVisibility())
                 .filter(buttons => buttons.getBoundingClientRect().top < buttons.parentElement.querySelector('code').getBoundingClientRect().bottom - 2).length",
        );
        assert_eq!(covered, json!(0), "buttons that lie on code");
    }
    // The bar names the chapter.
    browser.screen(320, 700);
    browser.goto(&world.address(MOVES));
    assert_eq!(
        browser.text("[...document.querySelectorAll('.menu-title, .menu-title span')].at(-1).innerText.trim()"),
        "Moves"
    );
    browser.cdp(
        "Emulation.setTouchEmulationEnabled",
        json!({ "enabled": false }),
    );
    browser.screen(1280, 900);
    browser.goto(&world.address("borrowing/overview.html"));
    let icons = browser.run(
        "return [...document.querySelectorAll('#mdbook-menu-bar :is(button, a, label)')].filter(one => one.checkVisibility())
             .map(one => [one.id || one.title || one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
             .filter(([, box]) => box.width < 24 || box.height < 24).map(([name, box]) => name + ' ' + box.width + 'x' + box.height)",
    );
    assert_eq!(icons, json!([]), "too small to press");
    // Charts begin where pictures and code do.
    let lefts = browser.run(
        "return [...document.querySelectorAll('main div.chart > svg')].map(svg =>
             Math.round(svg.getBoundingClientRect().left - svg.parentElement.getBoundingClientRect().left))",
    );
    for left in lefts.as_array().into_iter().flatten() {
        assert!(
            left.as_i64() < Some(30),
            "a chart begins {left} px to the right"
        );
    }
    // A link to a step names its section; links of old go on.
    browser.goto(&world.address(MOVES));
    let ids = browser
        .run("return [...document.querySelectorAll('figure.memory')].map(figure => figure.id)");
    let ids = serde_json::from_value::<Vec<String>>(ids).expect("ids");
    assert!(
        ids.iter().all(|id| id
            .split('-')
            .nth(1)
            .is_some_and(|word| word.parse::<u8>().is_err())),
        "{ids:?}"
    );
    browser.goto("about:blank");
    browser.goto(&world.address(&format!("{MOVES}#memory-1-2")));
    settle(&browser);
    assert!(
        browser.is("document.querySelectorAll('figure.memory .step')[1].classList.contains('now')")
    );
}
