/** `pmirror results`: what was computed: listed, shown, compared, written for other tools, joined. */

import { suggestion } from '../../../pm/nearest.ts';
import { StoredResults } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { command } from '../command.ts';
import { readDatabases } from '../file-options.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';
import { compareResults } from '../results/compare.ts';
import { exportFiles, exportStored, formatOf } from '../results/export.ts';
import { listRuns, showCells } from '../results/list.ts';
import { merge } from '../results/merge.ts';
import {
  ACTIONS,
  type Action,
  choiceOf,
  isAll,
  RESULTS_OPTIONS,
  type ResultsValues,
  refuseOthers,
} from '../results/options.ts';
import { databaseAtHand } from '../work.ts';

export const resultsCommand = command(
  {
    usage: 'results <action> [sources..]',
    summary: 'what was computed: listed, shown, compared, written for other tools, joined',
    words: {
      action: {
        help: `${ACTIONS.join(', ')}`,
        required: `what of the results? ${ACTIONS.join(', ')}`,
        parse: ([word]: readonly string[]): Action => {
          const found = ACTIONS.find((action) => action === word);
          if (found !== undefined) return found;
          throw new UsageError(
            `unknown action '${word}'${suggestion(word, ACTIONS)}; accepted: ${ACTIONS.join(', ')}`,
          );
        },
      },
      sources: {
        help: 'compare: two of CSV file, directory, database, commit, model, run; merge: databases',
        parse: (texts: readonly string[]) => texts,
        files: readDatabases,
      },
    },
    options: RESULTS_OPTIONS,
    examples: [
      ['$0 results list', 'the runs in the database'],
      ['$0 results show --program ctree --profile paper-2018', 'cells; of a single one, all of it'],
      ['$0 results compare 3f2a 9bc1 --fail-on 2%', 'two commits; exit code 1 if more moved'],
      ['$0 results compare old.csv new.csv', 'two files, or directories'],
      ['$0 results export --output cells.parquet', 'for other tools; also .csv and .jsonl'],
      ['$0 results export --tidy --from my.csv', 'a file in long form, a row a figure'],
      ['$0 results merge a.db b.db --db all.db', 'join databases'],
    ],
  },
  async ({ action, sources = [], ...values }, given, answer) => {
    refuseOthers(action, given);
    if (action === 'merge') return merge(sources, values, answer);
    if (action === 'compare') {
      const [before, after, ...others] = sources;
      if (after === undefined || others.length > 0) {
        throw new UsageError(
          `results compare takes two, before and after; ${sources.length} ${sources.length === 1 ? 'was' : 'were'} given`,
        );
      }
      return compareResults([before, after], values, answer);
    }
    if (sources.length > 0) {
      throw new UsageError(
        `results ${action} takes no '${sources[0]}': a database is --db FILE${action === 'export' ? ', a CSV file --from FILE' : ''}`,
      );
    }
    if (action === 'export') return exportFrom(values, answer);
    const results = new StoredResults(values.db ?? databaseAtHand());
    try {
      (action === 'list' ? listRuns : showCells)(results, values, answer);
    } finally {
      results.close();
    }
  },
);

type Given = Parameters<typeof exportFiles>[2];

/** Exports what is asked for: files, of a database, or in long form all committed results. */
function exportFrom(values: ResultsValues, answer: Given): void {
  const { from, db } = values;
  if (from !== undefined && (db !== undefined || !isAll(choiceOf(values)))) {
    throw new UsageError('results export: --from is for CSV files; rows are chosen of a database');
  }
  const isCommitted = db === undefined && formatOf(values) === 'tidy' && isAll(choiceOf(values));
  if (from !== undefined || isCommitted) {
    exportFiles(from ?? [RESULTS_DIRECTORY], values, answer);
  } else {
    exportStored(values.db ?? databaseAtHand(), values, answer);
  }
}
