/**
 * Which queue pairs a run uses. With one per core a mirror keeps the order of each core's lines and not
 * the order between cores (ARCHITECTURE.md, "Order between cores"): right for programs whose clients
 * keep off each other's unfinished data, wrong for others. One queue pair for all cores keeps both,
 * at the rate of one.
 */

import type { Backend, QueuePairs } from '../../rdma/index.ts';

/**
 * What a user may ask for. 'sound': per core, except shared where the program needs the order between
 * cores; 'per-core' and 'shared': so for every design and program.
 */
export const QUEUE_PAIR_POLICIES = ['sound', 'per-core', 'shared'] as const;

/** One of {@link QUEUE_PAIR_POLICIES}. */
export type QueuePairPolicy = (typeof QUEUE_PAIR_POLICIES)[number];

/** The policy of runs for which none is given. */
export const DEFAULT_POLICY: QueuePairPolicy = 'sound';

/** What of a program matters here. */
export interface Clients {
  readonly threads: number;
  /** As `Workload` has it. */
  readonly clientsDepend: boolean;
}

/** The queue pairs that `policy` comes to for a program under a design. */
export function queuePairsOf(
  policy: QueuePairPolicy,
  backend: Pick<Backend, 'ddio' | 'durability'>,
  { threads, clientsDepend }: Clients,
): QueuePairs {
  // One core has one queue pair, and what posts nothing has none: there is nothing to share.
  if (threads === 1 || backend.ddio === 'none') return 'per-core';
  if (policy !== 'sound') return policy;
  // A design that waits at every fence passes on nothing, such as a lock, that is not durable; but of
  // two cores' copies of one line the older may still come last.
  return clientsDepend && backend.durability !== null ? 'shared' : 'per-core';
}
