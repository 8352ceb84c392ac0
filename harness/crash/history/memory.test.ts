import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveWorkload } from '../../../workloads/index.ts';
import { roomBytes } from '../../host/index.ts';
import { crashBytes } from './memory.ts';

/** Of so many transactions of vacation with small data, bytes. */
function bytesOf(transactions: number, replicas: number): number {
  const workload = resolveWorkload('vacation');
  assert.ok(workload !== undefined);
  const configured = workload.configure(workload.smallParameters);
  return crashBytes({ configured, threads: 2, seed: 1, transactions }, replicas);
}

test('what a crash check takes grows with transactions, and with each replica', () => {
  const [few, more, most] = [100, 200, 300].map((transactions) => bytesOf(transactions, 1));
  const ratio = (most - more) / (more - few);
  assert.ok(ratio > 0.9 && ratio < 1.1, `${ratio}`);
  assert.ok(
    bytesOf(300, 3) - most > most - few,
    'each replica holds what the primary holds, twice',
  );
});

test('a program that has no room is not run to its end, and told as large as it is', () => {
  const [whole, hopeless] = [1000, 1_000_000].map((transactions) => bytesOf(transactions, 1));
  assert.ok(whole < roomBytes() && hopeless > 10 * roomBytes());
  const ratio = (hopeless - bytesOf(1, 1)) / (whole - bytesOf(1, 1));
  assert.ok(ratio > 900 && ratio < 1100, `${ratio}`);
});
