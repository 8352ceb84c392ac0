/**
 * Replayed examples give the epoch statistics that were measured on whole runs of the same programs.
 * Tolerances: where the sample is the program's steady state, the figures are the same to rounding;
 * where it is a short slice of a run with varying transactions, 10 % and 5 points (and the test says
 * what differs).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats, type EpochSummary } from '../../pm/epoch-stats.ts';
import { isStore, Op, type PersistSink } from '../../pm/op.ts';
import { EXAMPLES, resolveExample } from './examples.ts';
import { importTrace, type TraceSummary } from './import.ts';

interface Measured {
  readonly stats: EpochSummary;
  readonly summary: TraceSummary;
}

/** The statistics of an example; with `type`, of the operations in transactions of that type only. */
async function measure(name: string, type?: number): Promise<Measured> {
  const example = resolveExample(name);
  assert(example !== undefined);
  const stats = new EpochStats(4);
  const summary = await importTrace(example.file, {
    sinkOf: (thread) =>
      type === undefined ? stats.sink(thread) : onlyType(stats.sink(thread), type),
    txMarkers: example.txMarkers,
  });
  return { stats: stats.summary(), summary };
}

function onlyType(next: PersistSink, type: number): PersistSink {
  let inside = false;
  return {
    op(op, a, b) {
      if (op === Op.TX_BEGIN) inside = a === type;
      if (inside) next.op(op, a, b);
      if (op === Op.TX_END) inside = false;
    },
  };
}

function near(actual: number, expected: number, share: number, what: string): void {
  const off = Math.abs(actual - expected) / expected;
  assert.ok(off <= share, `${what}: ${actual} instead of ${expected} within ${share * 100} %`);
}

function oneLineShare(stats: EpochSummary): number {
  return stats.linesPerEpoch.of(1) / stats.linesPerEpoch.count;
}

function selfDependentShare(stats: EpochSummary): number {
  return stats.selfDependent[3] / stats.linesPerEpoch.count;
}

test('WHISPER ctree: 11 epochs and 12 fences a transaction, as measured on the whole run', async () => {
  const { stats, summary } = await measure('ctree');
  assert.equal(summary.transactions, 300);
  assert.equal(stats.epochsPerTx.quantile(0.5), 11);
  assert.equal(stats.epochsPerTx.mean, 11);
  assert.equal(stats.fencesPerTx.mean, 12);
  assert.equal(stats.bytesPerTx.mean, 228);
  assert.equal(stats.distinctLinesPerTx.quantile(0.5), 8);
  near(stats.linesPerEpoch.mean, 1.27, 0.005, 'lines per epoch');
  near(oneLineShare(stats), 0.73, 0.005, 'one-line epochs');
  near(selfDependentShare(stats), 0.82, 0.005, 'self-dependent epochs');
});

test('WHISPER ycsb: the slice agrees with a run of half writes', async () => {
  // The median over all transactions (10 in the long run) is 1 here: 53 % of the slice's transactions
  // only read, with 1 epoch each, and there is nothing between 1 and 38. Writing ones mostly have
  // 49 (42 to 48 in the long run): all eight reservations of an update split a block here (3 epochs
  // each), where later ones mostly find one that was freed (2 epochs).
  const { stats, summary } = await measure('ycsb');
  assert.equal(summary.threads, 2);
  assert.deepEqual(summary.flushes, ['implied', 'implied']);
  const epochs = stats.epochsPerTx.entries();
  assert.deepEqual(epochs[0], [1, 159 + 1]);
  assert.ok(epochs.slice(1).every(([count]) => count >= 38 && count <= 50));
  near(stats.epochsPerTx.mean, 22.5, 0.05, 'epochs per transaction');
  near(stats.linesPerEpoch.mean, 1.49, 0.05, 'lines per epoch');
  near(stats.bytesPerTx.mean, 572, 0.05, 'bytes per transaction');
  near(stats.fencesPerTx.mean, 25, 0.05, 'fences per transaction');
  near(oneLineShare(stats), 0.78, 0.05, 'one-line epochs');
  near(selfDependentShare(stats), 0.75, 0.06, 'self-dependent epochs');
});

test('WHISPER vacation: exactly 4 epochs a transaction', async () => {
  // Whole runs have a mean of 4.9 epochs and 449 B: they include aborted attempts. The slice's
  // aborts all belong to a transaction that began before it, so its complete ones have none.
  const { stats, summary } = await measure('vacation');
  assert.equal(summary.threads, 4);
  assert.deepEqual(summary.partialTransactions, { atStart: 3, atEnd: 2 });
  assert.deepEqual(stats.epochsPerTx.entries(), [[4, 298]]);
  near(stats.linesPerEpoch.mean, 2.87, 0.1, 'lines per epoch');
  near(stats.bytesPerTx.mean, 449, 0.16, 'bytes per transaction');
  near(stats.distinctLinesPerTx.quantile(0.5), 12, 0.1, 'distinct lines per transaction');
  near(oneLineShare(stats), 0.53, 0.05, 'one-line epochs');
  near(selfDependentShare(stats), 0.99, 0.005, 'self-dependent epochs');
});

test('nvml 1.1 ctree under pmemcheck: 12 epochs an insert at store level', async () => {
  const { stats } = await measure('nvml-ctree', 0);
  assert.equal(stats.transactions, 100);
  assert.deepEqual(stats.epochsPerTx.entries(), [[12, 100]]);
});

test('nvml 1.1 btree under pmemcheck: 13 epochs an insert at store level', async () => {
  const { stats } = await measure('nvml-btree', 0);
  assert.equal(stats.epochsPerTx.quantile(0.5), 13);
  near(stats.epochsPerTx.mean, 15.5, 0.05, 'epochs per insert');
});

test('libpmemobj 1.12 ctree under pmemcheck: 6 epochs, 7 fences, 476 B an insert', async () => {
  const { stats } = await measure('pmdk-ctree', 0);
  assert.deepEqual(stats.epochsPerTx.entries(), [[6, 100]]);
  assert.equal(stats.fencesPerTx.mean, 7);
  assert.equal(stats.bytesPerTx.mean, 476);
  near(stats.linesPerEpoch.mean, 1.75, 0.005, 'lines per epoch');
  near(oneLineShare(stats), 0.42, 0.02, 'one-line epochs');
});

test('every example is found by name and imports with a budget for each of its types', async () => {
  for (const example of EXAMPLES) {
    assert.equal(resolveExample(example.name), example);
    assert.equal(example.instructionsPerTx.o2.length, example.txTypes.length);
    assert.equal(example.instructionsPerTx.whisper.length, example.txTypes.length);
    const types = new Set<number>();
    let durable = 0;
    const sink: PersistSink = {
      op(op, a) {
        if (op === Op.TX_BEGIN) types.add(a);
        if (op === Op.DURABILITY_FENCE) durable++;
      },
    };
    const summary = await importTrace(example.file, {
      sinkOf: () => sink,
      txMarkers: example.txMarkers,
    });
    assert.deepEqual([...types].sort(), [...example.txTypes.keys()], example.name);
    assert.equal(durable, summary.transactions, `${example.name}: one durability point each`);
    assert.equal(summary.durabilityPoints, 'last-fence-of-transaction');
  }
});

test('examples need no less than what their threads store to shows', async () => {
  for (const { name, file, txMarkers, orderNeeded } of EXAMPLES) {
    // Words that each thread has stored to since the end of its last transaction, and how often another
    // stored to a line, or within transactions of both to a word, of those.
    const unfinished: Set<number>[] = [];
    const inside: boolean[] = [];
    let lines = 0;
    let words = 0;
    const sinkOf = (thread: number): PersistSink => {
      unfinished[thread] = new Set();
      return {
        op(op, a, b) {
          if (op === Op.TX_BEGIN) inside[thread] = true;
          if (op === Op.TX_END) {
            inside[thread] = false;
            unfinished[thread].clear();
          }
          if (!isStore(op)) return;
          for (let word = a >>> 3; word <= (a + b - 1) >>> 3; word++) {
            const line = Array.from({ length: 8 }, (_, i) => (word & ~7) + i);
            for (const [other, theirs] of unfinished.entries()) {
              if (other === thread) continue;
              if (line.some((each) => theirs.has(each))) lines++;
              if (inside[thread] && inside[other] && theirs.has(word)) words++;
            }
            unfinished[thread].add(word);
          }
        },
      };
    };
    await importTrace(file, { sinkOf, txMarkers });
    const shown = words > 0 ? 'any' : lines > 0 ? 'words' : 'none';
    // vacation's allocator hands on words between transactions, as the workload of that name says.
    const expected = name === 'vacation' ? 'any' : shown;
    assert.equal(orderNeeded, expected, `${name}: ${lines} stores to lines, ${words} to words`);
  }
});
