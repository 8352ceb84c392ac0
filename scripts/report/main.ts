/** `npm run report`: results as one HTML file to look at, of the committed ones or a user's own. */

import { join } from 'node:path';
import yargs from 'yargs';
import { userPath } from '../../harness/cli/file-options.ts';
import {
  exitCodeOf,
  requireWritable,
  startProgress,
  UsageError,
  writeWhole,
} from '../../harness/host/index.ts';
import { RESULTS } from '../figures/draw/source.ts';
import { reportOf } from './report.ts';
import { readResults } from './source.ts';

/** Where the report goes unless it is said; git ignores it. */
const DEFAULT_OUTPUT = join(import.meta.dirname, '..', '..', 'report.html');

/** The words of the command line, checked. Throws UsageError. */
async function parsed(words: readonly string[]) {
  return yargs([...words])
    .scriptName('npm run report --')
    .usage('Writes results as one HTML file: headline, tables, figures, checks, provenance.')
    .version(false)
    .strict()
    .exitProcess(false)
    .wrap(100)
    .options({
      from: {
        type: 'string',
        describe: 'directory with CSV files, or one file (default: results)',
      },
      against: {
        type: 'string',
        describe:
          'directory or file with earlier results: adds what moved, beyond the seeds or not',
      },
      output: { type: 'string', describe: 'file to write (default: report.html)' },
      command: { type: 'string', describe: "command that made a user's rows, for the provenance" },
      machine: {
        type: 'boolean',
        default: false,
        describe: 'name this machine and the time, so that the bytes are of this machine alone',
      },
    })
    .fail((message, error) => {
      throw error ?? new UsageError(`${message} (npm run report -- --help explains the options)`);
    })
    .parseAsync();
}

/** The one text of an option that may be given once. Throws UsageError. */
function single(name: string, given: unknown): string | undefined {
  if (given === undefined || (typeof given === 'string' && given !== '')) return given;
  throw new UsageError(`--${name}: give it once, with a value`);
}

/** Writes the report that `words` ask for. */
async function run(words: readonly string[]): Promise<void> {
  const given = await parsed(words);
  if (words.includes('--help')) return;
  if (given._.length > 0) {
    throw new UsageError(
      `unknown word '${given._[0]}' (npm run report -- --help explains the options)`,
    );
  }
  const output = single('output', given.output);
  const target = output === undefined ? DEFAULT_OUTPUT : userPath(output);
  requireWritable(target);
  const from = single('from', given.from);
  const other = single('against', given.against);
  const results =
    from === undefined ? readResults(RESULTS, 'results') : readResults(userPath(from), from);
  const against = other === undefined ? undefined : readResults(userPath(other), other);
  const progress = startProgress(1);
  const { page, figures, skipped } = await reportOf({
    results,
    against,
    command: single('command', given.command),
    machine: given.machine,
    onProgress: (done, total, what) => progress.update((100 * done) / total, what),
  }).finally(() => progress.stop());
  writeWhole(target, page);
  for (const { id, reason } of skipped) process.stderr.write(`not drawn: ${id}: ${reason}\n`);
  const size = (Buffer.byteLength(page) / 1e6).toFixed(1);
  process.stdout.write(
    `${target}: ${figures} figures, ${results.files.length} files, ${size} MB\n`,
  );
}

if (import.meta.main) {
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    process.stderr.write(`report: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = code;
  }
}
