/** Steps of redo-log transactions: see redo-memory.ts and raw-log.ts. */

import { stepsOf } from '../step.ts';

export const RedoStep = stepsOf('redoLog', [
  /** Writing a chunk of the log; the fence behind the last one. */
  'log',
  /** Moving the log's tail, from when on the transaction is committed. */
  'commitMark',
  /** Storing in place what is logged; writing it back. */
  'inPlace',
  /** Moving the log's head: it is empty. */
  'truncate',
  /** Recovery: writing back what it stored in place. */
  'restore',
]);
