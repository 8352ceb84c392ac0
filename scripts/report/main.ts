/** `npm run report`: results as one HTML file to look at, of the committed ones or a user's own. */

import { join } from 'node:path';
import { command, type Program } from '../../harness/cli/command.ts';
import { outputFile, readFiles, userPath } from '../../harness/cli/file-options.ts';
import { flag, text } from '../../harness/cli/options.ts';
import { start } from '../../harness/cli/start.ts';
import { requireWritable, startProgress, writeWhole } from '../../harness/host/index.ts';
import { printable } from '../../pm/printable.ts';
import { RESULTS } from '../figures/draw/source.ts';
import { reportOf } from './report.ts';
import { readResults } from './source.ts';

/** Where the report goes unless it is said; git ignores it. */
const DEFAULT_OUTPUT = join(import.meta.dirname, '..', '..', 'report.html');

const OPTIONS = {
  from: {
    ...text({ help: 'directory with CSV files, or one file (default: results)' }),
    files: readFiles,
  },
  against: {
    ...text({
      help: 'directory or file with earlier results: adds what moved, beyond the seeds or not',
    }),
    files: readFiles,
  },
  output: outputFile({ help: 'file to write (default: report.html)' }),
  command: text({ help: "command that made a user's rows, for the provenance" }),
  machine: flag({
    help: 'name this machine and the time, so that the bytes are of this machine alone',
  }),
};

/** The command line. */
export const PROGRAM: Program = {
  name: 'npm run report --',
  short: 'report',
  about: 'Writes results as one HTML file: headline, tables, figures, checks, provenance.',
  commands: [
    command(
      { usage: '$0', summary: 'writes the report', words: {}, options: OPTIONS, examples: [] },
      async ({ from, against, output, command, machine = false }, _given, answer) => {
        const target = output ?? DEFAULT_OUTPUT;
        requireWritable(target);
        const results =
          from === undefined ? readResults(RESULTS, 'results') : readResults(userPath(from), from);
        const other = against === undefined ? undefined : readResults(userPath(against), against);
        const progress = startProgress(1);
        const { page, figures, skipped } = await reportOf({
          results,
          against: other,
          command,
          machine,
          onProgress: (done, total, what) => progress.update((100 * done) / total, what),
        }).finally(() => progress.stop());
        writeWhole(target, page);
        for (const { id, reason } of skipped) {
          process.stderr.write(`not drawn: ${id}: ${printable(reason)}\n`);
        }
        const size = (Buffer.byteLength(page) / 1e6).toFixed(1);
        const path = printable(target);
        answer.say(`${path}: ${figures} figures, ${results.files.length} files, ${size} MB\n`);
      },
    ),
  ],
};

if (import.meta.main) await start(PROGRAM);
