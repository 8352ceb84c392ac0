/** What a small command waits for. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const directory = mkdtempSync(join(tmpdir(), 'start-up-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Libraries that only runs, databases and pictures need. */
const HEAVY = ['hdr-histogram-js', 'lmdb', 'fontkit'] as const;

/** Where what is loaded comes from, when pmirror is started with `words`. */
function loadedBy(words: readonly string[]): string {
  const hook = join(directory, 'hook.cjs');
  const log = join(directory, 'loaded.txt');
  writeFileSync(
    hook,
    `const { appendFileSync } = require('node:fs');
     require('node:module').registerHooks({
       load(url, context, next) {
         appendFileSync(${JSON.stringify(log)}, url + '\\n');
         return next(url, context);
       },
     });`,
  );
  writeFileSync(log, '');
  const main = join(import.meta.dirname, 'main.ts');
  execFileSync(process.execPath, ['--require', hook, main, ...words], { stdio: 'ignore' });
  return readFileSync(log, 'utf8');
}

for (const words of [['list'], ['--help']]) {
  test(`pmirror ${words} loads no library that it has no use for`, () => {
    const loaded = loadedBy(words);
    // So that the hook is known to see libraries.
    assert.match(loaded, /node_modules\/yargs\//);
    for (const name of HEAVY) assert.ok(!loaded.includes(`node_modules/${name}/`), name);
  });
}
