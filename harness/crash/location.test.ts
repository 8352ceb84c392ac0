import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'pmirror-'));
after(() => rmSync(directory, { recursive: true }));

/** The repository, in folders that are called as its own are. */
const checkout = join(directory, 'pm/x/workloads/harness');
mkdirSync(dirname(checkout), { recursive: true });
symlinkSync(ROOT, checkout);

/** What a command prints in that checkout. */
function runElsewhere(...args: readonly string[]): string {
  const preserve = ['--preserve-symlinks', '--preserve-symlinks-main'];
  const main = join(checkout, 'harness/cli/main.ts');
  const ran = spawnSync(process.execPath, [...preserve, main, ...args], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

test('a seeded bug is caught wherever the checkout lies', () => {
  const out = runElsewhere('crash-check', '--error', 'ctree-mark-before-data', '--jobs', '1');
  assert.match(out, /^ctree-mark-before-data +(?:ctree +)?optane-cx5 +caught/m);
});

test('a survey names places within the repository, wherever that lies', () => {
  const out = runElsewhere('crash-survey', 'lmdb', '--transactions', '2', '--turns', '1', '--wide');
  assert.match(out, /^caught +workloads\/lmdb\/lmdb\.ts #writePages orderingFence +all /m);
  assert.ok(!out.includes(checkout) && !out.includes(ROOT), out);
});
