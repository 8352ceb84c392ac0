/**
 * What cells are estimated to take: processor time of one core. What a results database has of a cell is
 * what it took. Else the estimate is of its operations at rates that are stated here, which are those of a
 * server of the 2020s; a machine at hand may be twice as fast or slow. Where cells of the same program
 * are done, the rates are corrected by what those took.
 */

import { statSync } from 'node:fs';
import { resolveWorkload } from '../../../workloads/index.ts';
import { type CellGroup, type Execution, executionLabel } from '../../bench/index.ts';

/** Assumption: to set up a program and its mirrors takes this. */
const START_SECONDS = 0.03;
/** Assumption: operations a second of a functional run, and of a replay with one thread and with several. */
const RUN_PER_SECOND = 3e6;
const REPLAY_PER_SECOND = 8e6;
const MERGED_PER_SECOND = 2e6;
/** Assumption: bytes of an operation in a trace, plain and compressed. */
const TRACE_BYTES = 20;
const COMPRESSED_BYTES = 3;

/** About how many operations `execution` is. */
function operationsOf(execution: Execution): number {
  if (execution.kind === 'trace') {
    const { size } = statSync(execution.file, { throwIfNoEntry: false }) ?? { size: 0 };
    return size / (/\.(gz|zst)$/.test(execution.file) ? COMPRESSED_BYTES : TRACE_BYTES);
  }
  const { transactions, warmupTransactions, untimedTransactions = 0 } = execution;
  const configured = resolveWorkload(execution.workload)?.configure(execution.parameters);
  const count = transactions + warmupTransactions + untimedTransactions;
  return count * (configured?.operationsPerTx ?? 0);
}

/** Seconds that a cell of `group` takes, with its share of the functional run; nothing is known of any. */
export function assumedSeconds({ execution, systems }: CellGroup): number {
  const operations = operationsOf(execution);
  const isMerged = execution.kind === 'trace' || execution.threads > 1;
  const run = START_SECONDS + operations / RUN_PER_SECOND;
  const replay = operations / (isMerged ? MERGED_PER_SECOND : REPLAY_PER_SECOND);
  return run / systems.length + replay;
}

/** Where an estimate is from: it is what a done cell took, follows done cells of its program, or is assumed. */
export type Basis = 'done' | 'corrected' | 'assumed';

/** What a cell takes. */
export interface Estimate {
  readonly seconds: number;
  readonly basis: Basis;
}

/**
 * Estimates for each system of each of `groups`. `done`: the seconds of those that are done, in the
 * same places, undefined where they are not.
 */
export function estimates(
  groups: readonly CellGroup[],
  done: readonly (readonly (number | undefined)[])[],
): readonly (readonly Estimate[])[] {
  const sums = new Map<string, { took: number; assumed: number }>();
  const assumed = groups.map(assumedSeconds);
  for (const [i, { execution }] of groups.entries()) {
    const sum = sums.get(executionLabel(execution)) ?? { took: 0, assumed: 0 };
    for (const seconds of done[i]) {
      // What took no time that could be told says nothing of the rest.
      if (seconds === undefined || seconds === 0) continue;
      sum.took += seconds;
      sum.assumed += assumed[i];
    }
    sums.set(executionLabel(execution), sum);
  }
  return groups.map(({ execution }, i) => {
    const sum = sums.get(executionLabel(execution));
    const isCorrected = sum !== undefined && sum.took > 0;
    const factor = isCorrected ? sum.took / sum.assumed : 1;
    return done[i].map((seconds): Estimate => {
      if (seconds !== undefined) return { seconds, basis: 'done' };
      return { seconds: assumed[i] * factor, basis: isCorrected ? 'corrected' : 'assumed' };
    });
  });
}
