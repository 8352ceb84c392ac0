/** Where a message is at its replica, phase after phase. */

import { carriesLine } from '../../../rdma/index.ts';
import type { Message } from './timeline.ts';

/** A phase of a message; from the one called `durable` on, a WRITE survives a power failure. */
export interface Phase {
  readonly name:
    | 'NIC'
    | 'held by ROFENCE'
    | 'PCIe'
    | 'LLC'
    | 'waits for WPQ'
    | 'durable'
    | 'waits for lines';
  readonly fromPs: number;
  readonly toPs: number;
}

/** When `message` is durable, or as a fence satisfied. */
export function doneAt({ verb, durablePs, satisfiedPs }: Message): number {
  return carriesLine(verb) ? durablePs : satisfiedPs;
}

/**
 * The phases of `message` up to `endPs`, without gaps; `durable` lasts until the line has left the
 * write-pending queue, and is there even if it takes no time.
 */
export function phasesOf(message: Message, endPs: number): Phase[] {
  const { arrivedPs, throughPs, handedPs, visiblePs, reachedPs, durablePs } = message;
  const phases: Phase[] = [
    { name: 'NIC', fromPs: arrivedPs, toPs: throughPs },
    { name: 'held by ROFENCE', fromPs: throughPs, toPs: handedPs },
  ];
  if (carriesLine(message.verb)) {
    const overPcie = Math.min(visiblePs, reachedPs);
    // A line that nobody asked to leave the cache stays there.
    const inMemory = Math.min(reachedPs, durablePs);
    phases.push(
      { name: 'PCIe', fromPs: handedPs, toPs: overPcie },
      { name: 'LLC', fromPs: overPcie, toPs: inMemory },
      { name: 'waits for WPQ', fromPs: inMemory, toPs: durablePs },
      { name: 'durable', fromPs: durablePs, toPs: drainedAt(message) },
    );
  } else phases.push({ name: 'waits for lines', fromPs: handedPs, toPs: message.satisfiedPs });
  return phases
    .filter(({ fromPs }) => fromPs < Number.POSITIVE_INFINITY)
    .map((phase) => ({
      ...phase,
      toPs: phase.toPs === Number.POSITIVE_INFINITY ? Math.max(endPs, phase.fromPs) : phase.toPs,
    }))
    .filter(({ name, fromPs, toPs }) => toPs > fromPs || name === 'durable');
}

/** With persistent caches a durable line is in no write-pending queue. */
function drainedAt({ durablePs, drainedPs }: Message): number {
  return drainedPs === Number.POSITIVE_INFINITY ? durablePs : drainedPs;
}
