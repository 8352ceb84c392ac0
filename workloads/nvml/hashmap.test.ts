import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extent } from '../../pm/testing/extent.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import {
  CRASHES,
  checkLongRun,
  epochShares,
  epochSignatures,
  epochStatistics,
} from '../testing/nvml.ts';
import { hashmap } from './hashmap.ts';

/** That are crashed. */
const TRANSACTIONS = extent({ short: 16, long: 40 });

test('an insert logs bucket and count, allocates, and commits in 14 epochs', () => {
  const signatures = epochSignatures(hashmap.configure({ keys: 100 }), 50, 0);
  const insert =
    '[2]f | [2]f | [1]f | [2]f | [2]f | 0x2000[4]f [6] | 0x2010[1]f | 0x28a8[1]f [1]f | ' +
    '0x2010[1]f | [1]f [1]f [2]f [5]f | 0x2800[1]f | [12]f | 0x28a8[1]f | 0x2800[1]f';
  assert.equal(signatures.filter((s) => s === insert).length, 50, signatures[0]);
});

test('epoch statistics are those of WHISPER, counted as WHISPER counts', () => {
  const summary = epochStatistics(hashmap.configure({}), 5000, 'instrumented');
  const { oneLine } = epochShares(summary);
  // 11 (13), 1.60 lines an epoch, 69 % of one line, 325 B.
  assert.equal(summary.epochsPerTx.quantile(0.5), 11);
  assert(Math.abs(summary.epochsPerTx.mean / 13 - 1) < 0.1, `${summary.epochsPerTx.mean}`);
  assert(Math.abs(summary.linesPerEpoch.mean / 1.6 - 1) < 0.2, `${summary.linesPerEpoch.mean}`);
  assert(Math.abs(oneLine - 0.69) < 0.08, `${oneLine}`);
  assert(Math.abs(summary.bytesPerTx.mean / 325 - 1) < 0.2, `${summary.bytesPerTx.mean}`);
});

test('at store level: median 14 epochs, mean 16, and most depend on a recent one', () => {
  const summary = epochStatistics(hashmap.configure({}), 5000);
  assert.equal(summary.epochsPerTx.quantile(0.5), 14);
  assert(Math.abs(summary.fencesPerTx.mean / 16.1 - 1) < 0.1, `${summary.fencesPerTx.mean}`);
  assert(Math.abs(summary.distinctLinesPerTx.mean / 11.5 - 1) < 0.2);
  assert(Math.abs(epochShares(summary).selfDependent - 0.86) < 0.1);
});

test('a crash at any fence leaves the contents from before or after the transaction', () => {
  const { images } = exploreCrashes(hashmap.configure({ keys: 6, removeShare: 0.3 }), {
    threads: 2,
    seed: 3,
    transactions: TRANSACTIONS,
    ...CRASHES,
  });
  assert(images > TRANSACTIONS * 10);
});

test('a crash inside a doubling leaves the contents from before or after the transaction', () => {
  const workload = hashmap.configure({ keys: 14 });
  assert(epochStatistics(workload, 12).epochsPerTx.quantile(1) > 80, 'no doubling happens');
  exploreCrashes(workload, {
    threads: 1,
    seed: 1,
    transactions: 12,
    ...CRASHES,
  });
});

test('a table that grows and shrinks holds what was put in', () => {
  const workload = hashmap.configure({ keys: 3000, removeShare: 0.6, lookupShare: 0.1 });
  checkLongRun(workload, { threads: 4, transactions: 6000, seed: 9 });
});
