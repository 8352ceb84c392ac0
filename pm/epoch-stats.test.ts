import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPENDENCY_WINDOWS, EpochStats, Tally } from './epoch-stats.ts';
import { lineCount, lineOf } from './line.ts';
import { Op, type PersistSink } from './op.ts';

/** A transaction of epochs, each a list of lines written. */
function transaction(sink: PersistSink, epochs: readonly (readonly number[])[]): void {
  sink.op(Op.TX_BEGIN, 0, 0);
  for (const lines of epochs) {
    for (const line of lines) sink.op(Op.STORE, line * 64, 8);
    sink.op(Op.ORDERING_FENCE, 0, 0);
  }
  sink.op(Op.TX_END, 0, 0);
}

describe('EpochStats', () => {
  it('counts epochs, lines, bytes and fences per transaction that writes', () => {
    const stats = new EpochStats(1);
    transaction(stats.sink(0), [[1], [], [2, 2, 3], [4]]);
    transaction(stats.sink(0), [[]]);
    const summary = stats.summary();
    assert.equal(summary.transactions, 2);
    assert.equal(summary.writingTransactions, 1);
    assert.equal(summary.epochsPerTx.quantile(0.5), 3);
    assert.equal(summary.bytesPerTx.mean, 40);
    assert.equal(summary.fencesPerTx.mean, 4);
    assert.equal(summary.distinctLinesPerTx.mean, 4);
    assert.deepEqual(summary.linesPerEpoch.entries(), [
      [1, 2],
      [2, 1],
    ]);
    assert.equal(summary.fences, 5);
    assert.equal(summary.emptyFences, 2);
    assert.equal(summary.storeBytes, 40);
  });

  it('counts an unaligned store on every line it touches', () => {
    const stats = new EpochStats(1);
    const sink = stats.sink(0);
    sink.op(Op.NT_STORE, 60, 70);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
    assert.deepEqual(stats.summary().linesPerEpoch.entries(), [[3, 1]]);
    assert.equal(stats.summary().ntStoreBytes, 70);
    assert.equal(stats.summary().writingTransactions, 0);
  });

  it('finds dependencies on own earlier epochs by distance, and on other threads', () => {
    const stats = new EpochStats(2);
    const epochs = Array.from({ length: 12 }, (_, i) => [100 + i]);
    transaction(stats.sink(0), [[1], [1], ...epochs, [1]]);
    const window = (n: (typeof DEPENDENCY_WINDOWS)[number]) => DEPENDENCY_WINDOWS.indexOf(n);
    // Epoch 1 follows epoch 0 at distance 1; the last follows epoch 1 at distance 13.
    assert.equal(stats.summary().selfDependent[window(1)], 1);
    assert.equal(stats.summary().selfDependent[window(10)], 1);
    assert.equal(stats.summary().selfDependent[window(50)], 2);
    transaction(stats.sink(1), [[1]]);
    assert.equal(stats.summary().crossDependent[window(1)], 1);
    assert.equal(stats.summary().selfDependent[window(50)], 2);
  });

  it('another thread counts though the own one wrote the line since', () => {
    const stats = new EpochStats(3);
    transaction(stats.sink(0), [[1]]);
    transaction(stats.sink(1), [[1], [1]]);
    // Both of thread 1's epochs are within five of thread 0's.
    assert.equal(stats.summary().crossDependent[1], 2);
    transaction(stats.sink(1), [[2], [3], [1]]);
    // The last is at distance 5 of thread 0's epoch, and no epoch is at distance 6.
    assert.equal(stats.summary().crossDependent[1], 3);
    transaction(stats.sink(1), [[1]]);
    assert.equal(stats.summary().crossDependent[1], 3);
    transaction(stats.sink(2), [[1]]);
    assert.deepEqual(stats.summary().crossDependent.slice(0, 2), [2, 4]);
  });

  it('a reset forgets counts but not who wrote what', () => {
    const stats = new EpochStats(1);
    transaction(stats.sink(0), [[1]]);
    stats.reset();
    assert.equal(stats.summary().transactions, 0);
    transaction(stats.sink(0), [[1]]);
    assert.equal(stats.summary().selfDependent[0], 1);
    assert.equal(stats.summary().linesPerEpoch.count, 1);
  });

  it('nested transactions belong to the outermost', () => {
    const stats = new EpochStats(1);
    const sink = stats.sink(0);
    sink.op(Op.TX_BEGIN, 0, 0);
    transaction(sink, [[1], [2]]);
    transaction(sink, [[3]]);
    sink.op(Op.TX_END, 0, 0);
    assert.equal(stats.summary().transactions, 1);
    assert.equal(stats.summary().epochsPerTx.quantile(0.5), 3);
  });
});

describe('Tally', () => {
  it('gives quantiles as the smallest value that enough do not exceed', () => {
    const tally = new Tally();
    for (const value of [5, 1, 3, 3]) tally.add(value);
    assert.deepEqual(
      [0, 0.25, 0.5, 0.75, 0.76, 1].map((q) => tally.quantile(q)),
      [1, 1, 3, 3, 5, 5],
    );
    assert.equal(tally.of(3), 2);
    assert.equal(tally.mean, 3);
    assert(Number.isNaN(new Tally().quantile(0.5)));
  });
});

describe('lines', () => {
  it('counts what a range touches', () => {
    assert.deepEqual([lineCount(0, 0), lineCount(0, 64), lineCount(63, 2)], [0, 1, 2]);
    assert.equal(lineOf(2 ** 32 - 1), 2 ** 26 - 1);
  });
});
