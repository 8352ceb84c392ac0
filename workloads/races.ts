/** Data races between the clients of a program, looked for where its data is small and so shared. */

import { PmHeap } from '../pm/heap.ts';
import { type Guard, RaceDetector, watchOrder } from '../pm/races.ts';
import { type AnyWorkload, runInTurn } from './workload.ts';

/** How much is run: enough for clients to meet. What they could have done in another order counts too. */
const CLIENTS = 4;
const TRANSACTIONS = 80;
const SEED = 1;

/** Which locks, and other means, a detector takes for not taken. */
export type Ignored = (guard: Guard) => boolean;

/**
 * Runs `workload` with its small parameters before a detector for each of `ignored`: what there would
 * be without these. By default before one that ignores none.
 */
export function detectRaces(
  workload: AnyWorkload,
  ignored: readonly Ignored[] = [() => false],
): readonly RaceDetector[] {
  const clients = Math.min(CLIENTS, workload.threadsMax);
  const configured = workload.configure(workload.smallParameters);
  const heap = new PmHeap(configured.heapBytes(clients, TRANSACTIONS));
  const program = configured.create(heap, clients, SEED);
  const detectors = ignored.map((guards) => new RaceDetector(clients, guards));
  try {
    watchOrder(heap, clients, detectors, () =>
      runInTurn(heap, program, { threads: clients, transactions: TRANSACTIONS }),
    );
  } finally {
    program.close?.();
  }
  return detectors;
}
