/** `pmirror validate`: the ports against measurements of the programs that they stand for. */

import { join } from 'node:path';
import { startProgress, withWorkspace } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  PAIRS,
  refuseBeyond,
  SUBJECTS,
  VALIDATION_COLUMNS,
  type ValidationOptions,
  type ValidationRow,
  validate,
  validationTables,
  verdictLine,
} from '../../studies/validation/index.ts';
import { command } from '../command.ts';
import { output, WIDE_OPTION, writablePath } from '../options.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';

export const validateCommand = command(
  {
    usage: 'validate',
    summary: 'compare the workloads with measurements of the original programs and their traces',
    words: {},
    options: {
      ...WIDE_OPTION,
      output: output({ help: 'CSV file to write (default: results/validation.csv)' }),
    },
    examples: [['$0 validate', 'exit code 1 if a figure is off without a stated reason']],
  },
  async ({ output: given, wide }) => {
    const path = given ?? writablePath(join(RESULTS_DIRECTORY, 'validation.csv'));
    const rows = await validateShowingProgress();
    process.stdout.write(`${validationTables(rows, wide ?? false)}\n\n${verdictLine(rows)}\n`);
    writeCsv(path, VALIDATION_COLUMNS, rows);
    process.stdout.write(`written: ${path}\n`);
    refuseBeyond(rows);
  },
);

async function validateShowingProgress(): Promise<ValidationRow[]> {
  const progress = startProgress(SUBJECTS.length + PAIRS.length);
  const onProgress: ValidationOptions['onProgress'] = (done, label) => progress.update(done, label);
  try {
    return await withWorkspace((directory) => validate({ directory, onProgress }));
  } finally {
    progress.stop();
  }
}
