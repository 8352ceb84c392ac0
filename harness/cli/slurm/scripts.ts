/**
 * The jobs that a Slurm cluster does of a sweep. Each task of an array computes a shard, into a database of its
 * own. When all have succeeded (afterok), a job merges these and writes the answer. When some have not
 * (afternotok), another one submits those once more.
 */

import { join } from 'node:path';
import { shellWord } from '../manifest.ts';

/** A sweep for a cluster. Paths are absolute, and all machines see them. */
export interface Work {
  /** What jobs are called. */
  readonly name: string;
  /** The command and what says which cells: `sweep PLAN ...`. */
  readonly cells: readonly string[];
  /** Options that say what becomes of the rows, such as `--output=FILE`. */
  readonly answer: readonly string[];
  /** Options of the executor, without those that a next attempt has otherwise. */
  readonly executor: readonly string[];
  readonly shards: number;
  /** How often failed shards are submitted again. */
  readonly retries: number;
  /** Worker threads, and processors, of a task. */
  readonly jobs: number;
  /** Where the command was typed: its relative paths are from there. */
  readonly start: string;
  /** Scripts, databases of shards, logs. */
  readonly directory: string;
  /** The database of all rows. */
  readonly database: string;
  /** Options of sbatch for every job, as the user gave them. */
  readonly sbatch: readonly string[];
}

/** A script, and the words for sbatch. */
export interface Job {
  readonly file: string;
  readonly script: string;
  readonly words: readonly string[];
}

/** Files of the shared directory. */
export const FILES = {
  state: 'submission.json',
  /** Made when the answer is written. */
  finished: 'finished',
  answer: 'answer.txt',
  done: (shard: number | string) => `shard-${shard}.done`,
  log: (what: number | string) => `${what}.log`,
} as const;

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** This program, as another process starts it. */
const PROGRAM = [
  process.execPath,
  '--require',
  join(ROOT, 'scripts', 'require-node.cjs'),
  join(ROOT, 'harness', 'cli', 'main.ts'),
];

/** Words of a shell's command. */
const line = (words: readonly string[]): string => words.map(shellWord).join(' ');

/** The head of a script that logs to `log`, a word of a shell. */
const head = ({ start }: Work, about: string, log: string): string => `#!/bin/sh
# ${about}
set -eu
unset npm_lifecycle_event INIT_CWD
exec >>${log} 2>&1
cd ${shellWord(start)}
`;

/** Options that all jobs of `work` are submitted with. Their scripts have logs of their own. */
const always = ({ sbatch }: Work, name: string): string[] => [
  '--parsable',
  '--output=/dev/null',
  `--job-name=${name}`,
  ...sbatch,
];

/** The array that computes the shards `numbers`. It is held until it is known what comes after it. */
export function arrayJob(work: Work, numbers: readonly number[]): Job {
  const { directory, shards, cells, jobs, name } = work;
  const here = `${shellWord(directory)}/`;
  const file = 'shard.sh';
  const own = '"$SLURM_ARRAY_TASK_ID"';
  const script = `${head(work, `Computes one shard of ${shards}, into a database of its own.`, `${here}shard-${own}.log`)}\
${line([...PROGRAM, ...cells])} \\
  --shard ${own}/${shards} --db ${here}shard-${own}.db --jobs ${jobs}
: >${here}${FILES.done(own)}
`;
  const words = [
    '--hold',
    `--array=${ranges(numbers)}`,
    `--cpus-per-task=${jobs}`,
    '--requeue',
    ...always(work, name),
    join(directory, file),
  ];
  return { file, script, words };
}

/** The job that merges the databases and writes the answer, after the array `array` if there is one. */
export function finishJob(work: Work, array: string | undefined): Job {
  const { directory, cells, answer, database, jobs, name } = work;
  const here = `${shellWord(directory)}/`;
  const file = 'finish.sh';
  const script = `${head(work, 'Merges the databases of all shards, and writes the answer from them.', `${here}${FILES.log('finish')}`)}\
${line([...PROGRAM, 'results', 'merge'])} ${here}shard-*.db --db ${shellWord(database)}
${line([...PROGRAM, ...cells, ...answer])} \\
  --db ${shellWord(database)} --jobs ${jobs} >${here}${FILES.answer}
: >${here}${FILES.finished}
`;
  const words = [
    ...(array === undefined ? [] : after('afterok', array)),
    `--cpus-per-task=${jobs}`,
    ...always(work, `${name}-finish`),
    join(directory, file),
  ];
  return { file, script, words };
}

/** The job that submits what has failed of the array `array` once more. */
export function retryJob(work: Work, array: string): Job {
  const { directory, cells, answer, executor, retries, name } = work;
  const file = 'retry.sh';
  const log = `${shellWord(directory)}/${FILES.log('retry')}`;
  const again = [...cells, ...answer, ...executor, `--retries=${retries - 1}`, '--detach'];
  const script = `${head(work, 'Submits the shards that have failed once more.', log)}\
${line([...PROGRAM, ...again])}
`;
  const words = [
    ...after('afternotok', array),
    ...always(work, `${name}-retry`),
    join(directory, file),
  ];
  return { file, script, words };
}

const after = (how: 'afterok' | 'afternotok', job: string): string[] => [
  `--dependency=${how}:${job}`,
  '--kill-on-invalid-dep=yes',
];

/** Numbers as sbatch takes them, `1-3,7`. */
export function ranges(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}

/** What would be submitted, as a shell would do it. */
export function dryRunText(work: Work): string {
  const all = Array.from({ length: work.shards }, (_, i) => i + 1);
  const jobs = [
    ['array', arrayJob(work, all)],
    ['finish', finishJob(work, '$array')],
    ...(work.retries > 0 ? ([['retry', retryJob(work, '$array')]] as const) : []),
  ] as const;
  const files = jobs.map(
    ([, { file, script }]) => `==> ${join(work.directory, file)} <==\n${script}\n`,
  );
  // What was submitted before is known by its number only then.
  const submitted = ({ words }: Job) => line(words).replace(/'(--dependency=\w+:\$array)'/, '$1');
  const commands = jobs.map(([name, job]) => `${name}=$(sbatch ${submitted(job)})\n`);
  return `${files.join('')}==> submitted so <==\n${commands.join('')}scontrol release $array\n`;
}
