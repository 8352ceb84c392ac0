import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WORKLOADS } from '../../../workloads/index.ts';
import { record } from '../history/recording.ts';
import { Oracle } from './oracle.ts';

for (const workload of WORKLOADS) {
  // If resuming changed nothing, comparing what crashed with what did not would say nothing.
  test(`${workload.name}: a few transactions after a shut-down change what it holds`, () => {
    const threads = Math.min(2, workload.threadsMax);
    const configured = workload.configure(workload.smallParameters);
    const recording = record({ configured, threads, seed: 1, transactions: 2 * threads });
    const oracle = new Oracle(recording);
    for (const count of [0, 1, 2]) {
      const counts = new Array<number>(threads).fill(count);
      const resumed = oracle.digestResumed(counts, 4 * threads);
      assert.notEqual(resumed, oracle.digest(counts));
      assert.equal(resumed, new Oracle(recording).digestResumed(counts, 4 * threads));
    }
  });
}
