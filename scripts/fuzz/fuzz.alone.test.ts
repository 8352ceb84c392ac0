/** The fuzzer, for a few seconds; `npm run fuzz` takes longer, in continuous integration too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptCases } from './corpus.ts';
import { EVERY_TARGET, failureText, fuzz } from './fuzz.ts';

/** For all targets together, beside the cases that are kept. */
const SECONDS = 1;
const SEED = 1;

test('no command fails at kept cases, nor at new ones', async (t) => {
  const budget = { targets: EVERY_TARGET, seed: SEED, seconds: SECONDS, corpus: true };
  const { failures, codes } = await fuzz(budget, (said) => t.diagnostic(said));
  assert.deepEqual(failures.map((failure) => failureText(failure, SEED)).join('\n\n'), '');
  const kept = codes.get('corpus')?.reduce((sum, count) => sum + count, 0);
  assert.equal(kept, keptCases().size);
});
