/** The results that a report is of: every CSV file of a directory that it knows, or one file. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../../harness/host/index.ts';
import {
  type ComparedFile,
  KNOWN_FILES,
  keyIn,
  kindOf,
} from '../../harness/studies/compare/index.ts';
import { readCsv } from '../figures/draw/table.ts';

/** One file of results. */
export interface ResultFile extends ComparedFile {
  readonly path: string;
}

/** Results, and where they are from. */
export interface Results {
  /** Where they are, as the user said it: nothing of the machine is in it. */
  readonly from: string;
  readonly path: string;
  readonly isOneFile: boolean;
  readonly files: readonly ResultFile[];
  /** Files beside them that are none of ours, by name. */
  readonly ignored: readonly string[];
}

/**
 * Reads the results at `path`, a directory or a file, which the page calls `from`. Throws UsageError
 * with what is wrong.
 */
export function readResults(path: string, from: string): Results {
  if (!existsSync(path)) throw new UsageError(`${from}: no such file or directory`);
  const isOneFile = statSync(path).isFile();
  if (isOneFile) return { from, path, isOneFile, files: [resultFile(path)], ignored: [] };
  const names = readdirSync(path)
    .filter((name) => name.endsWith('.csv'))
    .sort();
  const found = names.map((name) => {
    const file = readCsv(join(path, name));
    const kind = kindOf(name, file.columns);
    return kind === undefined ? name : checked({ ...file, name, kind });
  });
  const files = found.filter((one) => typeof one !== 'string');
  const ignored = found.filter((one) => typeof one === 'string');
  if (files.length === 0) {
    const known = KNOWN_FILES.map(({ name }) => name).join(', ');
    throw new UsageError(
      `${from}: has no CSV file of results; accepted: ${known}, or rows of cells`,
    );
  }
  const place = ({ name }: ResultFile) => {
    const at = KNOWN_FILES.findIndex((one) => one.name === name);
    return at < 0 ? KNOWN_FILES.length : at;
  };
  return { from, path, isOneFile, files: files.sort((a, b) => place(a) - place(b)), ignored };
}

function resultFile(path: string): ResultFile {
  const file = readCsv(path);
  const name = basename(path);
  const kind = kindOf(name, file.columns);
  if (kind !== undefined) return checked({ ...file, name, kind });
  throw new UsageError(
    `${path}: its columns are those of no file of results; rows of cells need workload, backend, profile and queuePairs`,
  );
}

/** Columns without which a file of a known name is none. */
function checked(file: ResultFile): ResultFile {
  const needed = file.kind.key.filter((column) => !OPTIONAL.includes(column));
  const missing = needed.filter((column) => !file.columns.includes(column));
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'the column' : 'the columns';
    throw new UsageError(
      `${file.path}: ${what} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; ` +
        `the rows of ${file.kind.name} are told apart by ${needed.join(', ')}`,
    );
  }
  return file;
}

/** Columns of keys that older or shorter files leave out. */
const OPTIONAL: readonly string[] = [
  'parameters',
  'threads',
  'replicas',
  'quorum',
  'faults',
  'computeModel',
  'isolation',
];

/** The file called `name`, if the results have it. */
export const fileNamed = ({ files }: Results, name: string): ResultFile | undefined =>
  files.find((file) => file.name === name);

/** Columns of the key of `file` in which its rows differ. */
export function differing(file: ResultFile): string[] {
  const { records } = file;
  return keyIn(file.kind, file.columns).filter((column) =>
    records.some((row) => row[column] !== records[0][column]),
  );
}
