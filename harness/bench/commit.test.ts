import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { currentCommit } from './commit.ts';

test('outside of a checkout the commit is unknown', () => {
  assert.equal(currentCommit(tmpdir()), 'unknown');
});
