/**
 * The WHISPER suite with few transactions: for studies that time every trace on hundreds of machines.
 * With these numbers most traces are some tens of thousands of operations. How close the means of so
 * short runs are to those of the whole suite is for the study to say.
 */

import type { ComputeModel } from '../../../workloads/compute-model.ts';
import { WORKLOADS } from '../../../workloads/index.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import { DEFAULT_SEED, executionOf, type WorkloadExecution } from '../../bench/index.ts';

/** For workloads that do not say: this share of the suite's own number. */
const SHARE = 1 / 20;

/** The workloads whose means are the headline. */
export function headlineWorkloads(): AnyWorkload[] {
  return WORKLOADS.filter(({ group }) => group === 'whisper');
}

/**
 * One short execution of each of `workloads`, `factor` times as long as it says, after half
 * as many transactions that are not measured (short runs need a longer warm-up for their length).
 */
export function shortExecutions(
  workloads: readonly AnyWorkload[],
  factor: number,
  computeModel: ComputeModel,
): WorkloadExecution[] {
  return workloads.map((workload) => {
    const base = workload.transactionsShort ?? Math.ceil(workload.transactionsDefault * SHARE);
    const transactions = Math.max(workload.threadsDefault, Math.round(base * factor));
    const warmupTransactions = Math.ceil(transactions / 2);
    const choice = { transactions, warmupTransactions, computeModel, seed: DEFAULT_SEED };
    return executionOf(workload, choice);
  });
}
