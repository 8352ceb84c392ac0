/**
 * Locks of the traced program. They are granted in the order in which they were taken when the
 * program ran (the ticket in the trace), so that every backend sees the same operations.
 *
 * Not modelled: the cost of passing the lock's own cache line between cores.
 */

import { type Core, CoreState, Part } from './core.ts';

interface Lock {
  nextTicket: number;
  held: boolean;
  freeAt: number;
}

export class Locks {
  readonly #locks = new Map<number, Lock>();

  /** Takes the lock if it is this ticket's turn; otherwise the core waits and false is returned. */
  acquire(core: Core, id: number, ticket: number): boolean {
    const lock = this.#lock(id);
    if (lock.held || lock.nextTicket !== ticket) {
      core.state = CoreState.WAIT_LOCK;
      core.waitingForLock = id;
      core.waitingForTicket = ticket;
      return false;
    }
    core.waitUntil(Part.LOCK_WAIT, lock.freeAt);
    lock.held = true;
    lock.nextTicket++;
    return true;
  }

  /** Frees the lock and wakes the core whose turn it is, if it waits. */
  release(core: Core, id: number, cores: readonly Core[]): void {
    const lock = this.#lock(id);
    lock.held = false;
    lock.freeAt = core.clock;
    for (const other of cores) {
      if (
        other.state === CoreState.WAIT_LOCK &&
        other.waitingForLock === id &&
        other.waitingForTicket === lock.nextTicket
      ) {
        other.waitUntil(Part.LOCK_WAIT, core.clock);
        other.state = CoreState.RUNNING;
        return;
      }
    }
  }

  #lock(id: number): Lock {
    let lock = this.#locks.get(id);
    if (lock === undefined) {
      lock = { nextTicket: 0, held: false, freeAt: 0 };
      this.#locks.set(id, lock);
    }
    return lock;
  }
}
