/** `pmirror results export`: rows as CSV, in long form, as JSON Lines or Parquet. */

import { basename } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { StoredResults } from '../../bench/index.ts';
import { refuseSameFile, UsageError } from '../../host/index.ts';
import {
  type Column,
  columnsOf,
  csvText,
  type Fields,
  type TidyRow,
  tidyColumns,
  tidyRows,
} from '../../report/index.ts';
import type { Answer } from '../answer.ts';
import { STANDARD_OUTPUT } from '../file-options.ts';
import { namedCsv } from '../result-files.ts';
import {
  kindOf,
  type ResultFile,
  readResults,
  resultPathsAt,
  rolesOf,
  whyUnknown,
} from '../tidy-files.ts';
import { jsonLines } from './json-lines.ts';
import { choiceOf, type Format, type ResultsValues } from './options.ts';
import { parquetOf } from './parquet.ts';
import { differingVersions, storedTable, VERSION_COLUMNS } from './stored-table.ts';

/** Rows to be written. */
interface Exported<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

/** The format that is asked for. Throws UsageError where two are. */
export function formatOf({ format, tidy, output }: ResultsValues): Format {
  if (tidy !== undefined && format !== undefined && format !== 'tidy') {
    throw new UsageError(`--tidy and --format ${format}: give one of them`);
  }
  if (tidy !== undefined) return 'tidy';
  const [, ending] = /\.(jsonl|parquet)$/.exec(output ?? '') ?? [];
  return format ?? (ending === 'jsonl' || ending === 'parquet' ? ending : 'csv');
}

/** Exports rows of the database at `path`. */
export function exportStored(path: string, values: ResultsValues, answer: Answer): void {
  const format = formatOf(values);
  const results = new StoredResults(path);
  try {
    const { columns, rows } = storedTable(results, choiceOf(values));
    answer.from({ inputs: [] });
    if (format === 'tidy') {
      const all = [...differingVersions(rows), ...columnsOf(columns, rows)];
      const texts = rows.map((row) =>
        Object.fromEntries(all.map((one) => [one.name, String(one.value(row))])),
      );
      const names = all.map(({ name }) => name);
      const file = { file: basename(path), sha256: '', columns: names, rows: texts };
      give(longForm([file]), format, values, answer);
      return;
    }
    // In CSV, other columns before the others would be taken for what a sweep varies.
    const versions = format === 'csv' ? differingVersions(rows) : VERSION_COLUMNS;
    give({ columns: [...versions, ...columns], rows }, format, values, answer);
  } finally {
    results.close();
  }
}

/** Exports CSV files of results. */
export function exportFiles(from: readonly string[], values: ResultsValues, answer: Answer): void {
  const format = formatOf(values);
  const paths = from.flatMap(resultPathsAt);
  refuseSameFile([
    ...paths.map((path) => ({ path, use: 'read', called: path }) as const),
    ...namedCsv('--output', values.output),
  ]);
  const files = paths.map(readResults);
  if (format !== 'tidy' && files.length > 1) {
    throw new UsageError(
      `${files.length} files have no columns in common that ${format} could have: give one --from, or --tidy`,
    );
  }
  const known = knownOf(files);
  answer.from({ inputs: known.map(({ file, sha256 }) => ({ file, sha256 })) });
  if (format === 'tidy') give(longForm(known), format, values, answer);
  else give(wideForm(known[0]), format, values, answer);
}

/** Those of `files` that are results; of others it is said. Throws UsageError if none is. */
function knownOf(files: readonly ResultFile[]): readonly ResultFile[] {
  const known = files.filter((file) => kindOf(file) !== undefined);
  for (const file of files) {
    if (known.includes(file)) continue;
    if (known.length === 0) throw new UsageError(whyUnknown(file));
    process.stderr.write(`left out: ${printable(whyUnknown(file))}\n`);
  }
  return known;
}

function longForm(files: readonly ResultFile[]): Exported<TidyRow> {
  const rows = files.flatMap((file) => {
    const table = kindOf(file);
    return table === undefined ? [] : tidyRows(file.file, file.rows, rolesOf(file, table));
  });
  return { columns: tidyColumns(rows), rows };
}

/** The rows of a file with its numbers as numbers. */
function wideForm(file: ResultFile): Exported<Fields> {
  const table = kindOf(file);
  const known = new Map(table?.columns.map((one) => [one.name, one]));
  const columns = file.columns.map((name) => {
    const { unit = '-', meaning = 'as in the file' } = known.get(name) ?? {};
    const isNumber = file.rows.every((row) => row[name] === '' || isDecimal(row[name]));
    const value = (row: Fields) => (isNumber && row[name] !== '' ? Number(row[name]) : row[name]);
    return { name, unit, meaning, value };
  });
  return { columns, rows: file.rows };
}

/** Whether `text` is just how a number is written. */
const isDecimal = (text: string): boolean => String(Number(text)) === text;

const ENCODERS = {
  csv: csvText,
  tidy: csvText,
  jsonl: jsonLines,
  parquet: parquetOf,
} as const satisfies Record<Format, unknown>;

function give<Row>(
  { columns, rows }: Exported<Row>,
  format: Format,
  { output, json }: ResultsValues,
  answer: Answer,
): void {
  const to = output ?? (json === undefined ? STANDARD_OUTPUT : undefined);
  if (format === 'parquet' && output === undefined) {
    throw new UsageError('parquet is no text: give --output FILE (- for standard output)');
  }
  const encode: (columns: readonly Column<Row>[], rows: readonly Row[]) => string | Uint8Array =
    ENCODERS[format];
  const name = format === 'tidy' ? 'figures' : 'rows';
  answer.give({ name, columns, rows, to, encode });
}
