/**
 * Locks of the traced program, and in which order they are granted:
 *
 *   recorded     as they were taken when the program ran (the ticket in the trace), so that the bytes
 *                of a crash image are those of a possible run;
 *   first-come   to who asked first in virtual time, as a machine would; ties by core number. The
 *                grants are noted, so that other designs can be timed with the same order;
 *   an order that was noted, so that comparisons of designs are paired.
 *
 * A noted order cannot deadlock: a run in which every core took its locks in that order has been.
 *
 * Not modelled: the cost of passing the lock's own cache line between cores, and unfair locks.
 */

import { type Core, CoreState, Part } from './core.ts';
import { GrantOrder, type LockOrder } from './grant-order.ts';

const { LOCK_WAIT } = Part;
const { RUNNING, WAIT_LOCK } = CoreState;

/** No core. */
const NOBODY = -1;

interface Lock {
  /** Grants so far. */
  granted: number;
  held: boolean;
  freeAt: number;
  /** Under `first-come`: the core that it was handed to and that has not taken it yet. */
  heir: number;
  /** Ticket of the holder before, in the trace. */
  lastTicket: number;
}

export class Locks {
  /** Grants so far, and those whose holder before was another than in the trace. */
  grants = 0;
  reordered = 0;
  /** The grants of a `first-come` run. */
  readonly noted = new GrantOrder();
  readonly #order: LockOrder;
  /** Grants to each core so far, over all locks. */
  readonly #taken: Uint32Array;
  readonly #locks = new Map<number, Lock>();

  constructor(order: LockOrder, cores: number) {
    this.#order = order;
    this.#taken = new Uint32Array(cores);
  }

  /** Takes the lock if it is the core's turn; otherwise the core waits and false is returned. */
  acquire(core: Core, id: number, ticket: number): boolean {
    const lock = this.#lock(id);
    const turn = this.#turn(core, lock, ticket);
    if (lock.held || turn !== lock.granted) {
      core.state = WAIT_LOCK;
      core.waitingForLock = id;
      core.waitingForTurn = turn;
      return false;
    }
    core.waitUntil(LOCK_WAIT, lock.freeAt);
    if (this.#order === 'first-come') this.noted.note(core.index, turn);
    lock.held = true;
    lock.granted++;
    lock.heir = NOBODY;
    this.#taken[core.index]++;
    this.grants++;
    if (ticket !== lock.lastTicket + 1) this.reordered++;
    lock.lastTicket = ticket;
    return true;
  }

  /** Frees the lock and wakes the core whose turn it is, if it waits. */
  release(core: Core, id: number, cores: readonly Core[]): void {
    const lock = this.#lock(id);
    lock.held = false;
    lock.freeAt = core.clock;
    let next: Core | null = null;
    for (const other of cores) {
      if (other.state !== WAIT_LOCK || other.waitingForLock !== id) continue;
      if (this.#order === 'first-come') {
        if (next === null || other.clock < next.clock) next = other;
      } else if (other.waitingForTurn === lock.granted) {
        next = other;
      }
    }
    if (next === null) return;
    lock.heir = next.index;
    next.waitUntil(LOCK_WAIT, core.clock);
    next.state = RUNNING;
  }

  /** Which grant of `lock` is the core's; under `first-come` the next, unless it is another's. */
  #turn(core: Core, lock: Lock, ticket: number): number {
    if (this.#order === 'recorded') return ticket;
    if (this.#order !== 'first-come') {
      return this.#order.turn(core.index, this.#taken[core.index]);
    }
    const free = lock.heir === NOBODY || lock.heir === core.index;
    return free ? lock.granted : lock.granted + 1;
  }

  #lock(id: number): Lock {
    let lock = this.#locks.get(id);
    if (lock === undefined) {
      lock = { granted: 0, held: false, freeAt: 0, heir: NOBODY, lastTicket: -1 };
      this.#locks.set(id, lock);
    }
    return lock;
  }
}
