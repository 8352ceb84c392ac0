/** `pmirror analyze`: characterises a program as WHISPER does programs on PM. */

import { writeCsv } from '../../report/index.ts';
import {
  ANALYSIS_COLUMNS,
  type Analysis,
  analyzeTrace,
  analyzeWorkload,
  renderTable,
  toCsvRows,
  toJson,
} from '../../studies/characterise/index.ts';
import { command } from '../command.ts';
import { flag, output, SEED_OPTION, type Values } from '../options.ts';
import {
  type ChosenProgram,
  COMPUTE_OPTION,
  executionOfTrace,
  executionOfWorkload,
  PROGRAM_WORD,
  refuseForeign,
  TRACE_OPTIONS,
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
  'tx-marker': TRACE_OPTIONS['tx-marker'],
  json: flag({ help: 'print JSON instead of a table' }),
  output: output({ help: 'CSV file to write, one row a figure' }),
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
  async (values, given) => {
    refuseForeign([values.program], OPTIONS, given);
    const analysis = await analysisOf(values.program, values);
    process.stdout.write(`${values.json ? toJson(analysis) : renderTable(analysis)}\n`);
    if (values.output !== undefined) writeCsv(values.output, ANALYSIS_COLUMNS, toCsvRows(analysis));
  },
);

async function analysisOf(
  program: ChosenProgram,
  values: Values<typeof OPTIONS>,
): Promise<Analysis> {
  if (program.kind === 'workload') {
    const execution = executionOfWorkload(program.workload, values);
    return analyzeWorkload(program.workload.configure(execution.parameters), execution);
  }
  const { file, name, txMarkers } = executionOfTrace(program, values);
  const txTypes = values['tx-marker'] === undefined ? program.example?.txTypes : undefined;
  return analyzeTrace(file, { name, txMarkers, txTypes });
}
