/**
 * `pmirror validate`: the ports against measurements of the programs that they stand for; or, with
 * --trace, one port against one trace of its original.
 */

import { join } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import { PROFILES } from '../../../rdma/index.ts';
import { DEFAULT_SEED } from '../../bench/index.ts';
import { UsageError, withProgress, withWorkspace } from '../../host/index.ts';
import {
  COMPARED,
  COMPARISON_STEPS,
  type ComparisonPlan,
  compare,
  comparisonNotes,
  comparisonRows,
  countedRows,
  PAIRS,
  refuseBeyond,
  SUBJECTS,
  VALIDATION_COLUMNS,
  type ValidationRow,
  validate,
  validationTables,
  verdictLine,
} from '../../studies/validation/index.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { output, writableCsv } from '../file-options.ts';
import { type Given, JSON_OPTION, type Values, WIDE_OPTION } from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../profiles.ts';
import {
  executionOfTrace,
  PROGRAM_WORD,
  parseWorkload,
  TRACE_OPTIONS,
  TRACE_READING_OPTIONS,
  WORKLOAD_OPTIONS,
} from '../programs.ts';
import { RESULTS_DIRECTORY } from '../result-files.ts';

/** Options that say what of a port is compared with what of a trace. */
const COMPARISON_OPTIONS = {
  workload: {
    help: 'with --trace: the port that it is compared with',
    parse: parseWorkload('it is what a port is compared with; name the port'),
  },
  ...TRACE_READING_OPTIONS,
  'instructions-per-tx': {
    ...TRACE_OPTIONS['instructions-per-tx'],
    help: 'charged to every transaction of both; by default what the port is charged on average',
  },
  transactions: WORKLOAD_OPTIONS.transactions,
  param: WORKLOAD_OPTIONS.param,
  ...PROFILE_OPTIONS,
  profile: { ...PROFILE_OPTIONS.profile, default: PROFILES.map(({ name }) => name).join(',') },
};

const OPTIONS = {
  trace: {
    help: 'a trace of a real program (or trace:NAME, an example), to compare the port --workload with it',
    parse: PROGRAM_WORD.parse,
    ready: PROGRAM_WORD.ready,
    files: PROGRAM_WORD.files,
  },
  ...COMPARISON_OPTIONS,
  ...WIDE_OPTION,
  ...JSON_OPTION,
  output: output({
    help: 'CSV file to write; by default results/validation.csv, with --trace none',
  }),
};

export const validateCommand = command(
  {
    usage: 'validate',
    summary: 'compare the workloads with measurements of the original programs and their traces',
    words: {},
    options: OPTIONS,
    examples: [
      ['$0 validate', 'exit code 1 if a figure is off without a stated reason'],
      [
        '$0 validate --trace echo.pmtrace.gz --workload echo --profile optane-cx5',
        'a port against a trace of its original, under every design and policy',
      ],
    ],
  },
  async (values, given, answer) => {
    const plan = comparisonPlan(values, given);
    if (plan !== undefined) {
      answer.from({ profiles: plan.profiles, seeds: [plan.trace.seed] });
      return validateTrace(plan, values, answer);
    }
    const path = values.output ?? writableCsv(join(RESULTS_DIRECTORY, 'validation.csv'));
    answer.from({ profiles: PROFILES, seeds: [DEFAULT_SEED] });
    give(await validateShowingProgress(), { ...values, output: path }, answer);
  },
);

/** What `--trace` and `--workload` ask for; undefined where neither is given. */
function comparisonPlan(values: Values<typeof OPTIONS>, given: Given): ComparisonPlan | undefined {
  const { trace, workload, transactions, param } = values;
  if (trace === undefined) {
    const stray = Object.keys(COMPARISON_OPTIONS).find((name) => given.has(name));
    if (stray === undefined) return undefined;
    throw new UsageError(
      `--${stray} goes with --trace FILE: validate alone runs what is published`,
    );
  }
  if (trace.kind === 'workload') {
    throw new UsageError(`--trace ${trace.name} is a workload; give a trace of its original`);
  }
  if (workload === undefined) {
    throw new UsageError(`--trace ${trace.name}: --workload says which port it is compared with`);
  }
  const [instructions, ...more] = values['instructions-per-tx'] ?? [];
  if (more.length > 0) {
    throw new UsageError(
      '--instructions-per-tx takes one number here, for transactions of all kinds',
    );
  }
  return {
    workload,
    parameters: Object.fromEntries(param ?? []),
    transactions,
    trace: executionOfTrace(trace, { ...readingValues(values), seed: 1 }),
    instructionsPerTx: instructions,
    profiles: chosenProfiles(values),
    backends: COMPARED,
  };
}

/** What is said of how the trace is read. */
function readingValues(values: Values<typeof OPTIONS>): Values<typeof TRACE_READING_OPTIONS> {
  const { pid } = values;
  return { 'tx-marker': values['tx-marker'], pid, 'pm-range': values['pm-range'] };
}

async function validateTrace(
  plan: ComparisonPlan,
  values: Pick<Values<typeof OPTIONS>, 'wide' | 'output'>,
  answer: Answer,
): Promise<void> {
  const { name } = plan.trace;
  const comparison = await withProgress(1, { unit: 'steps', count: COMPARISON_STEPS }, (update) =>
    withWorkspace((directory) =>
      compare({ ...plan, onProgress: (share) => update(share, name) }, join(directory, 'trace')),
    ),
  );
  for (const note of comparisonNotes(plan, comparison)) answer.say(`${note}\n`);
  const rows = [...countedRows(plan, comparison), ...comparisonRows(plan, comparison)];
  answer.say('\n');
  give(rows, values, answer);
}

function give(
  rows: readonly ValidationRow[],
  { wide, output: path }: Pick<Values<typeof OPTIONS>, 'wide' | 'output'>,
  answer: Answer,
): void {
  answer.show(`${validationTables(rows, wide ?? false)}\n\n`);
  answer.say(`${verdictLine(rows)}\n`);
  answer.give({ name: 'validation', columns: VALIDATION_COLUMNS, rows, to: path });
  answer.write(path === undefined ? '' : `written: ${printable(path)}\n`);
  refuseBeyond(rows);
}

async function validateShowingProgress(): Promise<ValidationRow[]> {
  const total = SUBJECTS.length + PAIRS.length;
  return withProgress(total, { unit: 'programs and traces' }, (onProgress) =>
    withWorkspace((directory) => validate({ directory, onProgress })),
  );
}
