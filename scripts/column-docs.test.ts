import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tablesSchemaText } from '../harness/report/index.ts';
import { RESULTS_README, TABLES_SCHEMA_FILE, withColumnDocs } from './column-docs.ts';

test('results/README.md describes the columns that the files have (npm run docs)', () => {
  const page = readFileSync(RESULTS_README, 'utf8');
  assert.equal(page, withColumnDocs(page));
});

test('results/tables.schema.json is the schema of what --json prints (npm run docs)', () => {
  assert.equal(readFileSync(TABLES_SCHEMA_FILE, 'utf8'), tablesSchemaText());
});

test('a page without the markers is refused', () => {
  assert.throws(() => withColumnDocs('nothing here'), /no section/);
});

test('the columns of every file that is written are described', () => {
  const root = join(import.meta.dirname, '..', 'harness');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const described = ['harness/cli/result-tables.ts', 'scripts/column-docs.ts']
    .map((file) => readFileSync(join(import.meta.dirname, '..', file), 'utf8'))
    .join('');
  const written = files
    .filter((file) => file.startsWith('cli') && file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(/columns: (\w+)[^}]*\bto\b/g),
    ])
    .map(([, columns]) => columns)
    // The long form, and cells of a database, have the columns of the files that they are from.
    .filter((columns) => !['tidyColumns', 'all'].includes(columns));
  assert.ok(written.length > 10, `${written.length} files`);
  for (const columns of written) {
    assert.match(described, new RegExp(`[(:] ?${columns}\\b`), columns);
  }
});
