/** `pmirror analyze`: characterises a workload or a trace as WHISPER does programs on PM. */

import { resolveWorkload, WORKLOADS } from '../../../workloads/index.ts';
import { EXAMPLES, resolveExample } from '../../../workloads/traces/examples.ts';
import { DEFAULT_SEED, executionOf } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
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
import {
  chosenComputeModel,
  chosenParameters,
  chosenSize,
  outputPath,
  single,
  userPath,
  wholeNumber,
  words,
} from '../choices.ts';
import { type Arguments, type Command, RANGES, SIZE_OPTION } from '../command.ts';

/** Options that say how to run a workload; a trace has been run already. */
const WORKLOAD_OPTIONS = {
  ...SIZE_OPTION,
  threads: { type: 'string', describe: "clients (default: the original program's number)" },
  transactions: { type: 'string', describe: 'transactions that are counted, over all clients' },
  warmup: { type: 'string', describe: 'transactions before them (default: a tenth as many)' },
  seed: { type: 'string', describe: `seed of everything random (default: ${DEFAULT_SEED})` },
  compute: {
    type: 'string',
    describe: 'o2 or whisper: the build whose PM share of writes is quoted (default: o2)',
  },
  param: {
    type: 'string',
    describe: 'key=value, a parameter of the workload (size=large); repeatable',
  },
} as const;

/** What `--trace` starts with that is the name of an example instead of a file. */
const EXAMPLE = 'trace:';

export const analyzeCommand: Command = {
  usage: 'analyze [workload]',
  summary: 'characterise a workload or a trace: epochs, lines, bytes, fences, dependencies',
  positionals: { workload: 'name of a workload; see pmirror list' },
  options: {
    trace: {
      type: 'string',
      describe:
        'instead of a workload: a pmemcheck store log or a WHISPER trace, plain or gzip, or ' +
        'trace:NAME, an example',
    },
    'tx-marker': {
      type: 'string',
      describe: 'pmemcheck: NAME.BEGIN and NAME.END delimit a transaction; repeatable',
    },
    ...WORKLOAD_OPTIONS,
    json: { type: 'boolean', describe: 'print JSON instead of a table' },
    output: { type: 'string', describe: 'CSV file to write, one row a figure' },
  },
  examples: [
    ['$0 analyze ycsb --param size=medium', 'a workload with more keys than by default'],
    ['$0 analyze --trace store.log.gz --tx-marker INSERT', 'a pmemcheck log'],
    ['$0 analyze --trace trace:vacation --json', 'an example, for other programs to read'],
  ],
  async run(given) {
    const workload = single('workload', given.workload);
    const trace = single('trace', given.trace);
    const output = outputPath('output', given.output);
    if ((workload === undefined) === (trace === undefined)) {
      const found = workload === undefined ? 'neither was given' : 'both were given';
      throw new UsageError(`analyze takes the name of a workload or --trace FILE: ${found}`);
    }
    const analysis =
      trace === undefined
        ? analysisOfWorkload(workload ?? '', given)
        : await analysisOfTrace(trace, given);
    const text = isSet(given.json) ? toJson(analysis) : renderTable(analysis);
    process.stdout.write(`${text}\n`);
    if (output !== undefined) writeCsv(output, ANALYSIS_COLUMNS, toCsvRows(analysis));
  },
};

/** Whether a flag was given; yargs hands it over as true or false. */
function isSet(flag: unknown): boolean {
  return flag === true;
}

function analysisOfWorkload(name: string, given: Arguments): Analysis {
  refuse(['tx-marker'], given, 'says how to read a trace: give --trace FILE');
  const workload = resolveWorkload(name);
  if (workload === undefined) {
    const known = WORKLOADS.map(({ name }) => name).join(', ');
    throw new UsageError(`unknown workload '${name}'; accepted: ${known}`);
  }
  const computeModel = chosenComputeModel(given.compute);
  const execution = executionOf(workload, {
    size: chosenSize(given.size),
    parameters: chosenParameters(given.param),
    threads: wholeNumber('threads', given.threads, RANGES.threads),
    transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
    warmupTransactions: wholeNumber('warmup', given.warmup, RANGES.warmup),
    seed: wholeNumber('seed', given.seed, RANGES.seed),
    computeModel,
  });
  return analyzeWorkload(workload.configure(execution.parameters), execution);
}

async function analysisOfTrace(trace: string, given: Arguments): Promise<Analysis> {
  refuse(Object.keys(WORKLOAD_OPTIONS), given, 'says how to run a workload; a trace has been run');
  const markers = words(given['tx-marker']);
  if (!trace.startsWith(EXAMPLE)) return analyzeTrace(userPath(trace), { txMarkers: markers });
  const example = resolveExample(trace.slice(EXAMPLE.length));
  if (example === undefined) {
    const known = EXAMPLES.map(({ name }) => `${EXAMPLE}${name}`);
    throw new UsageError(`unknown example '${trace}'; accepted: ${known.join(', ')}`);
  }
  const { name, txMarkers, txTypes } = example;
  const own = markers.length === 0 ? { txMarkers, txTypes } : { txMarkers: markers };
  return analyzeTrace(example.file, { name, ...own });
}

/** Refuses options that mean nothing for what is analysed. */
function refuse(options: readonly string[], given: Arguments, why: string): void {
  const found = options.find((option) => given[option] !== undefined);
  if (found !== undefined) throw new UsageError(`--${found} ${why}`);
}
