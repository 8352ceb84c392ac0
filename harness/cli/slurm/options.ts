/** Options of where a sweep runs: here, or as jobs of a Slurm cluster. */

import { UsageError } from '../../host/index.ts';
import { userPath } from '../file-options.ts';
import { flag, type Given, type OptionTable, one, text, type Values, whole } from '../options.ts';

const EXECUTORS = ['local', 'slurm'] as const;

/** Options of sbatch that one gives most, under its own names. */
const USUAL_OPTIONS = {
  partition: text({ help: 'with slurm: the partition of the jobs', changesNothing: true }),
  time: text({
    help: 'with slurm: time limit of each job, as 30 or 1-12:00:00',
    changesNothing: true,
  }),
  mem: text({ help: 'with slurm: memory of each job, as 2G', changesNothing: true }),
  account: text({ help: 'with slurm: the account that is charged', changesNothing: true }),
  container: text({ help: 'with slurm: OCI bundle that the jobs run in', changesNothing: true }),
};

/** Where it runs. */
export const EXECUTOR_OPTIONS = {
  executor: {
    ...one((word: string, name) => {
      const found = EXECUTORS.find((executor) => executor === word);
      if (found !== undefined) return found;
      throw new UsageError(`unknown ${name} '${word}'; accepted: ${EXECUTORS.join(', ')}`);
    })({
      help: 'local: here; slurm: as a job array of a cluster, whose machines see the same files',
      changesNothing: true,
    }),
    default: 'local',
  },
  tasks: whole({
    min: 1,
    max: 1000,
    help: 'with slurm: so many tasks of the array, each of which computes a shard (default: 16)',
    changesNothing: true,
  }),
  ...USUAL_OPTIONS,
  slurm: {
    help: 'with slurm: further options of sbatch, as "--qos=long -x node7"; repeatable',
    changesNothing: true,
    dashed: true,
    parse: (texts: readonly string[], name: string) =>
      texts.flatMap((one) => sbatchWords(one, name)),
  },
  shared: one((word: string, name) => {
    if (word !== '') return userPath(word);
    throw new UsageError(`${name} is empty; give it a directory`);
  })({
    help: 'with slurm: directory for databases of shards, scripts and logs (default: NAME.slurm, here)',
    changesNothing: true,
  }),
  retries: whole({
    min: 0,
    max: 100,
    help: 'with slurm: so often shards that failed are submitted again (default: 2)',
    changesNothing: true,
  }),
  detach: flag({ help: 'with slurm: submit, and do not wait', changesNothing: true }),
  'dry-run': flag({
    help: 'with slurm: show the scripts, and submit nothing',
    changesNothing: true,
  }),
} as const satisfies OptionTable;

export type ExecutorValues = Values<typeof EXECUTOR_OPTIONS>;

/** The options of sbatch that `given` has under names of their own. */
export const usualWords = (given: Given): string[] =>
  Object.keys(USUAL_OPTIONS).flatMap((name) =>
    (given.get(name) ?? []).map((value) => `--${name}=${value}`),
  );

/** Refuses options of jobs where there are none. */
export function refuseWithoutSlurm(executor: string, given: Given): void {
  if (executor === 'slurm') return;
  const names = Object.keys(EXECUTOR_OPTIONS).filter((name) => name !== 'executor');
  const without = names.find((name) => given.has(name));
  if (without !== undefined) throw new UsageError(`--${without} needs --executor slurm`);
}

/** Options of sbatch that the jobs of a sweep have already, and how to say instead what they say. */
const OWN: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^(--array\b|-a)/, '--tasks says how many tasks there are'],
  [/^(--cpus-per-task\b|-c)/, '--jobs says how many processors a task has'],
  [/^(--output\b|--error\b|-o|-e)/, 'logs are in the directory --shared'],
  [/^(--wait\b|-W)/, 'a sweep waits, but with --detach'],
  [
    /^(--dependency\b|-d|--wrap\b|--parsable\b|--kill-on-invalid-dep\b)/,
    'it is needed for its own use',
  ],
  [
    /^(--hold\b|-H|--test-only\b|--help\b|-h|--usage\b|--version\b|-V)/,
    '--dry-run submits nothing',
  ],
];

/** Words of `typed`, options of sbatch. Throws UsageError for what it would take for a script, and for {@link OWN}. */
function sbatchWords(typed: string, name: string): string[] {
  const words = shellWords(typed, name);
  for (const [i, word] of words.entries()) {
    const isValue = i > 0 && /^-[A-Za-z]$/.test(words[i - 1]);
    if (!isValue && !/^(--[a-z][\w-]*(=|$)|-[A-Za-z])/.test(word)) {
      throw new UsageError(
        `${name}: '${word}' is no option of sbatch; write --name=value, or -n value`,
      );
    }
    const own = isValue ? undefined : OWN.find(([pattern]) => pattern.test(word));
    if (own !== undefined) throw new UsageError(`${name}: ${word} cannot be given: ${own[1]}`);
  }
  return words;
}

/** Words as a shell takes them apart at blanks, outside of quotes. */
function shellWords(typed: string, name: string): string[] {
  const pieces = /\s+|'([^']*)'|"([^"]*)"|[^\s'"]+|(['"])/g;
  const words: string[] = [];
  let word: string | undefined;
  for (const [piece, single, double, unended] of typed.matchAll(pieces)) {
    if (unended !== undefined) throw new UsageError(`${name} '${typed}': a quote is not closed`);
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + (single ?? double ?? piece);
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError(`${name} is empty; give it options of sbatch`);
  return words;
}
