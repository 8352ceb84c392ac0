/** What a replica is made of, and to whom it reports. */

import type { Numbering } from '../backend.ts';
import type { Timing } from '../profiles/timing.ts';

/** A replica's machine, and what is set of it from outside. */
export interface ReplicaMachine {
  readonly own: Timing;
  readonly primary: Timing;
  /** Of what its cache replaces at random. */
  readonly seed: number;
  /** Of a design whose NICs number what is posted. */
  readonly numbering: Numbering | undefined;
}

/** What a replica reports to the primary. Times are at the primary. */
export interface ReplicaListener {
  /**
   * The next message of the queue pair, in order of posting, is acknowledged at `backAt`; Infinity
   * if that is not known yet. Returns its send-queue entry, for `settled`.
   */
  acknowledged(queuePair: number, backAt: number): number;
  /** An acknowledgement whose time was not known is there at `backAt`. */
  settled(queuePair: number, entry: number, backAt: number): void;
  /** What the core posted, to be answered, is answered by the replica. */
  answered(core: number, replica: number, backAt: number): void;
  /** A line of `core` that was staged is acknowledged: that left the NIC at `leftAt`. */
  lineAcknowledged(core: number, replica: number, leftAt: number, backAt: number): void;
}
