//! Exercises, the front page, numbers, changing a program, and where a reader was.

use serde_json::json;

use crate::World;
use crate::pages::settle;

/// The page of exercises shows each one: its start, its test, and what judges it.
pub fn exercises(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("ownership/exercises.html"));
    let found = browser.run(
        "return [...document.querySelectorAll('main .exercise')].map(exercise =>
             [...exercise.querySelectorAll('pre > code')].map(code => [code.className.split(' ')[0],
                 code.textContent.trim().split('\\n').length, Boolean(code.parentElement.querySelector('button.clip-button'))]))",
    );
    let all = found.as_array().cloned().unwrap_or_default();
    assert_eq!(all.len(), 6, "{found}");
    for exercise in &all {
        let blocks = exercise.as_array().expect("blocks");
        assert_eq!(
            blocks.len(),
            3,
            "the start, the test, the command: {exercise}"
        );
        assert!(
            blocks.iter().all(|block| block[2] == json!(true)),
            "with Copy: {exercise}"
        );
        assert!(blocks[0][1].as_u64() > Some(5), "{exercise}");
    }
    let first = browser.text("document.querySelector('main .exercise').textContent");
    assert!(
        first.contains("fn ") && first.contains("cargo book exercise mail_bag"),
        "{first}"
    );
}

/// The front page begins with a program, its error and its memory, and leads on.
pub fn front(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("index.html"));
    settle(&browser);
    let found = browser.run(
        "const top = selector => document.querySelector(selector)?.getBoundingClientRect().top ?? 9999;
         return [top('main pre.error'), top('main figure.memory .steps'), innerHeight]",
    );
    assert!(
        found[0].as_f64() < Some(900.0),
        "the error is in the first view: {found}"
    );
    assert!(
        found[1].as_f64() < Some(1800.0),
        "its memory in the second: {found}"
    );
    // Three ways on, above the text that says who it is for.
    let ways = browser.run(
        "return [...document.querySelectorAll('main nav.ways a')].map(a => a.getAttribute('href'))",
    );
    assert_eq!(
        ways,
        json!([
            "errors.html",
            "short-way.html",
            "start/reading-a-compiler-error.html"
        ])
    );
    assert!(
        browser.is("document.querySelector('main nav.ways').getBoundingClientRect().top < 900")
    );
}

/// Parts have the numbers that the text names, and chapters those of their part.
pub fn numbers(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("ownership/moves.html"));
    let parts = browser.run(
        "return [...document.querySelectorAll('.chapter .part-title')].map(title => title.textContent.trim())",
    );
    let parts = serde_json::from_value::<Vec<String>>(parts).expect("titles");
    assert!(parts.contains(&"Part 4: Ownership".to_owned()), "{parts:?}");
    assert!(parts.contains(&"Appendices".to_owned()), "{parts:?}");
    let number = browser.text("document.querySelector('.chapter a.active').textContent.trim()");
    assert_eq!(number, "4.3. Moves");
}

/// A reader changes a program: it is kept, can be run and taken back.
pub fn edit(world: &World) {
    let browser = world.browser();
    let page = world.address("ownership/moves.html");
    browser.screen(360, 740);
    browser.goto(&page);
    settle(&browser);
    let book = browser.text("document.querySelector('main pre > code.rs').textContent");
    browser.run("document.querySelector('main figure.block').querySelector('button.edit').focus()");
    browser.type_into("main figure.block button.edit", "\n");
    browser.until("document.activeElement.matches('textarea.editor')");
    assert_eq!(
        browser.text("document.activeElement.value"),
        book,
        "it starts as the book has it"
    );
    browser.run("document.activeElement.setSelectionRange(0, 0)");
    browser.type_into("textarea.editor", "// mine\n");
    browser.goto(&page);
    browser.until("document.querySelector('textarea.editor')");
    assert!(
        browser.is("document.querySelector('textarea.editor').value.startsWith('// mine\\n')"),
        "it is kept"
    );
    assert!(browser.is("document.documentElement.scrollWidth <= innerWidth"));
    // The playground opens with what stands there.
    assert!(browser.is(
        "decodeURIComponent(document.querySelector('a.playground').href).includes('code=// mine')"
    ));
    // Copy copies it.
    browser.run("document.querySelector('main figure.block button.undo').click()");
    assert!(browser.is("!document.querySelector('textarea.editor')"));
    assert_eq!(
        browser.text("document.querySelector('main pre > code.rs').textContent"),
        book
    );
    browser.goto(&page);
    settle(&browser);
    assert!(
        browser.is("!document.querySelector('textarea.editor')"),
        "it is forgotten"
    );
}

/// What was read shows in the contents, and the front page leads back to it.
pub fn kept(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("index.html"));
    assert!(
        browser.is("!document.querySelector('.go-on')"),
        "nothing was read"
    );
    browser.goto(&world.address("ownership/one-owner.html"));
    settle(&browser);
    let minutes = browser.text("document.querySelector('main .minutes').textContent");
    assert!(minutes.ends_with(" minutes"), "{minutes}");
    let read =
        "document.querySelector('.chapter a[href$=\"ownership/one-owner.html\"]').matches('.read')";
    assert!(browser.is(&format!("!{read}")), "opened is not read");
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser.until(read);
    // In words, too.
    assert!(browser.is("document.querySelector('.chapter a.read').textContent.includes('read')"));
    // The next page knows it, the first page of the part, and the front page.
    browser.goto(&world.address("ownership/overview.html"));
    browser.until(read);
    assert!(
        browser
            .text("document.querySelector('main .minutes').textContent")
            .contains("1 of 10 chapters read")
    );
    browser.goto(&world.address("index.html"));
    browser.until("document.querySelector('.go-on a')");
    assert!(
        browser.is("document.querySelector('.go-on a').href.includes('ownership/overview.html')")
    );
    browser.click(".go-on button");
    browser.goto(&world.address("index.html"));
    settle(&browser);
    assert!(
        browser
            .is("!document.querySelector('.go-on') && !document.querySelector('.chapter a.read')"),
        "it can be forgotten"
    );
}

/// The same from a folder, without a server.
pub fn from_a_folder(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    let page = |name: &str| format!("file://{}", world.built.folder.join(name).display());
    browser.goto(&page("ownership/one-owner.html"));
    settle(&browser);
    browser.run("scrollTo(0, document.body.scrollHeight)");
    browser.until("document.querySelector('.chapter a.read')");
    browser.goto(&page("index.html"));
    browser.until("document.querySelector('.go-on a')");
    browser.click(".go-on button");
}

/// On paper, what answers a question stands at the end of the chapter.
pub fn answers_on_paper(world: &World) {
    let browser = world.browser();
    browser.screen(1280, 900);
    browser.goto(&world.address("print.html"));
    let found = browser.run(
        "const forms = [...document.querySelectorAll('main .question')];
         const answers = [...document.querySelectorAll('main section.answers')];
         const inside = document.querySelectorAll('main section.answers .answer').length;
         return [forms.length, answers.length, inside, document.querySelectorAll('main .answer').length,
             new Set([...document.querySelectorAll('main [id]')].map(one => one.id)).size === document.querySelectorAll('main [id]').length,
             forms.every(form => document.getElementById(form.querySelector('a.to-answer')?.hash.slice(1)))]",
    );
    assert!(found[0].as_u64() > Some(3), "{found}");
    assert!(found[1].as_u64() > Some(0), "{found}");
    assert_eq!(
        found[0], found[2],
        "each question has its answer there: {found}"
    );
    assert_eq!(found[3], found[2], "and nowhere else: {found}");
    assert_eq!(found[5], json!(true), "and leads to it: {found}");
}
