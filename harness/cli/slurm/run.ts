/** `--executor slurm`: a sweep as jobs of a cluster, submitted, watched, and answered as if it had run here. */

import { readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { UsageError } from '../../host/index.ts';
import type { Answer } from '../answer.ts';
import { userPath } from '../file-options.ts';
import type { Given } from '../options.ts';
import { EXECUTOR_OPTIONS, type ExecutorValues, usualWords } from './options.ts';
import { dryRunText, FILES, type Work } from './scripts.ts';
import { jobsOf, submit } from './submission.ts';
import { watch } from './watch.ts';

/** A sweep, and what a cluster has to know of it. */
export interface SlurmSweep {
  /** The words of the command line that say what is swept. */
  readonly words: readonly string[];
  /** The file of a plan, if it is one. */
  readonly plan: string | undefined;
  readonly given: Given;
  readonly values: ExecutorValues & {
    readonly jobs: number | undefined;
    readonly db: string | undefined;
    readonly output: string | undefined;
  };
  /** How many cells it has. */
  readonly cells: number;
  /** Hashes of files that say which these are. */
  readonly inputs: readonly string[];
}

/** Options that say what becomes of the rows. */
const ANSWER_OPTIONS = ['output', 'wide', 'json'];

const TASKS = 16;
const RETRIES = 2;

/** Runs `sweep` by a cluster. Throws UsageError and FailureError. */
export async function runOnSlurm(sweep: SlurmSweep, answer: Answer): Promise<void> {
  const { given, values, inputs } = sweep;
  if (given.has('shard')) throw new UsageError('--shard is what --executor slurm gives its tasks');
  if (given.has('fresh')) {
    throw new UsageError('--fresh: with --executor slurm, give another directory --shared instead');
  }
  const work = workOf(sweep);
  if (values['dry-run']) {
    answer.say(dryRunText(work));
    return;
  }
  const submission = await submit(work, inputs);
  const { array, finish, isNew } = submission;
  const shown = printable(work.directory);
  const what = array === undefined ? 'all shards are done' : `shards as job ${array}`;
  process.stderr.write(
    isNew
      ? `submitted: ${what}, merge as job ${finish}; logs in ${shown}\n`
      : `under way already: jobs ${jobsOf(submission).join(', ')} in ${shown}\n`,
  );
  if (values.detach) return;
  process.stderr.write(
    'Ctrl-C leaves the jobs running, and the same command watches them again; ' +
      `scancel ${jobsOf(submission).join(' ')} ends them\n`,
  );
  await watch(work);
  process.stdout.write(readFileSync(join(work.directory, FILES.answer)));
  if (values.output !== '-') {
    const file = values.output ?? join(work.directory, CELLS);
    process.stderr.write(`written: ${printable(file)}, and ${printable(work.database)}\n`);
  }
}

const CELLS = 'cells.csv';

function workOf({ words, plan, given, values, cells }: SlurmSweep): Work {
  const { name } = plan === undefined ? { name: 'sweep' } : parse(plan);
  const directory = values.shared ?? userPath(`${name}.slurm`);
  const database = values.db ?? join(directory, 'merged.db');
  const { jobs = 1, retries = RETRIES } = values;
  const shards = Math.min(values.tasks ?? TASKS, cells);
  const elsewhere = [...Object.keys(EXECUTOR_OPTIONS), ...ANSWER_OPTIONS, 'jobs', 'db'];
  const usual = usualWords(given);
  return {
    name,
    cells: ['sweep', ...words, ...typed(given, (option) => !elsewhere.includes(option))],
    answer: [
      ...typed(given, (option) => ANSWER_OPTIONS.includes(option)),
      ...(values.output === undefined ? [`--output=${join(directory, CELLS)}`] : []),
    ],
    executor: [
      '--executor=slurm',
      `--tasks=${shards}`,
      `--shared=${directory}`,
      `--jobs=${jobs}`,
      `--db=${database}`,
      ...usual,
      ...typed(given, (option) => option === 'slurm'),
    ],
    shards,
    retries,
    jobs,
    start: userPath('.'),
    directory,
    database,
    sbatch: [...usual, ...(values.slurm ?? [])],
  };
}

/** The options of `given` that `isWanted` has, as one types them. Words that are no options have no name here. */
const typed = (given: Given, isWanted: (option: string) => boolean): string[] =>
  [...given].flatMap(([option, texts]) => {
    if (option === WORD || !isWanted(option)) return [];
    return texts.length === 0 ? [`--${option}`] : texts.map((text) => `--${option}=${text}`);
  });

/** The name of the positional word of `sweep`. */
const WORD = 'programs';
