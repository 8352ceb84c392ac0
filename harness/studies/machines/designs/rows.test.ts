import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS, profileNamed, refusal, setValues } from '../../../../rdma/index.ts';
import type { CellResult } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { MEAN } from '../results.ts';
import { DESIGN_COLUMNS } from './columns.ts';
import { designRows } from './rows.ts';
import { designTable, refusalTexts } from './table.ts';

const WHOLE = profileNamed('paper-2018');
const WITHOUT = { ...setValues(WHOLE, [['nic.flush', 0]]), name: 'without-flush' };

/** What each design takes of a program, in ns: its place in the table, and so many times as long. */
const resultsOf = (workload: string, factor: number): CellResult[] =>
  [WHOLE, WITHOUT].flatMap((profile) =>
    BACKENDS.flatMap((backend, i) => {
      if (refusal({ backend, profile }) !== undefined) return [];
      const elapsedPs = 1000 * (i === 0 ? 1 : 1 + i * factor);
      const report = { elapsedPs, cores: 1, counts: { transactions: 1 } };
      const system = { profile, backend: backend.name, queuePairs: 'auto' };
      const execution = { kind: 'workload', workload };
      return [{ execution, system, report, queuePairsUsed: 'per-core' } as unknown as CellResult];
    }),
  );

const ROWS = designRows([WHOLE, WITHOUT], [resultsOf('a', 1), resultsOf('b', 4)]);

test('every design has a row for each program and one for their geometric mean, over no-sm, bound and sm-rc', () => {
  const own = ROWS.filter(({ profile, backend }) => profile === WHOLE.name && backend === 'sm-ob');
  assert.deepEqual(
    own.map(({ program, cost }) => [program, cost?.slowdown, cost?.speedup]),
    [
      ['a', 3, 2 / 3],
      ['b', 9, 5 / 9],
      [MEAN, Math.sqrt(27), Math.sqrt(10 / 27)],
    ],
  );
  const bounds = ROWS.filter(({ backend, program }) => backend === 'ideal' && program !== '');
  assert(bounds.every(({ cost }) => cost?.timesBound === 1));
});

test('a design that cannot run has one row, which says why', () => {
  const refused = ROWS.filter(({ refused: reason }) => reason !== '');
  assert(refused.some(({ backend }) => backend === 'ibta-flush'));
  assert(refused.every(({ program, cost }) => program === '' && cost === undefined));
  assert.match(
    refusalTexts(ROWS).join('\n'),
    /ibta-flush cannot run on without-flush: .*nic.flush=0/,
  );
  assert.match(csvText(DESIGN_COLUMNS, ROWS), /^without-flush,ibta-flush,,,,,,,"?its NICs/m);
  assert.match(designTable(ROWS), /^ibta-flush +[\d.]+ +-/m);
});
