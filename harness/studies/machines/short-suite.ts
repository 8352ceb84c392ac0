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

/** The whole suite's execution of each of `workloads`. */
export function wholeExecutions(
  workloads: readonly AnyWorkload[],
  computeModel: ComputeModel,
): WorkloadExecution[] {
  return workloads.map((workload) => executionOf(workload, { computeModel, seed: DEFAULT_SEED }));
}

/** How long a short execution is. */
export interface ShortLengths {
  readonly transactions: number;
  readonly warmupTransactions: number;
  readonly untimedTransactions: number;
}

/**
 * The lengths of a short execution of `workload`, `factor` times as long as it says, after half
 * as many transactions that are not measured (short runs need a longer warm-up for their length). Before
 * those, as many as are measured are not even timed: a program just started does what it never does again
 * (the executors of tpcc search their whole pools once, which was nine tenths of its trace).
 */
function shortLengths(
  workload: AnyWorkload,
  factor: number,
  threads = workload.threadsDefault,
): ShortLengths {
  const base = workload.transactionsShort ?? Math.ceil(workload.transactionsDefault * SHARE);
  const transactions = Math.max(threads, Math.round(base * factor));
  const warmupTransactions = Math.ceil(transactions / 2);
  return { transactions, warmupTransactions, untimedTransactions: transactions };
}

/** One short execution of each of `workloads`. */
export function shortExecutions(
  workloads: readonly AnyWorkload[],
  factor: number,
  computeModel: ComputeModel,
): WorkloadExecution[] {
  return workloads.map((workload) => {
    const choice = { ...shortLengths(workload, factor), computeModel, seed: DEFAULT_SEED };
    return executionOf(workload, choice);
  });
}

/**
 * How many times as long as the short suite's a run must be, where more than once, for means within 2 %
 * of the whole suite's, a queue pair shared by all cores included. `headline.csv` has both.
 */
const STEADY: Readonly<Record<string, number>> = {
  ycsb: 4,
  tpcc: 4,
  redis: 4,
  exim: 4,
  vacation: 2,
};

/** The lengths of an execution of `workload` that is as short as it may be for means within 2 %. */
export function steadyLengths(workload: AnyWorkload, threads?: number): ShortLengths {
  return shortLengths(workload, STEADY[workload.name] ?? 1, threads);
}

/** As {@link shortExecutions}, longer where short ones are off. */
export function steadyExecutions(
  workloads: readonly AnyWorkload[],
  factor: number,
  computeModel: ComputeModel,
): WorkloadExecution[] {
  return workloads.flatMap((workload) =>
    shortExecutions([workload], factor * (STEADY[workload.name] ?? 1), computeModel),
  );
}
