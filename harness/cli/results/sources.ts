/**
 * What one side of a comparison is, as a user names it: a CSV file, a directory of them, a results database, or
 * of the database at hand a commit, a version of the model or a run.
 */

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { type CellChoice, type StoredCell, StoredResults } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { type ComparedFile, kindOf } from '../../studies/compare/index.ts';
import { userPath } from '../file-options.ts';
import type { Input } from '../manifest.ts';
import { readResults, resultPathsAt } from '../tidy-files.ts';
import { databaseAtHand } from '../work.ts';
import { choiceOf, isAll, type ResultsValues } from './options.ts';

import { storedTable, VERSION_COLUMNS } from './stored-table.ts';

/** One side. */
interface Source {
  readonly files: readonly ComparedFile[];
  readonly inputs: readonly Input[];
}

/** The source called `word`. Throws UsageError and FailureError. */
export function sourceOf(word: string, values: ResultsValues): Source {
  const path = userPath(word);
  if (!existsSync(path)) return storedSource(word, values);
  const choice = choiceOf(values);
  if (isDatabase(path)) return { files: [cellsOf(path, choice, word)], inputs: [] };
  if (!isAll(choice)) {
    throw new UsageError(`${word} is no database, of which rows could be chosen`);
  }
  return csvSource(path, word);
}

/** Whether there is a database at `path`, or what is named so and shall be refused as one. */
function isDatabase(path: string): boolean {
  if (!statSync(path).isFile()) return false;
  const head = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  return head.toString('latin1').startsWith('SQLite format 3') || /\.(db|sqlite)$/i.test(path);
}

function csvSource(path: string, word: string): Source {
  const read = resultPathsAt(path).map(readResults);
  const files = read.flatMap(({ file: name, columns, rows: records }) => {
    const kind = kindOf(name, columns);
    return kind === undefined ? [] : [{ name, columns, records, kind }];
  });
  if (files.length > 0)
    return { files, inputs: read.map(({ file, sha256 }) => ({ file, sha256 })) };
  throw new UsageError(`${word}: no file of results; its columns are those of no file of ours`);
}

/** The rows of the database at `path` that `choice` has. */
function cellsOf(path: string, choice: CellChoice, word: string): ComparedFile {
  const results = new StoredResults(path);
  try {
    const { columns, rows } = storedTable(results, choice);
    if (rows.length === 0) throw new UsageError(`${word}: ${path} has no cells that fit`);
    refuseVersions(rows, word);
    const names = columns.map(({ name }) => name);
    const records = rows.map((row) =>
      Object.fromEntries(columns.map((one) => [one.name, String(one.value(row))])),
    );
    const kind = kindOf('cells', names);
    if (kind === undefined) throw new UsageError(`${word}: ${path} lacks columns of cells`);
    return { name: 'cells', columns: names, records, kind };
  } finally {
    results.close();
  }
}

/** Throws UsageError where `rows` are of several versions, which would be taken for several seeds. */
function refuseVersions(rows: readonly StoredCell[], word: string): void {
  const [model] = VERSION_COLUMNS.map(({ value }) => [...new Set(rows.map(value))]).slice(1);
  if (model.length < 2) return;
  throw new UsageError(
    `${word} has rows of ${model.length} versions of the model: choose one by --model, --commit or --run; ` +
      `they are ${model.join(', ')}`,
  );
}

/** What `word` is in the database at hand. */
function storedSource(word: string, values: ResultsValues): Source {
  const path = values.db ?? databaseAtHand();
  const [, kind, name = word] = /^(run|commit|model):(.*)$/.exec(word) ?? [];
  const choice = choiceOf(values);
  const all = { ...choice, commits: [], models: [], runs: [] };
  const results = new StoredResults(path);
  let found: CellChoice | undefined;
  let there: string;
  try {
    const rows = results.cells(all, []);
    const begins = (one: string) => name !== '' && one.startsWith(name);
    const tries: readonly [string, boolean, CellChoice][] = [
      ['run', /^\d{1,6}$/.test(name), { ...all, runs: [Number(name)] }],
      ['commit', rows.some(({ commitId }) => begins(commitId)), { ...all, commits: [name] }],
      ['model', rows.some(({ model }) => begins(model)), { ...all, models: [name] }],
    ];
    found = tries.find(([is, fits]) => fits && (kind === undefined || kind === is))?.[2];
    const commits = [...new Set(rows.map(({ commitId }) => commitId))];
    there = commits.length === 0 ? 'it has no cells' : `it has the commits ${commits.join(', ')}`;
  } finally {
    results.close();
  }
  if (found !== undefined) return { files: [cellsOf(path, found, word)], inputs: [] };
  throw new UsageError(
    `${word} is no file, and no commit, model or run in ${printable(basename(path))}: ${there}`,
  );
}
