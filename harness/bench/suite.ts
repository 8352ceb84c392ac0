/**
 * Executions with the defaults that suites use: every workload with its own default parameters,
 * number of clients and transactions; a tenth as many transactions before the measured part.
 */

import type { ComputeModel } from '../../workloads/compute-model.ts';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import type { GivenParameters } from '../../workloads/parameters.ts';
import type { AnyWorkload, Size, WorkloadGroup } from '../../workloads/workload.ts';
import { UsageError } from '../host/index.ts';
import type { Execution, WorkloadExecution } from './cells.ts';
import { atSize } from './sizes.ts';

/** What a user may choose of an execution; the rest is the workload's default. */
export interface ExecutionChoice {
  readonly size?: Size | undefined;
  readonly parameters?: GivenParameters | undefined;
  readonly threads?: number | undefined;
  readonly transactions?: number | undefined;
  readonly warmupTransactions?: number | undefined;
  readonly untimedTransactions?: number | undefined;
  readonly seed?: number | undefined;
  readonly computeModel?: ComputeModel | undefined;
}

/** Seed of runs for which none is given. */
export const DEFAULT_SEED = 1;

/** The execution of `workload` with `choice`. Throws UsageError or ParameterError. */
export function executionOf(workload: AnyWorkload, choice: ExecutionChoice): WorkloadExecution {
  const sized = atSize(workload, choice.size ?? 'small');
  const configured = workload.configure({ ...sized.parameters, ...choice.parameters });
  const threads = choice.threads ?? workload.threadsDefault;
  refuseThreads(workload, threads);
  const transactions = choice.transactions ?? sized.transactions;
  const warmupTransactions = choice.warmupTransactions ?? Math.ceil(transactions / 10);
  // Asked for here so that parameters that do not go together are refused before anything runs.
  const untimedTransactions = choice.untimedTransactions ?? 0;
  const total = transactions + warmupTransactions + untimedTransactions;
  const heapBytes = configured.heapBytes(threads, total);
  if (heapBytes > 2 ** 32) {
    throw new UsageError(
      `${workload.name}: ${transactions} transactions need a heap of ${heapBytes} B; at most 4 GiB ` +
        'are possible: choose fewer transactions or smaller parameters',
    );
  }
  return {
    kind: 'workload',
    workload: workload.name,
    parameters: configured.parameters,
    threads,
    seed: choice.seed ?? DEFAULT_SEED,
    transactions,
    warmupTransactions,
    ...(untimedTransactions > 0 ? { untimedTransactions } : {}),
    computeModel: choice.computeModel ?? 'o2',
  };
}

/** Refuses more clients than `workload` can have. */
export function refuseThreads(workload: AnyWorkload, threads: number): void {
  const { name, threadsMax, threadsLimit } = workload;
  if (threads <= threadsMax) return;
  const accepted = threadsMax === 1 ? '1' : `1 to ${threadsMax}`;
  const why = threadsLimit === undefined ? '' : `: ${threadsLimit}`;
  throw new UsageError(`${name}: threads = ${threads}; accepted: ${accepted}${why}`);
}

/** The most clients that the original of `workload` was run with. */
export function originalThreads({ threadsDefault, threadsOriginal }: AnyWorkload): number {
  return Math.max(threadsDefault, threadsOriginal ?? 0);
}

/** What to say of executions with more clients than their originals were run with; each once. */
export function beyondOriginals(executions: readonly Execution[]): string[] {
  const notes = executions.flatMap((execution) => {
    const workload = execution.kind === 'workload' && resolveWorkload(execution.workload);
    if (!workload || execution.threads <= originalThreads(workload)) return [];
    // Nobody compares a microbenchmark with an original.
    if (workload.group === 'micro') return [];
    return [
      `${workload.name}: ${execution.threads} threads are more than the ${originalThreads(workload)} that ` +
        'the original was run with, to which the port was compared',
    ];
  });
  return [...new Set(notes)];
}

/** The workloads that the suite runs, with where each stands. */
export function suiteWorkloads(): AnyWorkload[] {
  return WORKLOADS.filter(({ group }) => group !== 'micro');
}

/** The set to whose means an execution belongs: see `WorkloadGroup`; traces have their own. */
export type ResultSet = WorkloadGroup | 'trace';

/** The set to whose means `execution` belongs. */
export function resultSetOf(execution: Execution): ResultSet {
  if (execution.kind === 'trace') return 'trace';
  return resolveWorkload(execution.workload)?.group ?? 'micro';
}
