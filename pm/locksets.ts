/**
 * Words that several clients use without one lock that all of them hold (Eraser: Savage et al., TOCS
 * 1997). Clients run whole transactions one after another, so nobody sees it when a client lets go of its
 * lock in the middle, stores, and takes the lock again. For vector clocks (races.ts) its two sections
 * put everything in order. By the locks that were held such a store shows, whatever the order of the run.
 *
 * What passes from lock to lock shows too, and is no error: memory that is freed under one and used
 * again under another. Accesses of the first client alone do not count, as it may still set the word up.
 */

import type { AtomicOrder } from './heap.ts';
import { ATOMIC_BYTES } from './line.ts';
import { isAccess, Op, type PersistSink } from './op.ts';
import type { Guard, OrderWatcher } from './races.ts';

/** A word, by its offset, or a thing in ordinary memory, by its name. */
type Place = number | string;

interface Use {
  readonly first: number;
  /** What all have held since a second client came; undefined: none has come. */
  common: readonly Guard[] | undefined;
  isStored: boolean;
}

/** Looks for such words among `clients`: `watchOrder` makes it see a run. */
export class LocksetDetector implements OrderWatcher {
  /** Of each place that was found, the client that held none of the others' locks. */
  readonly found = new Map<Place, number>();
  /** Words that several clients store atomically, and none of whose locks all of these hold: the client. */
  readonly atomicStores = new Map<Place, number>();
  readonly #uses = new Map<Place, Use>();
  readonly #usesOfAtomic = new Map<Place, Use>();
  readonly #held: Guard[][];
  #atomic: AtomicOrder | undefined;

  constructor(clients: number) {
    this.#held = Array.from({ length: clients }, () => []);
  }

  /** Receives the operations of `client`. */
  sinkOf(client: number): PersistSink {
    return {
      op: (op, a, b) => {
        if (op === Op.LOCK) this.#held[client].push(a);
        if (op === Op.UNLOCK) this.leave(client, a);
        if (!isAccess(op)) return;
        for (let word = a - (a % ATOMIC_BYTES); word < a + b; word += ATOMIC_BYTES) {
          this.#access(client, word, op !== Op.LOAD);
        }
        this.#atomic = undefined;
      },
    };
  }

  atomic(order: AtomicOrder): void {
    this.#atomic = order;
  }

  enter(thread: number, means: string): void {
    this.#held[thread].push(means);
  }

  leave(thread: number, guard: Guard): void {
    const at = this.#held[thread].lastIndexOf(guard);
    if (at >= 0) this.#held[thread].splice(at, 1);
  }

  inAnyOrder(): void {}

  fresh(offset: number, bytes: number): void {
    const end = offset + bytes;
    for (let word = offset - (offset % ATOMIC_BYTES); word < end; word += ATOMIC_BYTES) {
      this.#uses.delete(word);
      this.#usesOfAtomic.delete(word);
    }
  }

  dram(thread: number, what: string, stores: boolean): void {
    this.#access(thread, what, stores);
  }

  #access(client: number, place: Place, isStore: boolean): void {
    if (this.#atomic === undefined) {
      this.#use(client, place, isStore, { uses: this.#uses, found: this.found });
    } else if (this.#atomic === 'acquireRelease' && isStore) {
      // Who stores what others build on has looked first, and others may have stored since. Counts are relaxed.
      this.#use(client, place, isStore, { uses: this.#usesOfAtomic, found: this.atomicStores });
    }
  }

  #use(
    client: number,
    place: Place,
    isStore: boolean,
    { uses, found }: { readonly uses: Map<Place, Use>; readonly found: Map<Place, number> },
  ): void {
    const use = uses.get(place);
    if (use === undefined) {
      uses.set(place, { first: client, common: undefined, isStored: false });
      return;
    }
    if (use.common === undefined && use.first === client) return;
    const held = this.#held[client];
    use.common = use.common?.filter((guard) => held.includes(guard)) ?? [...held];
    use.isStored ||= isStore;
    if (use.isStored && use.common.length === 0 && !found.has(place)) found.set(place, client);
  }
}
