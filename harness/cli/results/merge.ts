/** `pmirror results merge A.db B.db --db OUT.db`: joins databases, such as those of shards. */

import { basename } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { mergeResults } from '../../bench/index.ts';
import { besideDatabase, refuseSameFile, UsageError } from '../../host/index.ts';
import { type Column, column, plainTable } from '../../report/index.ts';
import type { Answer } from '../answer.ts';
import { userPath } from '../file-options.ts';
import type { ResultsValues } from './options.ts';

type Source = ReturnType<typeof mergeResults>['sources'][number];

const COLUMNS: readonly Column<Source>[] = [
  column('database', '-', 'what was joined', ({ path }) => basename(path)),
  column('units', 'count', 'units of work that it has', ({ units }) => units),
  column('added', 'count', 'those of them that were new', ({ added }) => added),
];

/** Joins the databases that `words` name into that of `--db`. */
export function merge(words: readonly string[], { db }: ResultsValues, answer: Answer): void {
  if (words.length === 0) throw new UsageError('results merge: which databases? Give their paths');
  if (db === undefined) throw new UsageError('results merge: where to? Give --db FILE');
  const paths = words.map(userPath);
  const target = [db, ...besideDatabase(db)];
  refuseSameFile([
    ...target.map((path) => ({ path, use: 'write', called: `--db ${path}` }) as const),
    ...words.flatMap((word) =>
      [word, ...besideDatabase(word)].map(
        (one) => ({ path: userPath(one), use: 'read', called: one }) as const,
      ),
    ),
  ]);
  const { sources, units } = mergeResults(paths, db);
  const rows = sources.map(({ path, units: all, added }) => [
    printable(basename(path)),
    String(all),
    String(added),
  ]);
  answer.show(`${plainTable(['database', 'units', 'new'], rows)}\n\n`);
  answer.show(`${units} units of work in ${printable(db)}\n`);
  answer.give({ name: 'databases', columns: COLUMNS, rows: sources });
}
