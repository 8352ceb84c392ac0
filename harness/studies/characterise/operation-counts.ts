/** Counts what `EpochStats` does not: loads, write-backs, and transactions of each type. */

import { lineCount } from '../../../pm/line.ts';
import { Op, type OpCode, type PersistSink } from '../../../pm/op.ts';

/** The counts of one thread. */
export class OperationCounts implements PersistSink {
  loads = 0;
  loadBytes = 0;
  /** Lines named by write-backs, dirty or not, as often as they are named. */
  linesWrittenBack = 0;
  /** Whole transactions, by type (outermost ones). */
  readonly #byType: number[] = [];
  #depth = 0;
  /** Of the transaction that is open. */
  #type = 0;

  op(op: OpCode, a: number, b: number): void {
    switch (op) {
      case Op.LOAD:
        this.loads++;
        this.loadBytes += b;
        break;
      case Op.WRITE_BACK:
        this.linesWrittenBack += lineCount(a, b);
        break;
      case Op.TX_BEGIN:
        if (this.#depth++ === 0) this.#type = a;
        break;
      case Op.TX_END:
        if (--this.#depth === 0) this.#byType[this.#type] = this.transactionsOf(this.#type) + 1;
        break;
    }
  }

  /** Transactions of type `type`. */
  transactionsOf(type: number): number {
    return this.#byType[type] ?? 0;
  }

  /** Forgets all counts: a warm-up is over. */
  reset(): void {
    this.loads = 0;
    this.loadBytes = 0;
    this.linesWrittenBack = 0;
    this.#byType.length = 0;
  }
}
