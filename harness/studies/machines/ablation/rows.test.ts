import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileNamed, quantities } from '../../../../rdma/index.ts';
import type { CellResult } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { ABLATION_COLUMNS } from './columns.ts';
import { machinesWith, VARIANTS } from './plan.ts';
import { ablationRows } from './rows.ts';
import { ablationTable } from './table.ts';

const PROFILE = profileNamed('optane-cx5');

test('a variant has the ideas that it names, and no other value changes', () => {
  const before = new Map(quantities(PROFILE).map(([path, { value }]) => [path, value]));
  for (const variant of VARIANTS) {
    const changed = quantities(machinesWith(PROFILE, variant)).filter(
      ([path, { value }]) => value !== before.get(path),
    );
    assert.equal(changed.length, 4 - variant.ideas.length, variant.name);
    assert(changed.every(([path]) => path.startsWith('nic.')));
  }
});

test('rows are over no-sm, the bound, and the bound that pushes', () => {
  const cell = (backend: string, name: string, ns: number, queuePairs = 'any') =>
    ({
      execution: { kind: 'workload', workload: 'a' },
      system: { backend, profile: { name }, queuePairs },
      report: { elapsedPs: 1000 * ns, cores: 1, counts: { transactions: 1 } },
    }) as unknown as CellResult;
  const results = [
    cell('no-sm', PROFILE.name, 10),
    cell('ideal', PROFILE.name, 20),
    cell('ideal', `${PROFILE.name}, bound that pushes`, 25),
    ...VARIANTS.map((variant, i) => {
      const { name } = machinesWith(PROFILE, variant);
      return cell('sm-sb', name, 100 + i, variant.isShared ? 'shared' : 'any');
    }),
  ];
  const rows = ablationRows(PROFILE, [results]);
  assert.equal(rows.length, 2 * VARIANTS.length);
  for (const [i, { name }] of VARIANTS.entries()) {
    const [own] = rows.filter(({ variant }) => variant === name);
    const ns = 100 + i;
    assert.deepEqual(
      [own.nsPerTx, own.slowdown, own.timesBound, own.timesBoundPushing],
      [ns, ns / 10, ns / 20, ns / 25],
    );
  }
  assert.match(csvText(ABLATION_COLUMNS, rows), /^optane-cx5,all,a,100,10,5,4$/m);
  assert.match(ablationTable(rows), /^all +10\.0 +5\.00 +4\.00/m);
});
