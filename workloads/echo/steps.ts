/** Steps of a commit: see store.ts. */

import { stepsOf } from '../../pm/step.ts';

export const CommitStep = stepsOf('commitRecord', [
  /** Building a key and value pair of the record. */
  'pair',
  /** Putting the record into the log. */
  'log',
  /** The state from which on the commit survives. */
  'commitMark',
]);
