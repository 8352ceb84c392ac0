/** What the columns of a cell read: from results in which no two values are alike, and from small cells. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIME_PARTS, zeroCounts } from '../../rdma/mirror.ts';
import { readRow } from '../report/testing/read-row.ts';
import {
  CELL_COLUMNS,
  type CellRow,
  cellColumns,
  cellRows,
  speedupOverSoundCommit,
} from './columns.ts';
import type { CellResult } from './run.ts';
import { freshLine, rowsOf, writeLine } from './testing/known-program.ts';

/** Values of the columns that `expected` names. */
function assertColumns(row: CellRow, expected: Readonly<Record<string, number | string>>): void {
  const read = readRow(CELL_COLUMNS, row);
  const values = Object.keys(expected).map((name) => [name, read[name]?.[0]]);
  assert.deepEqual(Object.fromEntries(values), expected);
}

/** A result of 10 transactions on 2 cores; the n-th of a report's counts and parts is 10 n. */
function result(change: Partial<CellResult['system']>, elapsedNs = 50): CellResult {
  const numbered = (names: readonly string[], unit: number) =>
    Object.fromEntries(names.map((name, i) => [name, 10 * unit * (i + 1)]));
  const counts = { ...numbered(Object.keys(zeroCounts()), 1), transactions: 10 };
  const timePs = numbered(TIME_PARTS, 1000);
  const percentilesPs = { 50: 2e3, 90: 3e3, 99: 4e3, 99.9: 5e3, 95: 3.5e3, 9.99: 100, 5: 50 };
  const latency = { meanPs: 1e3, percentilesPs, maxPs: 6e3 };
  const far = { profile: { name: 'p' }, backend: 'sm-dd', replicas: 1, queuePairs: 'auto' };
  return {
    execution: { kind: 'workload', workload: 'w', parameters: {} },
    system: { ...far, faults: [], ...change },
    report: { elapsedPs: elapsedNs * 1000, cores: 2, counts, timePs },
    latency,
  } as unknown as CellResult;
}

test('every part, count and percentile is in the column of its name, per transaction', () => {
  const [row] = cellRows([result({})]);
  assertColumns(row, {
    elapsedNs: 50,
    execTimeNsPerTx: (50 * 2) / 10,
    throughputTxPerS: 10 / 50e-9,
    latencyMeanNs: 1,
    latencyP50Ns: 2,
    latencyP90Ns: 3,
    latencyP99Ns: 4,
    latencyP999Ns: 5,
    latencyMaxNs: 6,
    computeNsPerTx: 1,
    pmLoadNsPerTx: 2,
    storeFlushNsPerTx: 3,
    localFenceNsPerTx: 4,
    rdmaPostNsPerTx: 5,
    sendQueueFullNsPerTx: 6,
    remoteOrderingNsPerTx: 7,
    remoteDurabilityNsPerTx: 8,
    lockWaitNsPerTx: 9,
    idleNsPerTx: 10,
    orderingFencesPerTx: 2,
    durabilityFencesPerTx: 3,
    emptyFencesPerTx: 4,
    linesWrittenBackPerTx: 5,
    rdmaWritesPerTx: 6,
    rcommitsPerTx: 7,
    rofencesPerTx: 8,
    rdfencesPerTx: 9,
    doorbellsPerTx: 10,
    blockingRoundTripsPerTx: 11,
    pmLoadMissesPerTx: 12,
    linkBytesPerTx: 13,
    ddioEvictionsPerTx: 15,
    localMediaBlocksPerTx: 16,
    remoteMediaBlocksPerTx: 17,
  });
});

test('every ratio is over the baseline of the same profile, replicas, policy and faults', () => {
  const faults = [{ replica: 0, slowdown: 2 }];
  const conditions: Partial<CellResult['system']>[] = [
    {},
    { profile: { name: 'q' } as CellResult['system']['profile'] },
    { replicas: 2 },
    { queuePairs: 'shared' },
    { faults },
  ];
  const backends = ['ideal', 'no-sm', 'sm-rc', 'sm-ob', 'sm-dd'];
  // All of them different.
  const timeOf = (condition: number, backend: string): number =>
    1000 + 97 * condition + 31 * backends.indexOf(backend) ** 3;
  const results = conditions.flatMap((condition, i) =>
    backends.map((backend) => {
      const one = result({ ...condition, backend }, timeOf(i, backend));
      // The bound of a profile depends on nothing else: it is timed once and makes no row.
      const reference = backend === 'ideal';
      return { ...one, system: { ...one.system, reference } };
    }),
  );
  const figure = (ratio: number): number => Number(ratio.toPrecision(6));
  const rows = cellRows(results);
  assert.equal(rows.length, conditions.length * (backends.length - 1));
  for (const [i, row] of rows.entries()) {
    const { backend } = row.result.system;
    const condition = Math.floor(i / (backends.length - 1));
    const time = timeOf(condition, backend);
    const bound = timeOf(condition === 1 ? 1 : 0, 'ideal');
    assertColumns(row, {
      slowdownOverNoSm: figure(time / timeOf(condition, 'no-sm')),
      speedupOverSmRc: figure(timeOf(condition, 'sm-rc') / time),
      boundNsPerTx: figure((bound * 2) / 10),
      aboveBound: backend === 'no-sm' ? '' : figure(time / bound),
    });
    const sound = timeOf(condition === 3 ? 0 : condition, 'sm-rc');
    assert.equal(figure(speedupOverSoundCommit(row) ?? 0), figure(sound / time));
  }
});

test('two threads: elapsed until the last is done; waits for a lock, and idling', async () => {
  // The second waits 1000 ns for the first, which is idle 1300 ns after that.
  const [row] = await rowsOf({
    transactions: 2,
    threads: 2,
    backends: ['no-sm'],
    transaction(heap, _, client) {
      heap.txBegin(0);
      heap.lock(1);
      heap.compute(1000);
      heap.unlock(1);
      if (client === 1) heap.compute(300);
      heap.txEnd();
    },
  });
  assertColumns(row, {
    threads: 2,
    elapsedNs: 2300,
    execTimeNsPerTx: (2 * 2300) / 2,
    throughputTxPerS: 869565,
    computeNsPerTx: 2300 / 2,
    lockWaitNsPerTx: 1000 / 2,
    idleNsPerTx: 1300 / 2,
    latencyMeanNs: (1000 + 2300) / 2,
    latencyMaxNs: 2300,
  });
});

test('a send queue for one line and a fence: the second line waits for an acknowledgement', async () => {
  const [row] = await rowsOf({
    transactions: 1,
    backends: ['sm-dd'],
    machine: { 'nic.sendQueueEntries': 2 },
    transaction(heap) {
      heap.txBegin(0);
      writeLine(heap, freshLine(0));
      writeLine(heap, freshLine(1));
      heap.durabilityFence();
      heap.txEnd();
    },
  });
  // Rung for at once; the line is on the wire 10 ns; the acknowledgement comes from the NIC.
  const toNic = 200 + 70 + 10 + 250 + 70;
  const back = 70 + 6 + 250 + 70 + 200;
  assertColumns(row, {
    rdmaPostNsPerTx: 3 * 30 + 2 * 50,
    sendQueueFullNsPerTx: toNic + back,
    doorbellsPerTx: 2,
  });
});

test('three lines in two ways of DDIO: one capacity eviction', async () => {
  const [row] = await rowsOf({
    transactions: 4,
    backends: ['sm-rc'],
    machine: { 'replicaLlc.llcWays': 2, 'replicaLlc.llcBytes': 128 },
    transaction(heap, n) {
      heap.txBegin(0);
      for (let i = 0; i < 3; i++) writeLine(heap, freshLine(3 * n + i));
      heap.durabilityFence();
      heap.txEnd();
    },
  });
  assertColumns(row, { ddioEvictionsPerTx: 1, remoteMediaBlocksPerTx: 3 });
});

test('percentiles that were asked for have columns of their own, each of another name', () => {
  const [row] = cellRows([result({})]);
  const columns = cellColumns([99.9, 95, 9.99, 5]).filter(({ name }) => /^latencyP/.test(name));
  const named = columns.map((column) => [column.name, column.value(row)]);
  assert.deepEqual(named, [
    ['latencyP05Ns', 0.05],
    ['latencyP0999Ns', 0.1],
    ['latencyP50Ns', 2],
    ['latencyP90Ns', 3],
    ['latencyP95Ns', 3.5],
    ['latencyP99Ns', 4],
    ['latencyP999Ns', 5],
  ]);
});
