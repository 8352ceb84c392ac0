/** Traces that were made to take memory: each command stays within its bound, and says what is wrong. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const BOUND_KB = 700e6 / 1024;
const directory = mkdtempSync(join(tmpdir(), 'memory-bound-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Says at the end what the whole process took at most. */
const WITNESS = join(directory, 'witness.cjs');
writeFileSync(
  WITNESS,
  `if (require('node:worker_threads').isMainThread)
     process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`,
);

function traced(name: string, contents: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

const STORE = 'STORE;0x100000000;0x1;0x8';
const threads = Array.from(
  { length: 20_000 },
  (_, t) => `${t}:1:PM_W:0x${(0x100000000000 + 64 * t).toString(16)}:8:f:1\n`,
);

/** What each is, the file, and what its command says. */
const TRACES = [
  [
    'two million fences in 6 kB',
    traced('fences.gz', gzipSync(`START|${STORE}${'|FENCE'.repeat(2e6)}|STOP`)),
    /transaction/,
  ],
  [
    'a store of 2 GiB',
    traced('store.txt', '9:1:PM_W:0x100000000040:2147483648:f:1\n9:1:PM_N:f:1\n'),
    /at most 67108864 bytes/,
  ],
  ['20 000 threads', traced('threads.txt', threads.join('')), /more than 1024 threads/],
  [
    'flushes of 4 GiB',
    traced('flush.log', `START|${STORE}${'|FLUSH;0x100000000;0xffffffff'.repeat(1500)}|FENCE|STOP`),
    /transaction/,
  ],
] as const;

for (const [what, path, said] of TRACES) {
  test(`${what}: within the bound`, () => {
    const words = ['--require', WITNESS, MAIN, 'run', path, '--backend', 'sm-ob', '--jobs', '64'];
    const { stdout, stderr } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      env: shellEnvironment(),
    });
    assert.match(stdout + stderr, said);
    assert.doesNotMatch(stderr, /\n +at /, 'no stack trace');
    const [, peak] = /peak (\d+)$/.exec(stderr) ?? [];
    assert.ok(Number(peak) > 50_000 && Number(peak) < BOUND_KB, `${peak} kB`);
  });
}

test('a run that would not fit says so before it runs, and how large it is', async () => {
  for (const line of [
    'run echo --transactions 100000',
    'explain ctree --transactions 2000000',
    'crash-check ctree --backend sm-ob --transactions 100000',
    'failover tpcc --transactions 2000 --param customers=3000',
  ]) {
    const { code, err } = await commandsHere(directory)(line.split(' '));
    assert.match(err, /^pmirror: \w+.* needs about \d+ MB of memory.*at most 700 MB/s, line);
    assert.equal(code, 1);
  }
});
