/** Whose answers end the waits for replicas. */

import type { MirrorObserver } from '../../../rdma/mirror.ts';

/** Counts, per replica, the waits that its answer ended. */
export class WaitObserver implements MirrorObserver {
  readonly #ended: number[];

  constructor(replicas: number) {
    this.#ended = new Array(replicas).fill(0);
  }

  /** Forgets the warm-up. */
  onMeasure(): void {
    this.#ended.fill(0);
  }

  onResume(_core: number, _atPs: number, replica: number): void {
    this.#ended[replica]++;
  }

  /** The share of all waits of each replica; none where nothing was waited for. */
  shares(): readonly number[] {
    const all = this.#ended.reduce((sum, count) => sum + count, 0);
    return all === 0 ? [] : this.#ended.map((count) => count / all);
  }
}
