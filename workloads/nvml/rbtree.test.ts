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
import { rbtree } from './rbtree.ts';

/** That are crashed. */
const TRANSACTIONS = extent({ short: 16, long: 40 });

test('an insert that repairs nothing takes 14 epochs, each recolouring six more', () => {
  const signatures = epochSignatures(rbtree.configure({ keys: 200 }), 300, 0);
  const counts = signatures.map((s) => s.split(' | ').length);
  assert(counts.filter((n) => n === 14).length > 80);
  assert(counts.filter((n) => n === 20).length > 30);
  // Allocation; the slot logged; the first node's colour logged; the commit.
  const plain =
    '[2]f | 0x2000[4]f [22] | 0x2010[1]f | 0x28a8[1]f [1]f | 0x2010[1]f | [2]f [3] [6] | [2]f | ' +
    '[1] [1]f [2] | [2]f | [1]f [1]f | 0x2800[1]f | [12]f | 0x28a8[1]f | 0x2800[1]f';
  assert(signatures.filter((s) => s === plain).length > 80);
});

test('epoch statistics are those of the original', () => {
  const summary = epochStatistics(rbtree.configure({}), 5000);
  assert.equal(summary.epochsPerTx.quantile(0.5), 20);
  assert(Math.abs(summary.epochsPerTx.mean / 28.8 - 1) < 0.05, `${summary.epochsPerTx.mean}`);
  assert(Math.abs(summary.fencesPerTx.mean / 29 - 1) < 0.05, `${summary.fencesPerTx.mean}`);
  assert(Math.abs(epochShares(summary).selfDependent - 0.9) < 0.1);
});

test('epoch statistics are those of WHISPER, counted as WHISPER counts', () => {
  // 14 (21.8), 1.19 lines an epoch, 81 % of one line, 370 B, 11 lines, 90 % self-dependent.
  const summary = epochStatistics(rbtree.configure({}), 5000, 'library');
  const { oneLine, selfDependent } = epochShares(summary);
  assert.equal(summary.epochsPerTx.quantile(0.5), 14);
  assert(Math.abs(summary.epochsPerTx.mean / 21.8 - 1) < 0.05, `${summary.epochsPerTx.mean}`);
  assert(Math.abs(summary.linesPerEpoch.mean / 1.19 - 1) < 0.05, `${summary.linesPerEpoch.mean}`);
  assert(Math.abs(oneLine - 0.81) < 0.03, `${oneLine}`);
  assert(Math.abs(summary.bytesPerTx.mean / 370 - 1) < 0.05, `${summary.bytesPerTx.mean}`);
  assert(Math.abs(selfDependent - 0.9) < 0.05, `${selfDependent}`);
});

test('a crash at any fence leaves the contents from before or after the transaction', () => {
  const { images } = exploreCrashes(rbtree.configure({ keys: 30, removeShare: 0.45 }), {
    threads: 2,
    seed: 5,
    transactions: TRANSACTIONS,
    ...CRASHES,
  });
  assert(images > TRANSACTIONS * 10);
});

test('a tree that grows and shrinks to nothing stays balanced and holds what was put in', () => {
  const workload = rbtree.configure({ keys: 600, removeShare: 0.5, lookupShare: 0.1 });
  checkLongRun(workload, { threads: 3, transactions: 3000, seed: 4 });
  checkEmptying(rbtree, 300, 1);
});
