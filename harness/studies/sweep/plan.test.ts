import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { PROFILES, quantities, withValue } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { type CellResult, cellRows, executionOf, REGISTRY, runGroup } from '../../bench/index.ts';
import { csvText } from '../../report/index.ts';
import { sweepColumns } from './columns.ts';
import { crossProduct, parseAxis, placeOf, planSweep, type SweepRequest } from './plan.ts';
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
      executionAt: ({ epochs, threads }, seed) =>
        executionOf(transact, {
          seed,
          parameters: { regionLines: 64, epochs: epochs ?? '1' },
          threads: Number(threads ?? 1),
          transactions: 10,
        }),
    },
  ],
  seeds: [1],
  systems: { backends: ['sm-rc', 'sm-dd'], profiles: PROFILES.slice(0, 1), replicas: [1] },
  profileAt: (base, values) => {
    const changed = values.reduce((one, [path, value]) => withValue(one, path, value), base);
    return { ...changed, name: `${base.name}+${values.join()}` };
  },
};

test('what varies is of the profile, the run, the systems or the workload by its name', () => {
  const parsed = parseAxis('nic.doorbellNs.value=1,2');
  assert.deepEqual(parsed, { names: ['nic.doorbellNs'], values: ['1', '2'] });
  assert.deepEqual(parseAxis('a=b = c=1:3'), { names: ['a', 'b', 'c'], values: ['1', '2', '3'] });
  const names = ['nic.doorbellNs', 'rtt', 'pm.writeLatency', 'threads', 'replicas', 'pattern'];
  assert.deepEqual(names.map(placeOf), [
    ...['profile', 'profile', 'profile'],
    ...['run', 'system', 'parameter'],
  ]);
  assert.throws(() => parseAxis('a==1'), /--vary 'a==1' is not of the form/);
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
  const fitted = sweepTable(plan, rows, false, [50, 99]);
  for (const line of fitted.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(fitted, /workload +backend +tx\/s\n/, 'a block says what its lines are of');
  assert.match(fitted, /epochs +threads +workload +backend +p50 +p99\n/);
});

test('what is wrong with any cell is said before anything runs', () => {
  const refused = (axes: string[], message: RegExp) =>
    assert.throws(() => planSweep({ ...REQUEST, axes: axes.map(parseAxis) }), { message });
  refused(['pcie.postedNs=1,2', 'pcie.postedNs=3'], /--vary pcie\.postedNs was given twice/);
  refused(['epochs=1,5000', 'threads=1'], /epochs = '5000'/);
  refused(['pcie.no=1'], /no profile value 'pcie\.no'/);
  refused(['pcie.postedNs=1,2', 'pcie.latency=3'], /both set pcie\.postedNs: give one of them/);
  refused(['rtt=link.propagationNs=1,2'], /--vary rtt and .* both set link\.propagationNs/);
  refused(['treads=1,2'], /^--vary 'treads': .* with transact: did you mean threads\?; accepted: /);
  for (const name of ['bogus', 'toString']) {
    refused(
      [`${name}=1,2`],
      new RegExp(
        `^--vary '${name}': nothing .* with transact(: did you .*)?; accepted: its parameters \\(epochs, .*\\), ` +
          'conditions of the run \\(threads, .*\\), values of the profile \\(such as pcie.postedNs; ' +
          'pmirror list PROFILE shows all\\), groups of them \\(rtt, .*\\); --backend, --profile and',
      ),
    );
  }
  refused(
    ['pcie.postedNs=1:10000:1', 'epochs=1:100:1', 'threads=1'],
    /^a sweep of 2000000 cells \(10000 pcie\.postedNs x 100 epochs x 2 backends\); at most 200000/,
  );
});

/** What varies in each cell of a sweep, bounds left out. */
function cellsOf(request: Partial<SweepRequest>): string[] {
  const { groups } = planSweep({ ...REQUEST, ...request });
  return groups.flatMap(({ execution, systems }) =>
    systems
      .filter(({ backend }) => backend === 'sm-dd')
      .map(({ profile, replicas }) => {
        const { threads = 0, seed } = execution.kind === 'workload' ? execution : { seed: 0 };
        const values = ['pcie.postedNs', 'pcie.readRoundTripNs'].map(
          (path) => quantities(profile).find(([at]) => at === path)?.[1].value,
        );
        return [threads, seed, replicas, ...values].join(' ');
      }),
  );
}

test('lists go in step on request, whatever they are of; of unequal length they are refused', () => {
  const axes = ['threads=1,2,1', 'pcie.postedNs=100,200,300', 'replicas=1,2,3'];
  const cells = cellsOf({
    axes: axes.map((text) => parseAxis(text.replace('1,2,1', '1,2,4'))),
    zip: true,
  });
  assert.deepEqual(cells, ['1 1 1 100 600', '2 1 2 200 600', '4 1 3 300 600']);
  const unequal = ['threads=1,2', 'replicas=1'].map(parseAxis);
  assert.throws(
    () => planSweep({ ...REQUEST, axes: unequal, zip: true }),
    /--zip: threads has 2 values and replicas 1; lists that go in step are of one length/,
  );
});

test('coupled names have the same value, also of different places; a group scales', () => {
  const coupled = cellsOf({ axes: [parseAxis('pcie.postedNs=pcie.readRoundTripNs=700,800')] });
  assert.deepEqual(coupled, ['1 1 1 700 700', '1 1 1 800 800']);
  const mixed = cellsOf({ axes: [parseAxis('threads=replicas=pcie.postedNs=1,2')] });
  assert.deepEqual(mixed, ['1 1 1 1 600', '2 1 2 2 600']);
  const [scaled] = cellsOf({ axes: [parseAxis('pcie.latency=1200')] });
  const posted =
    (quantities(PROFILES[0]).find(([at]) => at === 'pcie.postedNs')?.[1].value ?? 0) * 2;
  assert.equal(scaled, `1 1 1 ${posted} 1200`);
});

test('every point runs with every seed and number of replicas', () => {
  const cells = cellsOf({ axes: ['threads=1,2', 'replicas=1,2'].map(parseAxis), seeds: [7, 8] });
  const ends = cells.map((cell) => cell.split(' ').slice(0, 3).join(' '));
  assert.deepEqual(ends, ['1 7 1', '1 7 2', '1 8 1', '1 8 2', '2 7 1', '2 7 2', '2 8 1', '2 8 2']);
});

test('several seeds are one line of the table, with an interval', async () => {
  const plan = planSweep({ ...REQUEST, axes: [parseAxis('replicas=1,2')], seeds: [1, 2] });
  const rows = [];
  for (const group of plan.groups) {
    rows.push(...cellRows(await runGroup(group, REGISTRY, { directory })));
  }
  const table = sweepTable(plan, rows, true);
  assert.match(table, /\n1 +transact .* \d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]\n2 +transact/);
  assert.match(table, /\n\nNote: /);
});
