import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RESULTS_README, withColumnDocs } from './column-docs.ts';

test('results/README.md describes the columns that the files have (npm run docs)', () => {
  const page = readFileSync(RESULTS_README, 'utf8');
  assert.equal(page, withColumnDocs(page));
});

test('a page without the markers is refused', () => {
  assert.throws(() => withColumnDocs('nothing here'), /no section/);
});

test('the columns of every file that is written are described', () => {
  const root = join(import.meta.dirname, '..', 'harness');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const described = readFileSync(join(import.meta.dirname, 'column-docs.ts'), 'utf8');
  const written = files
    .filter((file) => file.startsWith('cli') && file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(/writeCsv\(\s*[^,]+,\s*(\w+)/g),
    ])
    .map(([, columns]) => columns);
  assert.ok(written.length > 10, `${written.length} files`);
  for (const columns of written) {
    assert.match(described, new RegExp(`: ${columns}\\b`), columns);
  }
});
