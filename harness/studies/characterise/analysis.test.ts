import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EpochStats, Tally } from '../../../pm/epoch-stats.ts';
import { Op } from '../../../pm/op.ts';
import { analysisOf, distributionOf } from './analysis.ts';

const CONTEXT = {
  subject: 'x',
  threads: 1,
  transactionTypes: [],
  linesWrittenBack: 0,
  loads: 0,
  loadBytes: 0,
  pmShareOfWrites: { share: 1 / 3, basis: 'counted' },
  notes: [],
};

function tallyOf(values: readonly number[]): Tally {
  const tally = new Tally();
  for (const value of values) tally.add(value);
  return tally;
}

test('small values have a bin each, larger ones two an octave', () => {
  const { histogram } = distributionOf(tallyOf([1, 8, 8, 9, 12, 13, 16, 17, 24, 25, 400]));
  assert.deepEqual(histogram, [
    { lower: 1, upper: 1, count: 1 },
    { lower: 8, upper: 8, count: 2 },
    { lower: 9, upper: 12, count: 2 },
    { lower: 13, upper: 16, count: 2 },
    { lower: 17, upper: 24, count: 2 },
    { lower: 25, upper: 32, count: 1 },
    { lower: 385, upper: 512, count: 1 },
  ]);
});

test('every value is in exactly one bin, and bins do not overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1 }), (values) => {
      const { histogram, count } = distributionOf(tallyOf(values));
      assert.equal(count, values.length);
      let before = -1;
      for (const { lower, upper, count } of histogram) {
        assert.ok(lower > before && upper >= lower);
        assert.equal(count, values.filter((v) => v >= lower && v <= upper).length);
        before = upper;
      }
      assert.equal(
        histogram.reduce((sum, bin) => sum + bin.count, 0),
        values.length,
      );
    }),
  );
});

test('quantiles are values that occurred', () => {
  const { quantiles, mean, min, max } = distributionOf(tallyOf([1, 2, 3, 4, 10]));
  assert.deepEqual(quantiles, { p10: 1, p25: 2, p50: 3, p75: 4, p90: 10, p99: 10 });
  assert.deepEqual([mean, min, max], [4, 1, 10]);
});

test('a program that did nothing has nulls and no NaN', () => {
  const analysis = analysisOf(new EpochStats(1).summary(), CONTEXT);
  assert.equal(analysis.oneLineEpochShare, null);
  assert.equal(analysis.writeAmplification, null);
  assert.equal(analysis.nonTemporalShare, null);
  assert.equal(analysis.selfDependencies[0].share, null);
  assert.equal(analysis.epochsPerTx.mean, null);
  assert.equal(analysis.epochsPerTx.quantiles.p50, null);
  assert.deepEqual(JSON.parse(JSON.stringify(analysis)), analysis);
});

test('shares and write amplification are those of what was stored', () => {
  const stats = new EpochStats(1);
  const sink = stats.sink(0);
  sink.op(Op.TX_BEGIN, 0, 0);
  sink.op(Op.STORE, 64, 8);
  sink.op(Op.NT_STORE, 128, 24);
  sink.op(Op.ORDERING_FENCE, 0, 0);
  sink.op(Op.STORE, 64, 8);
  sink.op(Op.DURABILITY_FENCE, 0, 0);
  sink.op(Op.ORDERING_FENCE, 0, 0);
  sink.op(Op.TX_END, 0, 0);
  const analysis = analysisOf(stats.summary(), CONTEXT);
  assert.equal(analysis.epochs, 2);
  assert.equal(analysis.oneLineEpochShare, 0.5);
  assert.equal(analysis.nonTemporalShare, 0.6);
  assert.equal(analysis.writeAmplification, (3 * 64) / 40);
  assert.equal(analysis.emptyFenceShare, 0.333333);
  assert.equal(analysis.pmShareOfWrites.share, 0.333333);
  assert.deepEqual(analysis.selfDependencies[0], { window: 1, epochs: 1, share: 0.5 });
});
