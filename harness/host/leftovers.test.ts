import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { withWorkspace } from './workspace.ts';

const root = mkdtempSync(join(tmpdir(), 'workspace-'));
const { TMPDIR } = process.env;
process.env.TMPDIR = root;
after(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(root, { recursive: true, force: true });
});

test('a scratch directory is gone after the work, and with it what a killed run left', async () => {
  // A process number that is no more, and one that is: of this test's parent.
  const left = (name: string, pid: number) => name.replace(/-\d+-/, `-${pid}-`);
  let name = '';
  await withWorkspace(async (directory) => {
    name = basename(directory);
    assert(existsSync(directory));
  });
  assert.deepEqual(readdirSync(root), []);
  const dead = left(name, 2 ** 22 + 1);
  const alive = left(name, process.ppid);
  for (const one of [dead, alive, 'pmirror-mine']) {
    mkdirSync(join(root, one));
    writeFileSync(join(root, one, 'trace'), '');
  }
  await withWorkspace(async (directory) => {
    const kept = [basename(directory), alive, 'pmirror-mine'];
    assert.deepEqual(readdirSync(root).sort(), kept.sort());
    await withWorkspace(async () => assert(existsSync(directory), 'that of this process stays'));
  });
  assert.deepEqual(readdirSync(root).sort(), [alive, 'pmirror-mine'].sort());
});

test('where there can be no scratch directory, the message has the place and what moves it', async () => {
  process.env.TMPDIR = join(root, 'missing');
  try {
    await assert.rejects(
      withWorkspace(async () => {}),
      {
        name: 'FailureError',
        message: `cannot write to the temporary directory ${join(root, 'missing')}: no such file or directory; free space there, or set TMPDIR to a directory on another disk`,
      },
    );
  } finally {
    process.env.TMPDIR = root;
  }
});
