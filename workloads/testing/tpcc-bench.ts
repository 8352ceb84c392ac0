/**
 * A small TPC-C database whose rows are compared before and after each transaction. Used by tests only.
 */

import assert from 'node:assert/strict';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { createDatabase } from '../nstore/database.ts';
import type { Engine } from '../nstore/engine.ts';
import { activeObjects, liveRows } from '../nstore/reachability.ts';
import type { Row } from '../nstore/schema.ts';
import { loadTpcc } from '../nstore/tpcc/load.ts';
import { TPCC_TABLES, type TpccScale } from '../nstore/tpcc/tables.ts';
import { TpccExecutor } from '../nstore/tpcc/transactions.ts';
import { tpcc } from '../nstore/tpcc.ts';

/** Columns that make a row's key, by the specification; of HISTORY, which has none, N-store's. */
const KEYS: Readonly<Record<string, readonly number[]>> = {
  item: [0],
  warehouse: [0],
  district: [1, 0],
  customer: [2, 1, 0],
  orders: [3, 2, 0],
  order_line: [2, 1, 0, 3],
  new_order: [2, 1, 0],
  history: [4, 3, 2, 1, 0],
  stock: [1, 0],
};
const NAMES = TPCC_TABLES.map(({ name }) => name);

/** Rows by key. */
export type Rows = ReadonlyMap<string, Row>;

/** A row before and after; null where there is none. */
export interface Change {
  readonly key: string;
  readonly before: Row | null;
  readonly after: Row | null;
}

/** Sizes of the load. */
export const SCALE = { warehouses: 2, districts: 2, customers: 8, items: 12 };

/** What a transaction changed, by table. */
export type Changes = ReadonlyMap<string, readonly Change[]>;

/** What there is at some time. */
interface Snapshot {
  /** By table. */
  readonly rows: ReadonlyMap<string, Rows>;
  /** By the offset of a row's record. */
  readonly records: ReadonlyMap<number, readonly [table: string, key: string]>;
}

/** A loaded database, its rows, and one transaction at a time. */
export class TpccBench {
  readonly #heap = new PmHeap(16 * 2 ** 20);
  readonly #engine: Engine;
  readonly #executor: TpccExecutor;
  #now: Snapshot;

  constructor(seed: number, scale: TpccScale = SCALE) {
    const range = { base: 0, sizeBytes: this.#heap.sizeBytes };
    this.#engine = createDatabase(this.#heap, range, TPCC_TABLES);
    const clock = loadTpcc(this.#engine, scale, new Random(seed));
    // The oldest pending order of a district is the first of the last three tenths.
    const first = scale.customers - Math.floor(0.3 * scale.customers);
    const oldestNewOrder = new Map([0, 1, 256, 257].map((district) => [district, first]));
    this.#executor = new TpccExecutor(this.#engine, scale, {
      seed,
      client: 0,
      clock,
      oldestNewOrder,
    });
    this.#now = this.#look();
  }

  rows(table: string): Rows {
    return this.#now.rows.get(table) ?? new Map();
  }

  row(table: string, ...key: number[]): Row {
    return this.rows(table).get(key.join('/')) ?? assert.fail(`${table} ${key}`);
  }

  get all(): Row[][] {
    return NAMES.map((name) => [...this.rows(name).values()]);
  }

  /** Runs one; what changed by table, and which rows were read (as they were before). */
  transaction(): { type: string; changes: Changes; read: ReadonlyMap<string, string[]> } {
    const before = this.#now;
    const read = new Map<string, string[]>();
    let type = 0;
    const seen = new Set<number>();
    this.#heap.attach([
      {
        op(op, a, b) {
          if (op === Op.TX_BEGIN) type = a;
          // A row is read by way of its record's second word.
          if (op === Op.LOAD && b === 8) seen.add(a - 8);
        },
      },
    ]);
    this.#executor.transaction();
    this.#heap.detach();
    this.#now = this.#look();
    for (const record of seen) {
      const [table, key] = before.records.get(record) ?? [];
      if (table !== undefined) read.set(table, [...(read.get(table) ?? []), key ?? '']);
    }
    const changes = new Map<string, Change[]>();
    for (const name of NAMES) {
      const changed = changesBetween(before.rows.get(name) ?? new Map(), this.rows(name));
      if (changed.length > 0) changes.set(name, changed);
    }
    return { type: tpcc.txTypes[type], changes, read };
  }

  #look(): Snapshot {
    const active = activeObjects(this.#engine);
    const records = new Map<number, readonly [string, string]>();
    const rows = this.#engine.tables.map((table): [string, Rows] => {
      const { name } = table.spec;
      const found = new Map<string, Row>();
      for (const { record, row } of liveRows(table, active)) {
        const key = keyOf(name, row);
        found.set(key, row);
        records.set(record, [name, key]);
      }
      return [name, found];
    });
    return { rows: new Map(rows), records };
  }
}

function changesBetween(before: Rows, now: Rows): Change[] {
  const changed: Change[] = [];
  for (const [key, after] of now) {
    const was = before.get(key) ?? null;
    if (was === null || after.some((value, i) => value !== was[i])) {
      changed.push({ key, before: was, after });
    }
  }
  for (const [key, was] of before) {
    if (!now.has(key)) changed.push({ key, before: was, after: null });
  }
  return changed;
}

/** The key of a row of this table. */
export function keyOf(table: string, row: Row): string {
  return KEYS[table].map((column) => row[column]).join('/');
}

/** The row with some columns set: what must be there afterwards. */
export function withColumns(row: Row, columns: Readonly<Record<number, number | string>>): Row {
  return row.map((value, i) => columns[i] ?? value);
}
