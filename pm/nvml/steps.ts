/** Steps of undo-log transactions and their allocator: see transaction.ts and redo-log.ts. */

import { stepsOf } from '../step.ts';

export const UndoStep = stepsOf('undoLog', [
  /** Writing back what the transaction changed, and the fence behind it. */
  'changes',
  /** The state word that says "committed". */
  'commitMark',
  /** Emptying the cache of logged ranges; clearing an entry of another vector. */
  'clearCache',
  'clearEntry',
  /** Making the allocator's words so: of an allocation, of a free. */
  'allocate',
  'free',
  /** Undoing a transaction: all of it. */
  'rollBack',
]);
