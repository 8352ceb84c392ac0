import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandSystems } from '../bench/index.ts';
import { type CrashJob, runCrashJob } from './job.ts';
import { machinesOf, subjectOf, USUAL_CONDITIONS } from './plan.ts';

function job(backends: readonly string[], seed = 1): CrashJob {
  const extent = { crashes: 12, imagesPerCrash: 4, resumeOneIn: 2, interruptOneIn: 2 };
  return {
    subject: subjectOf({
      workload: 'ctree',
      threads: 2,
      transactions: 6,
      seed,
      isolation: 'words',
    }),
    systems: expandSystems({
      backends,
      profiles: [machinesOf(USUAL_CONDITIONS)],
      replicas: [1],
    }),
    thoroughness: { ...extent, seed },
    bug: null,
    image: null,
  };
}

test('a job gives the same, whatever is known of its images from the one before', () => {
  const [first] = runCrashJob(job(['sm-ob']));
  // Another program's run in between, so that all is forgotten.
  runCrashJob(job(['no-sm'], 2));
  const [, known] = runCrashJob(job(['sm-rc', 'sm-ob']));
  const again = runCrashJob(job(['sm-ob']))[0];
  assert.deepEqual(again, first);
  // Within a job nothing is counted twice.
  assert.ok(known.exploration.recoveries < first.exploration.recoveries);
  assert.deepEqual(
    { ...known.exploration, recoveries: 0 },
    { ...first.exploration, recoveries: 0 },
  );
});
