/**
 * N-store's OPT_WAL engine (Arulraj et al., SIGMOD 2015) as WHISPER runs it: changes are made in
 * place in PM, and a persistent list holds what undoing them needs. One engine is one executor's
 * database. Epochs of the operations, where | is a fence and `reserve` has 2 or 3 of its own:
 *
 * insert  row as filled by the caller; entry: reserve, text | active |; list node: reserve, node,
 *         head and tail | active | (and link | when the list was not empty); record | active |;
 *         data (|) active |; each text (|) active |; node in the table's list; index slots, which
 *         no fence of their own follows
 * update  new values in a temporary row; entry and list node as above; fields copied in place |
 *         data active |; each text (|) active |; temporary row freed
 * remove  entry and list node; row out of the table's list and of the indexes
 * commit  replaced texts and removed rows freed, then the entries, then the list's nodes (1 epoch
 *         each, 2 where neighbours join); list head and tail := null |. There is no commit mark:
 *         a transaction is undone while the list is intact, and done once freeing has begun.
 *
 * (|) is a fence that finds nothing to write. A transaction that only reads still clears the list:
 * 16 bytes, one epoch. Texts of a temporary row that the update did not take over are never freed
 * while the program runs (nor are they in the original); they stay reserved, and the next open of
 * the pool takes them back. Difference: the data block of a removed row is freed with it, where the
 * original loses it for good.
 */

import { LastRead } from '../last-read.ts';
import { VerifyError } from '../workload.ts';
import { encodeEntry, type FieldBefore, LogOperation } from './log-entry.ts';
import type { PersistentList } from './plist.ts';
import { Kind, type NstorePool } from './pool.ts';
import type { Row, TableRows } from './schema.ts';
import { ListStep } from './steps.ts';
import type { Table } from './table.ts';

/** A row that carries new values into an update: which of its parts are in PM, by address or 0. */
export interface TemporaryRow {
  readonly record: number;
  readonly data: number;
}

const ALL_TEXTS = (): boolean => true;
const NO_TEXTS = (): boolean => false;

export class Engine {
  readonly pool: NstorePool;
  readonly tables: readonly Table[];
  readonly log: PersistentList;
  /** Word of the static area that is 1 while recovery rebuilds. */
  readonly rebuilding: number;
  /** Rows by packed primary key, table by table, in ordinary memory; null after recovery. */
  #model: Map<number, Row>[] | null;
  readonly #freeAtCommit: number[] = [];
  #transaction = 0;
  /** All rows as they were read last. */
  readonly rows: LastRead<TableRows>;

  constructor(
    pool: NstorePool,
    tables: readonly Table[],
    log: PersistentList,
    options: { readonly rebuilding: number; readonly withModel: boolean },
  ) {
    this.pool = pool;
    this.tables = tables;
    this.log = log;
    this.rebuilding = options.rebuilding;
    this.rows = new LastRead(pool.writer.heap);
    this.#model = options.withModel ? tables.map(() => new Map<number, Row>()) : null;
  }

  /** The acknowledged contents of the tables; null for a recovered program. */
  get model(): readonly ReadonlyMap<number, Row>[] | null {
    return this.#model;
  }

  /** Starts a transaction: its number goes into log entries. */
  begin(): void {
    this.#transaction++;
  }

  /** The row with these key columns, or null. */
  select(table: Table, key: Row, index = 0): Row | null {
    const record = table.find(index, key);
    return record === 0 ? null : table.read(record);
  }

  /** Inserts a row; false, and nothing is left of it, if the primary key is there. */
  insert(table: Table, row: Row): boolean {
    const record = table.newRecord();
    const data = table.dataOf(record);
    table.fill(data, row, ALL_TEXTS);
    if (table.find(0, row) !== 0) {
      for (const column of table.schema.texts) this.pool.free(table.textAt(data, column));
      this.#freeRecord(record, data);
      return false;
    }
    this.#logEntry(LogOperation.INSERT, table, record, []);
    this.pool.activate(record);
    table.persist(record);
    table.inserted.push(record);
    this.indexRow(table, record, row);
    this.#model?.[table.id].set(table.spec.indexes[0].key(row), row.slice());
    return true;
  }

  /** Inserts a row of the initial load, whose key the caller knows to be new. */
  load(table: Table, row: Row): void {
    const record = table.newRecord();
    table.fill(table.dataOf(record), row, ALL_TEXTS);
    this.#logEntry(LogOperation.INSERT, table, record, []);
    this.pool.activate(record);
    table.persist(record);
    this.indexRow(table, record, row);
    this.#model?.[table.id].set(table.spec.indexes[0].key(row), row.slice());
  }

  /** Puts a record into all indexes of its table. */
  indexRow(table: Table, record: number, row: Row): void {
    for (let i = 0; i < table.trees.length; i++) {
      const key = table.keyOf(i, row);
      const isNew = table.trees[i].insert(key, record);
      if (!isNew && table.spec.indexes[i].duplicates === 'newest') {
        table.trees[i].replace(key, record);
      }
    }
  }

  /** A temporary row with its data block and texts in PM, and its record in DRAM. */
  temporaryData(table: Table, row: Row): TemporaryRow {
    const data = table.newData();
    table.fill(data, row, ALL_TEXTS);
    return { record: 0, data };
  }

  /** A temporary row as read back from its text form: record and data block in PM, texts not. */
  temporaryCopy(table: Table, row: Row): TemporaryRow {
    const record = table.newRecord();
    const data = table.dataOf(record);
    table.fill(data, row, NO_TEXTS);
    return { record, data };
  }

  /** A temporary row with everything in PM. */
  temporaryRow(table: Table, row: Row): TemporaryRow {
    const record = table.newRecord();
    const data = table.dataOf(record);
    table.fill(data, row, ALL_TEXTS);
    return { record, data };
  }

  /** A temporary row that is not in PM at all; texts cannot be updated from it. */
  temporaryVolatile(table: Table, row: Row): TemporaryRow {
    table.encode(row);
    return { record: 0, data: 0 };
  }

  /**
   * Copies `columns` of the temporary row made last, with values `row`, into the row that has its
   * primary key, and frees the temporary. Throws VerifyError if there is no such row.
   */
  update(table: Table, row: Row, columns: readonly number[], temporary: TemporaryRow): void {
    const record = table.find(0, row);
    if (record === 0)
      throw new VerifyError(`${table.spec.name}: update of a row that is not there`);
    const data = table.dataOf(record);
    const before: FieldBefore[] = columns.map((column) => {
      const isPointer = table.schema.columns[column].type === 'text';
      const value = isPointer ? table.textAt(data, column) : Number(table.column(record, column));
      return { column, isPointer, value };
    });
    this.#logEntry(LogOperation.UPDATE, table, record, before);
    for (const field of before) {
      if (field.isPointer) this.#freeAtCommit.push(field.value);
      table.copyColumn(record, field.column);
    }
    table.persist(record);
    this.#freeRecord(temporary.record, temporary.data);
    const kept = this.#model?.[table.id].get(table.spec.indexes[0].key(row));
    if (kept !== undefined) for (const column of columns) kept[column] = row[column];
  }

  /** Takes the row with this primary key out. Throws VerifyError if there is none. */
  remove(table: Table, row: Row): void {
    const record = table.find(0, row);
    if (record === 0)
      throw new VerifyError(`${table.spec.name}: remove of a row that is not there`);
    const data = table.dataOf(record);
    this.#freeAtCommit.push(record, data);
    for (const column of table.schema.texts) this.#freeAtCommit.push(table.textAt(data, column));
    this.#logEntry(LogOperation.DELETE, table, record, []);
    table.inserted.erase(record);
    for (let i = 0; i < table.trees.length; i++) table.trees[i].erase(table.keyOf(i, row));
    this.#model?.[table.id].delete(table.spec.indexes[0].key(row));
  }

  /** Ends the transaction; after its fence it survives. */
  commit(): void {
    // What is freed first is the mark: a transaction is undone while all of it is there.
    this.pool.writer.at(ListStep.commitMark);
    for (const payload of this.#freeAtCommit) this.pool.free(payload);
    this.#freeAtCommit.length = 0;
    for (const entry of this.log.values()) this.pool.free(entry);
    this.log.clear();
    this.pool.writer.durabilityFence();
  }

  #logEntry(operation: number, table: Table, row: number, fields: readonly FieldBefore[]): void {
    const isDouble = (column: number): boolean => table.schema.columns[column].type === 'double';
    const entry = { operation, table: table.id, row, fields };
    const bytes = encodeEntry(this.#transaction, entry, isDouble);
    const payload = this.pool.reserve(bytes.length, Kind.LOG);
    this.pool.writer.bytes(payload, bytes);
    this.pool.activate(payload);
    this.log.push(payload, ListStep.log);
  }

  #freeRecord(record: number, data: number): void {
    if (data !== 0) this.pool.free(data);
    if (record !== 0) this.pool.free(record);
  }
}
