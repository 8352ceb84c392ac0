/** Steps of a commit: see lmdb.ts. */

import { stepsOf } from '../../pm/step.ts';

export const PageStep = stepsOf('metaPages', [
  /** Writing a data page; the fence behind the last one. */
  'data',
  /** Writing the meta page that makes them the database. */
  'commitMark',
]);
