// Draws the mermaid diagrams in the colors of mdBook's theme, and draws them
// again in place when the theme changes.
'use strict';

(() => {
    const diagrams = [...document.querySelectorAll('pre.mermaid')];
    if (diagrams.length === 0) return;
    // mermaid overwrites the source with its drawing: keep it.
    const sources = diagrams.map(diagram => diagram.textContent);
    const root = document.documentElement;
    const phone = window.matchMedia('(max-width: 620px)');
    // The text of a drawing is 16px. Down to the first share of that, a drawing
    // shrinks to fit. What is wider still scrolls, at a size that reads better.
    const smallest = 0.62;
    const scrolling = 0.75;
    let drawnFor = null;

    // The page's own colors, so that all five themes (and Auto) fit.
    function colors() {
        const style = getComputedStyle(root);
        const read = name => style.getPropertyValue(name).trim();
        const dark = read('--color-scheme') === 'dark';
        return {
            darkMode: dark,
            fontFamily: style.fontFamily,
            fontSize: '16px',
            background: read('--bg'),
            mainBkg: read('--claim-code-bg'),
            primaryColor: read('--claim-code-bg'),
            primaryTextColor: read('--fg'),
            primaryBorderColor: dark ? '#8a93a0' : '#5f6770',
            lineColor: dark ? '#a9b2bd' : '#4d545b',
            textColor: read('--fg'),
            clusterBkg: read('--claim-plain-bg'),
            clusterBorder: read('--claim-line'),
            edgeLabelBackground: read('--bg'),
            // Charts of borrows: bars differ by their words and borders, too.
            taskBkgColor: read('--claim-code-bg'),
            taskBorderColor: dark ? '#8a93a0' : '#5f6770',
            taskTextColor: read('--fg'),
            taskTextDarkColor: read('--fg'),
            taskTextOutsideColor: read('--fg'),
            activeTaskBkgColor: dark ? '#2c4a66' : '#cfe3f5',
            activeTaskBorderColor: dark ? '#8fb8de' : '#2f6690',
            doneTaskBkgColor: read('--claim-plain-bg'),
            doneTaskBorderColor: dark ? '#6b737d' : '#8a9097',
            critBkgColor: dark ? '#6b2f33' : '#f8d0d0',
            critBorderColor: dark ? '#e08a8f' : '#a5262d',
            gridColor: dark ? '#4a525c' : '#c9ced4',
            sectionBkgColor: 'transparent',
            sectionBkgColor2: 'transparent',
            altSectionBkgColor: 'transparent',
            packet: {
                labelColor: read('--fg'),
                labelFontSize: '16px',
                startByteColor: read('--fg'),
                endByteColor: read('--fg'),
                byteFontSize: '11px',
                titleColor: read('--fg'),
                blockFillColor: read('--claim-code-bg'),
                blockStrokeColor: dark ? '#8a93a0' : '#5f6770',
            },
        };
    }

    // What mermaid is given. A label that opens with "1. " would be a list in
    // Markdown, which mermaid refuses: a no-break space makes it plain text.
    // In a picture from a run, the rows of a frame without arrows stand below
    // each other.
    function prepared(source) {
        const text = source.replace(/(\["|<br\/>)(\d+\.) /g, '$1$2\u00a0');
        return /^\s*%% after /.test(source)
            ? text.replace(/^([ \t]*subgraph .*)$/gm, '$1\ndirection LR')
            : text;
    }

    // The same from top to bottom, or the other way round. What was dropped
    // stands below the rest then, not beside it.
    function turned(source) {
        const other = source.replace(/^(\s*(?:flowchart|graph)) (LR|TB|TD)$/m,
            (_, word, way) => `${word} ${way === 'LR' ? 'TB' : 'LR'}`);
        const above = /^subgraph (?:heap|fixed)\b.*\n([^]*?)^end$/m.exec(source);
        if (!above || !/^subgraph drops\b/m.test(source)) return other;
        const blocks = [...above[1].matchAll(/^(\w+)\[/gm)].map(block => block[1]);
        return blocks.length === 0 ? other : `${other.trimEnd()}\n${blocks.join(' & ')} ~~~ dropped\n`;
    }

    // The width of a drawing at its natural size.
    async function width(source) {
        const { svg } = await mermaid.render('probe', source);
        return Number(/viewBox="\S+ \S+ (\S+)/.exec(svg)[1]);
    }

    // What is too wide is turned, if that is narrower.
    async function fitted(diagram, source) {
        const other = turned(source);
        if (other === source) return source;
        try {
            const wide = await width(source);
            if (wide * scrolling <= diagram.clientWidth) return source;
            return await width(other) < wide ? other : source;
        } catch {
            return source; // mermaid.run shows what is wrong with it
        }
    }

    // Of a value that was moved, the name is crossed out, and not the reason,
    // which opens with a cross of its own.
    function readableReason(diagram) {
        for (const label of diagram.querySelectorAll('.node.moved .nodeLabel p')) {
            const first = [...label.childNodes].find(node => /^\s*\u2717/.test(node.textContent));
            if (!first || first === label.firstChild) continue;
            const reason = document.createElement('span');
            reason.className = 'reason';
            first.before(reason);
            while (reason.nextSibling) reason.append(reason.nextSibling);
        }
    }

    async function draw() {
        const themeVariables = colors();
        const wanted = JSON.stringify([themeVariables, phone.matches]);
        if (wanted === drawnFor) return;
        drawnFor = wanted;
        // Text is measured before it is drawn: wait for its font.
        await document.fonts.ready;
        const subGraphTitleMargin = { top: 2, bottom: 8 };
        // A phone has no room for wide gaps.
        const flowchart = phone.matches
            ? { nodeSpacing: 20, rankSpacing: 28, padding: 8, diagramPadding: 2, subGraphTitleMargin }
            : { nodeSpacing: 30, rankSpacing: 50, padding: 12, diagramPadding: 4, subGraphTitleMargin };
        mermaid.initialize({ startOnLoad: false, theme: 'base', themeVariables, flowchart });
        for (const [i, diagram] of diagrams.entries()) {
            diagram.textContent = sources[i];
            diagram.removeAttribute('data-processed');
            diagram.textContent = await fitted(diagram, prepared(sources[i]));
        }
        await mermaid.run({ nodes: diagrams, suppressErrors: true });
        for (const diagram of diagrams) {
            readableReason(diagram);
            const svg = diagram.querySelector('svg');
            if (!svg) continue;
            const natural = svg.viewBox.baseVal.width;
            const fits = natural * smallest <= diagram.clientWidth;
            svg.style.minWidth = fits ? '0' : natural * scrolling + 'px';
        }
    }

    // One drawing after the other, however fast themes are tried out.
    let drawn = draw();
    new MutationObserver(() => { drawn = drawn.then(draw); })
        .observe(root, { attributes: true, attributeFilter: ['class'] });
    phone.addEventListener('change', () => { drawn = drawn.then(draw); });

    // The print page prints itself soon after loading: not before the diagrams.
    const print = window.print.bind(window);
    window.print = () => drawn.finally(() => print());
})();
