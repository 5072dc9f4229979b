// An answer first, then the verdict: the forms that crates/site/src/predict.rs
// writes. What a reader answered stays in this browser and is sent nowhere.
'use strict';

(() => {
    // What is printed is compared line by line; blanks at the end don't count.
    const plain = text => text.split('\n').map(line => line.trimEnd()).join('\n').trim();

    for (const form of document.querySelectorAll('form.predict')) {
        const key = `predict:${kept.page}#${form.id}`;
        const answer = form.nextElementSibling;
        const said = form.querySelector('.said');
        const forget = form.querySelector('[type=reset]');
        const typed = form.querySelector('textarea');
        const right = form.dataset.answer;

        const tell = given => {
            const correct = typed ? plain(given) === plain(right) : given === right;
            said.textContent = correct ? 'Right. What happens, and why, is below.'
                : 'Not so. What happens, and why, is below.';
            form.classList.toggle('right', correct);
            form.classList.toggle('wrong', !correct);
            forget.hidden = false;
            answer.open = true;
        };
        form.addEventListener('submit', event => {
            event.preventDefault();
            const given = new FormData(form).get(form.id) ?? '';
            kept.set(key, given);
            tell(given);
        });
        form.addEventListener('reset', () => {
            kept.drop(key);
            said.textContent = 'Forgotten.';
            form.classList.remove('right', 'wrong');
            forget.hidden = true;
            answer.open = false;
            form.querySelector('input, textarea').focus();
        });
        const before = kept.get(key);
        if (before !== null) {
            if (typed) typed.value = before;
            else for (const choice of form.elements[form.id]) choice.checked = choice.value === before;
            tell(before);
        }
    }

    // A link, or a hit of the search, that leads into something folded opens it.
    const unfold = element => {
        for (let fold; (fold = element?.closest('details:not([open])'));) fold.open = true;
    };
    const follow = () => {
        const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (!target?.closest('details:not([open])')) return;
        unfold(target);
        target.scrollIntoView();
    };
    addEventListener('hashchange', follow);
    follow();
    if (new URLSearchParams(location.search).has('highlight')) {
        addEventListener('load', () => document.querySelectorAll('main mark').forEach(unfold));
    }
})();
