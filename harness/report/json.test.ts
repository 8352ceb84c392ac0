import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Column, column, openColumn } from './column.ts';
import { TABLES_SCHEMA, type Table, tablesJson, tablesSchemaText } from './json.ts';

interface Row {
  readonly name: string;
  readonly value: string | number;
  readonly more?: Readonly<Record<string, number>>;
}

const COLUMNS: readonly Column<Row>[] = [
  column('name', '-', 'a name', ({ name }) => name),
  column('value', 'as in name', 'a value', ({ value }) => value),
  openColumn('more.*', 'ns', 'more', ({ more = {} }) => more),
];

const table = (rows: readonly Row[]): Table =>
  ({ name: 'rows', columns: COLUMNS, rows }) as unknown as Table;

const ABOUT = { command: `pmirror run "a" '\u2028'`, version: '1.2.3' };

/** What a reader of the JSON finds. */
function found(...tables: readonly Table[]) {
  return TABLES_SCHEMA.parse(JSON.parse([...tablesJson(ABOUT, tables)].join('')));
}

test('numbers are numbers, what is not there is null, and text comes back as it was', () => {
  const rows: Row[] = [
    { name: 'with "quotes",\r\n\u0000 and \ud83d\ude00', value: 1e-9, more: { a: 0 } },
    { name: '', value: '', more: { b: 2 } },
    { name: '7', value: Number.NaN },
    { name: 'x', value: Number.POSITIVE_INFINITY },
  ];
  const { rows: read, columns, command, version, further } = found(table(rows));
  assert.deepEqual(read, [
    { name: rows[0].name, value: 1e-9, 'more.a': 0, 'more.b': null },
    { name: null, value: null, 'more.a': null, 'more.b': 2 },
    { name: '7', value: null, 'more.a': null, 'more.b': null },
    { name: 'x', value: null, 'more.a': null, 'more.b': null },
  ]);
  assert.deepEqual(
    columns.map(({ name, unit, type }) => [name, unit, type]),
    [
      ['name', null, 'text'],
      ['value', 'as in name', 'number'],
      ['more.a', 'ns', 'number'],
      ['more.b', 'ns', 'number'],
    ],
  );
  assert.deepEqual([command, version, further], [ABOUT.command, ABOUT.version, []]);
});

test('a column of numbers and text says so, and one of nothing goes by its unit', () => {
  const typesOf = (rows: readonly Row[]) => found(table(rows)).columns.map(({ type }) => type);
  const mixed = [1, 'o2', ''].map((value) => ({ name: '', value }));
  assert.deepEqual(typesOf(mixed), ['text', 'mixed']);
  assert.deepEqual(typesOf([]), ['text', 'number']);
});

test('further tables follow, empty ones too', () => {
  const { rows, further } = found(table([]), table([{ name: 'a', value: 1 }]), table([]));
  assert.deepEqual(rows, []);
  assert.deepEqual(
    further.map((one) => one.rows.length),
    [1, 0],
  );
});

test('the JSON schema asks for what the other one does', () => {
  const schema = JSON.parse(tablesSchemaText());
  assert.deepEqual(schema.required, ['command', 'version', 'name', 'columns', 'rows', 'further']);
  assert.equal(schema.additionalProperties, false);
  const [{ name: _, ...lacking }] = [found(table([]))];
  assert.throws(() => TABLES_SCHEMA.parse(lacking));
  assert.throws(() => TABLES_SCHEMA.parse({ ...found(table([])), rows: [{ name: true }] }));
});
