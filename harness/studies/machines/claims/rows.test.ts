import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { CellResult } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { CLAIM_COLUMNS, claimRowsOf } from './columns.ts';
import { type ClaimRow, claimRows } from './rows.ts';
import { claimSentences } from './table.ts';

function result(backend: string, queuePairs: string, elapsedNs: number): CellResult {
  const report = { elapsedPs: elapsedNs * 1000, cores: 1, counts: { transactions: 1 } };
  const system = { profile: { name: 'p' }, backend, queuePairs };
  const execution = { kind: 'workload', workload: 'w' };
  return { execution, system, report } as unknown as CellResult;
}

const results = [
  result('no-sm', 'auto', 100),
  result('sm-rc', 'auto', 800),
  result('sm-rc', 'shared', 1600),
  result('sm-ob', 'auto', 400),
  result('sm-ob', 'any', 500),
  result('sm-ob', 'shared', 1000),
  result('sm-dd', 'auto', 200),
  result('sm-dd', 'any', 400),
  result('sm-dd', 'shared', 250),
];

test('a design is held against the sm-rc that is right, not against a slower one', () => {
  const rows = claimRows([results]);
  assert.deepEqual(
    rows.map((row) => [row.queuePairs, row.design, row.speedup, row.slowdown]),
    [
      ['auto', 'sm-ob', 2, 4],
      ['auto', 'sm-dd', 4, 2],
      ['any', 'sm-ob', 1.6, 5],
      ['any', 'sm-dd', 2, 4],
      ['shared', 'sm-ob', 0.8, 10],
      ['shared', 'sm-dd', 3.2, 2.5],
    ],
  );
  const text = csvText(CLAIM_COLUMNS, rows);
  assert.deepEqual(claimRowsOf(parse(text, { columns: true })), rows);
  assert.match(text, /^w,p,shared,auto,sm-ob,0\.8,10$/m);
});

test('only what has no exception is said of every program', () => {
  const row = (program: string, profile: string, speedup: number): ClaimRow => ({
    program,
    profile,
    queuePairs: 'shared',
    baselineQueuePairs: 'auto',
    design: 'sm-ob',
    speedup,
    slowdown: 2,
  });
  const holds = [row('a', 'p', 2), row('b', 'p', 1.01), row('a', 'q', 2)];
  const [faster, slower] = claimSentences([...holds, row('b', 'q', 1)]);
  assert.equal(
    faster,
    'Under `shared`, `sm-ob` is faster than remote commit on 3 of 4 pairs of program and profile ' +
      '(all of `p`). Exceptions: b on `q` (1.00).',
  );
  assert.equal(
    slower,
    'Under `shared`, `sm-ob` is slower than no mirroring on every program and trace, on all profiles.',
  );
  assert.match(
    claimSentences([...holds, row('b', 'q', 1.001)])[0],
    /remote commit on every program/,
  );
  const many = Array.from({ length: 8 }, (_, i) => row('a', `p${i}`, 0.5 + i / 100));
  assert.match(
    claimSentences(many)[0],
    /on 0 of 8 pairs.*\. Exceptions: a on `p0` \(0\.50\), .*, and 2 more\.$/,
  );
});
