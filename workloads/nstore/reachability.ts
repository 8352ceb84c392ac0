/**
 * Which objects of a pool belong to the database: what recovery keeps when it sweeps, and what a
 * check compares with the objects that the allocator holds. Rows are found by walking the pool (an
 * active clump of a row's kind is a row), everything else by following pointers.
 */

import { VerifyError } from '../workload.ts';
import { catalogueOf } from './database.ts';
import type { Engine } from './engine.ts';
import { ObjectTable } from './object-table.ts';
import { type Clump, ClumpState, Kind } from './pool.ts';
import type { Row, TableRows } from './schema.ts';
import type { Table } from './table.ts';

/** Active objects of a pool: kinds by payload offset, and the records of each table by address. */
export interface ActiveObjects {
  readonly kinds: ObjectTable;
  readonly records: readonly (readonly number[])[];
}

/** A row with where it lies and its packed primary key. */
export interface LiveRow {
  readonly record: number;
  readonly key: number;
  readonly row: Row;
}

/** Every active object of the engine's pool. Throws VerifyError if the clumps are damaged. */
export function activeObjects(engine: Engine): ActiveObjects {
  const kinds = new ObjectTable(engine.pool);
  const records = engine.tables.map((): number[] => []);
  engine.pool.walk(({ payload, state, kind }) => {
    if (state !== ClumpState.ACTIVE) return;
    if (kind >= Kind.ROW) {
      const table = records[kind - Kind.ROW];
      if (table === undefined) throw new VerifyError(`object at ${payload}: unknown kind ${kind}`);
      table.push(payload);
    }
    kinds.set(payload, kind);
  });
  return { kinds, records };
}

/** The rows of `table`, by ascending primary key. Throws VerifyError if a part of one is missing. */
export function liveRows(table: Table, active: ActiveObjects): LiveRow[] {
  const rows = active.records[table.id].map((record) => {
    if (!table.isRecord(record)) {
      throw new VerifyError(`${table.spec.name}: the record at ${record} is not one of this table`);
    }
    for (const part of partsOf(table, record)) requireKind(active, part, table);
    const row = table.read(record);
    return { record, key: table.spec.indexes[0].key(row), row };
  });
  return rows.sort((x, y) => x.key - y.key);
}

/** The rows of all tables, which are not read again where nothing was stored since they were. */
export function allRows(engine: Engine): TableRows {
  return engine.rows.get(() => {
    const active = activeObjects(engine);
    return engine.tables.map((table) => liveRows(table, active).map(({ row }) => row));
  });
}

/** The data block (first) and the texts of a record. */
export function partsOf(table: Table, record: number): number[] {
  const data = table.dataOf(record);
  const parts = [data];
  for (const column of table.schema.texts) parts.push(table.textAt(data, column));
  return parts;
}

/** Whether the record and all its parts are active objects of their kinds. */
export function isWhole(table: Table, record: number, active: ActiveObjects): boolean {
  if (active.kinds.get(record) !== Kind.ROW + table.id) return false;
  return partsOf(table, record).every(
    (part, i) => active.kinds.get(part) === (i === 0 ? Kind.DATA : Kind.TEXT),
  );
}

/**
 * Payload offsets of all objects but index nodes that belong to the database between transactions:
 * catalogue, rows with their parts, nodes of the tables' lists.
 */
export function reachableObjects(engine: Engine, active: ActiveObjects): ObjectTable {
  const reachable = new ObjectTable(engine.pool);
  reachable.add(catalogueOf(engine));
  for (const table of engine.tables) {
    for (const record of active.records[table.id]) {
      reachable.add(record);
      for (const part of partsOf(table, record)) {
        if (reachable.has(part)) {
          throw new VerifyError(`${table.spec.name}: object at ${part} belongs to two rows`);
        }
        reachable.add(part);
      }
    }
    for (const node of table.inserted.nodes()) {
      if (active.kinds.get(node) !== Kind.LIST) {
        throw new VerifyError(`${table.spec.name}: node at ${node} of the list is not active`);
      }
      reachable.add(node);
    }
  }
  return reachable;
}

/** True for a clump whose payload is in `reachable`. */
export function keeps(reachable: ObjectTable): (clump: Clump) => boolean {
  return (clump) => reachable.has(clump.payload);
}

function requireKind(active: ActiveObjects, part: number, table: Table): void {
  const kind = active.kinds.get(part);
  if (kind === Kind.DATA || kind === Kind.TEXT) return;
  throw new VerifyError(`${table.spec.name}: part at ${part} of a row is not an active object`);
}
