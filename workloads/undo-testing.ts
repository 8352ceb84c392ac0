/**
 * Test support for programs on undo-log transactions: crash exploration, epoch signatures to compare
 * with store logs of the originals, and statistics. Used by tests only.
 */

import assert from 'node:assert/strict';
import { EpochStats, type EpochSummary } from '../pm/epoch-stats.ts';
import { PmHeap } from '../pm/heap.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../pm/line.ts';
import { LineState, LineStatus } from '../pm/line-state.ts';
import { Op, type OpCode, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { InstrumentedSink } from './undo-instrumented.ts';
import type { ConfiguredWorkload } from './workload.ts';

/** What a power failure may leave: the durable image, and lines that may have been evicted early. */
class CrashImages implements PersistSink {
  readonly #live: Uint8Array;
  readonly #state: LineState;
  readonly #volatile = new Set<number>();
  readonly #image: Uint8Array;

  constructor(live: Uint8Array) {
    this.#live = live;
    this.#state = new LineState(live);
    this.#image = new Uint8Array(live.byteLength);
  }

  op(op: OpCode, a: number, b: number): void {
    this.#state.op(op, a, b);
    if ((op === Op.STORE || op === Op.NT_STORE) && b > 0) {
      for (let line = a >>> LINE_SHIFT; line <= lastLineOf(a, b); line++) this.#volatile.add(line);
    } else if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
      for (const line of this.#volatile) {
        if (this.#state.status(line) === LineStatus.CLEAN) this.#volatile.delete(line);
      }
    }
  }

  /**
   * The durable image, with each line that is not durable there with probability `evicted`. Valid
   * until the next call.
   */
  image(random: Random, evicted: number): Uint8Array {
    const image = this.#image;
    image.set(this.#state.durable);
    for (const line of this.#volatile) {
      if (!random.chance(evicted)) continue;
      const from = line * LINE_BYTES;
      image.set(this.#live.subarray(from, from + LINE_BYTES), from);
    }
    return image;
  }
}

/** How a crash exploration runs. */
export interface CrashExploration {
  readonly threads: number;
  readonly seed: number;
  readonly transactions: number;
  /** Further images a fence, with random subsets of lines evicted early. */
  readonly evictionsPerFence: number;
  /** Probability of a crash right after any other store, and of one inside a recovery. */
  readonly storeCrashShare: number;
}

/**
 * Runs a program and crashes it before every fence (nothing evicted; and random subsets of lines
 * evicted) and after a sample of stores; recovers each image, verifies it, and requires the contents
 * from before or from after the transaction in flight. Returns how many images were recovered.
 */
export function exploreCrashes(workload: ConfiguredWorkload, options: CrashExploration): number {
  const { threads, seed, transactions } = options;
  const heap = new PmHeap(workload.heapBytes(threads, transactions));
  const program = workload.create(heap, threads, seed);
  const crashes = new CrashImages(heap.bytes);
  const random = new Random(seed, 77);
  const digests = new Map<string, number>();
  let images = 0;
  const crash = (evicted: number): void => {
    images++;
    const digest = recovered(workload, options, crashes.image(random, evicted), random);
    digests.set(digest, images);
  };
  const sink: PersistSink = {
    op(op, a, b) {
      if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
        crash(0);
        for (let i = 0; i < options.evictionsPerFence; i++) crash(random.fraction());
      }
      crashes.op(op, a, b);
      if (op === Op.STORE && random.chance(options.storeCrashShare)) crash(random.fraction());
    },
  };
  for (let i = 0; i < transactions; i++) {
    const before = program.digest();
    digests.clear();
    heap.attach(Array.from({ length: threads }, () => sink));
    heap.switchTo(i % threads);
    program.transaction(i % threads);
    heap.detach();
    const after = program.digest();
    for (const [digest, image] of digests) {
      const allowed = digest === before || digest === after;
      assert(allowed, `seed ${seed}, transaction ${i}, image ${image}: neither before nor after`);
    }
    // An acknowledged transaction survives whatever comes next.
    assert.equal(recovered(workload, options, crashes.image(random, 0), random), after);
  }
  program.verify();
  return images;
}

class PowerFailure extends Error {}

/** Recovers `image` and returns the digest; now and then recovery itself is interrupted first. */
function recovered(
  workload: ConfiguredWorkload,
  options: CrashExploration,
  image: Uint8Array,
  random: Random,
): string {
  const { threads, seed } = options;
  const bytes = random.chance(options.storeCrashShare)
    ? interruptedRecovery(workload, options, image, random)
    : image;
  const program = workload.recover(new PmHeap(bytes), threads, seed);
  program.verify();
  return program.digest();
}

/** The image that a crash at a random fence of the recovery of `image` leaves. */
function interruptedRecovery(
  workload: ConfiguredWorkload,
  options: CrashExploration,
  image: Uint8Array,
  random: Random,
): Uint8Array {
  const heap = new PmHeap(image);
  const crashes = new CrashImages(heap.bytes);
  let fencesLeft = random.below(12);
  heap.attach([
    {
      op(op, a, b) {
        const fence = op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
        if (fence && fencesLeft-- === 0) throw new PowerFailure();
        crashes.op(op, a, b);
      },
    },
  ]);
  try {
    workload.recover(heap, options.threads, options.seed);
  } catch (error) {
    if (!(error instanceof PowerFailure)) throw error;
  }
  return crashes.image(random, random.fraction());
}

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

/** Lanes lie below this address in a pool of one lane; what lies above is heap. */
const LANES_END = 8192 + 3072;

/**
 * The signature of each transaction of type `type`: its epochs, separated by `|`; in each the ranges
 * stored to, as counts of words ([2] is two adjacent words), `f` after those that are also written
 * back in that epoch, and the address in front of those in the lane. Store logs of the originals
 * reduce to the same form, whatever the addresses of objects.
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
        } else if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
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
