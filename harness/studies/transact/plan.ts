/**
 * The sweep of the microbenchmark: epochs per transaction x line writes per epoch, every point under
 * every seed.
 */

import { transact } from '../../../workloads/micro/transact.ts';
import { type ExecutionChoice, executionOf, type WorkloadExecution } from '../../bench/index.ts';

/** The axes of the grid whose results are committed. */
export const DEFAULT_EPOCHS = [1, 4, 16, 64, 256];
export const DEFAULT_LINES = [1, 2, 4, 8];

/** Values of the two axes, seeds, and what all points have in common. */
export interface TransactGrid {
  readonly epochs: readonly number[];
  readonly lines: readonly number[];
  readonly seeds: readonly number[];
  readonly choice: ExecutionChoice;
}

/** An execution for every point and seed. Throws UsageError or ParameterError. */
export function transactExecutions(grid: TransactGrid): WorkloadExecution[] {
  const { epochs, lines, seeds, choice } = grid;
  const points = epochs.flatMap((e) => lines.map((l) => ({ epochs: e, linesPerEpoch: l })));
  return points.flatMap((point) =>
    seeds.map((seed) =>
      executionOf(transact, { ...choice, seed, parameters: { ...choice.parameters, ...point } }),
    ),
  );
}
