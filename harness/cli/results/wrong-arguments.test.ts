import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { twoRuns } from './testing/two-runs.ts';

const { directory, pmirror } = await twoRuns();

test('wrong arguments are refused with what is accepted', async () => {
  writeFileSync(join(directory, 'text.db'), 'no database at all, but text of some length');
  const twice = [
    readFileSync(join(directory, 'a.csv'), 'utf8'),
    readFileSync(join(directory, 'a.csv'), 'utf8').split('\n').slice(1).join('\n'),
  ];
  writeFileSync(join(directory, 'twice.csv'), twice.join(''));
  for (const [words, code, expected] of [
    [
      ['lst'],
      2,
      /unknown action 'lst': did you mean list\?; accepted: list, show, compare, export, merge/,
    ],
    [['list', 'a.db'], 2, /results list takes no 'a\.db': a database is --db FILE/],
    [['list', '--db', 'none.db'], 1, /cannot read the results database \S*none\.db: no such file/],
    [['list', '--db', 'text.db'], 1, /text\.db: it is no SQLite database/],
    [
      ['list', '--db', 'a.db', '--fail-on', '2%'],
      2,
      /results list takes no --fail-on, which is of results compare/,
    ],
    [['show', '--db', 'a.db', '--where', 'threads'], 2, /--where 'threads' is not COLUMN=VALUE/],
    [
      ['show', '--db', 'a.db', '--where', 'thread=1'],
      2,
      /a\.db has no column 'thread'; accepted: set, /,
    ],
    [
      ['show', '--db', 'a.db', '--program', 'echo'],
      2,
      /no cell fits what was chosen; pmirror results list/,
    ],
    [['show', '--db', 'a.db', '--run', 'x'], 2, /--run 'x' is no number of a run/],
    [
      ['export', '--db', 'a.db', '--format', 'xml'],
      2,
      /unknown --format 'xml'; accepted: csv, tidy, jsonl, parquet/,
    ],
    [
      ['export', '--db', 'a.db', '--format', 'parquet'],
      2,
      /parquet is no text: give --output FILE/,
    ],
    [
      ['export', '--db', 'a.db', '--tidy', '--format', 'csv'],
      2,
      /--tidy and --format csv: give one/,
    ],
    [
      ['export', '--from', 'a.csv', '--program', 'echo'],
      2,
      /--from is for CSV files; rows are chosen of a database/,
    ],
    [['compare', 'a.csv'], 2, /takes two, before and after; 1 was given/],
    [
      ['compare', 'a.csv', 'b.csv', '--program', 'echo'],
      2,
      /a\.csv is no database, of which rows could be chosen/,
    ],
    [
      ['compare', 'a.csv', 'b.csv', '--metric', 'speed'],
      2,
      /unknown --metric 'speed'; accepted: all, /,
    ],
    [
      ['compare', 'a.csv', 'b.csv', '--fail-on', 'much'],
      2,
      /--fail-on 'much' is no share in per cent, as 2%/,
    ],
    [
      ['compare', 'a.csv', 'twice.csv'],
      2,
      /twice\.csv: rows of twice\.csv are there twice, that should differ in/,
    ],
    [['merge', '--db', 'x.db'], 2, /which databases\? Give their paths/],
    [['merge', 'a.db'], 2, /where to\? Give --db FILE/],
    [['merge', 'a.db', '--db', 'a.db'], 2, /--db \S*a\.db would overwrite a\.db, which is read/],
    [['merge', 'a.db', 'text.db', '--db', 'x.db'], 1, /text\.db: it is no SQLite database/],
    [
      ['merge', 'a.db', '--db', 'text.db'],
      1,
      /cannot write the results database \S*text\.db: it is no SQLite/,
    ],
  ] as const) {
    const { code: found, err } = await pmirror(['results', ...words]);
    assert.match(err, expected, words.join(' '));
    assert.equal(found, code, words.join(' '));
  }
  assert.equal(existsSync(join(directory, 'x.db')), false);
});
