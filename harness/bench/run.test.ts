import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import { PROFILES } from '../../rdma/index.ts';
import { TIME_PARTS } from '../../rdma/mirror.ts';
import { csvText } from '../report/index.ts';
import type { CellGroup, WorkloadExecution } from './cells.ts';
import { baselineKind, CELL_COLUMNS, cellRows, execTimeNsPerTx, ratioToBound } from './columns.ts';
import { heapBytesOf, runFunctionally } from './functional-run.ts';
import { REGISTRY } from './registry.ts';
import { type CellResult, configure, runGroup, STREAMED_SYSTEMS_MAX } from './run.ts';
import { boundsOf, expandSystems, resolveSystem } from './systems.ts';

const directory = mkdtempSync(join(tmpdir(), 'run-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const SYSTEMS = expandSystems({
  backends: ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd'],
  profiles: PROFILES.slice(0, 2),
  replicas: [1, 2],
});

function group(threads: number, change: Partial<WorkloadExecution> = {}): CellGroup {
  const execution: WorkloadExecution = {
    kind: 'workload',
    workload: 'transact',
    parameters: { epochs: 3, linesPerEpoch: 2, regionLines: 512, readShare: 0.1 },
    threads,
    seed: 5,
    transactions: 200,
    warmupTransactions: 30,
    computeModel: 'o2',
    ...change,
  };
  return { execution, systems: SYSTEMS };
}

const run = (cells: CellGroup, memoryBytesMax?: number): Promise<CellResult[]> =>
  runGroup(cells, REGISTRY, { directory, memoryBytesMax });

test('results come in the order of the systems and count the measured part only', async () => {
  for (const threads of [1, 3]) {
    const results = await run(group(threads));
    assert.deepEqual(
      results.map(({ system }) => system),
      SYSTEMS,
    );
    for (const { report, latency } of results) {
      assert.equal(report.cores, threads);
      assert.equal(report.counts.transactions, 200);
      assert.equal(latency.count, 200);
    }
  }
});

test('the parts of the breakdown sum to elapsed time x cores, exactly and in the CSV', async () => {
  for (const threads of [1, 3]) {
    for (const row of cellRows(await run(group(threads)))) {
      const { report } = row.result;
      const sum = TIME_PARTS.reduce((total, part) => total + report.timePs[part], 0);
      assert.equal(sum, report.elapsedPs * report.cores);
      const inCsv = CELL_COLUMNS.filter(({ name }) =>
        TIME_PARTS.some((part) => name === `${part}NsPerTx`),
      ).map((column) => Number(column.value(row)));
      assert.equal(inCsv.length, TIME_PARTS.length);
      const total = inCsv.reduce((a, b) => a + b, 0);
      const expected = execTimeNsPerTx(row.result);
      assert.ok(Math.abs(total / expected - 1) < 1e-5, `${total} is not ${expected}`);
    }
  }
});

test('every result is compared with its own baselines: same profile, same replicas', async () => {
  const rows = cellRows(await run(group(1)));
  assert.equal(rows.length, SYSTEMS.length);
  for (const { result, unmirrored, remoteCommit } of rows) {
    assert.deepEqual(unmirrored?.system, { ...result.system, backend: 'no-sm' });
    assert.deepEqual(remoteCommit?.system, { ...result.system, backend: 'sm-rc' });
  }
  const [alone] = cellRows([rows[2].result]);
  assert.deepEqual([alone.unmirrored, alone.remoteCommit], [undefined, undefined]);
});

test('streaming into the mirrors and replaying a record take the same time to the tick', async () => {
  const cells = group(1);
  const { execution } = cells;
  assert.ok(execution.kind === 'workload');
  const configured = configure(execution, REGISTRY);
  const heapBytes = heapBytesOf(configured, execution);
  const trace = new MemoryTrace(1, heapBytes);
  const recorders = recordersInto(trace);
  runFunctionally(configured, execution, recorders);
  recorders[0].flush();
  for (const { system, report } of await run(cells)) {
    const resolved = resolveSystem(system, { threads: 1, orderNeeded: 'none' });
    const mirror = REGISTRY.createMirror(resolved, { cores: 1, heapBytes });
    mirror.replay(trace);
    assert.deepEqual(mirror.finish(), report);
  }
});

test('the same cell gives the same bytes, kept in memory or spilled to disk', async () => {
  const text = async (memoryBytesMax?: number): Promise<string> =>
    csvText(CELL_COLUMNS, cellRows(await run(group(2), memoryBytesMax)));
  const first = await text();
  assert.equal(await text(0), first);
  const other = csvText(CELL_COLUMNS, cellRows(await run(group(2, { seed: 6 }))));
  assert.notEqual(other, first);
});

test('a program that fails its own check fails the run', async () => {
  const { resolveWorkload } = REGISTRY;
  const registry = {
    ...REGISTRY,
    resolveWorkload: (name: string) => {
      const workload = resolveWorkload(name);
      assert.ok(workload !== undefined);
      return {
        ...workload,
        configure: (given: Parameters<typeof workload.configure>[0]) => {
          const configured = workload.configure(given);
          return {
            ...configured,
            create: (...args: Parameters<typeof configured.create>) => {
              const program = configured.create(...args);
              const transaction = (client: number): void => program.transaction(client);
              const verify = (): void => {
                args[0].bytes.fill(1, 4096);
                program.verify();
              };
              return { transaction, verify, digest: () => program.digest() };
            },
          };
        },
      };
    },
  };
  await assert.rejects(runGroup(group(1), registry, { directory }), { name: 'VerifyError' });
});

test('progress rises to nearly 1 and never falls', async () => {
  for (const threads of [1, 2]) {
    const seen: number[] = [];
    const onProgress = (fraction: number): void => void seen.push(fraction);
    await runGroup(group(threads), REGISTRY, { directory, onProgress });
    assert.ok(seen.length > 10);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.ok((seen.at(-1) ?? 0) > 0.9 && (seen.at(-1) ?? 2) <= 1);
  }
});

test('a program of one thread takes the same time however many systems it is timed by', async () => {
  const few = { ...group(1), systems: SYSTEMS.slice(0, 2) };
  const further = Array.from({ length: STREAMED_SYSTEMS_MAX }, (_, i) => ({
    ...SYSTEMS[0],
    profile: { ...SYSTEMS[0].profile, name: `copy ${i}` },
  }));
  const streamed = await run(few);
  const recorded = await run({ ...few, systems: [...few.systems, ...further] });
  assert.deepEqual(recorded.slice(0, 2), streamed);
  assert.deepEqual(recorded.at(-1)?.report, streamed[0].report);
});

test('the bound makes no row, and no design is faster than it', async () => {
  for (const threads of [1, 3]) {
    const asked = group(threads);
    const rows = cellRows(await run({ ...asked, systems: [...SYSTEMS, ...boundsOf(SYSTEMS)] }));
    assert.equal(rows.length, SYSTEMS.length);
    for (const row of rows) {
      const { backend, profile } = row.result.system;
      assert.equal(row.bound?.system.profile.name, profile.name);
      const ratio = ratioToBound(row);
      if (backend === 'no-sm') assert.equal(ratio, undefined);
      else assert.ok(ratio !== undefined && ratio >= 1, `${backend}: ${ratio}`);
    }
  }
});

test('what policies of queue pairs come to is timed once, and reported', async () => {
  const choice = { backends: ['sm-rc', 'sm-ob', 'ideal'], profiles: [PROFILES[0]], replicas: [1] };
  const systems = expandSystems({ ...choice, queuePairs: ['any', 'per-core', 'shared'] });
  const parameters = { relations: 16 };
  const small = { workload: 'vacation', parameters, transactions: 12, warmupTransactions: 2 };
  for (const [threads, used, mirrors] of [
    [1, ['per-core', 'per-core', 'per-core'], 3],
    // Of two clients, and without a lock whose grants a run without mirroring would have to note.
    [2, ['shared', 'shared', 'per-core'], 5],
  ] as const) {
    let created = 0;
    const counting = {
      ...REGISTRY,
      createMirror(...given: Parameters<typeof REGISTRY.createMirror>) {
        created++;
        return REGISTRY.createMirror(...given);
      },
    };
    const cells = { ...group(threads, small), systems };
    const results = await runGroup(cells, counting, { directory });
    assert.deepEqual(
      results.map(({ system }) => system),
      systems,
    );
    assert.deepEqual(
      results.slice(0, 3).map(({ queuePairsUsed }) => queuePairsUsed),
      used,
    );
    assert.equal(created, mirrors);
    const [commit, barrier, , commitPerCore, barrierPerCore, , commitShared, barrierShared] =
      results.map(({ report }) => report);
    assert.deepEqual(barrier, barrierShared);
    if (threads === 1) assert.deepEqual(commit, commitShared);
    const perCore = [commitPerCore, barrierPerCore];
    if (threads === 1) assert.deepEqual(perCore, [commit, barrier]);
    else assert.notDeepEqual(perCore, [commit, barrier]);
  }
});

test('speedups are over sm-rc under the same policy, and under auto', async () => {
  const backends = ['sm-rc', 'sm-dd'];
  const choice = { backends, profiles: [PROFILES[0]], replicas: [1] };
  const systems = expandSystems({ ...choice, queuePairs: ['auto', 'shared'] });
  const rows = cellRows(await run({ ...group(3), systems }));
  for (const row of rows) {
    assert.equal(row.remoteCommit?.system.queuePairs, row.result.system.queuePairs);
    assert.equal(baselineKind(row), row.result.system.queuePairs === 'auto' ? 'fastest' : 'slower');
    assert.deepEqual(row.soundCommit?.report, rows[0].result.report);
  }
  const [alone] = cellRows(await run({ ...group(3), systems: systems.slice(-2) }));
  assert.equal(alone.soundCommit, undefined);
  assert.equal(baselineKind(alone), '');
});

test('of two queue pairs that are right the faster is taken, and a wrong baseline is named', async () => {
  const backends = ['sm-rc', 'sm-dd'];
  const choice = { backends, profiles: [PROFILES[0]], replicas: [1] };
  const queuePairs = ['auto', 'shared', 'release', 'per-core'] as const;
  const systems = expandSystems({ ...choice, queuePairs });
  const small = { workload: 'echo', transactions: 8, warmupTransactions: 2 };
  const parameters = { preloadedKeys: 8, keyBytes: 15, valueBytes: 16, putsPerCommit: 2 };
  const rows = cellRows(await run({ ...group(3, { ...small, parameters }), systems }));
  const elapsed = (i: number): number => rows[i].result.report.elapsedPs;
  const [, auto, , shared, , release, , perCore] = rows.map((_, i) => elapsed(i));
  assert.notEqual(shared, release);
  assert.equal(auto, Math.min(shared, release));
  assert.ok(perCore < auto);
  const kept = rows.map(({ result }) => result.keepsOrder);
  assert.deepEqual(kept, [true, true, true, true, true, true, false, false]);
  assert.equal(baselineKind(rows[7]), 'wrong');
});

test('values that do not go together are refused as wrong input', async () => {
  const [system] = SYSTEMS.slice(1);
  const { nic } = system.profile;
  const short = { ...nic, sendQueueEntries: { ...nic.sendQueueEntries, value: 3 } };
  const shared = { ...system, profile: { ...system.profile, nic: short }, queuePairs: 'shared' };
  const cells = { ...group(3), systems: [shared] } as CellGroup;
  await assert.rejects(run(cells), { name: 'UsageError', message: /too short for 3 cores/ });
});
