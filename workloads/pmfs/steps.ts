/** Steps of the metadata journal: see journal.ts. */

import { stepsOf } from '../../pm/step.ts';

export const JournalStep = stepsOf('journal', [
  /** The fence behind the entries that one call logs. */
  'log',
  /** Writing back what the transaction changed in place. */
  'changes',
  /** The type of the commit entry. */
  'commitMark',
  /** Recovery: putting back what an entry holds, and emptying the ring. */
  'restore',
]);
