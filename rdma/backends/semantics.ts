/**
 * Durability semantics: what a mirroring design promises of a line once power fails at a replica,
 * stated apart from the timing model so that a crash checker can hold the two against each other.
 *
 *   - from when a line may be durable: once it is in the replica's LLC, as an eviction may come at any
 *     time (DDIO on), or only once a memory controller has accepted it (DDIO off);
 *   - from when it is for certain: from acceptance by a memory controller, or, with the caches inside
 *     the persistence domain, from its arrival in the LLC;
 *   - what precedes it: nothing of a later epoch of its core may be durable before it is, and, where
 *     lines are accepted one by one in the order of their queue pair, nothing later at all;
 *   - which fences return only when it is durable at every replica.
 */

import type { Backend } from '../backend.ts';
import type { PersistenceDomain } from '../profile.ts';

/** A place on a line's way into the replica's memory. */
export type Stage = 'llcArrival' | 'memoryAcceptance';

/** See the head of this file. */
export interface DurabilitySemantics {
  readonly mayBeDurableFrom: Stage;
  readonly isDurableFrom: Stage;
  /** What must be durable before a line may be: earlier epochs of its core, or every earlier line. */
  readonly after: 'earlierEpochs' | 'everyEarlierLine';
  /** The least kind of fence that waits for the lines before it. */
  readonly awaitedBy: 'everyFence' | 'durabilityPoint';
}

/** What each design waits for. Where its lines go follows from its DDIO setting. */
const PROMISES: Readonly<Record<string, Pick<DurabilitySemantics, 'after' | 'awaitedBy'>>> =
  Object.freeze({
    'sm-rc': { after: 'earlierEpochs', awaitedBy: 'everyFence' },
    'sm-ob': { after: 'earlierEpochs', awaitedBy: 'durabilityPoint' },
    'sm-dd': { after: 'everyEarlierLine', awaitedBy: 'durabilityPoint' },
  });

/** What every design must promise at least, for those that state nothing stronger. */
const LEAST = Object.freeze({ after: 'earlierEpochs', awaitedBy: 'durabilityPoint' } as const);

/**
 * The semantics of `backend` at replicas with this persistence domain; null where no replica holds
 * anything (`no-sm`, and the bound `ideal`, whose replica is not modelled).
 */
export function durabilitySemantics(
  backend: Pick<Backend, 'name' | 'ddio'>,
  replicaDomain: PersistenceDomain,
): DurabilitySemantics | null {
  if (backend.ddio === 'none') return null;
  const promise = Object.hasOwn(PROMISES, backend.name) ? PROMISES[backend.name] : LEAST;
  if (backend.ddio === 'off') {
    return { mayBeDurableFrom: 'memoryAcceptance', isDurableFrom: 'memoryAcceptance', ...promise };
  }
  const isDurableFrom = replicaDomain === 'eadr' ? 'llcArrival' : 'memoryAcceptance';
  return { mayBeDurableFrom: 'llcArrival', isDurableFrom, ...promise };
}
