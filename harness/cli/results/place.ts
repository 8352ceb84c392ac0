/** Which results database a command reads. */

import { UsageError } from '../../host/index.ts';
import type { ResultsValues } from './options.ts';

/** The path of the database that `--db` names. */
export function databasePath({ db }: ResultsValues): string {
  if (db !== undefined) return db;
  throw new UsageError('which results database? Give --db FILE');
}
