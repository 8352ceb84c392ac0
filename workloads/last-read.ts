/**
 * What a program has read of its memory as a whole, so that it need not read it again as long as nothing
 * is stored. A crash check verifies a program and takes its digest right after, hundreds of thousands
 * of times. Verification itself reads memory anew: that is what it is for.
 */

import type { PmHeap } from '../pm/heap.ts';

export class LastRead<T> {
  readonly #heap: PmHeap;
  #last: { readonly value: T; readonly stores: number } | null = null;

  constructor(heap: PmHeap) {
    this.#heap = heap;
  }

  /** `value` was read of the heap as it is now. Gives it back. */
  keep(value: T): T {
    this.#last = { value, stores: this.#heap.stores };
    return value;
  }

  /** What was kept last, or what `read` gives if anything was stored since. */
  get(read: () => T): T {
    return this.#last?.stores === this.#heap.stores ? this.#last.value : this.keep(read());
  }
}
