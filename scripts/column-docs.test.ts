import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RESULTS_README, withColumnDocs } from './column-docs.ts';

test('results/README.md describes the columns that the files have (npm run docs)', () => {
  const page = readFileSync(RESULTS_README, 'utf8');
  assert.equal(page, withColumnDocs(page));
});

test('a page without the markers is refused', () => {
  assert.throws(() => withColumnDocs('nothing here'), /no section/);
});
