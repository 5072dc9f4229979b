// Loaded before the module of a JavaScript block: tells the judge which exception
// ended it. Anybody can print such a text and exit. See report.c for the way of
// the report, and exception.rs for the form of the text.

'use strict';
const { writeSync } = require('node:fs');

const [pipe, word] = (process.env.JUDGE_REPORT ?? '').split(':');
delete process.env.JUDGE_REPORT;

process.on('uncaughtExceptionMonitor', (thrown) => {
    if (process.listenerCount('uncaughtException') > 0) {
        return; // The block deals with it.
    }
    const isError = thrown instanceof Error;
    const kind = isError ? thrown.constructor.name : typeof thrown;
    if (word !== undefined) {
        writeSync(Number(pipe), word);
    }
    writeSync(2, `\x1e${kind}\x1f${isError ? '' : 'Uncaught '}${String(thrown)}\n\x1e`);
    // In the place of node's own text, which names folders and its version.
    process.once('uncaughtException', () => process.exit(1));
});
