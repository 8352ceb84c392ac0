/**
 * The statements of sysbench's OLTP test in its "complex" (read-write) mode, on one table. They are
 * ten point selects, four range selects of 100 rows (plain, sum, ordered, distinct), an update of
 * the indexed column, one of another column, and a delete with an insert of the same row. Keys
 * follow sysbench's "special" distribution with its default parameters: 75 % of them are uniform over
 * the middle 1 % of the rows, the others are the mean of twelve uniform draws over all rows.
 */

import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Random } from '../../pm/random.ts';
import { VerifyError } from '../workload.ts';

const POINT_SELECTS = 10;
const RANGE_ROWS = 100;
/** sysbench's --oltp-dist-res, --oltp-dist-pct and --oltp-dist-iter. */
const HOT_SHARE = 0.75;
const HOT_ROWS = 0.01;
const DRAWS_OF_MEAN = 12;
/** Statements of one transaction before it writes: BEGIN and the selects. */
export const READ_STATEMENTS = 1 + POINT_SELECTS + 4;
/** The statements that write, and COMMIT. */
export const WRITE_STATEMENTS = 4 + 1;

const C_DIGITS = 11;
const C_GROUPS = 10;
const PAD_GROUPS = 5;

/** Groups of digits as sysbench fills its text columns with, the last digit of each a check digit. */
function digitGroups(random: Random, groups: number): string {
  let text = '';
  for (let g = 0; g < groups; g++) {
    let sum = 0;
    if (g > 0) text += '-';
    for (let d = 0; d < C_DIGITS - 1; d++) {
      const digit = random.below(10);
      sum += digit;
      text += digit;
    }
    text += sum % 10;
  }
  return text;
}

function groupsAreIntact(text: string, groups: number): boolean {
  if (text.length !== groups * (C_DIGITS + 1) - 1) return false;
  for (let at = 0; at < text.length; at += C_DIGITS + 1) {
    if (at > 0 && text[at - 1] !== '-') return false;
    const check = at + C_DIGITS - 1;
    let sum = 0;
    for (let i = at; i < check; i++) sum += digitAt(text, i);
    if (digitAt(text, check) !== sum % 10) return false;
  }
  return true;
}

/** NaN where there is no digit. */
function digitAt(text: string, index: number): number {
  const digit = text.charCodeAt(index) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

/** Creates and fills the table `sbtest`. */
export function loadTable(connection: Database.Database, rows: number, random: Random): void {
  const columns = 'k INTEGER NOT NULL, c TEXT NOT NULL, pad TEXT NOT NULL';
  connection.exec(`CREATE TABLE sbtest(id INTEGER PRIMARY KEY, ${columns});`);
  const insert = connection.prepare('INSERT INTO sbtest VALUES (?, ?, ?, ?)');
  connection.transaction(() => {
    for (let id = 1; id <= rows; id++) {
      const c = digitGroups(random, C_GROUPS);
      insert.run(id, random.between(1, rows), c, digitGroups(random, PAD_GROUPS));
    }
    connection.exec('CREATE INDEX k_sbtest ON sbtest(k);');
  })();
}

/** Runs transactions on the table. */
export class SysbenchOltp {
  readonly #connection: Database.Database;
  readonly #rows: number;
  readonly #statements: ReturnType<typeof prepareAll>;

  constructor(connection: Database.Database, rows: number) {
    this.#connection = connection;
    this.#rows = rows;
    this.#statements = prepareAll(connection);
  }

  /** One transaction, committed when this returns. */
  run(random: Random): void {
    const sql = this.#statements;
    const connection = this.#connection;
    connection.exec('BEGIN');
    for (let i = 0; i < POINT_SELECTS; i++) sql.point.get(specialKey(random, this.#rows));
    for (const select of sql.ranges) {
      const from = specialKey(random, this.#rows);
      select.all(from, from + RANGE_ROWS - 1);
    }
    sql.updateIndex.run(specialKey(random, this.#rows));
    sql.updateOther.run(digitGroups(random, C_GROUPS), specialKey(random, this.#rows));
    const id = specialKey(random, this.#rows);
    sql.remove.run(id);
    const k = random.between(1, this.#rows);
    sql.insert.run(id, k, digitGroups(random, C_GROUPS), digitGroups(random, PAD_GROUPS));
    connection.exec('COMMIT');
  }
}

/** A key from 1 to `rows` of sysbench's "special" distribution. */
export function specialKey(random: Random, rows: number): number {
  if (random.chance(HOT_SHARE)) {
    const hot = Math.max(1, Math.floor(rows * HOT_ROWS));
    const first = Math.floor(rows / 2) - Math.floor((rows * HOT_ROWS) / 2);
    return Math.max(1, first + random.below(hot));
  }
  let sum = 0;
  for (let i = 0; i < DRAWS_OF_MEAN; i++) sum += random.between(1, rows);
  return Math.floor(sum / DRAWS_OF_MEAN);
}

function prepareAll(connection: Database.Database) {
  const between = 'FROM sbtest WHERE id BETWEEN ? AND ?';
  return {
    point: connection.prepare('SELECT c FROM sbtest WHERE id = ?'),
    ranges: [
      connection.prepare(`SELECT c ${between}`),
      connection.prepare(`SELECT SUM(k) ${between}`),
      connection.prepare(`SELECT c ${between} ORDER BY c`),
      connection.prepare(`SELECT DISTINCT c ${between} ORDER BY c`),
    ],
    updateIndex: connection.prepare('UPDATE sbtest SET k = k + 1 WHERE id = ?'),
    updateOther: connection.prepare('UPDATE sbtest SET c = ? WHERE id = ?'),
    remove: connection.prepare('DELETE FROM sbtest WHERE id = ?'),
    insert: connection.prepare('INSERT INTO sbtest VALUES (?, ?, ?, ?)'),
  } as const;
}

type Row = readonly [id: number, k: number, c: string, pad: string];

/** All rows in order of their keys. */
function rowsOf(connection: Database.Database): IterableIterator<Row> {
  return connection.prepare<[], Row>('SELECT * FROM sbtest ORDER BY id').raw().iterate();
}

/** Number of rows and a SHA-256 over them in order of their keys. */
export function digestTable(connection: Database.Database): string {
  const hash = createHash('sha256');
  let rows = 0;
  for (const row of rowsOf(connection)) {
    hash.update(`${row.join(' ')}\n`);
    rows++;
  }
  return `sbtest ${rows} rows ${hash.digest('hex')}`;
}

/**
 * Throws VerifyError unless SQLite finds the database intact, every row is there exactly once and
 * its text columns carry their check digits.
 */
export function verifyTable(connection: Database.Database, rows: number): void {
  const verdict = connection.pragma('integrity_check', { simple: true });
  if (verdict !== 'ok') throw new VerifyError(`SQLite's integrity check: ${verdict}`);
  let expected = 1;
  for (const [id, , c, pad] of rowsOf(connection)) {
    if (id !== expected++) throw new VerifyError(`row ${expected - 1} of sbtest is missing`);
    if (!groupsAreIntact(c, C_GROUPS) || !groupsAreIntact(pad, PAD_GROUPS)) {
      throw new VerifyError(`row ${id} of sbtest is damaged`);
    }
  }
  if (expected !== rows + 1) throw new VerifyError(`${expected - 1} rows instead of ${rows}`);
}
