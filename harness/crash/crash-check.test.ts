import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandLine } from '../command-line.ts';

const CLI = join(import.meta.dirname, '..', 'cli.ts');
const root = mkdtempSync(join(tmpdir(), 'crash-check-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Runs `pmirror crash-check` in a directory of its own. */
function crashCheck(words: string): { code: number | null; out: string; err: string } {
  const { npm_lifecycle_event: _, DEBUG: __, ...env } = process.env;
  const args = [CLI, 'crash-check', ...words.split(' ')];
  const ran = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const SMALL = '--workload ctree --transactions 4 --crashes 12 --images 4';

test('a sound cell: exit code 0, a summary and a row', () => {
  const ran = crashCheck(`${SMALL} --backend sm-dd,design-a --replicas 2 --output a.csv`);
  assert.deepEqual([ran.code, ran.err], [0, '']);
  assert.match(ran.out, /backend +workloads[\s\S]*sm-dd +1 +1 .*\n[\s\S]*; 0 cells broken/);
  const rows = readFileSync(join(root, 'a.csv'), 'utf8').trim().split('\n');
  assert.match(
    rows[1],
    /^ctree,removeShare=0\.25,-,sm-dd,optane-cx5,1,2,per-core,lines,.*,sound,,,$/,
  );
});

test('a wrong design is caught, and its smallest image can be shown again', () => {
  const { code, out } = crashCheck(`${SMALL} --backend canary-nic-ack`);
  assert.equal(code, 0);
  const replay = /npm run crash-check -- (.*)/.exec(out)?.[1];
  assert(replay !== undefined, out);
  const again = crashCheck(replay);
  assert.match(again.out, /caught at crash point 1\n/);
  assert.equal(/found: .*/.exec(again.out)?.[0], /found: .*/.exec(out)?.[0]);
});

test('what must be caught and is not: exit code 1', () => {
  const { code, err } = crashCheck(
    '--workload ctree --transactions 1 --crashes 1 --images 2 --seed 9 --backend canary-first-replica',
  );
  assert.deepEqual([code, err], [1, 'pmirror: 1 of 1 cells failed\n']);
});

test('wrong input: exit code 2 and what is accepted', async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [`${SMALL} --error nothing`, /accepted: ctree-missing-flush/],
    [`${SMALL} --keep 1:2`, /need --crash-at/],
    [`${SMALL} --backend sm-dd --crash-at 5 --keep x`, /LINE:CONTENT/],
    [`${SMALL} --backend sm-dd --crash-at 5 --keep 1:2`, /--keep: line 1 /],
    [`${SMALL} --backend sm-dd --crash-at 5 --machine replica-9`, /there are: primary, replica-0/],
    [`${SMALL} --crash-at 5`, /one workload, one backend/],
    ['--canaries --workload ctree', /stands alone/],
    ['--crashes 0', /whole number from 1/],
  ];
  for (const [words, message] of refused) {
    const line = ['crash-check', ...words.split(' ')];
    const ending = await runCommandLine(line, { alwaysTrace: false });
    assert.match(ending.message, message);
    assert.equal(ending.exitCode, 2, words);
  }
});
