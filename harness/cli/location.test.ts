import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { commandsElsewhere } from './testing/elsewhere.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'pmirror-'));
after(() => rmSync(directory, { recursive: true }));

/** The repository, in folders that are called as its own are. */
const checkout = join(directory, 'pm/x/workloads/harness');
mkdirSync(dirname(checkout), { recursive: true });
symlinkSync(ROOT, checkout);

test('a seeded bug is caught, and a survey names places within the repository, wherever that lies', () => {
  const [bug, survey] = commandsElsewhere(
    checkout,
    [
      ['crash-check', '--error', 'ctree-mark-before-data', '--jobs', '1'],
      ['crash-survey', 'lmdb', '--transactions', '2', '--turns', '1', '--wide'],
    ],
    ['--preserve-symlinks', '--preserve-symlinks-main'],
  );
  for (const { code, err } of [bug, survey]) assert.equal(code, 0, err);
  assert.match(bug.out, /^ctree-mark-before-data +(?:ctree +)?optane-cx5 +caught/m);
  assert.match(survey.out, /^caught +workloads\/lmdb\/lmdb\.ts #writePages orderingFence +all /m);
  assert.ok(!survey.out.includes(checkout) && !survey.out.includes(ROOT), survey.out);
});
