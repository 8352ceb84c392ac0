/** `pmirror analyze`: characterises a program as WHISPER does programs on PM. */

import { readingOf } from '../../bench/index.ts';
import { withProgress } from '../../host/index.ts';
import {
  ANALYSIS_COLUMNS,
  type Analysis,
  analyzeTrace,
  analyzeWorkload,
  renderTable,
  toCsvRows,
} from '../../studies/characterise/index.ts';
import { command } from '../command.ts';
import { output } from '../file-options.ts';
import { JSON_OPTION, SEED_OPTION, type Values } from '../options.ts';
import {
  type ChosenProgram,
  COMPUTE_OPTION,
  executionOfTrace,
  executionOfWorkload,
  PROGRAM_WORD,
  refuseForeign,
  TRACE_READING_OPTIONS,
  WORKLOAD_OPTIONS,
} from '../programs.ts';

const OPTIONS = {
  ...WORKLOAD_OPTIONS,
  seed: { ...SEED_OPTION.seed, of: 'workload' },
  compute: {
    ...COMPUTE_OPTION.compute,
    of: 'workload',
    help: 'o2 (the default) or whisper: the build whose PM share of writes is quoted',
  },
  ...TRACE_READING_OPTIONS,
  ...JSON_OPTION,
  output: output({ help: 'CSV file to write, one row a figure; - for standard output' }),
} as const;

export const analyzeCommand = command(
  {
    usage: 'analyze <program>',
    summary: 'characterise a program: epochs, lines, bytes, fences, dependencies',
    words: { program: PROGRAM_WORD },
    options: OPTIONS,
    examples: [
      ['$0 analyze ycsb --param size=medium', 'a workload with more keys than by default'],
      ['$0 analyze store.log.gz --tx-marker INSERT', 'a pmemcheck log'],
      ['$0 analyze trace:vacation --json', 'an example, for other programs to read'],
    ],
  },
  async (values, given, answer) => {
    refuseForeign([values.program], OPTIONS, given);
    const analysis = await analysisOf(values.program, values);
    answer.from({ seeds: values.program.kind === 'workload' ? [values.seed] : [] });
    answer.show(`${renderTable(analysis)}\n`);
    const rows = toCsvRows(analysis);
    answer.give({ name: 'figures', columns: ANALYSIS_COLUMNS, rows, to: values.output });
  },
);

async function analysisOf(
  program: ChosenProgram,
  values: Values<typeof OPTIONS>,
): Promise<Analysis> {
  if (program.kind === 'workload') {
    const execution = executionOfWorkload(program.workload, values);
    const configured = program.workload.configure(execution.parameters);
    const { transactions: count } = execution;
    return withProgress(1, { unit: 'transactions', count }, (update) =>
      analyzeWorkload(configured, {
        ...execution,
        onProgress: (share) => update(share, program.name),
      }),
    );
  }
  const execution = executionOfTrace(program, values);
  const txTypes = values['tx-marker'] === undefined ? program.example?.txTypes : undefined;
  return analyzeTrace(execution.file, { ...readingOf(execution), name: execution.name, txTypes });
}
