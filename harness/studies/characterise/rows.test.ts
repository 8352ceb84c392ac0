import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveExample } from '../../../workloads/traces/examples.ts';
import { TraceInputError } from '../../../workloads/traces/formats/error.ts';
import { defineWorkload } from '../../../workloads/workload.ts';
import { analyzeTrace, analyzeWorkload } from './rows.ts';

/** Client c's transaction number n stores n + 1 lines in n + 1 epochs; the odd ones only load. */
const stairs = defineWorkload({
  name: 'stairs',
  summary: '',
  protocol: '',
  group: 'micro',
  parameters: {},
  smallParameters: {},
  threadsMax: 4,
  threadsDefault: 1,
  orderNeeded: 'none',
  transactionsDefault: 4,
  txTypes: ['write', 'read'],
  pmStoreShare: { o2: 0.034, whisper: 0.0155 },
  instructionsPerTx: () => [100, 10],
  heapBytes: () => 1 << 16,
  create(heap) {
    const done: number[] = [];
    return {
      transaction(client) {
        const n = done[client] ?? 0;
        done[client] = n + 1;
        heap.txBegin(n % 2);
        if (n % 2 === 1) heap.loadU64(64);
        for (let i = 0; i <= n && n % 2 === 0; i++) {
          heap.storeWord((1 + client * 64 + i) * 64, n);
          heap.persist((1 + client * 64 + i) * 64, 8);
        }
        heap.txEnd();
      },
      verify() {},
      digest: () => '',
    };
  },
  recover() {
    throw new Error('not needed');
  },
});

test('a workload’s measured transactions are counted, the warm-up is not', () => {
  const options = { threads: 2, transactions: 4, warmupTransactions: 4, seed: 1 };
  const analysis = analyzeWorkload(stairs.configure({}), options);
  assert.equal(analysis.transactions, 4);
  assert.equal(analysis.writingTransactions, 2);
  assert.deepEqual(analysis.transactionTypes, [
    { type: 'write', transactions: 2 },
    { type: 'read', transactions: 2 },
  ]);
  assert.equal(analysis.epochsPerTx.mean, 3, 'third transaction of each client');
  assert.equal(analysis.linesWrittenBack, 6);
  assert.equal(analysis.loads, 2);
  // Of the three lines of each client, the warm-up had written the first.
  assert.equal(analysis.selfDependencies[3].epochs, 2);
  assert.equal(analysis.crossDependencies[3].epochs, 0);
  assert.deepEqual(analyzeWorkload(stairs.configure({}), options), analysis);
});

test('the PM share of a workload is the one measured on its original', () => {
  const share = (computeModel: 'o2' | 'whisper') =>
    analyzeWorkload(stairs.configure({}), { threads: 1, transactions: 1, seed: 1, computeModel })
      .pmShareOfWrites;
  assert.deepEqual(share('o2'), { share: 0.034, basis: 'measured on the original (o2 build)' });
  assert.equal(share('whisper').share, 0.0155);
});

test('a real trace is analysed with its own transactions, and what is special is noted', async () => {
  const example = resolveExample('vacation');
  assert(example !== undefined);
  const analysis = await analyzeTrace(example.file, { name: example.name });
  assert.equal(analysis.subject, 'trace:vacation');
  assert.equal(analysis.threads, 4);
  assert.deepEqual(analysis.transactionTypes, [{ type: 'transaction', transactions: 298 }]);
  assert.equal(analysis.transactions, 298);
  assert.equal(analysis.epochsPerTx.quantiles.p50, 4);
  assert.equal(analysis.pmShareOfWrites.share, 0.873154, '16 851 of 19 299 traced stores');
  assert.match(analysis.notes.join('\n'), /4 of 4 threads log no flush/);
  assert.match(analysis.notes.join('\n'), /3 that began before the trace, 2 that it ends in/);
});

test('without a transaction marker the notes name those that the log has', async () => {
  const example = resolveExample('pmdk-ctree');
  assert(example !== undefined);
  const bare = await analyzeTrace(example.file);
  assert.match(bare.notes.join('\n'), /each fence is a durability point/);
  assert.match(bare.notes.join('\n'), /GT_INSERT, GT_REMOVE/);
  const marked = await analyzeTrace(example.file, { txMarkers: ['GT_REMOVE'] });
  assert.deepEqual(marked.notes, []);
  assert.deepEqual(marked.transactionTypes, [{ type: 'GT_REMOVE', transactions: 50 }]);
  assert.deepEqual(marked.pmShareOfWrites.share, null);
  await assert.rejects(analyzeTrace(example.file, { txMarkers: ['NO'] }), TraceInputError);
});
