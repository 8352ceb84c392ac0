/**
 * Charges volatile work. Measurements give instructions per transaction of a type; where in the
 * transaction the work lies is taken from the program itself: the instructions are spread evenly
 * over its PM accesses (loads, stores), as WHISPER-like programs interleave both. So a search that
 * loads many nodes before the first persist computes there, and the commit is not a lump.
 *
 * The operations of one transaction are held back until its end is seen; then they are passed on
 * with COMPUTE operations between them, whose sum is exactly the transaction's budget. A
 * transaction without PM accesses computes just before its end. Nested transactions belong to the
 * outermost. What lies outside of transactions passes unchanged.
 *
 * Not modelled: that two transactions of one type may differ in volatile work.
 */

import { isAccess, Op, type OpCode, type PersistSink } from './op.ts';

export class ComputeSpread implements PersistSink {
  readonly #next: PersistSink;
  readonly #instructionsPerTx: readonly number[];
  #op = new Uint8Array(1024);
  #a = new Uint32Array(1024);
  #b = new Uint32Array(1024);
  #length = 0;
  #depth = 0;
  #accesses = 0;

  /** `instructionsPerTx[type]` is the budget of a transaction of that type (whole numbers). */
  constructor(next: PersistSink, instructionsPerTx: readonly number[]) {
    for (const n of instructionsPerTx) {
      if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32) {
        throw new RangeError(`instructions per transaction: ${n}`);
      }
    }
    this.#next = next;
    this.#instructionsPerTx = instructionsPerTx;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.TX_BEGIN) this.#depth++;
    if (this.#depth === 0) {
      this.#next.op(op, a, b);
      return;
    }
    const i = this.#length;
    if (i === this.#op.length) this.#grow();
    this.#op[i] = op;
    this.#a[i] = a;
    this.#b[i] = b;
    this.#length = i + 1;
    if (isAccess(op)) this.#accesses++;
    if (op === Op.TX_END && --this.#depth === 0) this.#release();
  }

  /** Passes on a transaction that was begun and never ended, uncharged. */
  flush(): void {
    for (let i = 0; i < this.#length; i++) {
      this.#next.op(this.#op[i] as OpCode, this.#a[i], this.#b[i]);
    }
    this.#clear();
  }

  #release(): void {
    const budget = this.#instructionsPerTx[this.#a[0]] ?? 0;
    const total = this.#accesses;
    const last = this.#length - 1;
    let seen = 0;
    let charged = 0;
    for (let i = 0; i <= last; i++) {
      const op = this.#op[i] as OpCode;
      if (isAccess(op)) {
        seen++;
      } else {
        // Work done since the last such point is charged before anything can wait for it.
        const due = i === last ? budget : total === 0 ? 0 : Math.floor((budget * seen) / total);
        if (due > charged) this.#next.op(Op.COMPUTE, due - charged, 0);
        charged = Math.max(charged, due);
      }
      this.#next.op(op, this.#a[i], this.#b[i]);
    }
    this.#clear();
  }

  #clear(): void {
    this.#length = 0;
    this.#depth = 0;
    this.#accesses = 0;
  }

  #grow(): void {
    const capacity = this.#op.length * 2;
    const op = new Uint8Array(capacity);
    const a = new Uint32Array(capacity);
    const b = new Uint32Array(capacity);
    op.set(this.#op);
    a.set(this.#a);
    b.set(this.#b);
    this.#op = op;
    this.#a = a;
    this.#b = b;
  }
}
