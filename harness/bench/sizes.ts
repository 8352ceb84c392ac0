/**
 * The three sizes that WHISPER's scripts know. `small` is what the suite runs by default. A workload
 * that has a parameter `size` sets its data by it; the number of transactions grows with the size
 * for all.
 *
 * Known of the originals: N-store's scripts run 40 000 transactions of YCSB and TPC-C at `large`.
 * Assumption for the others: 4 and 20 times the transactions of the suite's default.
 */

import type { GivenParameters } from '../../workloads/parameters.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';

export const SIZES = ['small', 'medium', 'large'] as const;

/** One of {@link SIZES}. */
export type Size = (typeof SIZES)[number];

const GROWTH: Readonly<Record<Size, number>> = { small: 1, medium: 4, large: 20 };

const ORIGINAL_TRANSACTIONS: Readonly<Record<string, Partial<Record<Size, number>>>> = {
  ycsb: { large: 40_000 },
  tpcc: { large: 40_000 },
};

/** Parameters and measured transactions of `workload` at `size`; both may be overridden. */
export function atSize(
  workload: AnyWorkload,
  size: Size,
): { readonly parameters: GivenParameters; readonly transactions: number } {
  return {
    parameters: Object.hasOwn(workload.parameters, 'size') ? { size } : {},
    transactions:
      ORIGINAL_TRANSACTIONS[workload.name]?.[size] ?? workload.transactionsDefault * GROWTH[size],
  };
}
