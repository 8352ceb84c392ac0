import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_THOROUGHNESS, subjectOf } from './plan.ts';
import { surveyMutants } from './survey.ts';

/** Verdicts on the places of a program that match, by what they do and their innermost function. */
function verdicts(workload: string, transactions: number, wanted: RegExp): Map<string, string> {
  const subject = subjectOf({ workload, threads: 1, transactions, seed: 1, isolation: 'lines' });
  const thoroughness = { ...DEFAULT_THOROUGHNESS, seed: 1, crashes: 60 };
  const mutants = surveyMutants(subject, { thoroughness, wanted });
  return new Map(mutants.map(({ place, verdict }) => [place.replace(/:.*/, ''), verdict]));
}

test('what a program cannot do without is caught', () => {
  assert.deepEqual(
    [...verdicts('lmdb', 2, /./), ...verdicts('ctree', 3, /writeBack :\d+<#forEachRange/)],
    [
      ['orderingFence #writePages', 'caught'],
      ['durabilityFence #writePages', 'caught'],
      ['writeBack ', 'caught'],
    ],
  );
});

test('a fence with nothing between it and another is redundant', () => {
  // Each flush of Echo is fence, write-back, fence, so that fences meet.
  const found = verdicts('echo', 1, /orderingFence flushRange:\d+<allocate:\d+<#createRecord/);
  assert.deepEqual([...found], [['orderingFence flushRange', 'redundant']]);
});

test('a durability point that the primary can do without is caught on a mirror', () => {
  // The commit before it is ordered already, and nothing was sent since the one before fsync.
  assert.deepEqual(
    [...verdicts('ctree', 3, /durabilityFence commit:\d+<insert/)],
    [['durabilityFence commit', 'caught']],
  );
  assert.deepEqual(
    [...verdicts('nfs', 6, /durabilityFence fsync/)],
    [['durabilityFence fsync', 'redundant']],
  );
});

test('what recovery makes good is missed', () => {
  // The list of orphans: recovery finds them by itself.
  const found = verdicts('nfs', 12, /writeBack addOrphan/);
  assert.deepEqual([...found], [['writeBack addOrphan', 'missed']]);
});
