/**
 * Operations that are held back, with the values of their stores, in columns that grow by doubling.
 * Position 0 is the fence whose kind is not known yet.
 */

import type { OpCode } from '../../../pm/op.ts';

export class HeldOperations {
  op = new Uint8Array(256);
  a = new Uint32Array(256);
  b = new Uint32Array(256);
  /** Halves of the value of a store, where values are traced. */
  high = new Int32Array(256);
  low = new Int32Array(256);
  length = 0;

  add(op: OpCode, a: number, b: number, high: number, low: number): void {
    const i = this.length;
    if (i === this.op.length) this.#grow();
    this.op[i] = op;
    this.a[i] = a;
    this.b[i] = b;
    this.high[i] = high;
    this.low[i] = low;
    this.length = i + 1;
  }

  #grow(): void {
    const capacity = this.op.length * 2;
    const op = new Uint8Array(capacity);
    const a = new Uint32Array(capacity);
    const b = new Uint32Array(capacity);
    const high = new Int32Array(capacity);
    const low = new Int32Array(capacity);
    op.set(this.op);
    a.set(this.a);
    b.set(this.b);
    high.set(this.high);
    low.set(this.low);
    this.op = op;
    this.a = a;
    this.b = b;
    this.high = high;
    this.low = low;
  }
}
