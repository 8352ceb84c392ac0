/** That the fuzzer notices what it looks for. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command } from '../../harness/cli/command.ts';
import { UsageError } from '../../harness/host/index.ts';
import type { Case } from './case.ts';
import { enter, verdictOf } from './sandbox.ts';

const root = mkdtempSync(join(tmpdir(), 'fuzz-test-'));
before(() => enter(root));
after(() => {
  process.chdir(tmpdir());
  rmSync(root, { recursive: true, force: true });
});

let runs = 0;

/** What a command must not do, and what is said of it. */
const CANARIES: Readonly<Record<string, readonly [run: () => void, said: RegExp]>> = {
  'ends in a stack trace': [
    () => {
      throw new TypeError('x is not a function');
    },
    /^a stack trace/,
  ],
  'shows a number that is none': [() => process.stdout.write(`${0 / 0} ns`), /^out has NaN/],
  'colours the screen': [() => process.stderr.write('\u001b[31m'), /^err has characters/],
  'leaves a scratch file': [
    () => writeFileSync(join(tmpdir(), 'left'), ''),
    /^left in the directory for temporary files: left/,
  ],
  'leaves what is half-written': [
    () => writeFileSync('.pmirror-1-2-3', ''),
    /^\.pmirror-.* is left/,
  ],
  'destroys a file that was there': [() => rmSync('a.csv'), /^a\.csv is gone/],
  'writes, and refuses then': [
    () => {
      writeFileSync('a.csv', 'half');
      throw new UsageError('no');
    },
    /^exit code 2, and a\.csv was made or changed/,
  ],
  'writes a manifest of other bytes': [
    () => writeFileSync('a.manifest.json', '{\n  "file": "a.csv",\n  "sha256": "0"\n}'),
    /^a\.manifest\.json has not the hash of a\.csv/,
  ],
  'says something else the second time': [
    () => process.stdout.write(`${runs++}`),
    /^out is another the second time/,
  ],
  'fails without a word': [
    () => {
      throw new UsageError('');
    },
    /^exit code 2 with the message ''/,
  ],
};

for (const [what, [run, said]] of Object.entries(CANARIES)) {
  test(`a command is noticed that ${what}`, async () => {
    const about = { usage: '$0', summary: '', words: {}, options: {}, examples: [] };
    const program = {
      name: 'canary',
      short: 'canary',
      about: '',
      commands: [command(about, async () => run())],
    };
    const one: Case = { program: 'pmirror', words: [], files: { 'a.csv': 'whole' } };
    const { complaints } = await verdictOf(one, program);
    assert.match(complaints.join('\n'), new RegExp(said.source, 'm'));
  });
}
