/**
 * Tables as JSON, for programs: one form for every command. The columns say what there is, the rows hold
 * it: a number as a number, and null where a CSV file has an empty cell. `results/tables.schema.json` is
 * the same schema for other languages.
 */

import { z } from 'zod';
import { type Column, columnsOf } from './column.ts';

/** The rows of one table, and what its columns are. */
export interface Table<Row = never> {
  /** What a row is, in one word. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

const COLUMN = z.strictObject({
  name: z.string().min(1),
  unit: z
    .string()
    .nullable()
    .describe('null where there is none; "as in NAME": it stands in that column of the row'),
  type: z
    .enum(['number', 'text', 'mixed'])
    .describe('mixed: a number in some rows and text in others'),
  meaning: z.string(),
});

const CELL = z.union([z.number(), z.string(), z.null()]);

const TABLE = {
  name: z.string().min(1).describe('what a row is, in one word'),
  columns: z.array(COLUMN),
  rows: z
    .array(z.record(z.string(), CELL))
    .describe('every row has every column, by its name; null: not there'),
};

/** What a command prints with `--json`. */
export const TABLES_SCHEMA = z
  .strictObject({
    command: z.string().describe('the command line'),
    version: z.string().describe('version of pmirror'),
    ...TABLE,
    further: z.array(z.strictObject(TABLE)).describe('what the command has besides; often nothing'),
  })
  .describe('What pmirror prints with --json: a table, and further ones');

/** The same as JSON Schema: the text of `results/tables.schema.json`. */
export function tablesSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(TABLES_SCHEMA), null, 2)}\n`;
}

type Cell = z.infer<typeof CELL>;

/** The text of {@link TABLES_SCHEMA} in pieces, a row a line. `tables`: the main one first. */
export function* tablesJson(
  { command, version }: { readonly command: string; readonly version: string },
  [main, ...further]: readonly Table[],
): Generator<string> {
  yield `{"command": ${JSON.stringify(command)}, "version": ${JSON.stringify(version)},\n`;
  yield* tableJson(main);
  yield ',\n"further": [';
  for (const [i, table] of further.entries()) {
    yield i === 0 ? '{' : ',\n{';
    yield* tableJson(table);
    yield '}';
  }
  yield ']}\n';
}

function* tableJson({ name, columns, rows }: Table): Generator<string> {
  const all = columnsOf(columns, rows);
  const types = all.map((column) => typeOf(column, rows));
  const heads = all.map(({ name, unit, meaning }, i) => ({
    name,
    unit: unit === '-' ? null : unit,
    type: types[i],
    meaning,
  }));
  yield `"name": ${JSON.stringify(name)},\n"columns": [`;
  yield heads.map((head) => JSON.stringify(head)).join(',\n');
  yield '],\n"rows": [';
  for (const [i, row] of rows.entries()) {
    const cells = all.map((column) => [column.name, cellOf(column, row)]);
    yield `${i === 0 ? '' : ',\n'}${JSON.stringify(Object.fromEntries(cells))}`;
  }
  yield ']';
}

function cellOf<Row>({ value }: Column<Row>, row: Row): Cell {
  const cell = value(row);
  return cell === '' || (typeof cell === 'number' && !Number.isFinite(cell)) ? null : cell;
}

/** What the cells of a column are; of one without any, what its unit suggests. */
function typeOf<Row>(column: Column<Row>, rows: readonly Row[]): z.infer<typeof COLUMN>['type'] {
  const cells = rows.map((row) => cellOf(column, row)).filter((cell) => cell !== null);
  const types = new Set(cells.map((cell) => typeof cell));
  if (types.size === 0) return column.unit === '-' ? 'text' : 'number';
  if (types.size > 1) return 'mixed';
  return types.has('number') ? 'number' : 'text';
}
