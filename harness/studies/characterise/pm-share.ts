/**
 * Which share of all stores goes to PM, measured on the original programs: user-space store
 * instructions per transaction by instrumented execution, and of these the ones to PM. The ports
 * charge volatile work as instructions and have no volatile stores of their own to count.
 */

import type { ComputeModel } from '../../../workloads/workload.ts';

/** A share, and where it is from. */
export interface PmShare {
  /** 0 to 1; null where nothing is known. */
  readonly share: number | null;
  /** For readers. */
  readonly basis: string;
}

/**
 * memcached, 5 % set and 95 % get: 24 100 stores a set, 1.26 % of them to PM; 8500 a get, 1.04 %.
 */
const MEMCACHED = (0.05 * 24_100 * 0.0126 + 0.95 * 8_500 * 0.0104) / (0.05 * 24_100 + 0.95 * 8_500);

/** By workload; a build that was not measured is missing. */
const MEASURED: Readonly<Record<string, Readonly<Partial<Record<ComputeModel, number>>>>> = {
  ycsb: { o2: 0.041, whisper: 0.041 },
  tpcc: { o2: 0.0134, whisper: 0.0134 },
  echo: { o2: 0.06, whisper: 0.025 },
  // A SET that overwrites; one of a new key has 2.2 % and 1.4 %.
  redis: { o2: 0.013, whisper: 0.009 },
  ctree: { o2: 0.034, whisper: 0.0155 },
  hashmap: { o2: 0.136, whisper: 0.053 },
  btree: { o2: 0.047 },
  vacation: { o2: 0.0074, whisper: 0.0031 },
  memcached: { whisper: MEMCACHED },
};

/** What is known of the original of `workload`, built as `model` says. */
export function measuredPmShare(workload: string, model: ComputeModel): PmShare {
  const builds = Object.hasOwn(MEASURED, workload) ? MEASURED[workload] : {};
  const share = builds[model];
  if (share !== undefined) return { share, basis: `measured on the original (${model} build)` };
  const [other] = Object.entries(builds);
  if (other === undefined) return { share: null, basis: 'not measured on the original' };
  return { share: other[1], basis: `measured on the original (${other[0]} build only)` };
}

/** What a trace holds. It logs instrumented stores only, not all that the program made. */
export function tracedPmShare(pmStores: number, volatileStores: number): PmShare {
  if (volatileStores === 0) return { share: null, basis: 'the trace logs stores to PM only' };
  return {
    share: pmStores / (pmStores + volatileStores),
    basis: `of the ${pmStores + volatileStores} stores in the trace, which are not all of the program's`,
  };
}
