/** What watches a mirror for an account: its lines in flight, its send queues, and its waits. */

import { entriesKeptBack, type MirrorRun, type System } from '../../../rdma/index.ts';
import type { Watch } from '../../bench/index.ts';
import { LineObserver } from './line-observer.ts';
import { SendQueueObserver } from './send-queue.ts';
import { WaitObserver } from './wait-observer.ts';

/** What an account is made from, beside the report. */
export interface AccountWatch extends Watch {
  readonly lines: LineObserver;
  readonly sendQueues: SendQueueObserver;
  readonly waits: WaitObserver;
}

/** Watches a mirror of `system`. */
export function accountWatch(system: System, { cores }: MirrorRun): AccountWatch {
  const { replicas, profile, queuePairs } = system;
  const lines = new LineObserver(replicas);
  const sendQueues = new SendQueueObserver({
    queuePairs: (queuePairs === 'shared' ? 1 : cores) * replicas,
    room: profile.nic.sendQueueEntries.value - entriesKeptBack(queuePairs, cores),
  });
  const waits = new WaitObserver(replicas);
  return { lines, sendQueues, waits, observers: [lines, sendQueues, waits] };
}
