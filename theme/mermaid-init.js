// Only for plain `mdbook serve`: `cargo book` draws every picture while the
// book is built. Draws mermaid's diagrams when they come near the screen, in
// the colors of mdBook's theme, and again in place when the theme changes.
'use strict';

(() => {
    const diagrams = [...document.querySelectorAll('pre.mermaid')];
    if (diagrams.length === 0) return;
    const sources = new Map(diagrams.map(diagram => [diagram, diagram.textContent]));
    const near = new Set();
    let drawing = Promise.resolve();
    let library;

    const load = () => library ??= new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = path_to_root + 'mermaid.min.js';
        script.onload = resolve;
        script.onerror = () => reject(new Error('mermaid.min.js is missing: run `cargo book setup`'));
        document.head.append(script);
    });

    // The page's own colors, so that all themes fit.
    function colors() {
        const probe = document.createElement('i');
        document.body.append(probe);
        const read = name => {
            probe.style.color = `var(${name})`;
            return getComputedStyle(probe).color;
        };
        const [bg, fg, box, line, plain] =
            ['--bg', '--fg', '--claim-code-bg', '--claim-muted', '--claim-plain-bg'].map(read);
        const [lent, fail, failLine, accent] =
            ['--claim-accent-bg', '--claim-fail-bg', '--claim-fail', '--claim-accent'].map(read);
        probe.remove();
        return {
            fontFamily: getComputedStyle(document.body).fontFamily,
            background: bg, mainBkg: box, primaryColor: box, primaryTextColor: fg, primaryBorderColor: line,
            lineColor: line, textColor: fg, clusterBkg: plain, clusterBorder: line, edgeLabelBackground: bg,
            taskBkgColor: box, taskBorderColor: line, taskTextColor: fg, taskTextDarkColor: fg, taskTextOutsideColor: fg,
            activeTaskBkgColor: lent, activeTaskBorderColor: accent, doneTaskBkgColor: plain, doneTaskBorderColor: line,
            critBkgColor: fail, critBorderColor: failLine, gridColor: line,
            sectionBkgColor: 'transparent', sectionBkgColor2: 'transparent', altSectionBkgColor: 'transparent',
            packet: { labelColor: fg, startByteColor: fg, endByteColor: fg, titleColor: fg, blockFillColor: box, blockStrokeColor: line },
        };
    }

    // One drawing after the other, however fast a reader scrolls.
    const draw = nodes => drawing = drawing.then(load).then(async () => {
        mermaid.initialize({ startOnLoad: false, theme: 'base', themeVariables: colors() });
        for (const node of nodes) {
            node.removeAttribute('data-processed');
            // A label that opens with "1. " would be a list, which mermaid refuses.
            node.textContent = sources.get(node).replace(/(\["|<br\/>)(\d+\.) /g, '$1$2\u00a0');
        }
        await mermaid.run({ nodes, suppressErrors: true });
    }).catch(error => console.error(error));

    const watcher = new IntersectionObserver(entries => {
        const fresh = entries.filter(entry => entry.isIntersecting).map(entry => entry.target);
        for (const diagram of fresh) {
            near.add(diagram);
            watcher.unobserve(diagram);
        }
        if (fresh.length > 0) draw(fresh);
    }, { rootMargin: '800px' });
    diagrams.forEach(diagram => watcher.observe(diagram));

    new MutationObserver(() => { if (near.size > 0) draw([...near]); })
        .observe(document.documentElement, { attributes: true, attributeFilter: ['class'] });

    // Paper shows all of them.
    const print = window.print.bind(window);
    window.print = () => {
        const rest = diagrams.filter(diagram => !near.has(diagram));
        rest.forEach(diagram => near.add(diagram));
        draw(rest).then(print);
    };
})();
