import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extent } from '../../pm/testing/extent.ts';
import { exploreCrashes } from '../testing/crashes.ts';
import {
  CRASHES,
  checkEmptying,
  checkLongRun,
  epochShares,
  epochSignatures,
  epochStatistics,
} from '../testing/nvml.ts';
import { btree } from './btree.ts';

// From a pmemcheck store log of NVML 1.1's btree map: the epochs before the change in place, which
// differs with the position in the leaf, and those after it.
const INSERT_BEFORE =
  /^\[2\]f \| \[1\]f \[40\]f \| 0x2000\[4\]f \| 0x2010\[1\]f \| 0x2a68\[1\]f \[1\]f \| 0x2010\[1\]f \| /;
const INSERT_AFTER =
  / \| 0x2800\[1\]f \| {2}\| 0x2000\[4\]f \| 0x2010\[1\]f \| 0x2a68\[1\]f \[1\]f \| 0x2010\[1\]f \| 0x2800\[1\]f$/;

/** That are crashed. */
const TRANSACTIONS = extent({ short: 16, long: 40 });

test('an insert that splits nothing stores, writes back and fences what the original does', () => {
  const signatures = epochSignatures(btree.configure({ keys: 200 }), 200, 0);
  const plain = signatures.filter((s) => s.split(' | ').length === 14);
  assert(plain.length > 150, `${plain.length} of 200`);
  for (const s of plain) {
    assert.match(s, INSERT_BEFORE);
    assert.match(s, INSERT_AFTER);
  }
});

test('epoch statistics are those of the store log', () => {
  const summary = epochStatistics(btree.configure({ keys: 1000 }), 3000);
  const { oneLine, selfDependent } = epochShares(summary);
  assert.equal(summary.epochsPerTx.quantile(0.5), 13);
  // 15.1 in the log, 15.5 in a longer run; splits are logged here and were not there.
  assert(Math.abs(summary.epochsPerTx.mean / 15.5 - 1) < 0.1, `${summary.epochsPerTx.mean}`);
  assert(Math.abs(summary.fencesPerTx.mean / 16.5 - 1) < 0.1, `${summary.fencesPerTx.mean}`);
  assert(Math.abs(summary.linesPerEpoch.mean / 1.894 - 1) < 0.05, `${summary.linesPerEpoch.mean}`);
  assert(Math.abs(oneLine - 0.672) < 0.02, `${oneLine}`);
  assert(Math.abs(selfDependent - 0.944) < 0.02, `${selfDependent}`);
  assert(Math.abs(summary.bytesPerTx.mean / 1013 - 1) < 0.2, `${summary.bytesPerTx.mean}`);
  assert(Math.abs(summary.distinctLinesPerTx.mean / 16 - 1) < 0.1);
});

test('epoch statistics are those of WHISPER, counted as WHISPER counts', () => {
  // 12 (14.8), 1.26 lines an epoch, 74 % of one line, 237 B, 7 lines, 98 % self-dependent.
  const summary = epochStatistics(btree.configure({}), 5000, 'library');
  const { oneLine, selfDependent } = epochShares(summary);
  assert.equal(summary.epochsPerTx.quantile(0.5), 12);
  assert(Math.abs(summary.epochsPerTx.mean / 14.8 - 1) < 0.1, `${summary.epochsPerTx.mean}`);
  assert(Math.abs(summary.linesPerEpoch.mean / 1.26 - 1) < 0.05, `${summary.linesPerEpoch.mean}`);
  assert(Math.abs(oneLine - 0.74) < 0.03, `${oneLine}`);
  assert(Math.abs(summary.bytesPerTx.mean / 237 - 1) < 0.2, `${summary.bytesPerTx.mean}`);
  assert(Math.abs(selfDependent - 0.98) < 0.05, `${selfDependent}`);
});

test('a crash at any fence leaves the contents from before or after the transaction', () => {
  const { images } = exploreCrashes(btree.configure({ keys: 40, removeShare: 0.45 }), {
    threads: 2,
    seed: 5,
    transactions: TRANSACTIONS,
    ...CRASHES,
  });
  assert(images > TRANSACTIONS * 10);
});

test('a crash at any fence of an insert that splits leaves all or nothing of it', () => {
  exploreCrashes(btree.configure({ keys: 5 }), {
    threads: 1,
    seed: 2,
    transactions: 30,
    ...CRASHES,
  });
});

test('a tree that grows to four levels and shrinks to nothing holds what was put in', () => {
  const workload = btree.configure({ keys: 1500, removeShare: 0.5 });
  checkLongRun(workload, { threads: 3, transactions: 3000, seed: 4 });
  checkEmptying(btree, 1000, 100);
});
