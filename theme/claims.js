// What a page gains when scripts run: Run, terms that explain themselves, and
// what mdBook leaves to the mouse. Nothing is sent before Run is pressed.
'use strict';

// What stays in this browser: answers, changed programs, what was read. Storage may be
// forbidden, or full; then all of it lasts as long as the page.
const kept = {
    page: location.pathname.replace(/.*\/(?=[^/]*\/[^/]*$)/, ''),
    get: key => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* as above */ } },
    drop: key => { try { localStorage.removeItem(key); } catch { /* as above */ } },
};

(() => {
    const make = (name, attributes, ...children) => {
        const element = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.append(...children);
        return element;
    };

    // ---- Run ---------------------------------------------------------------

    const host = 'play.rust-lang.org';

    // A block without a `main` gets one, as the book's own judge does it.
    // A reader's own version (edit.js) is read for it.
    const whole = code => {
        const text = code.yours ?? code.textContent;
        const bare = code.yours === undefined ? code.matches('.bare') : !/\bfn\s+main\s*\(/.test(text);
        return bare ? `fn main() {\n${text}\n}\n` : text;
    };

    async function answer(program) {
        const response = await fetch(`https://${host}/evaluate.json`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ version: 'stable', optimize: '0', edition: '2024', code: program }),
            signal: AbortSignal.timeout(30000),
        });
        if (!response.ok) throw new Error(`it answered with status ${response.status}`);
        const { result, error } = await response.json();
        return result || error || '';
    }

    function why(error) {
        if (error.name === 'TimeoutError') return 'it took longer than 30 seconds';
        if (error instanceof TypeError) return 'it cannot be reached. Are you offline?';
        return error.message;
    }

    for (const code of document.querySelectorAll('figure.block pre > code.rs:not(.no_run, .noplayground)')) {
        const pre = code.parentElement;
        code.whole = () => whole(code);
        const title = `Send this program to ${host} and run it there`
            + (code.matches('.compile_fail') ? '. Its compiler should refuse it, too.' : '');
        const run = make('button', { type: 'button', class: 'run', title }, 'Run');
        let says, ran;
        run.addEventListener('click', async () => {
            if (!ran) {
                says = make('p', { class: 'says', role: 'status' });
                ran = make('pre', { class: 'ran' }, make('code', { tabindex: '0' }));
                pre.after(says, ran);
            }
            const [shown] = ran.children;
            run.disabled = true;
            ran.hidden = true;
            says.textContent = `sent to ${host}, waiting …`;
            try {
                const text = await answer(whole(code));
                says.textContent = text ? `${host} says` : `${host} ran it, and it printed nothing`;
                shown.textContent = text;
                ran.hidden = !text;
            } catch (error) {
                says.textContent = `Nothing came back from ${host}: ${why(error)}`;
            }
            run.disabled = false;
        });
        let buttons = pre.querySelector('.buttons');
        if (!buttons) pre.prepend(buttons = make('div', { class: 'buttons' }));
        buttons.prepend(run);
    }

    // What a box of code is called: what says it, or what its figure claims.
    const nameOf = pre => {
        const says = pre.previousElementSibling;
        return says?.matches('.says') ? says.textContent : pre.closest('figure')?.ariaLabel ?? 'Code';
    };

    // A button says of what, since a page has many of its kind.
    for (const button of document.querySelectorAll('figure.block .buttons button')) {
        const word = button.matches('.clip-button') ? 'Copy' : button.textContent || button.title;
        button.ariaLabel = `${word}: ${nameOf(button.closest('pre'))}`;
    }

    // ---- Terms -------------------------------------------------------------

    const explained = new Map();
    for (const words of document.querySelectorAll('aside.terms [data-term]')) {
        const { term, says } = words.dataset;
        if (explained.has(term)) continue; // the print page holds all pages
        words.id = 'term-' + term;
        // In an attribute, the search does not find it on every page.
        if (says) words.textContent = says;
        explained.set(term, words);
    }
    const words = link => explained.get(link.hash.slice(1));
    const terms = [...document.querySelectorAll('a.term')].filter(words);

    let tip = null; // the explanation that is open
    let term = null; // and of what
    let timer;
    let touched = false; // whether the last press was a finger's

    const close = () => {
        clearTimeout(timer);
        tip?.remove();
        tip = term = null;
    };
    const later = (act, wait) => {
        clearTimeout(timer);
        timer = setTimeout(act, wait);
    };

    function open(link) {
        clearTimeout(timer);
        if (term === link) return;
        close();
        term = link;
        const more = make('a', { href: link.href, tabindex: '-1' }, 'more');
        tip = make('div', { class: 'tip' }, words(link).textContent + ' ', more);
        tip.addEventListener('pointerenter', () => clearTimeout(timer));
        tip.addEventListener('pointerleave', () => later(close, 300));
        document.body.append(tip);
        // Below the term, or above it where there is no room below; never on it.
        const box = link.getBoundingClientRect();
        const { offsetWidth: width, offsetHeight: height } = tip;
        const page = document.documentElement;
        const above = box.bottom + height + 8 > innerHeight && box.top > height + 8;
        tip.style.left = Math.max(8, Math.min(box.left, page.clientWidth - width - 8)) + scrollX + 'px';
        tip.style.top = (above ? box.top - height - 4 : box.bottom + 4) + scrollY + 'px';
    }

    for (const link of terms) {
        link.setAttribute('aria-describedby', words(link).id);
        link.addEventListener('pointerenter', event => {
            if (event.pointerType === 'mouse') later(() => open(link), 250);
        });
        link.addEventListener('pointerleave', event => {
            if (event.pointerType === 'mouse') later(close, 300);
        });
        link.addEventListener('focus', () => { if (link.matches(':focus-visible')) open(link); });
        link.addEventListener('blur', event => { if (!tip?.contains(event.relatedTarget)) later(close, 100); });
        // The first tap explains, the second follows the link.
        link.addEventListener('click', event => {
            if (!touched || event.detail === 0 || term === link) return;
            event.preventDefault();
            open(link);
        });
    }
    if (terms.length > 0) {
        document.addEventListener('keydown', event => { if (event.key === 'Escape') close(); });
        document.addEventListener('pointerdown', event => {
            touched = event.pointerType === 'touch';
            if (tip && !tip.contains(event.target) && !term.contains(event.target)) close();
        });
    }

    // ---- The keyboard --------------------------------------------------------

    // The label of a hidden box is a button, then.
    const toggle = document.getElementById('mdbook-sidebar-toggle');
    toggle.role = 'button';
    toggle.tabIndex = 0;
    toggle.addEventListener('keydown', event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        toggle.click();
    });

    // What folds and unfolds the pages of the error atlas, to mdBook a link
    // without a target, is a button, too.
    for (const fold of document.querySelectorAll('.chapter-fold-toggle')) {
        const item = fold.closest('li');
        fold.role = 'button';
        fold.tabIndex = 0;
        fold.ariaLabel = 'Pages below ' + fold.previousElementSibling.textContent;
        const tell = () => { fold.ariaExpanded = item.classList.contains('expanded'); };
        tell();
        fold.addEventListener('click', tell);
        fold.addEventListener('keydown', event => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            fold.click();
        });
    }

    // A box that scrolls can be reached, and there the arrows scroll it and do
    // not turn the page of the book.
    // (Asked when the box has got its size: asking earlier would lay out the page
    // once for each, and again for each closed answer.)
    const sizes = new ResizeObserver(entries => {
        const boxes = entries.map(entry => entry.target);
        const wide = boxes.map(box => box.scrollWidth > box.clientWidth);
        boxes.forEach((box, i) => wide[i] ? box.tabIndex = 0 : box.removeAttribute('tabindex'));
        // What is reached has a name.
        for (const box of boxes) {
            if (!box.matches('pre > code[tabindex]')) continue;
            box.role = 'group';
            box.ariaLabel = nameOf(box.parentElement);
        }
    });
    const scrolling = 'main :is(pre > code, .table-wrapper, .step, div.chart, figure.diagram)';
    for (const box of document.querySelectorAll(scrolling)) sizes.observe(box);
    // Nor do they turn it for somebody who has clicked into a figure and reads there.
    let inFigure = false;
    document.addEventListener('pointerdown', event => { inFigure = !!event.target.closest?.('main figure'); }, true);
    document.addEventListener('keydown', event => {
        if (!/^Arrow(Left|Right)$/.test(event.key)) return;
        const reads = inFigure && event.target === document.body;
        if (reads || event.target.matches?.('main [tabindex="0"]')) event.stopPropagation();
    }, true);
})();
