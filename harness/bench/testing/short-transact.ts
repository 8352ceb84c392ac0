/** A run of transact that takes no time, for tests of what is done with runs. */

import type { WorkloadExecution } from '../cells.ts';

/** With what `change` says in place of two clients of ten transactions each, and two before them. */
export function shortTransact(change: Partial<WorkloadExecution> = {}): WorkloadExecution {
  return {
    kind: 'workload',
    workload: 'transact',
    parameters: { regionLines: 64 },
    threads: 2,
    seed: 1,
    transactions: 20,
    warmupTransactions: 2,
    computeModel: 'o2',
    ...change,
  };
}
