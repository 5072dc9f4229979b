// Change a program here: a plain field in place of the book's text. What stands there
// is kept in this browser until Undo, and Run (claims.js) and Copy take it.
'use strict';

(() => {
    const make = (name, attributes, text = '') => {
        const element = Object.assign(document.createElement(name), attributes);
        element.append(text);
        return element;
    };
    // A text of its own for each program: another program has another key.
    const hash = text => [...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) | 0, 7).toString(36);

    for (const code of document.querySelectorAll('figure.block pre > code.rs:not(.noplayground)')) {
        const pre = code.parentElement;
        const buttons = pre.querySelector('.buttons');
        if (!buttons) continue;
        const book = code.textContent;
        const key = `edit:${kept.page}#${hash(book)}`;
        const name = pre.closest('figure').ariaLabel;
        const button = make('button', { type: 'button', className: 'edit', ariaLabel: `Edit: ${name}` }, 'Edit');
        buttons.prepend(button);
        let bar;

        const open = text => {
            const field = make('textarea', { className: 'editor', value: text, spellcheck: false, autocapitalize: 'off',
                ariaLabel: `${name}, your version`, rows: Math.min(30, text.split('\n').length + 1) });
            const undo = make('button', { type: 'button', className: 'undo' }, 'Undo to the book\u2019s text');
            const link = make('a', { className: 'playground', target: '_blank', rel: 'noopener' }, 'Open in the playground');
            const take = () => {
                code.yours = field.value;
                link.href = 'https://play.rust-lang.org/?version=stable&mode=debug&edition=2024&code='
                    + encodeURIComponent(code.whole?.() ?? field.value);
            };
            field.addEventListener('input', () => { take(); kept.set(key, field.value); });
            undo.addEventListener('click', () => {
                kept.drop(key);
                delete code.yours;
                bar.remove();
                bar = null;
                code.hidden = false;
                button.hidden = false;
                button.focus();
            });
            bar = make('div', { className: 'changed' });
            bar.append(field, undo, ' ', link);
            code.after(bar);
            code.hidden = true;
            button.hidden = true;
            take();
            return field;
        };
        button.addEventListener('click', () => open(book).focus());
        const before = kept.get(key);
        if (before !== null) open(before);
    }
})();
