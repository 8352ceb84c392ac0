/**
 * Damage to a program's data that the layers below the program notice first: a pool or a redo log
 * that is none, pointers that lead out of the heap, words that are none.
 */

import { RedoFormatError } from '../pm/mnemosyne/raw-log.ts';
import { PoolError } from '../pm/nvml/layout.ts';
import { UnformattedError } from '../pm/unformatted.ts';
import { NotSetUpError, VerifyError } from './workload.ts';

/** Runs `read`; what the layers below report becomes a VerifyError or a NotSetUpError, `prefix` before it. */
export function asVerifyErrors<T>(read: () => T, prefix = ''): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnformattedError) {
      throw new NotSetUpError(prefix + error.message, { cause: error });
    }
    const isDamage =
      error instanceof PoolError || error instanceof RedoFormatError || error instanceof RangeError;
    if (isDamage) throw new VerifyError(prefix + error.message, { cause: error });
    throw error;
  }
}
