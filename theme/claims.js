// Says above each block what its fence claims, and links every error code to
// the section of the error atlas that explains it. Without this script
// claims.css says the same in general words.
'use strict';

(() => {
    const atlas = path_to_root + 'errors.html#';
    // Words of a fence, of mdBook and of highlight.js that name no lint.
    const known = /^(language-.*|edition\d+|hljs|hide-boring|rust|undefined|compile_fail|should_panic|no_run|warns|fix|uncoded|editable|noplayground|memory|borrows)$/;

    // The claim of a block: pieces of text, and [text, anchor] for a link.
    function claim(words) {
        const has = word => words.includes(word);
        const codes = words.filter(word => /^E\d{4}$/.test(word));
        const lints = words.filter(word => /^[a-z]\w*$/.test(word) && !known.test(word));
        const said = [];
        if (has('fix')) said.push('the repair');
        if (has('compile_fail')) {
            said.push('does not compile');
            codes.forEach(code => said.push([code, code.toLowerCase()]));
            lints.forEach(lint => said.push([lint, lint]));
            if (has('uncoded')) said.push(['an error without a code', 'uncoded']);
        }
        if (has('no_run')) said.push('compiled, not run');
        if (has('should_panic')) said.push('panics');
        if (has('warns')) said.push('warns', ...lints.map(lint => [lint, lint]));
        const stop = words.find(word => word.startsWith('asan='));
        if (stop) {
            const kind = stop.slice('asan='.length);
            said.push('C', kind === 'leak' ? 'stopped by LeakSanitizer' : 'stopped by AddressSanitizer');
            said.push([kind, 'asan-' + kind]);
        }
        return said;
    }

    for (const code of document.querySelectorAll('.content pre > code')) {
        const words = [...code.classList];
        const pre = code.parentElement;
        const said = claim(words);
        if (said.length > 0) {
            const badge = document.createElement('span');
            badge.className = 'claim';
            said.forEach((piece, i) => {
                if (i > 0) badge.append(' · ');
                if (typeof piece === 'string') return badge.append(piece);
                const link = document.createElement('a');
                [link.textContent, link.href] = [piece[0], atlas + piece[1]];
                badge.append(link);
            });
            pre.prepend(badge);
        }

        // The button sends the block away; say so, and what to expect.
        const run = pre.querySelector('.play-button');
        if (run) {
            run.title = words.includes('compile_fail')
                ? 'Send to play.rust-lang.org, whose compiler should refuse it too'
                : 'Run on play.rust-lang.org';
            run.setAttribute('aria-label', run.title);
        }

        // A box that scrolls can be reached by the keyboard, where the arrows
        // scroll it and do not turn the page of the book.
        if (code.scrollWidth > code.clientWidth) {
            code.tabIndex = 0;
            code.addEventListener('keydown', event => {
                if (/^Arrow(Left|Right)$/.test(event.key)) event.stopPropagation();
            });
        }
    }

    // Each diagram gets what it says in words; one drawn from a run also the
    // mark that it belongs to. mermaid has not replaced the sources yet.
    for (const diagram of document.querySelectorAll('pre.mermaid')) {
        const source = diagram.textContent;
        const mark = /^\s*%% (after .*)$/m.exec(source);
        if (mark) {
            const caption = document.createElement('p');
            caption.className = 'mark';
            caption.textContent = mark[1][0].toUpperCase() + mark[1].slice(1).replace(' line', ', line');
            diagram.before(caption);
        }
        // Where the chapter tells it itself, once is enough.
        const next = diagram.nextElementSibling;
        const told = /^\s*accDescr: (.*)$/m.exec(source);
        if (told && !(next && /^In words\b/.test(next.textContent))) {
            const details = document.createElement('details');
            const summary = document.createElement('summary');
            const words = document.createElement('p');
            details.className = 'told';
            summary.textContent = 'In words';
            // Names stand between backticks, as in Markdown.
            told[1].split('`').forEach((piece, i) => {
                const code = document.createElement('code');
                code.textContent = piece;
                words.append(i % 2 === 1 ? code : piece);
            });
            details.append(summary, words);
            diagram.after(details);
        }
    }
})();
