/** What happened in one mirror in a window of time, as data. Times are picoseconds of virtual time. */

import type { TimePart, VerbCode } from '../../../rdma/index.ts';

/** What a core did, without a gap to the next. */
export interface Slice {
  readonly part: TimePart;
  readonly fromPs: number;
  readonly toPs: number;
}

/** A transaction that a core ran; `number` counts the measured ones of its core from 1. */
export interface Transaction {
  readonly core: number;
  readonly number: number;
  readonly type: number;
  readonly beginPs: number;
  readonly endPs: number;
}

/** A fence of a core that is over. */
export interface Fence {
  readonly durability: boolean;
  readonly atPs: number;
}

/** A line on its way from a core to the primary's memory controller. */
export interface WriteBack {
  readonly line: number;
  readonly fromPs: number;
  readonly toPs: number;
}

/** A time for which a fill buffer of a core is taken. */
export interface Fill {
  readonly buffer: number;
  readonly fromPs: number;
  readonly toPs: number;
}

/** A line in a write-pending queue. */
export interface Queued {
  readonly fromPs: number;
  readonly toPs: number;
}

/** A message to one replica. What has not happened to it, or was not seen, is Infinity. */
export interface Message {
  readonly core: number;
  readonly queuePair: number;
  readonly replica: number;
  readonly verb: VerbCode;
  /** Of a WRITE, with the words that are posted of it. */
  readonly line: number;
  readonly words: number;
  readonly postedPs: number;
  /** When the NIC takes it; from when to when it is on the wire; when it is at the replica's NIC. */
  readonly takenPs: number;
  readonly wireFromPs: number;
  readonly wireToPs: number;
  readonly arrivedPs: number;
  /** When that NIC is through with it, and when it hands it on: later if a ROFENCE holds it. */
  readonly throughPs: number;
  readonly handedPs: number;
  /** Of a WRITE: readable at the replica; at its memory controller; durable; out of the queue there. */
  readonly visiblePs: number;
  readonly reachedPs: number;
  readonly durablePs: number;
  readonly drainedPs: number;
  /** Of a fence: the replica's NIC knows that the lines before it are durable. */
  readonly satisfiedPs: number;
  /** When its acknowledgement or answer is back, and when its send-queue entry is free. */
  readonly backPs: number;
  readonly freePs: number;
}

/** One core in the window. */
export interface CoreTimeline {
  /** Cover the window. */
  readonly slices: readonly Slice[];
  readonly transactions: readonly Transaction[];
  readonly fences: readonly Fence[];
  readonly writeBacks: readonly WriteBack[];
  readonly fills: readonly Fill[];
}

/** One mirror in a window: from the begin of the first chosen transaction to the end of the last. */
export interface Timeline {
  readonly fromPs: number;
  readonly toPs: number;
  readonly cores: readonly CoreTimeline[];
  /** Posted before the end of the window and not over before its start; in order of their posting. */
  readonly messages: readonly Message[];
  /** Lines in the write-pending queues of the primary, and of each replica. */
  readonly primaryQueue: readonly Queued[];
  readonly replicaQueues: readonly (readonly Queued[])[];
  /** The chosen transactions, in order. */
  readonly chosen: readonly Transaction[];
}

/** Which transactions of which core are chosen: `first` to `last` of the measured ones, from 1. */
export interface Choice {
  readonly thread: number;
  readonly first: number;
  /** Infinity: to the end. */
  readonly last: number;
}
