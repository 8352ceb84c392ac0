/** Growable columns: typed arrays that double when they are full. */

import type { OpCode, PersistSink } from './op.ts';

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A copy of `column` with room for twice as many entries. */
export function doubled<T extends Column>(column: T): T {
  const copy = new (column.constructor as new (length: number) => T)(column.length * 2);
  copy.set(column);
  return copy;
}

/** All that stands in `columns`; ascending, each value once. */
export function ascendingOnce(columns: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const column of columns) {
    all.set(column, filled);
    filled += column.length;
  }
  all.sort();
  return all.filter((value, i) => i === 0 || value !== all[i - 1]);
}

/** Operations in columns, of which the first `length` entries are filled. */
export interface OperationColumns {
  readonly op: Uint8Array;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly length: number;
}

/** Room that stays when a buffer is emptied: a transaction of many million operations may be the only one. */
const KEPT_LENGTH = 1 << 16;

/** Operations held back until more is known, however many they are. */
export class OperationBuffer implements OperationColumns {
  op = new Uint8Array(256);
  a = new Uint32Array(256);
  b = new Uint32Array(256);
  length = 0;

  clear(): void {
    this.length = 0;
    if (this.op.length <= KEPT_LENGTH) return;
    this.op = new Uint8Array(KEPT_LENGTH);
    this.a = new Uint32Array(KEPT_LENGTH);
    this.b = new Uint32Array(KEPT_LENGTH);
  }

  add(op: OpCode, a: number, b: number): void {
    const i = this.length;
    if (i === this.op.length) {
      this.op = doubled(this.op);
      this.a = doubled(this.a);
      this.b = doubled(this.b);
    }
    this.op[i] = op;
    this.a[i] = a;
    this.b[i] = b;
    this.length = i + 1;
  }
}

/** Sends the operations to `sink`, in order. */
export function sendOperations({ op, a, b, length }: OperationColumns, sink: PersistSink): void {
  for (let i = 0; i < length; i++) sink.op(op[i] as OpCode, a[i], b[i]);
}
