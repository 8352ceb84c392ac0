/** The fuzzer, for a few cases; `npm run fuzz` takes longer, in continuous integration too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extent } from '../../pm/testing/extent.ts';
import { keptCases } from './corpus.ts';
import { EVERY_TARGET, failureText, fuzz } from './fuzz.ts';

/** New cases of each target, beside those that are kept. */
const RUNS = extent({ short: 1, long: 3 });
/** A machine is fitted to what was measured in seconds, a hundred times what other cases take. */
const TARGETS = EVERY_TARGET.filter((name) => name !== 'measured');
const SEED = 1;

test('no command fails at kept cases, nor at new ones', async (t) => {
  const budget = { targets: TARGETS, seed: SEED, runs: RUNS, corpus: true };
  const { failures, codes } = await fuzz(budget, (said) => t.diagnostic(said));
  assert.deepEqual(failures.map((failure) => failureText(failure, SEED)).join('\n\n'), '');
  const kept = codes.get('corpus')?.reduce((sum, count) => sum + count, 0);
  assert.equal(kept, keptCases().size);
});
