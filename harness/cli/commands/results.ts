/** `pmirror results export --tidy`: results in long form, a row a figure, for tools that draw from it. */

import { printable } from '../../../pm/printable.ts';
import { refuseSameFile, UsageError } from '../../host/index.ts';
import { tidyColumns, tidyRows } from '../../report/index.ts';
import { command } from '../command.ts';
import { output, STANDARD_OUTPUT, userPath } from '../file-options.ts';
import { flag, JSON_OPTION } from '../options.ts';
import { namedCsv, RESULTS_DIRECTORY } from '../result-files.ts';
import { kindOf, readResults, resultPathsAt, rolesOf, whyUnknown } from '../tidy-files.ts';

export const resultsCommand = command(
  {
    usage: 'results <action>',
    summary: 'results in long form: keys of a cell, metric, unit, value',
    words: {
      action: {
        help: 'export',
        required: 'what of the results? export',
        parse: ([word]: readonly string[]) => {
          if (word === 'export') return word;
          throw new UsageError(`unknown action '${word}'; accepted: export`);
        },
      },
    },
    options: {
      tidy: flag({
        help: 'the long form, one row a figure (the wide form is the files as they are); required',
      }),
      from: {
        help: 'a CSV file of results, or a directory of them; repeatable (default: results)',
        parse: (texts: readonly string[]) => texts.map(userPath),
      },
      ...JSON_OPTION,
      output: output({ help: 'CSV file to write (default: standard output)' }),
    },
    examples: [
      ['$0 results export --tidy --output tidy.csv', 'all committed results'],
      ['$0 results export --tidy --from my.csv', 'of a run of your own'],
    ],
  },
  async ({ tidy, from = [RESULTS_DIRECTORY], json, output: given }, _given, answer) => {
    if (tidy === undefined) {
      throw new UsageError('results export: give --tidy; the wide form is the files as they are');
    }
    const paths = from.flatMap(resultPathsAt);
    refuseSameFile([
      ...paths.map((path) => ({ path, use: 'read', called: path }) as const),
      ...namedCsv('--output', given),
    ]);
    const files = paths.map(readResults);
    const known = files.filter((file) => kindOf(file) !== undefined);
    for (const file of files) {
      if (known.includes(file)) continue;
      if (known.length === 0) throw new UsageError(whyUnknown(file));
      process.stderr.write(`left out: ${printable(whyUnknown(file))}\n`);
    }
    const rows = known.flatMap((file) => {
      const table = kindOf(file);
      return table === undefined ? [] : tidyRows(file.file, file.rows, rolesOf(file, table));
    });
    answer.from({ inputs: known.map(({ file, sha256 }) => ({ file, sha256 })) });
    const to = given ?? (json === undefined ? STANDARD_OUTPUT : undefined);
    answer.give({ name: 'figures', columns: tidyColumns(rows), rows, to });
  },
);
