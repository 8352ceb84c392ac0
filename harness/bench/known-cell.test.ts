/**
 * Rows of a cell whose every value is derived by hand, on the machine with round numbers:
 * `rdma/closed-form.test.ts` explains its times. What each column is and its unit stands here a
 * second time, apart from the code.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRow } from '../report/testing/read-row.ts';
import { CELL_COLUMNS } from './columns.ts';
import { latencyColumnsWith, latencyRows } from './latency-columns.ts';
import { freshLine, type KnownProgram, rowsOf, writeLine } from './testing/known-program.ts';

const figure = (value: number): number => Number(value.toPrecision(6));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Each transaction is E epochs of W lines, each loaded before it is stored to. */
const [E, W, N, WARMUP] = [3, 2, 4000, 5];
const LOAD_NS = 300;
const COMPUTE_NS = [600, 1200];

/** Each fourth transaction is of the second type. */
const typeOf = (n: number): number => (n % 4 === 0 ? 1 : 0);
/** Work that differs from one transaction to the next, few of them having much. */
const extraNs = (n: number): number => Math.floor(((n * 7) % 4001) ** 3 / 4e6);

const KNOWN: KnownProgram = {
  transactions: N,
  warmupTransactions: WARMUP,
  computeNs: COMPUTE_NS,
  machine: { 'path.loadRandomNs': LOAD_NS },
  backends: ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd'],
  transaction(heap, n) {
    heap.txBegin(typeOf(n));
    if (typeOf(n) === 1) heap.orderingFence();
    heap.compute(extraNs(n));
    for (let epoch = 1; epoch <= E; epoch++) {
      for (let i = 0; i < W; i++) {
        const offset = freshLine((n * E + epoch - 1) * W + i);
        heap.touch(offset, 8);
        writeLine(heap, offset);
      }
      if (epoch === E) heap.durabilityFence();
      else heap.orderingFence();
    }
    heap.txEnd();
  },
};

/** What one transaction spends, ns, and its latency, which is the sum. */
interface Spent {
  readonly compute: number;
  readonly pmLoad: number;
  readonly storeFlush: number;
  readonly localFence: number;
  readonly rdmaPost: number;
  readonly remoteOrdering: number;
  readonly remoteDurability: number;
}

/** From a fence's doorbell to its handling at the replica, behind W lines on its queue pair. */
const TO_REPLICA = 200 + W * 100 + 70 + 6 + 250 + 70;
const FLUSH = 1000;
const BACK = 70 + 6 + 250 + 70 + 200;
/** A line from the core to the replica's host, and an answer to the core. */
const TRIP = 200 + 70 + 10 + 250 + 70 + 200 + BACK;
const POST = 30;
const DOORBELL = 50;
const FENCE = 10;
const STORE_FLUSH = W * (1 + 2);
const ACCEPTED = 100;

/** Waits of the E epochs of a transaction whose epoch e computes and loads for `workNs[e]`. */
const SPENT: Record<string, (workNs: readonly number[]) => Omit<Spent, 'compute'>> = {
  // Every fence waits until memory has the last line.
  'no-sm': () => ({ ...LOCAL, localFence: E * ACCEPTED }),

  ideal: () => ({ ...LOCAL, localFence: E * ACCEPTED, remoteDurability: TRIP - ACCEPTED }),

  // Memory has the lines long before the answer comes. Lines leave the cache one by one, 5 ns each.
  'sm-rc': () => {
    const wait = TO_REPLICA + FLUSH + 5 * W + 60 + BACK - FENCE;
    return {
      ...LOCAL,
      localFence: E * FENCE,
      rdmaPost: E * (W * POST + POST + DOORBELL),
      remoteOrdering: (E - 1) * wait,
      remoteDurability: wait,
    };
  },

  // The last line left before its request was built and the doorbell rung: 20 ns are left to wait.
  'sm-dd': () => ({
    ...LOCAL,
    localFence: (E - 1) * (ACCEPTED - POST - DOORBELL) + FENCE,
    rdmaPost: E * (W * POST + DOORBELL) + POST,
    remoteDurability: TO_REPLICA + FLUSH + BACK - FENCE,
  }),

  // A fence is handled when it is there and the one before it has been answered over PCIe.
  'sm-ob': (workNs) => {
    const post = W * POST + POST + DOORBELL;
    let [clock, released] = [0, 0];
    for (const work of workNs) {
      clock += work + STORE_FLUSH + post;
      released = Math.max(clock + TO_REPLICA, released) + FLUSH;
      clock += FENCE;
    }
    return {
      ...LOCAL,
      localFence: E * FENCE,
      rdmaPost: E * post,
      remoteDurability: released + BACK - clock,
    };
  },
};
const LOCAL = {
  pmLoad: E * W * LOAD_NS,
  storeFlush: E * STORE_FLUSH,
  rdmaPost: 0,
  remoteOrdering: 0,
  remoteDurability: 0,
};

/** What every measured transaction spends under `backend`. */
function spentUnder(backend: string): Spent[] {
  return Array.from({ length: N }, (_, i) => {
    const n = WARMUP + i;
    const budget = COMPUTE_NS[typeOf(n)];
    // Volatile work is spread evenly over the lines, what the program adds comes first.
    const workNs = Array.from({ length: E }, (_, e) =>
      sum([budget / E, W * LOAD_NS, e === 0 ? extraNs(n) : 0]),
    );
    const spent = SPENT[backend](workNs);
    // A fence of the second type has nothing before it and costs what issuing it costs.
    const localFence = spent.localFence + typeOf(n) * FENCE;
    return { ...spent, localFence, compute: budget + extraNs(n) };
  });
}

const latenciesOf = (spent: readonly Spent[]): number[] =>
  spent.map((parts) => sum(Object.values(parts))).sort((a, b) => a - b);

const RANKS = { latencyP50Ns: 0.5, latencyP90Ns: 0.9, latencyP99Ns: 0.99, latencyP999Ns: 0.999 };

/**
 * The latency columns that `latencies`, sorted, must give. Percentiles are those that were `read`,
 * which may be 0.1 % high.
 */
function latencyColumns(latencies: readonly number[], read: ReturnType<typeof readRow>) {
  const percentiles = Object.entries(RANKS).map(([name, rank]) => {
    const exact = latencies[Math.ceil(rank * latencies.length) - 1];
    const [value] = read[name];
    assert(Number(value) >= figure(exact) && Number(value) <= exact * 1.001, `${name} ${value}`);
    return [name, [value, 'ns']];
  });
  return {
    latencyMeanNs: [figure(sum(latencies) / latencies.length), 'ns'],
    latencyMaxNs: [figure(latencies[latencies.length - 1]), 'ns'],
    ...Object.fromEntries(percentiles),
  };
}

const IDENTITY = {
  set: ['micro', '-'],
  workload: ['known', '-'],
  parameters: ['', '-'],
  profile: ['round', '-'],
  threads: [1, 'count'],
  replicas: [1, 'count'],
  quorum: ['', 'count'],
  queuePairs: ['auto', '-'],
  queuePairsUsed: ['per-core', '-'],
  keepsOrder: ['yes', '-'],
  faults: ['', '-'],
  seed: [7, '-'],
  computeModel: ['whisper', '-'],
  volatileWork: ['charged', '-'],
  warmupTransactions: [WARMUP, 'count'],
};

/** Verbs, doorbells and waits of E epochs, and bytes on the link: 96 a header, 64 a line. */
const POSTED: Record<string, Record<string, number>> = {
  'no-sm': {},
  'sm-rc': { rcommits: E, doorbells: E, blockingRoundTrips: E, linkBytes: E * (W * 160 + 96) },
  'sm-ob': {
    rofences: E - 1,
    rdfences: 1,
    doorbells: E,
    blockingRoundTrips: 1,
    linkBytes: E * (W * 160 + 96),
  },
  'sm-dd': { rdfences: 1, doorbells: E, blockingRoundTrips: 1, linkBytes: E * W * 160 + 96 },
};

function countColumns(backend: string) {
  const {
    rcommits = 0,
    rofences = 0,
    rdfences = 0,
    doorbells = 0,
    blockingRoundTrips = 0,
    linkBytes = 0,
  } = POSTED[backend];
  const mirrored = backend === 'no-sm' ? 0 : E * W;
  return {
    // One transaction in four has an empty fence besides.
    orderingFencesPerTx: [E - 1 + 0.25, 'count'],
    durabilityFencesPerTx: [1, 'count'],
    emptyFencesPerTx: [0.25, 'count'],
    linesWrittenBackPerTx: [E * W, 'lines'],
    rdmaWritesPerTx: [mirrored, 'count'],
    rcommitsPerTx: [rcommits, 'count'],
    rofencesPerTx: [rofences, 'count'],
    rdfencesPerTx: [rdfences, 'count'],
    doorbellsPerTx: [doorbells, 'count'],
    blockingRoundTripsPerTx: [blockingRoundTrips, 'count'],
    pmLoadMissesPerTx: [E * W, 'count'],
    linkBytesPerTx: [linkBytes, 'B'],
    ddioEvictionsPerTx: [0, 'count'],
    // The round machine's media write blocks of one line.
    localMediaBlocksPerTx: [E * W, 'count'],
    remoteMediaBlocksPerTx: [mirrored, 'count'],
  };
}

const known = await rowsOf(KNOWN);
/** Core time of the measured part under each backend: one core, so also the elapsed time. */
const totalNs = (backend: string): number => sum(latenciesOf(spentUnder(backend)));

for (const row of known) {
  const { backend } = row.result.system;
  const spent = spentUnder(backend);

  test(`every column of a row, by hand: ${backend}`, () => {
    const read = readRow(CELL_COLUMNS, row);
    const elapsed = totalNs(backend);
    const partNs = (part: keyof Spent) => [figure(sum(spent.map((one) => one[part])) / N), 'ns'];
    assert.deepEqual(read, {
      ...IDENTITY,
      backend: [backend, '-'],
      transactions: [N, 'count'],
      elapsedNs: [elapsed, 'ns'],
      execTimeNsPerTx: [figure(elapsed / N), 'ns'],
      throughputTxPerS: [figure(N / (elapsed / 1e9)), '1/s'],
      slowdownOverNoSm: [figure(elapsed / totalNs('no-sm')), 'ratio'],
      speedupOverSmRc: [figure(totalNs('sm-rc') / elapsed), 'ratio'],
      smRcBaseline: ['fastest', '-'],
      boundNsPerTx: [figure(totalNs('ideal') / N), 'ns'],
      aboveBound: [backend === 'no-sm' ? '' : figure(elapsed / totalNs('ideal')), 'ratio'],
      ...latencyColumns(latenciesOf(spent), read),
      computeNsPerTx: partNs('compute'),
      pmLoadNsPerTx: partNs('pmLoad'),
      storeFlushNsPerTx: partNs('storeFlush'),
      localFenceNsPerTx: partNs('localFence'),
      rdmaPostNsPerTx: partNs('rdmaPost'),
      sendQueueFullNsPerTx: [0, 'ns'],
      remoteOrderingNsPerTx: partNs('remoteOrdering'),
      remoteDurabilityNsPerTx: partNs('remoteDurability'),
      lockWaitNsPerTx: [0, 'ns'],
      idleNsPerTx: [0, 'ns'],
      ...countColumns(backend),
    });
  });

  test(`every column of a row of latencies, by hand: ${backend}`, () => {
    const rows = latencyRows([row]);
    assert.equal(rows.length, 2);
    for (const [type, name] of ['transaction', 'type 1'].entries()) {
      const read = readRow(latencyColumnsWith(), rows[type]);
      const own = spent.filter((_, i) => typeOf(WARMUP + i) === type);
      assert.deepEqual(read, {
        ...IDENTITY,
        backend: [backend, '-'],
        txType: [name, '-'],
        transactions: [type === 0 ? (N * 3) / 4 : N / 4, 'count'],
        ...latencyColumns(latenciesOf(own), read),
      });
    }
  });
}

test('three replicas: verbs, doorbells and bytes of all of them, and one wait', async () => {
  const [row] = await rowsOf({ ...KNOWN, replicas: 3, transactions: 4, backends: ['sm-ob'] });
  const read = readRow(CELL_COLUMNS, row);
  const expected = {
    replicas: 3,
    rdmaWritesPerTx: 3 * E * W,
    rofencesPerTx: 3 * (E - 1),
    rdfencesPerTx: 3,
    doorbellsPerTx: 3 * E,
    blockingRoundTripsPerTx: 1,
    linkBytesPerTx: 3 * E * (W * 160 + 96),
    localMediaBlocksPerTx: E * W,
    remoteMediaBlocksPerTx: 3 * E * W,
  };
  const values = Object.keys(expected).map((name) => [name, read[name][0]]);
  assert.deepEqual(Object.fromEntries(values), expected);
});
