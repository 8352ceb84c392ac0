/**
 * Test support: runs transactions and tells what each wrote, epoch by epoch, as text: the sizes of
 * an epoch's stores separated by commas, epochs ended by fences by bars. `8,8|8||` is two
 * 8-byte stores, a fence, one, a fence, and a fence that found nothing.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { isFence, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import type { Program } from '../workload.ts';

/** Pattern of each of `transactions` transactions of one client, in order. */
export function patternsOf(heap: PmHeap, program: Program, transactions: number): string[] {
  const patterns: string[] = [];
  let text = '';
  const sink: PersistSink = {
    op(op: OpCode, _a: number, b: number): void {
      if (op === Op.TX_BEGIN) text = '';
      else if (op === Op.STORE) text += text === '' || text.endsWith('|') ? `${b}` : `,${b}`;
      else if (isFence(op)) text += '|';
      else if (op === Op.TX_END) patterns.push(text);
    },
  };
  heap.attach([sink]);
  for (let i = 0; i < transactions; i++) program.transaction(0);
  heap.detach();
  return patterns;
}
