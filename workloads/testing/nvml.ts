/**
 * Test support for programs on undo-log transactions: epoch signatures to compare with store
 * logs of the originals, statistics, and long runs. Used by tests only.
 */

import assert from 'node:assert/strict';
import { EpochStats, type EpochSummary } from '../../pm/epoch-stats.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import { isFence, Op } from '../../pm/op.ts';
import { InstrumentedSink } from '../nvml/instrumented.ts';
import { type AnyWorkload, type ConfiguredWorkload, runInTurn } from '../workload.ts';
import type { CrashExploration } from './crashes.ts';

/**
 * How the crash tests of these programs explore. An image is a copy of some megabytes of mostly unused
 * heap and takes longer than its recovery, so there are three kinds. The two that are not here
 * differ little from them where an epoch writes a line or two.
 */
export const CRASHES = {
  evictions: ['none', 'words', 'versions'],
  storeChance: 0.04,
  recoveryCrashChance: 0.05,
} as const satisfies Partial<CrashExploration>;

/**
 * Statistics of a run, the initial load left out: of all stores, of those that WHISPER's
 * instrumentation sees, or of those that it sees in the library.
 */
export function epochStatistics(
  workload: ConfiguredWorkload,
  transactions: number,
  counted: 'stores' | 'instrumented' | 'library' = 'stores',
): EpochSummary {
  const heap = new PmHeap(workload.heapBytes(1, transactions));
  const stats = new EpochStats(1);
  const sink = stats.sink(0);
  const seen = new InstrumentedSink(heap, sink, counted === 'instrumented');
  heap.attach([counted === 'stores' ? sink : seen]);
  const program = workload.create(heap, 1, 1);
  stats.reset();
  for (let i = 0; i < transactions; i++) program.transaction(0);
  return stats.summary();
}

/** Share of epochs that write one line, and of those that depend on one of the 50 before. */
export function epochShares(summary: EpochSummary): { oneLine: number; selfDependent: number } {
  const epochs = summary.linesPerEpoch.count;
  return {
    oneLine: summary.linesPerEpoch.of(1) / epochs,
    selfDependent: summary.selfDependent[summary.selfDependent.length - 1] / epochs,
  };
}

/** Runs transactions of so many clients in turn, and checks that the data is what was put in. */
export function checkLongRun(
  workload: ConfiguredWorkload,
  { threads, transactions, seed }: Pick<CrashExploration, 'threads' | 'transactions' | 'seed'>,
): void {
  const heap = new PmHeap(workload.heapBytes(threads, transactions));
  const program = workload.create(heap, threads, seed);
  runInTurn(heap, program, { threads, transactions });
  program.verify();
}

/** Removes all of `keys` keys of a map, one after another, checking it every so many transactions. */
export function checkEmptying(map: AnyWorkload, keys: number, verifyEvery: number): void {
  const workload = map.configure({ keys, removeShare: 1 });
  const program = workload.create(new PmHeap(workload.heapBytes(1, keys + 10)), 1, 4);
  for (let i = 0; i < keys; i++) {
    program.transaction(0);
    if (i % verifyEvery === 0) program.verify();
  }
  assert.match(program.digest(), /^0 keys/);
  // With nothing left to remove, the next one inserts.
  program.transaction(0);
  program.verify();
}

/** Lanes lie below this address in a pool of one lane; what lies above is heap. */
const LANES_END = 8192 + 3072;

/**
 * The signature of each transaction of type `type`: its epochs, separated by `|`. In each are the
 * ranges stored to, as counts of words ([2] is two adjacent words), `f` after those that are also
 * written back in that epoch, and the address in front of those in the lane. Store logs of the
 * originals reduce to the same form, whatever the addresses of objects.
 */
export function epochSignatures(
  workload: ConfiguredWorkload,
  transactions: number,
  type: number,
): string[] {
  const heap = new PmHeap(workload.heapBytes(1, transactions));
  const program = workload.create(heap, 1, 1);
  const signatures: string[] = [];
  let epochs: string[] = [];
  let current = -1;
  const words = new Map<number, boolean>();
  heap.attach([
    {
      op(op, a, b) {
        if (op === Op.TX_BEGIN) {
          current = a;
          epochs = [];
        } else if (op === Op.TX_END && current === type) signatures.push(epochs.join(' | '));
        else if (op === Op.STORE) {
          for (let word = a >>> 3; word <= (a + b - 1) >>> 3; word++) words.set(word, false);
        } else if (op === Op.WRITE_BACK) {
          for (const word of words.keys()) {
            const line = word >>> 3;
            if (line >= a >>> LINE_SHIFT && line <= lastLineOf(a, b)) words.set(word, true);
          }
        } else if (isFence(op)) {
          epochs.push(epochSignature(words));
          words.clear();
        }
      },
    },
  ]);
  for (let i = 0; i < transactions; i++) program.transaction(0);
  return signatures;
}

function epochSignature(words: ReadonlyMap<number, boolean>): string {
  const sorted = [...words].sort((x, y) => x[0] - y[0]);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    const [first, flushed] = sorted[i];
    let count = 1;
    while (sorted[i + count]?.[0] === first + count && sorted[i + count][1] === flushed) count++;
    const address = first * 8 < LANES_END ? `0x${(first * 8).toString(16)}` : '';
    ranges.push(`${address}[${count}]${flushed ? 'f' : ''}`);
    i += count;
  }
  return ranges.sort().join(' ');
}
