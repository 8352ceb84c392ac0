/**
 * CSV files as figures read them: each figure states the columns that it needs, as a zod object, and
 * gets typed rows. A column that is missing is refused by name; one that is new is ignored.
 */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { systemReason, UsageError } from '../../../harness/host/index.ts';
import { type CsvRecords, parseCsv } from '../../../harness/report/index.ts';
import { decimal } from '../../../pm/decimal.ts';
import { printable } from '../../../pm/printable.ts';

/** A cell with text; empty (or "-", as older files have it) means that there is none. */
export const text = z.string().transform((cell) => (cell === '-' ? '' : cell));

/** The same of a column that shorter files leave out. */
export const textIfAny = text.default('');

/** A cell with a number, or null where there is none: a gap in the figure, never a zero. */
export const number = z.string().transform((cell, context) => {
  if (cell === '' || cell === '-') return null;
  const value = decimal(cell);
  if (!Number.isNaN(value)) return value;
  context.addIssue({ code: 'custom', message: `is '${cell}', which is no number` });
  return z.NEVER;
});

/** What one figure needs of one file: its usual name, and its columns. */
export interface TableSpec<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly file: string;
  readonly columns: z.ZodObject<Shape>;
}

/** A table of `file` with `columns`, each {@link text}, {@link textIfAny} or {@link number}. */
export function table<Shape extends z.ZodRawShape>(file: string, columns: Shape): TableSpec<Shape> {
  return { file, columns: z.object(columns) };
}

/** One file, read. */
export interface CsvFile extends CsvRecords {
  readonly path: string;
}

/**
 * Reads the CSV file at `path`. What cannot be shown is escaped: ends of lines would end an expression of
 * vega, and controls are not allowed in SVG. Throws UsageError.
 */
export function readCsv(path: string): CsvFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${systemReason(error)}`);
  }
  const { columns, records } = parseCsv(bytes, path);
  const shown = records.map((record) =>
    Object.fromEntries(Object.entries(record).map(([name, cell]) => [name, printable(cell)])),
  );
  return { path, columns, records: shown };
}

/** Columns that `spec` needs and `file` lacks. */
export function missingColumns(file: CsvFile, spec: TableSpec): string[] {
  return Object.entries(spec.columns.shape)
    .filter(([, column]) => column !== textIfAny)
    .map(([name]) => name)
    .filter((name) => !file.columns.includes(name));
}

/** The rows of `file` with the columns of `spec`. Throws UsageError with the column that is wrong. */
export function rowsOf<Shape extends z.ZodRawShape>(
  file: CsvFile,
  spec: TableSpec<Shape>,
): z.output<z.ZodObject<Shape>>[] {
  const missing = missingColumns(file, spec);
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'the column' : 'the columns';
    throw new UsageError(
      `${file.path}: ${what} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; ` +
        `it needs ${Object.keys(spec.columns.shape).join(', ')} (as ${basename(spec.file)} has them)`,
    );
  }
  return file.records.map((record, index) => {
    const parsed = spec.columns.safeParse(record);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new UsageError(
      `${file.path}, row ${index + 2}: ${issue.path.join('.')} ${issue.message}`,
    );
  });
}
