/** Options of `pmirror results`, and which of its actions takes which. */

import { resolveBackend } from '../../../rdma/index.ts';
import type { CellChoice } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { output, readDatabases, userPath } from '../file-options.ts';
import {
  flag,
  type Given,
  JSON_OPTION,
  one,
  splitWords,
  type Values,
  WIDE_OPTION,
} from '../options.ts';

export const ACTIONS = ['list', 'show', 'compare', 'export', 'merge'] as const;
export type Action = (typeof ACTIONS)[number];

export const FORMATS = ['csv', 'tidy', 'jsonl', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** An option for names, of which any will do. */
const anyOf = (help: string) => ({
  help,
  parse: (texts: readonly string[]): readonly string[] => splitWords(texts),
});

/** Which rows of a database. */
const CHOICE_OPTIONS = {
  program: anyOf('only rows of these programs, as trace:vacation'),
  backend: { ...anyOf('only rows of these designs, by name or alias'), alias: 'backends' },
  profile: anyOf('only rows of these machines, also with values set by hand'),
  commit: anyOf('only rows that these commits computed; the first digits will do'),
  model: anyOf(
    'only rows of these versions of the model, as results list has them; the beginning will do',
  ),
  run: {
    help: 'only rows that these runs computed or used, by the numbers of results list',
    parse: (texts: readonly string[], name: string): readonly number[] =>
      splitWords(texts).map((word) => {
        if (/^\d{1,9}$/.test(word)) return Number(word);
        throw new UsageError(`${name} '${word}' is no number of a run; see pmirror results list`);
      }),
  },
  where: {
    help: 'only rows with COLUMN=VALUE; repeatable, and any of several values of one column',
    parse: (texts: readonly string[], name: string) =>
      texts.map((text): readonly [string, string] => {
        const [, column, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
        if (column !== undefined) return [column, value];
        throw new UsageError(`${name} '${text}' is not COLUMN=VALUE, as threads=4`);
      }),
  },
};

export const RESULTS_OPTIONS = {
  db: {
    ...one((word: string, name) => {
      if (word !== '') return userPath(word);
      throw new UsageError(`${name} is empty; give it the path of a results database`);
    })({
      help: 'results database; of merge, the one to write (default: the one that runs use; see run)',
    }),
    files: readDatabases,
  },
  ...CHOICE_OPTIONS,
  from: {
    help: 'a CSV file of results, or a directory of them, instead of a database; repeatable',
    parse: (texts: readonly string[]) => texts.map(userPath),
  },
  format: one((word: string, name): Format => {
    const found = FORMATS.find((format) => format === word);
    if (found !== undefined) return found;
    throw new UsageError(`unknown ${name} '${word}'; accepted: ${FORMATS.join(', ')}`);
  })({ help: `${FORMATS.join(', ')} (default: as --output ends, else csv)` }),
  tidy: flag({ help: 'the same as --format tidy: the long form, a row a figure' }),
  metric: anyOf('columns to compare, or all (default: those that one looks at first)'),
  'fail-on': one((word: string, name): number => {
    const value = /^\d+(\.\d+)?%?$/.test(word) ? Number.parseFloat(word) : Number.NaN;
    if (Number.isFinite(value)) return value;
    throw new UsageError(`${name} '${word}' is no share in per cent, as 2%`);
  })({
    help: 'exit code 1 if a figure moved by more than this, as 2%, and beyond what the seeds explain',
  }),
  ...WIDE_OPTION,
  ...JSON_OPTION,
  output: output({ help: 'file to write (default: standard output, of export alone)' }),
} as const;

export type ResultsValues = Values<typeof RESULTS_OPTIONS>;

const CHOICE = Object.keys(CHOICE_OPTIONS);
const TAKEN: Readonly<Record<Action, readonly string[]>> = {
  list: ['db', ...CHOICE, 'wide', 'json', 'output'],
  show: ['db', ...CHOICE, 'wide', 'json', 'output'],
  compare: ['db', ...CHOICE, 'metric', 'fail-on', 'wide', 'json', 'output'],
  export: ['db', ...CHOICE, 'from', 'format', 'tidy', 'json', 'output'],
  merge: ['db', 'json'],
};

/** Throws UsageError for an option that `action` does not take. */
export function refuseOthers(action: Action, given: Given): void {
  const other = [...given.keys()].find(
    (name) => Object.hasOwn(RESULTS_OPTIONS, name) && !TAKEN[action].includes(name),
  );
  if (other === undefined) return;
  const of = ACTIONS.filter((one) => TAKEN[one].includes(other));
  throw new UsageError(
    `results ${action} takes no --${other}, which is of results ${of.join(' and ')}; ` +
      `it takes ${TAKEN[action].map((name) => `--${name}`).join(', ')}`,
  );
}

/** What of a database the options choose. */
export function choiceOf({
  program = [],
  backend = [],
  profile = [],
  commit = [],
  model = [],
  run = [],
  where = [],
}: ResultsValues): CellChoice {
  const columns = new Map<string, readonly string[]>();
  const add = (name: string, texts: readonly string[]) => {
    if (texts.length > 0) columns.set(name, [...(columns.get(name) ?? []), ...texts]);
  };
  add('workload', program);
  add(
    'backend',
    backend.map((name) => resolveBackend(name)?.name ?? name),
  );
  add('profile', profile);
  for (const [name, value] of where) add(name, [value]);
  return { columns, commits: commit, models: model, runs: run };
}

/** Whether all is chosen. */
export const isAll = ({ columns, commits, models, runs }: CellChoice): boolean =>
  columns.size + commits.length + models.length + runs.length === 0;
