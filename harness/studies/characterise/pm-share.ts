/**
 * Which share of all stores goes to PM, measured on the original programs: user-space store
 * instructions per transaction by instrumented execution, and of these the ones to PM. The ports
 * charge volatile work as instructions and have no volatile stores of their own to count.
 */

import { buildOf, type ComputeModel } from '../../../workloads/compute-model.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';

/** A share, and where it is from. */
export interface PmShare {
  /** 0 to 1; null where nothing is known. */
  readonly share: number | null;
  /** For readers. */
  readonly basis: string;
}

/** What is known of the original of a workload, built as `model` says. */
export function measuredPmShare(
  { pmStoreShare: builds = {} }: Pick<AnyWorkload, 'pmStoreShare'>,
  model: ComputeModel,
): PmShare {
  const build = buildOf(model);
  const share = builds[build];
  if (share !== undefined) return { share, basis: `measured on the original (${build} build)` };
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
