import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUGGY_DESIGNS } from './bugs/designs.ts';
import type { Exploration } from './check/explore.ts';
import { type Failure, keptText, parseKept } from './check/failure.ts';
import { CRASH_COLUMNS, verdictOf } from './columns.ts';
import { type CrashJob, runCrashJob } from './job.ts';
import { bugJobs } from './plan.ts';
import { SEEDED_BUGS } from './seeded-bugs.ts';

const JOBS = bugJobs({ seed: 1 });

/** The same libraries as in others of these programs, and what takes long: the default check has them. */
const LEFT_OUT = /^(redis|memcached)-|-shared-lines$/;

function nameOf({ bug, systems, subject }: CrashJob): string {
  const [{ backend, profile }] = systems;
  return `${bug ?? backend} on ${subject.workload}, ${profile.name}`;
}

/** What is found, with everything that a row of the table says of it. */
function found(job: CrashJob): Failure {
  const [result] = runCrashJob(job);
  const row = { job, result };
  assert.equal(verdictOf(row), 'caught', nameOf(job));
  for (const column of CRASH_COLUMNS) assert.notEqual(column.value(row), undefined, column.name);
  const { failure } = result.exploration;
  assert(failure !== null);
  return failure;
}

function replay(job: CrashJob, failure: Failure, kept: Failure['kept']): Exploration['failure'] {
  const { machine, crashPs } = failure;
  return runCrashJob({ ...job, image: { machine, crashPs, kept } })[0].exploration.failure;
}

for (const job of JOBS) {
  if (LEFT_OUT.test(job.bug ?? '')) continue;
  test(`${nameOf(job)} is caught, in a minimal case that can be replayed`, () => {
    const failure = found(job);
    const kept = parseKept(keptText(failure.kept));
    assert.deepEqual(kept, failure.kept);
    assert.deepEqual(replay(job, failure, failure.kept), failure);
    for (const left of failure.kept) {
      const fewer = failure.kept.filter((line) => line !== left);
      assert.equal(replay(job, failure, fewer), null, `line ${left.line} is not needed`);
    }
    if (job.bug?.includes('recovery')) assert.match(failure.problem, /again during recovery/);
    else assert.doesNotMatch(failure.problem, /again during recovery/);
    if (/eadr|order-for-durability/.test(job.bug ?? '')) assert.match(failure.machine, /replica/);
  });
}

test('without the bug the same check finds nothing', () => {
  for (const bug of ['ctree-recovery-missing-flush', 'ctree-eadr-missing-flush']) {
    const job = JOBS.find((one) => one.bug === bug);
    assert(job !== undefined);
    const [{ exploration }] = runCrashJob({ ...job, bug: null });
    assert.equal(exploration.failure, null);
  }
});

test('names are distinct, and each program with a library of its own has bugs', () => {
  const names = [...SEEDED_BUGS, ...BUGGY_DESIGNS.map(({ backend }) => backend)].map(
    ({ name }) => name,
  );
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual([...new Set(SEEDED_BUGS.map(({ workload }) => workload))].sort(), [
    'ctree',
    'echo',
    'lmdb',
    'memcached',
    'nfs',
    'redis',
    'vacation',
    'ycsb',
  ]);
});
