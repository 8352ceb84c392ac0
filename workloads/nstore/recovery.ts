/**
 * Recovery of an OPT_WAL database from any image that a power failure can leave, and the check that
 * nothing is wrong or lost afterwards.
 *
 * The original undoes what the write-ahead list names and reopens the allocator, which takes
 * reserved clumps back. That is kept, and made whole where the original would go wrong:
 *  - A list node counts only if its clump is active: its first append stores the list's head in the
 *    epoch of the node itself.
 *  - Commit frees replaced objects before it clears the list. Once one of them (or an entry, or a
 *    node) is no longer active, freeing had begun, so every change was durable: the transaction is
 *    completed, not undone. A pool serves one executor, so nobody can have taken the object since.
 *  - Entries are undone last first.
 *  - Index slots are written without fences, so a transaction in flight may have torn any tree: all
 *    are rebuilt from the rows. A word in the static area says so until that is done.
 *  - Whatever is active but unreachable was lost by a crash between two steps and is freed.
 * Every step is persistent before the next relies on it and may be repeated: recovery can itself
 * be interrupted anywhere. A row whose removal is undone does not return to its table's list of
 * inserted rows, which nothing but a later removal looks at.
 */

import { asVerifyErrors } from '../verify-errors.ts';
import { VerifyError } from '../workload.ts';
import type { Engine } from './engine.ts';
import { decodeEntry, type LogEntry, LogOperation } from './log-entry.ts';
import type { PersistentList } from './plist.ts';
import { Kind } from './pool.ts';
import {
  type ActiveObjects,
  activeObjects,
  allRows,
  isWhole,
  keeps,
  type LiveRow,
  liveRows,
  reachableObjects,
} from './reachability.ts';
import type { Row, TableRows } from './schema.ts';
import { ListStep } from './steps.ts';

/** The entries of a transaction that was in flight, and whether its commit had begun freeing. */
interface InFlight {
  readonly entries: readonly LogEntry[];
  readonly committed: boolean;
}

/** Brings the database back to a state between transactions. Throws VerifyError on other damage. */
export function recoverDatabase(engine: Engine): void {
  asVerifyErrors(() => recover(engine), NOWHERE);
}

/** Bytes that no crash can leave may lead out of the heap, or to a number that is none. */
const NOWHERE = 'the database leads nowhere: ';

function recover(engine: Engine): void {
  const { writer } = engine.pool;
  const { heap } = writer;
  let active = activeObjects(engine);
  if (heap.loadWord(engine.log.words.head) !== 0) {
    const { entries, committed } = inFlight(engine, active);
    writer.word(engine.rebuilding, 1);
    writer.fence();
    for (const entry of entries.toReversed()) {
      if (!committed) undo(engine, entry, active);
      else if (entry.operation === LogOperation.DELETE) retireRow(engine, entry.row, active);
    }
  }
  engine.log.setEmpty();
  writer.fence();
  active = activeObjects(engine);
  for (const table of engine.tables)
    repairList(engine, table.inserted, active, Kind.ROW + table.id);
  if (heap.loadWord(engine.rebuilding) === 0) {
    const reachable = reachableObjects(engine, active);
    for (const table of engine.tables) for (const tree of table.trees) tree.verify(reachable);
    engine.pool.sweep(keeps(reachable));
  } else {
    rebuildIndexes(engine, active);
  }
  heap.durabilityFence();
}

/** What the write-ahead list says. */
function inFlight(engine: Engine, active: ActiveObjects): InFlight {
  const { heap } = engine.pool.writer;
  const entries: LogEntry[] = [];
  let node = heap.loadWord(engine.log.words.head);
  for (; node !== 0; node = heap.loadWord(node)) {
    const isNode = active.kinds.get(node) === Kind.LIST;
    const payload = isNode ? heap.loadWord(node + 8) : 0;
    // An inactive first node: nothing was changed yet, or all entries have been freed already.
    if (active.kinds.get(payload) !== Kind.LOG) return { entries: [], committed: true };
    entries.push(decodeEntry(heap.bytes.subarray(payload, payload + MAX_ENTRY_BYTES)));
  }
  const committed = entries.some((entry) => !holdsBefore(engine, entry, active));
  return { entries, committed };
}

/** More than any entry takes: 17 fields of at most 40 characters. */
const MAX_ENTRY_BYTES = 1024;

/** Whether everything that commit frees on behalf of `entry` is still there. */
function holdsBefore(engine: Engine, entry: LogEntry, active: ActiveObjects): boolean {
  const table = engine.tables[entry.table];
  if (table === undefined) throw new VerifyError(`log entry names table ${entry.table}`);
  if (entry.operation === LogOperation.DELETE) return isWhole(table, entry.row, active);
  return entry.fields.every(
    (field) => !field.isPointer || active.kinds.get(field.value) === Kind.TEXT,
  );
}

/** Restores what was there before one statement. A removed row is still there: nothing to do. */
function undo(engine: Engine, entry: LogEntry, active: ActiveObjects): void {
  const { writer } = engine.pool;
  const table = engine.tables[entry.table];
  if (entry.operation === LogOperation.INSERT) {
    retireRow(engine, entry.row, active);
  } else if (entry.operation === LogOperation.UPDATE) {
    const data = table.dataOf(entry.row);
    for (const { column, isPointer, value } of entry.fields) {
      const at = data + table.schema.offsets[column];
      if (isPointer) writer.word(at, value);
      else if (table.schema.columns[column].type === 'int') writer.u32(at, value);
      else writer.f64(at, value);
    }
    writer.fence(ListStep.restore);
  }
}

/** From here on the record is no row, its parts are unreachable, and the sweep frees them all. */
function retireRow(engine: Engine, record: number, active: ActiveObjects): void {
  if ((active.kinds.get(record) ?? Kind.NONE) >= Kind.ROW) engine.pool.retire(record);
}

/** Leaves in the list the nodes that are durable and name a row, in their order. */
function repairList(
  engine: Engine,
  list: PersistentList,
  active: ActiveObjects,
  kind: number,
): void {
  const { writer } = engine.pool;
  const { heap } = writer;
  const kept: number[] = [];
  let node = heap.loadWord(list.words.head);
  for (; active.kinds.get(node) === Kind.LIST; node = heap.loadWord(node)) {
    if (active.kinds.get(heap.loadWord(node + 8)) === kind) kept.push(node);
  }
  const set = (address: number, value: number): void => {
    if (heap.loadWord(address) !== value) writer.word(address, value);
  };
  set(list.words.head, kept[0] ?? 0);
  for (let i = 0; i < kept.length; i++) set(kept[i], kept[i + 1] ?? 0);
  set(list.words.tail, kept[kept.length - 1] ?? 0);
  set(list.words.length, kept.length);
  writer.fence();
}

/** Empties all trees, frees what is unreachable then, and inserts every row anew. */
function rebuildIndexes(engine: Engine, active: ActiveObjects): void {
  const { writer } = engine.pool;
  for (const table of engine.tables) for (const tree of table.trees) tree.reset();
  writer.fence();
  engine.pool.sweep(keeps(reachableObjects(engine, active)));
  const rows = engine.tables.map((table) => liveRows(table, active));
  for (const [id, table] of engine.tables.entries()) {
    // By primary key: of rows with the same secondary key, the same one wins as in a running program.
    for (const { record, row } of rows[id]) engine.indexRow(table, record, row);
  }
  writer.fence();
  writer.word(engine.rebuilding, 0);
  writer.fence();
  // Nothing of that was stored to a row.
  engine.rows.keep(rows.map((own) => own.map(({ row }) => row)));
}

/**
 * Checks a database between transactions: clumps, lists and trees are sound, and every row is in
 * its indexes and nothing else is. No active object is unreachable, the write-ahead list is empty,
 * and the rows are those of the model where there is one. Throws VerifyError that says what is
 * wrong; else returns the rows of all tables, by table number and primary key.
 */
export function verifyDatabase(engine: Engine): TableRows {
  return engine.rows.keep(asVerifyErrors(() => verify(engine), NOWHERE));
}

function verify(engine: Engine): Row[][] {
  const { heap } = engine.pool.writer;
  engine.pool.verifyLinks();
  if (heap.loadWord(engine.log.words.head) !== 0) {
    throw new VerifyError('the write-ahead list is not empty between transactions');
  }
  const active = activeObjects(engine);
  const reachable = reachableObjects(engine, active);
  const rows = engine.tables.map((table) => {
    for (const tree of table.trees) tree.verify(reachable);
    return verifyTable(engine, table.id, active);
  });
  const unreachable = active.kinds.firstNotIn(reachable);
  if (unreachable !== undefined) {
    const kind = active.kinds.get(unreachable);
    throw new VerifyError(`object at ${unreachable} of kind ${kind} is active and unreachable`);
  }
  if (reachable.size !== active.kinds.size) {
    const lost = reachable.firstNotIn(active.kinds);
    throw new VerifyError(`object at ${lost} is in use and not allocated`);
  }
  return rows;
}

function verifyTable(engine: Engine, id: number, active: ActiveObjects): Row[] {
  const table = engine.tables[id];
  const { name } = table.spec;
  const rows = liveRows(table, active);
  if (table.trees[0].size !== rows.length) {
    throw new VerifyError(`${name}: ${rows.length} rows, ${table.trees[0].size} in the index`);
  }
  for (const { record, key, row } of rows) {
    if (table.find(0, row) !== record) throw new VerifyError(`${name}: row ${key} is not indexed`);
    for (let i = 1; i < table.trees.length; i++) {
      const found = table.find(i, row);
      if (
        active.kinds.get(found) !== Kind.ROW + id ||
        table.keyOf(i, table.read(found)) !== table.keyOf(i, row)
      ) {
        throw new VerifyError(`${name}: index ${i} leads from row ${key} to no row of that key`);
      }
    }
  }
  const model = engine.model?.[id];
  if (model !== undefined) compareWithModel(name, rows, model);
  return rows.map(({ row }) => row);
}

function compareWithModel(
  name: string,
  rows: readonly LiveRow[],
  model: ReadonlyMap<number, Row>,
): void {
  if (model.size !== rows.length) {
    throw new VerifyError(`${name}: ${rows.length} rows, and ${model.size} were put in`);
  }
  for (const { key, row } of rows) {
    const expected = model.get(key);
    if (expected === undefined || row.some((value, i) => value !== expected[i])) {
      throw new VerifyError(`${name}: row ${key} is [${row}] and should be [${expected}]`);
    }
  }
}

/** The rows of all tables as text, by table and primary key. */
export function databaseText(engine: Engine): string {
  const lines = allRows(engine).flatMap((rows, id) => {
    const { name } = engine.tables[id].spec;
    return rows.map((row) => `${name} ${JSON.stringify(row)}`);
  });
  return lines.join('\n');
}
