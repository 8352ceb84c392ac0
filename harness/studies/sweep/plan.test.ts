import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { PROFILES, withValue } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { type CellResult, cellRows, executionOf, REGISTRY, runGroup } from '../../bench/index.ts';
import { csvText } from '../../report/index.ts';
import { sweepColumns } from './columns.ts';
import { crossProduct, parseAxis, planSweep, type SweepRequest } from './plan.ts';
import { sweepTable } from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'sweep-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const transact = resolveWorkload('transact');
assert.ok(transact !== undefined);
const REQUEST: SweepRequest = {
  axes: ['pcie.postedNs=100,200', 'epochs=1:4:x2', 'threads=1,2'].map(parseAxis),
  programs: [
    {
      name: 'transact',
      parameters: Object.keys(transact.parameters),
      executionAt: ({ epochs, threads }) =>
        executionOf(transact, {
          parameters: { regionLines: 64, epochs: epochs ?? '1' },
          threads: Number(threads ?? 1),
          transactions: 10,
        }),
    },
  ],
  systems: { backends: ['sm-rc', 'sm-dd'], profiles: PROFILES.slice(0, 1), replicas: [1] },
  profileAt: (base, values) => {
    const changed = values.reduce((one, [path, value]) => withValue(one, path, value), base);
    return { ...changed, name: `${base.name}+${values.join()}` };
  },
};

test('an axis is of the profile, the run or the workload by its name', () => {
  assert.deepEqual(parseAxis('nic.doorbellNs.value=1,2'), {
    name: 'nic.doorbellNs',
    place: 'profile',
    values: ['1', '2'],
  });
  assert.equal(parseAxis('threads=1').place, 'run');
  assert.equal(parseAxis('pattern=random').place, 'parameter');
  assert.throws(() => parseAxis('threads'), /--vary 'threads' is not of the form NAME=VALUES/);
});

test('a cross product has every combination once', () => {
  const points = crossProduct([parseAxis('a=1,2'), parseAxis('b=x,y,z')]);
  assert.deepEqual(
    points.map(({ a, b }) => a + b),
    ['1x', '1y', '1z', '2x', '2y', '2z'],
  );
  assert.deepEqual(crossProduct([]), [{}]);
});

test('systems share one functional run; rows carry what varies', async () => {
  const plan = planSweep(REQUEST);
  assert.equal(plan.groups.length, 3 * 2, 'one execution per epochs and threads');
  const results: CellResult[] = [];
  for (const group of plan.groups)
    results.push(...(await runGroup(group, REGISTRY, { directory })));
  const rows = plan.groups.flatMap(({ execution }) =>
    cellRows(results.filter((result) => result.execution === execution)),
  );
  const records: Record<string, string>[] = parse(csvText(sweepColumns(plan), rows), {
    columns: true,
  });
  assert.equal(records.length, 2 * 3 * 2 * 2);
  const seen = records.map(
    (one) => `${one['pcie.postedNs']} ${one.epochs} ${one.threads} ${one.backend}`,
  );
  assert.equal(new Set(seen).size, records.length);
  for (const record of records) {
    assert.ok(record.parameters.includes(`epochs=${record.epochs} `));
    assert.ok(record.profile.endsWith(`pcie.postedNs,${record['pcie.postedNs']}`));
    assert.ok(Number(record.aboveBound) >= 1);
  }
  const table = sweepTable(plan, rows, true);
  assert.equal(table.split('\n').length, 1 + 2 * 3 * 2);
  assert.match(table, /^pcie\.postedNs +epochs +threads +workload +profile/);
  assert.match(table, /\n200 +4 +2 +transact +paper-2018 +1 +auto +\d+ +\d+ +\d\.\d\d/);
});

test('what is wrong with any cell is said before anything runs', () => {
  const refused = (axes: string[], message: RegExp) =>
    assert.throws(() => planSweep({ ...REQUEST, axes: axes.map(parseAxis) }), { message });
  refused(['pcie.postedNs=1,2', 'pcie.postedNs=3'], /--vary pcie\.postedNs was given twice/);
  refused(['epochs=1,5000', 'threads=1'], /epochs = '5000'/);
  refused(['pcie.no=1'], /no profile value 'pcie\.no'/);
  for (const name of ['bogus', 'replicas', 'toString']) {
    refused(
      [`${name}=1,2`],
      new RegExp(
        `^--vary '${name}': nothing .* with transact; accepted: its parameters \\(epochs, .*\\), ` +
          'conditions of the run \\(threads, .*\\), values of the profile \\(such as pcie.postedNs; ' +
          'pmirror list PROFILE shows all\\); --backend, --profile, --replicas and',
      ),
    );
  }
  refused(['pcie.postedNs=1:10000:1', 'epochs=1:100:1', 'threads=1'], /at most 200000/);
});
