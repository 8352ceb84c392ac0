import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { withEnvironment } from './testing/environment.ts';
import { withWorkspace } from './workspace.ts';

const root = mkdtempSync(join(tmpdir(), 'workspace-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A scratch directory for `work`, as a process has it whose directory for temporary files is `temporary`. */
const withWorkspaceIn = (temporary: string, work: (directory: string) => Promise<void>) =>
  withEnvironment({ TMPDIR: temporary }, () => withWorkspace(work));

test('a scratch directory is gone after the work, and with it what a killed run left', async () => {
  // A process number that is no more, and one that is: of this test's parent.
  const left = (name: string, pid: number) => name.replace(/-\d+-/, `-${pid}-`);
  let name = '';
  await withWorkspaceIn(root, async (directory) => {
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
  await withWorkspaceIn(root, async (directory) => {
    const kept = [basename(directory), alive, 'pmirror-mine'];
    assert.deepEqual(readdirSync(root).sort(), kept.sort());
    await withWorkspaceIn(root, async () =>
      assert(existsSync(directory), 'that of this process stays'),
    );
  });
  assert.deepEqual(readdirSync(root).sort(), [alive, 'pmirror-mine'].sort());
});

test('where there can be no scratch directory, the message has the place and what moves it', async () => {
  const missing = join(root, 'missing');
  await assert.rejects(
    withWorkspaceIn(missing, async () => {}),
    {
      name: 'FailureError',
      message: `cannot write to the temporary directory ${missing}: no such file or directory; free space there, or set TMPDIR to a directory on another disk`,
    },
  );
});
