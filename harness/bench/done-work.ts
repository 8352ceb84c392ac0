/** What of cells is done already, as a results database has it, and how long that took. It is only read. */

import Database from 'better-sqlite3';
import { FailureError, systemReason } from '../host/index.ts';
import type { CellGroup } from './cells.ts';
import { isStarted, PATIENCE_MS, refuseOthers, versionOf } from './results-schema.ts';
import { cellUnit } from './work-key.ts';

/**
 * The processor time of each cell of `groups` that is done, in seconds, in the same places; undefined for the
 * others. Where there is no database at `path`, nothing is done. Throws FailureError for one that cannot be read.
 */
export async function secondsOfDone(
  path: string,
  groups: readonly CellGroup[],
): Promise<readonly (readonly (number | undefined)[])[]> {
  const select = opened(path);
  if (select === undefined) return groups.map(({ systems }) => systems.map(() => undefined));
  try {
    const done: (number | undefined)[][] = [];
    for (const { execution, systems, percentiles } of groups) {
      const units = await Promise.all(
        systems.map((system) => cellUnit({ execution, system }, percentiles)),
      );
      done.push(units.map(({ key }) => select.of(key)));
    }
    return done;
  } finally {
    select.close();
  }
}

function opened(path: string) {
  try {
    if (!isStarted(path)) return undefined;
    refuseOthers(path);
    const database = new Database(path, { readonly: true, timeout: PATIENCE_MS });
    if (versionOf(database) < 2) {
      database.close();
      return undefined;
    }
    const statement = database.prepare('SELECT seconds FROM work WHERE key = ?').pluck();
    return {
      of: (key: string) => statement.get(key) as number | undefined,
      close: () => database.close(),
    };
  } catch (error) {
    throw new FailureError(`cannot read the results database ${path}: ${systemReason(error)}`);
  }
}
