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

import { OperationBuffer, sendOperations } from './columns.ts';
import { isAccess, Op, type OpCode, type PersistSink } from './op.ts';

export class ComputeSpread implements PersistSink {
  readonly #next: PersistSink;
  readonly #instructionsPerTx: readonly number[];
  readonly #held = new OperationBuffer();
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
    this.#held.add(op, a, b);
    if (isAccess(op)) this.#accesses++;
    if (op === Op.TX_END && --this.#depth === 0) this.#release();
  }

  /** Passes on a transaction that was begun and never ended, uncharged. */
  flush(): void {
    sendOperations(this.#held, this.#next);
    this.#clear();
  }

  #release(): void {
    const { op: ops, a, b, length } = this.#held;
    const budget = this.#instructionsPerTx[a[0]] ?? 0;
    const total = this.#accesses;
    const last = length - 1;
    let seen = 0;
    let charged = 0;
    for (let i = 0; i <= last; i++) {
      const op = ops[i] as OpCode;
      if (isAccess(op)) {
        seen++;
      } else {
        // Work done since the last such point is charged before anything can wait for it.
        const due = i === last ? budget : total === 0 ? 0 : Math.floor((budget * seen) / total);
        if (due > charged) this.#next.op(Op.COMPUTE, due - charged, 0);
        charged = Math.max(charged, due);
      }
      this.#next.op(op, a[i], b[i]);
    }
    this.#clear();
  }

  #clear(): void {
    this.#held.clear();
    this.#depth = 0;
    this.#accesses = 0;
  }
}
