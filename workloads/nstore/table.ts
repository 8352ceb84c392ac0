/**
 * A table of N-store's OPT_WAL engine: rows in PM, one or more B+ tree indexes, and the list of the
 * rows that were inserted while the program ran. Rows of the initial load are not in it, as in the
 * original.
 *
 * A row is three kinds of clump: the record (schema +0, data block +8, data length +16), the data
 * block, laid out by the schema, and one clump for each text.
 */

import assert from 'node:assert/strict';
import type { BTree } from './btree.ts';
import type { PersistentList } from './plist.ts';
import { Kind, type NstorePool } from './pool.ts';
import type { Row, Schema } from './schema.ts';
import { ListStep } from './steps.ts';

/** An index as declared: from a row to its key, and what to do when two rows have the same one. */
export interface IndexSpec {
  readonly key: (row: Row) => number;
  /** 'first': the earlier row stays (as the original); 'newest': the later one takes its place. */
  readonly duplicates: 'first' | 'newest';
}

/** A table as declared. Index 0 is the primary one and its keys are unique. */
export interface TableSpec {
  readonly name: string;
  readonly schema: Schema;
  readonly indexes: readonly IndexSpec[];
}

/** Size of a record: the original's struct. */
const RECORD_BYTES = 32;

export class Table {
  readonly id: number;
  readonly spec: TableSpec;
  readonly schema: Schema;
  readonly pool: NstorePool;
  readonly trees: readonly BTree[];
  readonly inserted: PersistentList;
  /** A row encoded as a data block; what an update copies fields from. */
  readonly scratch: Uint8Array;
  readonly #scratchView: DataView;
  readonly #view: DataView;
  /** The heap once more, for its native search and decoding. Texts are Latin-1. */
  readonly #chars: Buffer;

  constructor(
    id: number,
    spec: TableSpec,
    pool: NstorePool,
    trees: BTree[],
    inserted: PersistentList,
  ) {
    this.id = id;
    this.spec = spec;
    this.schema = spec.schema;
    this.pool = pool;
    this.trees = trees;
    this.inserted = inserted;
    this.scratch = new Uint8Array(spec.schema.sizeBytes);
    this.#scratchView = new DataView(this.scratch.buffer);
    const { bytes } = pool.writer.heap;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#chars = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Hashed key of `row` in index `index`. */
  keyOf(index: number, row: Row): number {
    return scatter(this.spec.indexes[index].key(row));
  }

  /** The row with these key columns in index `index`, or 0. */
  find(index: number, row: Row): number {
    return this.trees[index].find(this.keyOf(index, row));
  }

  /** Reserves a record and stores it, its data block included; returns the record. */
  newRecord(): number {
    const { writer } = this.pool;
    const record = this.pool.reserve(RECORD_BYTES, Kind.ROW + this.id);
    writer.word(record, this.id);
    writer.word(record + 16, this.schema.sizeBytes);
    writer.word(record + 8, this.newData());
    return record;
  }

  /** Whether the record's own words are what `newRecord` stores. */
  isRecord(record: number): boolean {
    const { heap } = this.pool.writer;
    return (
      heap.loadWord(record) === this.id && heap.loadWord(record + 16) === this.schema.sizeBytes
    );
  }

  /** Reserves a data block. */
  newData(): number {
    return this.pool.reserve(this.schema.sizeBytes, Kind.DATA);
  }

  /**
   * Stores every column of `row` into the block `data`, in order, and encodes it in `scratch`.
   * Texts of columns that `inPm` accepts get a clump; the pointers of others stay in DRAM, as
   * those of a row that the original read back for an update, and are stored as such.
   */
  fill(data: number, row: Row, inPm: (column: number) => boolean): void {
    const { writer } = this.pool;
    const { columns, offsets } = this.schema;
    for (let i = 0; i < columns.length; i++) {
      const value = row[i];
      const at = data + offsets[i];
      if (typeof value === 'string') {
        const pointer = inPm(i) ? this.#newText(value) : 0;
        this.#encodePointer(i, pointer);
        writer.word(at, pointer);
      } else if (columns[i].type === 'int') {
        this.#scratchView.setInt32(offsets[i], value, true);
        writer.u32(at, value);
      } else {
        this.#scratchView.setFloat64(offsets[i], value, true);
        writer.f64(at, value);
      }
    }
  }

  /** Encodes a row that the original keeps in DRAM; its texts must not be copied anywhere. */
  encode(row: Row): void {
    const { columns, offsets } = this.schema;
    for (let i = 0; i < columns.length; i++) {
      const value = row[i];
      if (typeof value === 'string') this.#encodePointer(i, 0);
      else if (columns[i].type === 'int') this.#scratchView.setInt32(offsets[i], value, true);
      else this.#scratchView.setFloat64(offsets[i], value, true);
    }
  }

  /**
   * Copies the whole width of a column from `scratch` into the record's data block. A text column
   * must have been encoded with its text in PM.
   */
  copyColumn(record: number, column: number): void {
    const offset = this.schema.offsets[column];
    const end = offset + this.schema.widths[column];
    const isText = this.schema.columns[column].type === 'text';
    assert(
      !isText || this.#scratchView.getUint32(offset, true) !== 0,
      'update from a text in DRAM',
    );
    const { writer } = this.pool;
    const at = this.dataOf(record) + offset;
    writer.at(ListStep.change).bytes(at, this.scratch.subarray(offset, end));
  }

  /** Activates the data block and every text: each stored before, then marked, then fenced. */
  persist(record: number): void {
    const data = this.dataOf(record);
    this.pool.activate(data, ListStep.persist);
    for (const column of this.schema.texts) {
      this.pool.activate(this.textAt(data, column), ListStep.persist);
    }
  }

  /** The record's data block. */
  dataOf(record: number): number {
    return this.pool.writer.heap.loadWord(record + 8);
  }

  /** Pointer of a text column, 0 for none. */
  textAt(data: number, column: number): number {
    return this.pool.writer.heap.loadWord(data + this.schema.offsets[column]);
  }

  /** Value of one column; a text column gives its characters. */
  column(record: number, column: number): number | string {
    const data = this.dataOf(record);
    const at = data + this.schema.offsets[column];
    const { heap } = this.pool.writer;
    if (this.schema.columns[column].type === 'int') return heap.loadI32(at);
    if (this.schema.columns[column].type === 'double') return heap.loadF64(at);
    return this.#readText(heap.loadWord(at));
  }

  /** The whole row. */
  read(record: number): Row {
    const { heap } = this.pool.writer;
    const data = this.dataOf(record);
    const { columns, offsets } = this.schema;
    heap.touch(data, this.schema.sizeBytes);
    const row: Row = [];
    for (let i = 0; i < columns.length; i++) {
      const at = data + offsets[i];
      if (columns[i].type === 'int') row.push(this.#view.getInt32(at, true));
      else if (columns[i].type === 'double') row.push(this.#view.getFloat64(at, true));
      else row.push(this.#readText(this.#view.getUint32(at, true)));
    }
    return row;
  }

  #newText(value: string): number {
    const bytes = Buffer.from(`${value}\0`, 'latin1');
    const text = this.pool.reserve(bytes.length, Kind.TEXT);
    this.pool.writer.bytes(text, bytes);
    return text;
  }

  #readText(pointer: number): string {
    if (pointer === 0) return '';
    const end = this.#chars.indexOf(0, pointer);
    this.pool.writer.heap.touch(pointer, end - pointer + 1);
    return this.#chars.toString('latin1', pointer, end);
  }

  #encodePointer(column: number, pointer: number): void {
    this.#scratchView.setBigUint64(this.schema.offsets[column], BigInt(pointer), true);
  }
}

/**
 * Spreads keys as the original's string hash does, so that neighbours in key order are not
 * neighbours in the tree: a Feistel permutation of 52-bit numbers, hence without collisions.
 * Throws RangeError for a key that is not a whole number below 2^52.
 */
export function scatter(key: number): number {
  if (!Number.isInteger(key) || key < 0 || key >= 2 ** 52) throw new RangeError(`key ${key}`);
  let left = Math.floor(key / 2 ** 26);
  let right = key % 2 ** 26;
  for (let round = 0; round < 4; round++) {
    let mixed = Math.imul(right ^ (0x9e3779b9 + round), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    mixed = (mixed ^ (mixed >>> 13)) & 0x3ffffff;
    const held = right;
    right = left ^ mixed;
    left = held;
  }
  return left * 2 ** 26 + right;
}
