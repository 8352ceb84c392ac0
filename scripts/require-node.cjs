// Loaded before anything else by the npm scripts: the sources are TypeScript that Node runs as it is,
// and an older Node would only say "Unknown file extension". Plain old JavaScript for that reason.
'use strict';

if (!process.features.typescript) {
  process.stderr.write(
    `pmirror needs Node 24 or newer; this is ${process.version} on ${process.platform} ${process.arch}.\n` +
      'On Linux and macOS "npm ci" installs a Node 24 inside the project, unless optional\n' +
      'dependencies are left out (--omit=optional, --no-optional). Elsewhere, install Node 24\n' +
      '(https://nodejs.org) and put it first on PATH.\n',
  );
  process.exit(1);
}

// Types need not be stripped from the same sources at every start: halves what a small command takes.
// By the environment, so that commands which tests start have it too.
process.env.NODE_COMPILE_CACHE ??= require('node:path').join(
  __dirname,
  '..',
  'node_modules',
  '.cache',
  'pmirror',
);
require('node:module').enableCompileCache();

// Tests compute: what another run has found is not taken for it. Commands that they start have it too.
if (process.execArgv.includes('--test')) process.env.PMIRROR_DB = 'none';

// Signals to npm end what it has started.
const { isMainThread } = require('node:worker_threads');
if (isMainThread && process.env.npm_lifecycle_event !== undefined) {
  require('../harness/host/parent.ts').endWithParent();
}
