/**
 * For crash tests: the images that a power failure may leave, at every fence of a run. Before a
 * fence completes, everything fenced earlier is durable; of what came after, any 8-byte words may
 * be, since lines are evicted whenever the cache likes.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { ATOMIC_BYTES, LINE_BYTES } from '../../pm/line.ts';
import { LineState, LineStatus } from '../../pm/line-state.ts';
import { Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';

/** How much of what is not fenced is durable: nothing, everything, random lines, random words. */
export type Eviction = 'none' | 'all' | 'lines' | 'words';

/** All of them. */
export const EVICTIONS: readonly Eviction[] = ['none', 'all', 'lines', 'words'];

/** Attach as the single sink of a heap; `visit` gets images of its own, to keep or change. */
export class CrashImages implements PersistSink {
  readonly #heap: PmHeap;
  readonly #state: LineState;
  readonly #random: Random;
  readonly #visit: (image: Uint8Array, eviction: Eviction) => void;
  readonly #every: number;
  /** Fences seen. */
  fences = 0;

  /** Everything on the heap counts as durable now. Only every `every`-th fence is visited. */
  constructor(
    heap: PmHeap,
    options: { readonly seed: number; readonly every?: number },
    visit: (image: Uint8Array, eviction: Eviction) => void,
  ) {
    this.#heap = heap;
    this.#state = new LineState(heap.bytes);
    this.#random = new Random(options.seed);
    this.#every = options.every ?? 1;
    this.#visit = visit;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
      if (this.fences++ % this.#every === 0) {
        for (const eviction of EVICTIONS) this.#visit(this.image(eviction), eviction);
      }
    }
    this.#state.op(op, a, b);
  }

  /** What a crash right now may leave. */
  image(eviction: Eviction): Uint8Array {
    const image = this.#state.durable.slice();
    if (eviction === 'none') return image;
    const live = this.#heap.bytes;
    for (let line = 0; line * LINE_BYTES < live.length; line++) {
      if (this.#state.status(line) === LineStatus.CLEAN) continue;
      if (eviction === 'lines' && this.#random.chance(0.5)) continue;
      for (let i = 0; i < LINE_BYTES; i += ATOMIC_BYTES) {
        const at = line * LINE_BYTES + i;
        const kept = eviction === 'words' && this.#random.chance(0.5);
        if (!kept) image.set(live.subarray(at, at + ATOMIC_BYTES), at);
      }
    }
    return image;
  }
}
