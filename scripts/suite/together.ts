/**
 * Tests of many files in one process. Alone each file would start Node, load what all of them load and
 * warm it up again, which is most of what small tests take.
 */

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import workerThreads from 'node:worker_threads';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Tests that cannot put back what they change of their process: each file has one of its own. */
export const ALONE = '{pm,rdma,workloads,harness,scripts}/**/*.alone.test.ts';

/** What the tests of a process share, beside what modules keep, by name. */
const shared = (): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ['working directory', process.cwd()],
    ['exit code', process.exitCode],
    ['Worker', workerThreads.Worker],
    ...Object.entries(process.env),
  ]);

/** Names of what is not as it was. */
function changedSince(before: ReadonlyMap<string, unknown>): string[] {
  const now = shared();
  return [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name) !== now.get(name),
  );
}

/**
 * Loads the test files that `patterns` name, from the root of the repository, but those that are to be alone.
 * Their tests run once all are loaded, file by file. A test must put back what it changes of the process,
 * which is checked at the end.
 */
export async function together(...patterns: readonly string[]): Promise<void> {
  const before = shared();
  const loading = Promise.withResolvers<readonly unknown[]>();
  test(`${patterns.join(', ')}: files are loaded, which changes nothing`, async () => {
    const errors = await loading.promise;
    if (errors.length > 0) throw new AggregateError(errors, 'test files that cannot be loaded');
    assert.deepEqual(changedSince(before), []);
  });
  const errors: unknown[] = [];
  for (const file of globSync(patterns, { cwd: ROOT, exclude: [ALONE] }).sort()) {
    try {
      await import(pathToFileURL(join(ROOT, file)).href);
    } catch (error) {
      errors.push(error);
    }
  }
  loading.resolve(errors);
  test(`${patterns.join(', ')}: tests put back what they share`, () => {
    assert.deepEqual(changedSince(before), []);
  });
}
