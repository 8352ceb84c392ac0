import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandLine } from '../command-line.ts';
import { commandsHere } from '../testing/in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'crash-check-'));
after(() => rmSync(root, { recursive: true, force: true }));

const run = commandsHere(root);

/** Runs `pmirror crash-check` in a directory of its own. */
const crashCheck = (words: string) => run(['crash-check', ...words.split(' ')]);

const SMALL = 'ctree --transactions 4 --crashes 12 --images 4';

test('a sound cell: exit code 0, a summary and a row', async () => {
  const ran = await crashCheck(`${SMALL} --backend sm-dd,design-a --replicas 2 --output a.csv`);
  assert.equal(ran.code, 0, ran.err);
  // How fast it was differs from run to run, and is reported beside the results only.
  assert.match(ran.err, /^[\d.]+ s of processor time: [\d,]+ images\/s, .*\n$/);
  assert.match(ran.out, /backend +workloads[\s\S]*sm-dd +1 +1 .*\n[\s\S]*; 0 cells\s+broken/);
  const rows = readFileSync(join(root, 'a.csv'), 'utf8').trim().split('\n');
  assert.match(
    rows[1],
    /^ctree,removeShare=0\.25,0\.25,,sm-dd,optane-cx5,1,2,,auto,per-core,lines,.*,sound,,,$/,
  );
});

/** A machine of one's own, named by a file. */
const PROFILE = '{"name": "mine", "summary": "a test", "extends": "eadr"}';

test('a design with a seeded bug is caught, and its smallest image can be shown again', async () => {
  writeFileSync(join(root, 'mine.json'), PROFILE);
  const machine = '--profile mine.json --set nic.qpRateMps=1e+1 --stall-replica 0:2000:9000';
  for (const [wrong, repeated] of [
    ['--backend canary-first-replica --crashes 40', /--slow-replica 1:8 /],
    ['--error ctree-recovery-missing-flush --exhaustive --crashes 20 --images 16', /--exhaustive /],
    [
      `--backend canary-skips-line --crashes 20 ${machine}`,
      /\/mine\.json --set nic\.qpRateMps=1e\+1 .*--stall-replica 0:2000:9000 /,
    ],
  ] as const) {
    const { code, out } = await crashCheck(wrong);
    assert.equal(code, 0, 'what must be found is found');
    assert.match(out, /caught at crash point \d+\n/);
    const replay = /npm run crash-check -- (.*)/.exec(out)?.[1];
    assert(replay !== undefined, out);
    assert.match(replay, repeated);
    assert.doesNotMatch(replay, / {2}/);
    const again = await crashCheck(replay);
    assert.equal(again.code, 1, 'the image fails');
    assert.match(again.out, /broken at crash point 1\n/);
    for (const said of [/crash of .*/, /found: .*/, /replay: .*/]) {
      assert.equal(said.exec(again.out)?.[0], said.exec(out)?.[0]);
    }
  }
});

test('what must be caught and is not: exit code 1', async () => {
  // With one replica there is none to return before.
  const { code, out, err } = await crashCheck(
    '--backend canary-first-replica --replicas 1 --crashes 20',
  );
  assert.match(out, /canary-first-replica +(?:ctree +)?optane-cx5 +missed/);
  assert.match(err, /pmirror: 1 of 1 cells failed\n$/);
  assert.equal(code, 1);
});

test('wrong input: exit code 2 and what is accepted', async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [`${SMALL} --error nothing`, /not known for ctree; accepted: ctree-missing-flush/],
    [`${SMALL} --error nfs-missing-flush`, /not known for ctree; accepted/],
    ['--error nothing', /not known; accepted: .*, lmdb-mark-before-data/],
    [`${SMALL} --keep 1:2`, /need --crash-at/],
    [`${SMALL} --backend sm-dd --crash-at 5 --keep x`, /LINE:CONTENT/],
    [`${SMALL} --backend sm-dd --crash-at 5 --keep 1:2`, /--keep: line 1 /],
    [`${SMALL} --backend sm-dd --crash-at 5 --machine replica-9`, /there are: primary, replica-0/],
    [`${SMALL} --crash-at 5`, /one program, one backend/],
    ['ctree --seeded-bugs', /stands alone/],
    ['ctree --canaries', /--seeded-bugs stands alone/],
    ['--crashes 0', /whole number from 1/],
  ];
  for (const [words, message] of refused) {
    const line = ['crash-check', ...words.split(' ')];
    const ending = await runCommandLine(line, { alwaysTrace: false });
    assert.match(ending.message, message);
    assert.equal(ending.exitCode, 2, words);
  }
});
