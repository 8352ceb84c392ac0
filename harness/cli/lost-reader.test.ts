/** The exit code and the files of a command do not depend on who reads what it says. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { shellEnvironment } from './testing/shell-environment.ts';

const CLI = join(import.meta.dirname, 'main.ts');
const root = mkdtempSync(join(tmpdir(), 'lost-reader-'));
after(() => rmSync(root, { recursive: true, force: true }));

const env = shellEnvironment();

/** Runs a command whose output, and messages too if `both`, nobody reads. The exit code. */
async function unread(words: readonly string[], both: boolean): Promise<unknown> {
  const stdio = ['ignore', 'pipe', both ? 'pipe' : 'ignore'] as const;
  const child = spawn(process.execPath, [CLI, ...words], { cwd: root, env, stdio: [...stdio] });
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  const [code, signal] = await once(child, 'close');
  return code ?? signal;
}

const MARKER = ['--tx-marker', 'A'];
const SMALL = ['--transactions', '5', '--backend', 'no-sm,sm-dd', '--jobs', '1'];

test('a check that fails does so whether or not it is read', async () => {
  writeFileSync(join(root, 'bad.log'), 'START|A.BEGIN|STORE;0x100;0x1;0x8|FENCE|A.END|STOP');
  assert.equal(await unread(['crash-check', 'bad.log', ...MARKER], false), 1);
  assert.equal(await unread(['crash-check', 'bad.log', ...MARKER], true), 1);
});

test('wrong input is exit code 2 though nobody reads the message', async () => {
  assert.equal(await unread(['run', 'nothing'], true), 2);
});

test('a run that says something before and after its work still writes its files', async () => {
  const words = ['sweep', 'transact', ...SMALL, '--vary', 'epochs=1,2', '--output', 'sweep.csv'];
  assert.equal(await unread(words, true), 0);
  assert.equal(readFileSync(join(root, 'sweep.csv'), 'utf8').trim().split('\n').length, 1 + 2 * 2);
  const both = ['run', 'transact', ...SMALL, '--output', 'run.csv', '--latencies', 'types.csv'];
  assert.equal(await unread(both, false), 0);
  for (const name of ['run.csv', 'types.csv']) assert(existsSync(join(root, name)), name);
});

test('output that cannot be written for another reason is a failure, and the files are there', {
  skip: existsSync('/dev/full') ? false : 'no /dev/full',
}, () => {
  const command = `"${process.execPath}" "${CLI}" run transact ${SMALL.join(' ')} --output full.csv`;
  const run = spawnSync('sh', ['-c', `${command} > /dev/full`], { cwd: root, env });
  assert.equal(run.status, 1);
  const said = 'pmirror: cannot write to standard output: no space left on the device\n';
  assert.equal(String(run.stderr), said);
  assert(existsSync(join(root, 'full.csv')));
});
