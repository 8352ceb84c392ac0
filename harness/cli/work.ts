/**
 * Where a command keeps the work that it has done, and finds what it need not do again: a results database,
 * by default one for the runs whose results are committed, and one of the user's for all others.
 */

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ResultsDatabase, type ShowWork, type WorkOptions, WorkStore } from '../bench/index.ts';
import { besideDatabase, FailureError, UsageError, withProgress } from '../host/index.ts';
import type { Answer } from './answer.ts';
import { outputFile, userPath, withOthers } from './file-options.ts';
import { runningCommit } from './manifest.ts';
import { flag, JOBS_OPTION, type Values } from './options.ts';
import { RESULTS_DIRECTORY } from './result-files.ts';

/** The environment may name another place than the usual, or none. */
const PLACE = 'PMIRROR_DB';
const NOWHERE = 'none';

const DATABASE = outputFile({
  help:
    'results database: what is in it is not computed again, what is computed is added at once ' +
    "(default: results/.pmirror.db for committed results, else pmirror/cells.db in the user's cache; " +
    `${PLACE}=${NOWHERE}: none)`,
});

/** Of commands that work long. */
export const WORK_OPTIONS = {
  ...JOBS_OPTION,
  db: withOthers(
    {
      ...DATABASE,
      parse(texts: readonly string[], name: string) {
        if (!texts.includes(NOWHERE)) return DATABASE.parse(texts, name);
        throw new UsageError(
          `${name} ${NOWHERE}: without a database one runs with ${PLACE}=${NOWHERE}; a file is ./${NOWHERE}`,
        );
      },
    },
    besideDatabase,
  ),
  fresh: flag({
    help: 'compute all, and replace what is in the results database',
    changesNothing: true,
  }),
};

/** What a command was given. */
interface Given {
  readonly values: Values<typeof WORK_OPTIONS>;
  readonly answer: Answer;
  /** Whether it is the run whose results are committed. */
  readonly isCommitted: boolean;
}

/** Does `use` with what is known at hand, and keeps what it does; then says on stderr how much was known. */
export async function withWork<T>(
  given: Given,
  use: (work: WorkOptions) => Promise<T>,
): Promise<T> {
  const { jobs } = given.values;
  const store = openStore(given);
  try {
    return await use({ jobs, store, show: showWork });
  } finally {
    store?.close();
    process.stderr.write(store?.summary() ?? '');
  }
}

const showWork: ShowWork = ({ noun, items, count, known }, work) =>
  withProgress(items, { unit: noun, count, known }, work);

/** Throws FailureError where a database that was asked for cannot be used; of others only a note is told. */
function openStore({ values: { db, fresh }, answer, isCommitted }: Given) {
  const path = databasePath(db, isCommitted);
  if (path === undefined) return undefined;
  const isOptional = db === undefined && !process.env[PLACE];
  const onFailure = (message: string): void => {
    process.stderr.write(`note: ${message}; what is computed is not kept\n`);
  };
  try {
    const database = new ResultsDatabase(path);
    const origin = { commitId: runningCommit(), manifest: answer.runManifest() };
    return new WorkStore(database, {
      origin,
      isFresh: fresh === true,
      onFailure: isOptional ? onFailure : undefined,
    });
  } catch (error) {
    if (!isOptional || !(error instanceof FailureError)) throw error;
    onFailure(error.message);
    return undefined;
  }
}

/** Where the database is that a run would use; undefined where that is none. */
export function databasePath(db: string | undefined, isCommitted: boolean): string | undefined {
  const named = db ?? (process.env[PLACE] || undefined);
  if (db === undefined && named === NOWHERE) return undefined;
  return named === undefined ? usualPlace(isCommitted) : userPath(named);
}

/** The database that a command uses for which none is named. Throws UsageError where there shall be none. */
export function databaseAtHand(): string {
  const named = process.env[PLACE] || undefined;
  if (named === undefined) return usualPlace(false);
  if (named !== NOWHERE) return userPath(named);
  throw new UsageError(`which results database? ${PLACE} is ${NOWHERE}; give --db FILE`);
}

/** Only absolute paths count, as the XDG specification has it. */
function usualPlace(isCommitted: boolean): string {
  if (isCommitted) return join(RESULTS_DIRECTORY, '.pmirror.db');
  const given = process.env.XDG_CACHE_HOME ?? '';
  const cache = isAbsolute(given) ? given : join(homedir(), '.cache');
  return join(cache, 'pmirror', 'cells.db');
}
