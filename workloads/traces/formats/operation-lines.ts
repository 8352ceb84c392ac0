/** For tests: the operations of each thread as lines of text, such as "store 4096+8". */

import { OP_NAMES, Op, type OpCode, type PersistSink } from '../../../pm/op.ts';

export class OperationLines {
  readonly threads: string[][] = [];

  /** As `ImportOptions.sinkOf`. */
  readonly sinkOf = (thread: number): PersistSink => {
    const lines: string[] = [];
    this.threads[thread] = lines;
    return { op: (op, a, b) => lines.push(operationLine(op, a, b)) };
  };
}

function operationLine(op: OpCode, a: number, b: number): string {
  if (op <= Op.WRITE_BACK) return `${OP_NAMES[op]} ${a}+${b}`;
  return op === Op.TX_BEGIN ? `txBegin ${a}` : OP_NAMES[op];
}
