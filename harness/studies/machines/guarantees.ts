/**
 * The guarantees that the headline is stated for, in one table: what a mirror must be right for decides
 * which queue pairs it may use. Either way the baseline is the fastest sm-rc that is right for the
 * program, so that no speedup comes from a slow baseline.
 */

import type { QueuePairPolicy } from '../../bench/index.ts';

/** A guarantee. */
export interface Guarantee {
  /** As in files and tables. */
  readonly name: string;
  /** What names of columns end with. */
  readonly suffix: string;
  /** The policy of the designs, and that of the sm-rc that they are compared with. */
  readonly queuePairs: QueuePairPolicy;
  readonly baselineQueuePairs: QueuePairPolicy;
}

export const GUARANTEES = [
  {
    name: 'as each original needs',
    suffix: 'AsNeeded',
    queuePairs: 'auto',
    baselineQueuePairs: 'auto',
  },
  {
    name: 'right for any program',
    suffix: 'AnyProgram',
    queuePairs: 'any',
    baselineQueuePairs: 'auto',
  },
] as const satisfies readonly Guarantee[];
