/** Data races between the clients of a program, looked for where its data is small and so shared. */

import { PmHeap } from '../pm/heap.ts';
import { LocksetDetector } from '../pm/locksets.ts';
import { type Guard, type OrderWatcher, type Race, RaceDetector, watchOrder } from '../pm/races.ts';
import type { GivenParameters } from './parameters.ts';
import { type AnyWorkload, runInTurn } from './workload.ts';

/** How much is run: enough for clients to meet. What they could have done in another order counts too. */
const CLIENTS = 4;
const TRANSACTIONS = 80;
const SEED = 1;

/** What is run of a program where its small parameters do not show every type of transaction. */
interface Extent {
  /** Beside the small parameters; a run for each. */
  readonly parameters?: readonly GivenParameters[];
  readonly transactions?: number;
}

const ALSO_LOOKUPS: Extent = { parameters: [{ lookupShare: 0.25 }] };
const EXTENTS: Readonly<Record<string, Extent>> = {
  ctree: ALSO_LOOKUPS,
  hashmap: ALSO_LOOKUPS,
  btree: ALSO_LOOKUPS,
  rbtree: ALSO_LOOKUPS,
  ycsb: { parameters: [{}, { mix: 'e' }, { mix: 'f' }] },
  transact: { parameters: [{ readShare: 0.5 }] },
  exim: { transactions: 240 },
};

/** Which locks, and other means, a detector takes for not taken. */
export type Ignored = (guard: Guard) => boolean;

/** What was found in all runs of a program. */
export interface FoundRaces {
  readonly races: readonly Race[];
  /** Locks that several clients took. */
  readonly sharedLocks: ReadonlySet<number>;
  /** Types of the transactions that were run. */
  readonly txTypes: ReadonlySet<number>;
}

/**
 * Runs `workload` with its small parameters before a detector for each of `ignored`: what there would
 * be without these. By default before one that ignores none.
 */
export function detectRaces(
  workload: AnyWorkload,
  ignored: readonly Ignored[] = [() => false],
): readonly FoundRaces[] {
  const { parameters = [{}] } = EXTENTS[workload.name] ?? {};
  const runs = parameters.map((more) => {
    const clients = clientsOf(workload);
    const detectors = ignored.map((guards) => new RaceDetector(clients, guards));
    watch(workload, more, detectors);
    return detectors;
  });
  return ignored.map((_, i) => ({
    races: runs.flatMap((detectors) => detectors[i].races),
    sharedLocks: new Set(runs.flatMap((detectors) => detectors[i].sharedLocks)),
    txTypes: new Set(runs.flatMap((detectors) => [...detectors[i].txTypes])),
  }));
}

/**
 * How many words, in all runs of a program, several clients use without a lock that all hold, and how many
 * they store atomically without one.
 */
export function wordsWithoutLock(workload: AnyWorkload): {
  used: number;
  storedAtomically: number;
} {
  const { parameters = [{}] } = EXTENTS[workload.name] ?? {};
  const counts = { used: 0, storedAtomically: 0 };
  for (const more of parameters) {
    const detector = new LocksetDetector(clientsOf(workload));
    watch(workload, more, [detector]);
    counts.used += detector.found.size;
    counts.storedAtomically += detector.atomicStores.size;
  }
  return counts;
}

function clientsOf({ threadsMax }: AnyWorkload): number {
  return Math.min(CLIENTS, threadsMax);
}

/** One run of `workload` before `detectors`. */
function watch(
  workload: AnyWorkload,
  parameters: GivenParameters,
  detectors: readonly OrderWatcher[],
): void {
  const { transactions = TRANSACTIONS } = EXTENTS[workload.name] ?? {};
  const clients = clientsOf(workload);
  const configured = workload.configure({ ...workload.smallParameters, ...parameters });
  const heap = new PmHeap(configured.heapBytes(clients, transactions));
  const program = configured.create(heap, clients, SEED);
  try {
    watchOrder(heap, clients, detectors, () =>
      runInTurn(heap, program, { threads: clients, transactions }),
    );
  } finally {
    program.close?.();
  }
}
