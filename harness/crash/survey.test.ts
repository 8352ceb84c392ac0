import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_THOROUGHNESS, subjectOf } from './plan.ts';
import { surveyMutants } from './survey.ts';

/** What is found of the places of a program that match: kind, step and file of each, and the verdict. */
function verdicts(workload: string, transactions: number, wanted: RegExp): string[] {
  const subject = subjectOf({ workload, threads: 1, transactions, seed: 1, isolation: 'lines' });
  const thoroughness = { ...DEFAULT_THOROUGHNESS, seed: 1, crashes: 60 };
  const mutants = surveyMutants(subject, { thoroughness, wanted });
  return mutants.map(({ place, verdict }) => `${place.replace(/:.*/, '')}: ${verdict}`);
}

test('what a program cannot do without is caught', () => {
  assert.deepEqual(verdicts('lmdb', 2, /./), [
    'orderingFence metaPages.data workloads/lmdb/lmdb.ts: caught',
    'durabilityFence workloads/lmdb/lmdb.ts: caught',
  ]);
  // A changed range, and a new object.
  const flushed = 'writeBack undoLog.changes pm/nvml/transaction.ts: caught';
  assert.deepEqual(verdicts('ctree', 3, /writeBack undoLog\.changes/), [flushed, flushed]);
});

test('a fence with nothing between it and another is redundant', () => {
  // Each flush of Echo is fence, write-back, fence, so that fences meet.
  const flushOfNewVector =
    /orderingFence \S+layout\.ts:\d+<\S+pool\.ts:\d+<\S+vector\.ts:\d+<\S+store/;
  const found = verdicts('echo', 1, flushOfNewVector);
  assert(found.length > 0);
  for (const one of found) assert.equal(one, 'orderingFence workloads/echo/layout.ts: redundant');
});

test('a durability point that the primary can do without is caught on a mirror', () => {
  // The commit before it is ordered already, and nothing was sent since the one before fsync.
  const committed = 'durabilityFence pm/nvml/transaction.ts: caught';
  assert.deepEqual(verdicts('ctree', 3, /^durabilityFence pm\/nvml\/transaction\.ts/), [
    committed,
    committed,
  ]);
  assert.deepEqual(verdicts('nfs', 6, /^durabilityFence workloads\/pmfs\/filesystem\.ts/), [
    'durabilityFence workloads/pmfs/filesystem.ts: redundant',
  ]);
});

test('what recovery makes good is missed', () => {
  // The list of orphans, of which recovery finds the members by itself.
  const orphans = 'writeBack workloads/pmfs/inodes.ts: missed';
  assert.deepEqual(verdicts('nfs', 12, /^writeBack workloads\/pmfs\/inodes\.ts/), [
    orphans,
    orphans,
    orphans,
  ]);
});
