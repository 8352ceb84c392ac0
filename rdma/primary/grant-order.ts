/** The order in which a run granted its locks, kept so that others can repeat it (see locks.ts). */

import { doubled } from '../../pm/columns.ts';

/** Whose turn each `LOCK` of each core is at its lock: 0 for the first grant of the lock. */
export class GrantOrder {
  readonly #turns: Uint32Array[] = [];
  readonly #lengths: number[] = [];

  /** The next grant to `core` is the `turn`-th of its lock. */
  note(core: number, turn: number): void {
    while (this.#turns.length <= core) {
      this.#turns.push(new Uint32Array(64));
      this.#lengths.push(0);
    }
    const i = this.#lengths[core]++;
    if (i === this.#turns[core].length) this.#turns[core] = doubled(this.#turns[core]);
    this.#turns[core][i] = turn;
  }

  /** The turn of grant `i` of `core`, counted over all locks. Throws RangeError beyond what was noted. */
  turn(core: number, i: number): number {
    if (core >= this.#turns.length || i >= this.#lengths[core]) {
      throw new RangeError(`core ${core} takes lock ${i}: the order of grants is of another trace`);
    }
    return this.#turns[core][i];
  }
}

/**
 * In which order locks are granted: as in the trace, to who asks first in virtual time, or as an earlier
 * run of the same trace granted them.
 */
export type LockOrder = 'recorded' | 'first-come' | GrantOrder;
