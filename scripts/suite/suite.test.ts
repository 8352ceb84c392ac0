/** That `npm test` runs every test file, once. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALONE, ROOT } from './together.ts';

const SUITES = 'scripts/suite/*.suite.ts';
const TESTS = '{pm,rdma,workloads,harness,scripts}/**/*.test.ts';

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (patterns: readonly string[], exclude: readonly string[] = []): string[] =>
  globSync(patterns, { cwd: ROOT, exclude });

test('every test file is in one suite, or has a process of its own', () => {
  const counts = new Map(filesOf([TESTS], [ALONE]).map((file) => [file, 0]));
  for (const suite of filesOf([SUITES])) {
    const [, patterns] = /^await together\(([^)]*)\)/m.exec(textOf(suite)) ?? [];
    const quoted = [...(patterns ?? '').matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern);
    for (const file of filesOf(quoted, [ALONE])) counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  assert.ok(counts.size > 200);
  const wrong = [...counts].filter(([, count]) => count !== 1);
  assert.deepEqual(wrong, [], 'files in no suite of scripts/suite, or in several');
});

test('npm run test:long starts every test that asks how far to explore', () => {
  const { scripts } = JSON.parse(textOf('package.json'));
  const started = [...scripts['test:long'].matchAll(/\S+\.test\.ts/g)].map(([file]) => file);
  const asking = filesOf([TESTS]).filter((file) => /from '.*\/extent\.ts'/.test(textOf(file)));
  assert.ok(asking.length > 0);
  assert.deepEqual(started, asking.sort());
});

test('npm test starts the suites and what is alone', () => {
  const { scripts } = JSON.parse(textOf('package.json'));
  const started = filesOf([...scripts.test.matchAll(/"([^"]+)"/g)].map(([, pattern]) => pattern));
  const suites = filesOf([SUITES]);
  assert.deepEqual(started.sort(), [...suites, ...filesOf([ALONE])].sort());
});
