/** Commands whose programs hold a real database, where the temporary directory takes nothing. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from './testing/in-process.ts';
import { shellEnvironment } from './testing/shell-environment.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const root = mkdtempSync(join(tmpdir(), 'temporary-directory-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const FILE = join(root, 'file');
writeFileSync(FILE, '');

/** Runs a command, of whose files none may grow beyond 100 blocks: as on a disk that is full. */
function runOnFullDisk(line: string, temporary: string) {
  const command = `ulimit -f 100; exec "$0" "$1" ${line}`;
  // What Node compiles is no part of the test, and not to be cut off.
  const env = shellEnvironment({ TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' });
  const words = ['-c', command, process.execPath, MAIN];
  return spawnSync('bash', words, { encoding: 'utf8', env, timeout: 120_000 });
}

const MESSAGE =
  /^pmirror: (\w+: )?cannot write to the temporary directory [^\n]*; free space there[^\n]*TMPDIR[^\n]*\n$/;

test('a database that does not fit is one message, and the scratch goes', () => {
  for (const line of ['run mysql --threads 1', 'analyze lmdb']) {
    const temporary = mkdtempSync(join(root, 'scratch-'));
    const { status, stderr } = runOnFullDisk(`${line} --transactions 50`, temporary);
    assert.match(stderr, MESSAGE, line);
    assert.equal(status, 1);
    const left = readdirSync(temporary).filter((name) => name.startsWith('pmirror-'));
    assert.deepEqual(left, [], line);
  }
});

test('a temporary directory that is none, or is not there, is one message', async () => {
  for (const temporary of [FILE, join(root, 'none')]) {
    for (const line of ['run lmdb', 'analyze mysql --transactions 2']) {
      const { code, err } = await commandsHere(root, { TMPDIR: temporary })(line.split(' '));
      assert.match(err, MESSAGE, line);
      assert.equal(code, 1);
    }
  }
});
