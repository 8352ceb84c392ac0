/**
 * Durability semantics: what a mirroring design promises of a line once power fails at a replica,
 * put together from what each backend states (`durability`, `ddio`). It is apart from the timing
 * model, so that a crash checker can hold the two against each other.
 *
 *   - from when a line may be durable: once it is in the replica's LLC, as an eviction may come at any
 *     time (DDIO on), or only once a memory controller has accepted it (DDIO off);
 *   - from when the timing model has it durable (the crash check waits for a fence): from acceptance by
 *     a memory controller, or, with the caches inside the persistence domain, from its arrival there;
 *   - what precedes it: nothing of a later epoch of its core may be durable before it is, and, where
 *     lines are accepted one by one in the order of their queue pair, nothing later at all;
 *   - which fences return only when it is durable at every replica.
 *
 * And what a design keeps of the order between cores, which depends on the queue pairs too.
 */

import type { OrderBetween } from '../../pm/order.ts';
import type { Backend, DurabilityPromise } from '../backend.ts';
import type { QueuePairs } from '../mirror.ts';
import type { PersistenceDomain } from '../profiles/profile.ts';

/** A place on a line's way into the replica's memory. */
export type Stage = 'llcArrival' | 'memoryAcceptance';

/** What a design promises of a line that it mirrors, and from where on the line may and must be durable. */
export interface DurabilitySemantics extends DurabilityPromise {
  readonly mayBeDurableFrom: Stage;
  readonly isDurableFrom: Stage;
}

/**
 * The semantics of `backend` at replicas with this persistence domain; null where no replica holds
 * anything (`no-sm`, and the bound `ideal`, whose replica is not modelled).
 */
export function durabilitySemantics(
  backend: Pick<Backend, 'ddio' | 'durability'>,
  replicaDomain: PersistenceDomain,
): DurabilitySemantics | null {
  const { ddio, durability } = backend;
  if (durability === null) return null;
  if (ddio === 'off') {
    return {
      mayBeDurableFrom: 'memoryAcceptance',
      isDurableFrom: 'memoryAcceptance',
      ...durability,
    };
  }
  const isDurableFrom = replicaDomain === 'eadr' ? 'llcArrival' : 'memoryAcceptance';
  return { mayBeDurableFrom: 'llcArrival', isDurableFrom, ...durability };
}

const KEPT = {
  'per-core': 'none',
  words: 'words',
  release: 'locks',
  shared: 'any',
} as const satisfies Record<QueuePairs, OrderBetween>;

/**
 * The order between cores that `backend` keeps at a replica with such queue pairs, for programs whose
 * threads write back what they stored themselves before they hand it on. On a queue pair for all, every
 * design keeps what it keeps of one core. With one for each core:
 *
 *   - of lines, the older copy of one that two cores stored to may arrive last (`none`);
 *   - of words that is left where both stored to the same word: the first hands it on when it has
 *     written it back, and its own fence comes later (`words`). A design that does not wait at ordering
 *     points also lets a later line of another core overtake;
 *   - both are over where a lock is handed on only when all before it is durable (`locks`).
 *
 * Where lines are in one order over all cores, queue pairs do not matter.
 * Over CXL there are no queue pairs. A fence waits, and of what two cores store to one line the caches keep
 * the order, so that a replica has what the primary has.
 */
export function orderKept(
  { durability, over }: Pick<Backend, 'durability' | 'over'>,
  queuePairs: QueuePairs,
): OrderBetween {
  const ofAll = durability?.after === 'everyEarlierLineOfAll';
  return durability === null || over === 'cxl' || ofAll ? 'any' : KEPT[queuePairs];
}
