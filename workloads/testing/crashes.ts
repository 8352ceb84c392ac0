/**
 * Test support: crashes a program while its transactions run, recovers it from what the power
 * failure left, and compares with an oracle: the contents from before or from after the transaction
 * in flight, and after it once it is acknowledged. Recovery is crashed too. Used by tests only.
 */

import assert from 'node:assert/strict';
import { PmHeap } from '../../pm/heap.ts';
import { isFence, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler, EVICTIONS, type Eviction } from '../../pm/testing/crash-sampler.ts';
import { type ConfiguredWorkload, type Program, runInTurn } from '../workload.ts';

/** What to explore. */
export interface CrashExploration {
  readonly threads: number;
  readonly seed: number;
  /** How many transactions are crashed, of the clients in turn. */
  readonly transactions: number;
  /** How many run before them, undisturbed, to end up durable; by default none. */
  readonly warmUp?: number;
  /** Crashes before one in so many fences, drawn with the seed; by default before every one. */
  readonly oneFenceIn?: number;
  /** Crashes right after this share of the stores too; by default none. */
  readonly storeChance?: number;
  /** The images of each crash; by default one of every kind. */
  readonly evictions?: readonly Eviction[];
  /** In this share of the recoveries, there is a second crash; by default in a quarter. */
  readonly recoveryCrashChance?: number;
  /** What of the program's operations reaches memory: to show that an exploration would notice. */
  readonly filter?: (memory: PersistSink) => PersistSink;
  /** What else must hold of a recovered program; throws if it does not. */
  readonly check?: (recovered: Program, heap: PmHeap) => void;
  /** Whether a crash in a transaction may leave `found`; by default `before` or `after`. */
  readonly oracle?: (found: string, before: string, after: string) => boolean;
}

/** What was tried: images, and how the recoveries came out. */
export interface CrashCounts {
  images: number;
  /** Images of transactions that change something: how many recovered to before, and to after it. */
  before: number;
  after: number;
  /** Recoveries with a second crash at one of their own fences. */
  interrupted: number;
}

/**
 * Runs and crashes the program as described above. Throws an Error that names seed, transaction and
 * image, with the reason as its cause, unless every recovered program verifies and holds what the
 * oracle allows. A recovery that was cut short and run again must have the same result.
 */
export function exploreCrashes(
  workload: ConfiguredWorkload,
  options: CrashExploration,
): CrashCounts {
  const { threads, seed, warmUp = 0 } = options;
  const total = warmUp + options.transactions;
  const heap = new PmHeap(workload.heapBytes(threads, total));
  const program = workload.create(heap, threads, seed);
  try {
    runInTurn(heap, program, { threads, transactions: warmUp });
    return exploreFrom(program, heap, workload, options);
  } finally {
    program.close?.();
  }
}

/** Crashes the transactions of `program`, which has run those before. */
function exploreFrom(
  program: Program,
  heap: PmHeap,
  workload: ConfiguredWorkload,
  options: CrashExploration,
): CrashCounts {
  const { threads, seed, warmUp = 0 } = options;
  const recovery = new Recovery(workload, options);
  const sampler = new CrashSampler(heap, {
    ...options,
    random: new Random(seed, 77),
    check: (image, eviction) => recovery.try(image, eviction),
  });
  let before = program.digest();
  for (let i = warmUp; i < warmUp + options.transactions; i++) {
    recovery.where = `seed ${seed}, transaction ${i}`;
    heap.attach([options.filter === undefined ? sampler : options.filter(sampler)]);
    heap.switchTo(i % threads);
    program.transaction(i % threads);
    heap.detach();
    const after = program.digest();
    recovery.compare(before, after, options.oracle ?? isBeforeOrAfter);
    // An acknowledged transaction is there, whatever else is.
    sampler.fail();
    recovery.compare(before, after, (found) => found === after);
    before = after;
  }
  program.verify();
  return recovery.counts;
}

function isBeforeOrAfter(found: string, before: string, after: string): boolean {
  return found === before || found === after;
}

/** Contents that recoveries have come out with, and which image gave them first. */
interface Outcome {
  readonly image: string;
  times: number;
}

/** Recovers images of one exploration, and keeps the outcomes until they can be compared. */
class Recovery {
  readonly counts: CrashCounts = { images: 0, before: 0, after: 0, interrupted: 0 };
  /** Seed and transaction, for messages. */
  where = '';
  readonly #workload: ConfiguredWorkload;
  readonly #options: CrashExploration;
  readonly #random: Random;
  readonly #outcomes = new Map<string, Outcome>();

  constructor(workload: ConfiguredWorkload, options: CrashExploration) {
    this.#workload = workload;
    this.#options = options;
    this.#random = new Random(options.seed, 78);
  }

  /** Recovers `image`, now and then with a second crash in between, and notes the contents. */
  try(image: Uint8Array, eviction: Eviction): void {
    const label = `image ${this.counts.images++} (evicted: ${eviction})`;
    try {
      const heap = new PmHeap(image);
      let digest: string;
      if (this.#random.chance(this.#options.recoveryCrashChance ?? 0.25)) {
        const again = this.#cutShort(heap);
        digest = this.#contents(again.program, heap);
        const second = this.#contents(this.#recover(again.heap), again.heap);
        assert.equal(second, digest, 'recovery, cut short and run again, comes out otherwise');
      } else {
        digest = this.#contents(this.#recover(heap), heap);
      }
      const outcome = this.#outcomes.get(digest);
      if (outcome === undefined) this.#outcomes.set(digest, { image: label, times: 1 });
      else outcome.times++;
    } catch (error) {
      this.#throw(label, error);
    }
  }

  /** Holds the outcomes noted since the last call against the oracle. */
  compare(before: string, after: string, oracle: NonNullable<CrashExploration['oracle']>): void {
    for (const [found, { image, times }] of this.#outcomes) {
      if (!oracle(found, before, after)) {
        const message = 'recovered to contents that this crash may not leave';
        this.#throw(image, new assert.AssertionError({ message, actual: found, expected: after }));
      }
      if (before === after) continue;
      if (found === before) this.counts.before += times;
      else if (found === after) this.counts.after += times;
    }
    this.#outcomes.clear();
  }

  #recover(heap: PmHeap): Program {
    return this.#workload.recover(heap, this.#options.threads, this.#options.seed);
  }

  /** What `recovered` holds, checked. Closes it. */
  #contents(recovered: Program, heap: PmHeap): string {
    heap.detach();
    try {
      recovered.verify();
      this.#options.check?.(recovered, heap);
      return recovered.digest();
    } finally {
      recovered.close?.();
    }
  }

  /**
   * Recovers `heap`, and beside the program gives what a crash at one of the recovery's fences left;
   * if it had none, what it leaves durable in the end.
   */
  #cutShort(heap: PmHeap): { readonly program: Program; readonly heap: PmHeap } {
    const random = this.#random;
    const evictions = this.#options.evictions ?? EVICTIONS;
    const sampler = new CrashSampler(heap, { random });
    let left: Uint8Array | undefined;
    heap.attach([
      {
        op(op, a, b) {
          // Each new fence takes the place of the one chosen so far with probability 1 / fences.
          if (isFence(op) && random.below(sampler.fences + 1) === 0) {
            left = sampler.image(evictions[random.below(evictions.length)]);
          }
          sampler.op(op, a, b);
        },
      },
    ]);
    const program = this.#recover(heap);
    if (left !== undefined) this.counts.interrupted++;
    return { program, heap: new PmHeap(left ?? sampler.image('none')) };
  }

  #throw(image: string, cause: unknown): never {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${this.where}, ${image}: ${reason}`, { cause });
  }
}
