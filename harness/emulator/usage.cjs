// Loaded before a command that is measured: at its end it says on the fourth stream what the process took.
// It is plain JavaScript so that it may be required before anything else is.
'use strict';

const { writeSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

/** Where it writes: behind standard input, output and error. */
const STREAM = 3;

if (isMainThread) {
  process.on('exit', (code) => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(STREAM, JSON.stringify({ code, userCPUTime, systemCPUTime, maxRSS }));
  });
}
