// Where a reader was: what was read shows in the contents and on the first page of a
// part, and the front page leads back. All of it stays in this browser.
'use strict';

(() => {
    const KEY = 'read';
    const known = () => { try { return JSON.parse(kept.get(KEY)) ?? {}; } catch { return {}; } };
    const keep = more => kept.set(KEY, JSON.stringify({ ...known(), ...more }));
    const links = [...document.querySelectorAll('.chapter .chapter-link-wrapper > a[href]')];
    // From the root of the site, also in a folder: `ownership/moves.html`.
    const root = new URL('./' + path_to_root, location.href.split(/[?#]/)[0]).href;
    const name = link => link.href.replace(root, '').split(/[?#]/)[0];
    const here = links.find(link => link.matches('.active'));
    const page = here && name(here);
    const make = (tag, className, text) => {
        const element = document.createElement(tag);
        element.className = className;
        element.textContent = text;
        return element;
    };

    const mark = () => {
        const { read = [], answered = {} } = known();
        for (const link of links) {
            const done = read.includes(name(link));
            link.classList.toggle('read', done);
            link.querySelector('.heard')?.remove();
            if (done) link.append(make('span', 'heard', `, read${answered[name(link)] ? ', questions answered' : ''}`));
        }
        return read;
    };
    mark();
    const minutes = document.querySelector('main .minutes');
    // The first page of a part tells of the part: what stands between two titles.
    const items = [...document.querySelectorAll('.chapter > li')];
    const isTitle = item => item?.matches('.part-title') || item?.querySelector(':scope > .part-title');
    const at = items.indexOf(here?.closest('.chapter > li'));
    if (minutes && isTitle(items[at - 1])) {
        const end = items.findIndex((item, i) => i > at && isTitle(item));
        const part = links.filter(link => {
            const i = items.indexOf(link.closest('.chapter > li'));
            return i >= at && (end < 0 || i < end);
        });
        const done = part.filter(link => link.matches('.read')).length;
        if (done) minutes.append(`, ${done} of ${part.length} chapters read`);
    }

    // The front page: go on where you were.
    const { last, read = [] } = known();
    const from = last && links.find(link => name(link) === last);
    if (here === links[0] && from) {
        const go = make('p', 'go-on', 'Go on where you were: ');
        const link = make('a', '', from.textContent.replace(/, read.*$/, '').replace(/^[\d.]+ /, ''));
        link.href = from.href;
        const forget = make('button', '', 'Forget what I read');
        forget.type = 'button';
        forget.addEventListener('click', () => {
            kept.drop(KEY);
            go.replaceChildren('Forgotten.');
            go.role = 'status';
            mark();
        });
        go.append(link, ` (${read.length} read) `, forget);
        // Where room is kept for it: nothing shifts.
        document.querySelector('nav.ways')?.append(go);
    }

    // A chapter is read when its end has been on the screen.
    if (!page || !minutes) return;
    keep({ last: page });
    const end = [...document.querySelectorAll('main > :not([hidden])')].at(-1);
    const seen = new IntersectionObserver(entries => {
        if (!entries.some(entry => entry.isIntersecting)) return;
        seen.disconnect();
        keep({ read: [...new Set([...known().read ?? [], page])] });
        mark();
    });
    seen.observe(end);
    // Answers are kept by predict.js; that each question has one is told here.
    const forms = [...document.querySelectorAll('form.predict')];
    addEventListener('submit', () => setTimeout(() => {
        if (!forms.every(form => form.matches('.right, .wrong'))) return;
        keep({ answered: { ...known().answered, [page]: true } });
        mark();
    }));
})();
