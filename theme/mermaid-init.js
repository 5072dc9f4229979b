// Draws the mermaid diagrams in the colors of mdBook's theme, and draws them
// again in place when the theme changes.
'use strict';

(() => {
    const diagrams = [...document.querySelectorAll('pre.mermaid')];
    if (diagrams.length === 0) return;
    // mermaid overwrites the source with its drawing: keep it.
    const sources = diagrams.map(diagram => diagram.textContent);
    const root = document.documentElement;
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

    async function draw() {
        const themeVariables = colors();
        const wanted = JSON.stringify(themeVariables);
        if (wanted === drawnFor) return;
        drawnFor = wanted;
        // Text is measured before it is drawn: wait for its font.
        await document.fonts.ready;
        diagrams.forEach((diagram, i) => {
            diagram.removeAttribute('data-processed');
            diagram.textContent = sources[i];
        });
        mermaid.initialize({ startOnLoad: false, theme: 'base', themeVariables });
        await mermaid.run({ nodes: diagrams, suppressErrors: true });
        // Shrink for a phone, but not beyond reading: then the box scrolls.
        for (const svg of document.querySelectorAll('pre.mermaid svg')) {
            svg.style.minWidth = 0.65 * svg.viewBox.baseVal.width + 'px';
        }
    }

    // One drawing after the other, however fast themes are tried out.
    let drawn = draw();
    new MutationObserver(() => { drawn = drawn.then(draw); })
        .observe(root, { attributes: true, attributeFilter: ['class'] });

    // The print page prints itself soon after loading: not before the diagrams.
    const print = window.print.bind(window);
    window.print = () => drawn.finally(() => print());
})();
