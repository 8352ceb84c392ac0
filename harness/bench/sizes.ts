/**
 * The three sizes that WHISPER's scripts know. `small` is what the suite runs by default. A workload
 * that has a parameter `size` sets its data by it; the number of transactions grows with the size
 * for all. Assumption where nothing is known of the original: 4 and 20 times the suite's default.
 */

import type { GivenParameters } from '../../workloads/parameters.ts';
import type { AnyWorkload, Size } from '../../workloads/workload.ts';

const GROWTH: Readonly<Record<Size, number>> = { small: 1, medium: 4, large: 20 };

/** Parameters and measured transactions of `workload` at `size`; both may be overridden. */
export function atSize(
  workload: AnyWorkload,
  size: Size,
): { readonly parameters: GivenParameters; readonly transactions: number } {
  return {
    parameters: Object.hasOwn(workload.parameters, 'size') ? { size } : {},
    transactions:
      workload.transactionsAtSize?.[size] ?? workload.transactionsDefault * GROWTH[size],
  };
}
