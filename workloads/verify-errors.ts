/**
 * Damage to a program's data that the layers below the program notice first: a pool or a redo log
 * that is none, pointers that lead out of the heap, words that are none.
 */

import { RedoFormatError } from '../pm/mnemosyne/raw-log.ts';
import { PoolError } from '../pm/nvml/layout.ts';
import { VerifyError } from './workload.ts';

/** Runs `read`; what the layers below report of damaged data becomes a VerifyError, `prefix` before it. */
export function asVerifyErrors<T>(read: () => T, prefix = ''): T {
  try {
    return read();
  } catch (error) {
    const isDamage =
      error instanceof PoolError || error instanceof RedoFormatError || error instanceof RangeError;
    if (isDamage) throw new VerifyError(prefix + error.message, { cause: error });
    throw error;
  }
}
