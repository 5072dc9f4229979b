// Steps through the memory pictures of a block. Where scripts may run, claims.css
// shows the first alone from the start, so nothing moves when this one comes.
'use strict';

(() => {
    // Each picture gets what its <desc> says, for all to read.
    for (const desc of document.querySelectorAll('main svg.picture > desc')) {
        const told = document.createElement('details');
        told.className = 'told';
        told.innerHTML = '<summary>In words</summary><p></p>';
        // Names stand between backticks, as in Markdown.
        desc.textContent.split('`').forEach((text, i) => {
            const code = document.createElement('code');
            code.textContent = text;
            told.lastChild.append(i % 2 ? code : text);
        });
        desc.parentNode.after(told);
    }

    // What a picture says that the one before did not; "It was moved" is "draft was moved".
    const sentences = step => (step?.querySelector('desc')?.textContent ?? '').replaceAll('`', '').split(/(?<=\.) /);
    const fresh = (step, before) => {
        const known = new Set(sentences(before));
        let who = 'It';
        return sentences(step).map(sentence => {
            if (!sentence.startsWith('It ')) who = sentence.split(/[,:]/)[0];
            return known.has(sentence) ? '' : sentence.replace(/^It /, who + ' ');
        }).filter(Boolean).join(' ');
    };

    for (const figure of document.querySelectorAll('figure.block.memory')) {
        const steps = [...figure.querySelectorAll('.step')];
        if (steps.length < 2) continue;
        const said = steps.map(step => step.querySelector('.mark').textContent);
        const button = (text, label) => `<button aria-label="${label}">${text}</button>`;
        // "After ②, line 3" is the button "②"; without a mark it is the line.
        steps[0].parentNode.insertAdjacentHTML('beforebegin', '<div class="walk" role="group" aria-label="Marks">'
            + button('‹', 'Mark before') + said.map(text => button(text.replace('line ', '').split(/[ ,]/)[1], text)).join('')
            + button('›', 'Next mark') + '<span class="heard" role="status"></span></div>');
        const walk = figure.querySelector('.walk');
        const buttons = [...walk.querySelectorAll('button')];
        const last = steps.length - 1;
        let now = 0;

        const show = i => {
            now = i;
            steps.forEach((step, k) => {
                step.classList.toggle('now', k === i);
                buttons[k + 1].ariaCurrent = k === i ? 'step' : null;
            });
            buttons[0].ariaDisabled = i === 0;
            buttons[last + 2].ariaDisabled = i === last;
            for (const line of figure.querySelectorAll('.line')) {
                line.classList.toggle('lit', line.dataset.line === steps[i].dataset.line);
            }
        };
        // By the reader's hand: it is told, and stands in the address.
        const go = i => {
            if (!steps[i]) return;
            show(i);
            walk.lastChild.textContent = i ? said[i] + ': ' + fresh(steps[i], steps[i - 1]) : said[i];
            try { history.replaceState(history.state, '', '#' + steps[i].id); } catch { /* too often */ }
        };
        show(0);
        steps.forEach((step, i) => { step.show = () => show(i); });

        walk.addEventListener('click', event => {
            const i = buttons.indexOf(event.target);
            if (i >= 0) go(i < 1 ? now - 1 : i > last + 1 ? now + 1 : i - 1);
        });
        // Who clicks on the picture can use the arrow keys, too.
        figure.tabIndex = -1;
        figure.addEventListener('keydown', event => {
            const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (!way || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            event.stopPropagation(); // mdBook would turn the page
            go(now + way);
        });
        // What is opened at one mark is open at all.
        steps[0].parentNode.addEventListener('toggle', ({ target }) => {
            figure.querySelectorAll('.told').forEach(told => { told.open = target.open; });
        }, true);
    }

    // A link that names a step shows it, and of its code above what has room.
    const follow = () => {
        const id = decodeURIComponent(location.hash.slice(1));
        // Once the figures of a page were counted: #memory-1-3.
        const [, figure, mark] = /^memory-(\d+)-(\d+)$/.exec(id) ?? [];
        const step = document.getElementById(id)
            ?? document.querySelectorAll('figure.block.memory')[figure - 1]?.querySelectorAll('.step')[mark - 1];
        if (!step?.show) return;
        step.show();
        const above = step.getBoundingClientRect().top - step.closest('figure').getBoundingClientRect().top;
        step.style.scrollMarginTop = Math.max(60, Math.min(above + 60, innerHeight - step.offsetHeight)) + 'px';
        step.scrollIntoView();
    };
    addEventListener('hashchange', follow);
    follow();
})();
