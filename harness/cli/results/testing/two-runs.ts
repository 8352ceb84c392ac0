/** Two small runs with their databases and CSV files, in a directory of a test. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { commandsHere, type Ran } from '../../testing/in-process.ts';

/** Words of a run that takes no time. */
export const RUN = [
  'run',
  'transact',
  '--transactions',
  '20',
  '--warmup',
  '2',
  '--param',
  'epochs=2',
];

/** Where they are, and how to run commands there. */
export interface TwoRuns {
  readonly directory: string;
  pmirror(words: readonly string[]): Promise<Ran>;
}

/** `a.db` of two seeds under two designs, and `b.db` of the first of these with a third design; `a.csv`, `b.csv`. */
export async function twoRuns(): Promise<TwoRuns> {
  const directory = mkdtempSync(join(tmpdir(), 'results-verbs-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const pmirror = commandsHere(directory);
  for (const [name, words] of [
    ['a', ['--backend', 'no-sm,sm-dd', '--seeds', '2']],
    ['b', ['--backend', 'no-sm,sm-ob,sm-dd']],
  ] as const) {
    const files = ['--db', `${name}.db`, '--output', `${name}.csv`];
    const { code, err } = await pmirror([...RUN, ...words, ...files]);
    assert.equal(code, 0, err);
  }
  return { directory, pmirror };
}
