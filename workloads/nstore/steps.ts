/** Steps of the write-ahead list: see engine.ts. */

import { stepsOf } from '../../pm/step.ts';

export const ListStep = stepsOf('writeAheadList', [
  /** Making the node of a new log entry durable and active. */
  'log',
  /** Copying a column of a row in place. */
  'change',
  /** Making a row's data and texts durable and active. */
  'persist',
  /** Freeing what the transaction replaced, and its log entries. */
  'commitMark',
  /** Emptying the list. */
  'truncate',
  /** Recovery: putting back the columns of a row. */
  'restore',
]);
