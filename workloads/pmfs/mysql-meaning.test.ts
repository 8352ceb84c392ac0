/**
 * The OLTP table beside an array of rows that shares no code with it, fed with what the port drew; and
 * what the transactions charge, and how often they make a checkpoint.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type Database from 'better-sqlite3';
import { Random } from '../../pm/random.ts';
import { type Draw, Draws, watchedRun } from '../testing/watched.ts';
import { mysql } from './mysql.ts';
import { SysbenchOltp } from './sysbench.ts';

type Row = [id: number, k: number, c: string, pad: string];

class NaiveTable {
  readonly rows: Row[] = [];

  load(count: number, draws: Draws): void {
    for (let id = 1; id <= count; id++) {
      const c = digits(draws, 10);
      const k = draws.take(count) + 1;
      this.rows.push([id, k, c, digits(draws, 5)]);
    }
  }

  /** sysbench's complex transaction; the keys of its selects go nowhere. */
  transact(draws: Draws): void {
    const count = this.rows.length;
    const key = (): number => specialKey(draws, count);
    for (let select = 0; select < 10 + 4; select++) key();
    this.rows[key() - 1][1]++;
    const c = digits(draws, 10);
    this.rows[key() - 1][2] = c;
    const id = key();
    const k = draws.take(count) + 1;
    this.rows[id - 1] = [id, k, digits(draws, 10), digits(draws, 5)];
  }

  digest(): string {
    const text = this.rows.map((row) => `${row.join(' ')}\n`).join('');
    return `sbtest ${this.rows.length} rows ${createHash('sha256').update(text).digest('hex')}`;
  }
}

/** Groups of ten digits and the last digit of their sum. */
function digits(draws: Draws, groups: number): string {
  return Array.from({ length: groups }, () => {
    const ten = Array.from({ length: 10 }, () => draws.take(10));
    return [...ten, ten.reduce((sum, digit) => sum + digit, 0) % 10].join('');
  }).join('-');
}

/** Three quarters in the middle hundredth; else the mean of twelve. */
function specialKey(draws: Draws, rows: number): number {
  if (draws.take('fraction') < 0.75) {
    const hot = rows / 100;
    return rows / 2 - Math.floor(hot / 2) + draws.take(hot);
  }
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += draws.take(rows) + 1;
  return Math.floor(sum / 12);
}

const all = (draws: readonly Draw[], use: (draws: Draws) => void): void => {
  const taken = new Draws(draws);
  use(taken);
  taken.end();
};

/** The words that salt a log are SQLite's, and drawn before a transaction's own. */
const withoutSalts = (draws: readonly Draw[]): Draw[] => draws.filter(({ of }) => of !== 'word');

test('the table holds what an array of rows holds after the same transactions', () => {
  const rows = 400;
  const configured = mysql.configure({ rows, journalKiB: 64, checkpointPages: 40 });
  const run = watchedRun(configured, { threads: 2, transactions: 60, seed: 4 });
  const table = new NaiveTable();
  all(withoutSalts(run.loadDraws), (draws) => table.load(rows, draws));
  for (const { draws } of run.transactions)
    all(withoutSalts(draws), (taken) => table.transact(taken));
  assert.equal(run.program.digest(), table.digest());
  run.program.close?.();
});

/** A connection that does nothing but write down what it is asked. */
function listeningConnection() {
  const asked: [sql: string, ...values: unknown[]][] = [];
  const prepare = (sql: string) => {
    const note = (...values: unknown[]): void => void asked.push([sql, ...values]);
    return { get: note, all: note, run: note };
  };
  return { asked, connection: { exec: (sql: string) => void asked.push([sql]), prepare } };
}

test("the statements are those of sysbench's complex test, over ranges of a hundred rows", () => {
  const { asked, connection } = listeningConnection();
  const oltp = new SysbenchOltp(connection as unknown as Database.Database, 1000);
  oltp.run(new Random(1));
  const between = 'FROM sbtest WHERE id BETWEEN ? AND ?';
  assert.deepEqual(
    asked.map(([sql]) => sql),
    [
      'BEGIN',
      ...new Array(10).fill('SELECT c FROM sbtest WHERE id = ?'),
      `SELECT c ${between}`,
      `SELECT SUM(k) ${between}`,
      `SELECT c ${between} ORDER BY c`,
      `SELECT DISTINCT c ${between} ORDER BY c`,
      'UPDATE sbtest SET k = k + 1 WHERE id = ?',
      'UPDATE sbtest SET c = ? WHERE id = ?',
      'DELETE FROM sbtest WHERE id = ?',
      'INSERT INTO sbtest VALUES (?, ?, ?, ?)',
      'COMMIT',
    ],
  );
  for (const [, from, to] of asked.slice(11, 15)) assert.equal(Number(to) - Number(from), 99);
  const [removed, inserted] = asked.slice(17, 19);
  assert.equal(removed[1], inserted[1], 'the row that was deleted comes back');
});

test('a transaction charges BEGIN and fourteen selects before the lock, the rest with its type', () => {
  const given = { rows: 200, pageBytes: '4096', journalKiB: 16 };
  for (const [perStatement, perCall] of [
    [100_000, 5000],
    [700, 11],
  ]) {
    const costs = { instructionsPerStatement: perStatement, instructionsPerCall: perCall };
    const configured = mysql.configure({ ...given, ...costs });
    const run = watchedRun(configured, { transactions: 3 });
    run.program.close?.();
    for (const { instructions } of run.transactions) assert.equal(instructions, 15 * perStatement);
    // Index update, update, delete, insert, COMMIT; 15 calls.
    assert.deepEqual(configured.instructionsPerTx('o2'), [5 * perStatement + 15 * perCall]);
  }
});
