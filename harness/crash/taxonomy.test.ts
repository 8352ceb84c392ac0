/** What is stated of each method on each machine is what its crashes show, each loss as a case that can be shown again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METHODS } from './bugs/methods.ts';
import { runCrashJob } from './job.ts';
import { isConfirmed, taxonomyJob, taxonomyRows } from './taxonomy.ts';
import { TAXONOMY_COLUMNS } from './taxonomy-columns.ts';

const JOB = taxonomyJob({ seed: 1, crashes: 100, imagesPerCrash: 8 });
const ROWS = taxonomyRows(runCrashJob(JOB));

test('every method that is stated to be right loses nothing, every other a transaction', () => {
  for (const row of ROWS) {
    const { domain, ddio, verb, method, result } = row;
    const what = `${domain}, DDIO ${ddio}, ${verb}, ${method.awaited}`;
    assert(isConfirmed(row), what);
    const { failure } = result.exploration;
    if (failure !== null) assert((failure.acknowledged.least[0] ?? 0) > 0, what);
  }
  // Of each of 4 machines and 3 verbs one method is the least that is right.
  assert.equal(ROWS.filter(({ isLeast }) => isLeast).length, 4 * 3);
  assert.equal(ROWS.length, 4 * (METHODS.length + METHODS.length / 2));
});

test('a loss can be shown again, and a row says how', () => {
  const lossy = ROWS.find(({ ddio, result }) => ddio === 'off' && result.exploration.failure);
  const failure = lossy?.result.exploration.failure;
  assert(lossy !== undefined && failure);
  const { machine, crashPs, kept } = failure;
  const again = { ...JOB, systems: [lossy.result.system], image: { machine, crashPs, kept } };
  assert.deepEqual(runCrashJob(again)[0].exploration.failure, failure);
  const [image] = TAXONOMY_COLUMNS.filter(({ name }) => name === 'image');
  assert.equal(image.value(lossy), `--machine ${machine} --crash-at ${crashPs} --keep none`);
});

test('what is stated wrongly is found out', () => {
  for (const row of ROWS) assert(!isConfirmed({ ...row, isRight: !row.isRight }));
});
