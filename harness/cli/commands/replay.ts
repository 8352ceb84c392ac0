/** `pmirror replay`: the trace of a real PM program under any backends. */

import { basename } from 'node:path';
import {
  CELL_COLUMNS,
  cellRows,
  DEFAULT_SEED,
  exampleExecutions,
  executionOf,
  exportStoreLog,
  planCells,
  REGISTRY,
  resultTables,
  type TraceExecution,
} from '../../bench/index.ts';
import { checkTrace } from '../../crash/index.ts';
import { UsageError } from '../../host/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  chosenParameters,
  chosenWorkloads,
  outputPath,
  single,
  userPath,
  wholeNumber,
  wholeNumbers,
  words,
} from '../choices.ts';
import {
  type Arguments,
  type Command,
  EXECUTION_OPTIONS,
  JOBS_OPTION,
  RANGES,
  SYSTEM_OPTIONS,
} from '../command.ts';
import { chosenResultFiles, RESULT_FILE_OPTIONS, writeResultFiles } from '../result-files.ts';
import { runShowingProgress } from '../run-groups.ts';
import { chosenSystems } from '../systems.ts';

export const replayCommand: Command = {
  usage: 'replay <file>',
  summary: 'replay the trace of a real PM program under mirroring designs',
  positionals: {
    file: 'a pmemcheck store log or a WHISPER trace, plain or gzip (told apart by content); trace:NAME, an example; or workload:NAME, with --export',
  },
  options: {
    'tx-marker': {
      type: 'string',
      describe:
        'pmemcheck: NAME.BEGIN and NAME.END delimit a transaction; repeatable. Without any, each ' +
        'fence is a durability point',
    },
    'instructions-per-tx': {
      type: 'string',
      describe:
        'volatile work per transaction; several values: one a marker, in their order (default: 0)',
    },
    ...SYSTEM_OPTIONS,
    'queue-pairs': {
      ...SYSTEM_OPTIONS['queue-pairs'],
      describe:
        `${SYSTEM_OPTIONS['queue-pairs'].describe}. A trace shows what its threads store and not what ` +
        'they build on: those of one of yours are taken to depend on each other',
    },
    seed: EXECUTION_OPTIONS.seed,
    ...JOBS_OPTION,
    output: { type: 'string', describe: 'CSV file to write, one row a cell' },
    latencies: RESULT_FILE_OPTIONS.latencies,
    export: {
      type: 'string',
      describe:
        'write a run of workload:NAME as a pmemcheck store log to this file, and stop. Such a log holds ' +
        'stores with their bytes, write-backs, fences and transactions; not loads, volatile work, locks, ' +
        'which client it was (they run one after another), or the kind of a fence: the last of a ' +
        'transaction is its durability point',
    },
    transactions: { type: 'string', describe: 'with --export: how many, over all clients' },
    threads: { type: 'string', describe: 'with --export: clients, one after another in the log' },
    param: { type: 'string', describe: 'with --export: key=value, a parameter; repeatable' },
  },
  examples: [
    ['$0 replay trace:vacation --profile optane-cx5', 'a trace that comes with the project'],
    [
      '$0 replay store.log.gz --tx-marker INSERT --instructions-per-tx 7000',
      'a pmemcheck log with one kind of transaction',
    ],
    [
      '$0 replay workload:ctree --export ctree.storelog --transactions 100',
      'a log of our own program, for pmreorder and the like',
    ],
  ],
  async run(given) {
    const file = single('file', given.file);
    if (file === undefined) throw new UsageError('replay: which file?');
    if (given.export !== undefined || file.startsWith(WORKLOAD)) {
      return exportWorkload(file, given);
    }
    const strange = ['transactions', 'threads', 'param'].find((name) => given[name] !== undefined);
    if (strange !== undefined) {
      throw new UsageError(`--${strange} goes with --export: a trace has been run already`);
    }
    const execution = traceExecution(file, given);
    const groups = planCells([execution], chosenSystems(given));
    const output = outputPath('output', given.output);
    const files = chosenResultFiles(given, []);
    const jobs = wholeNumber('jobs', given.jobs, RANGES.jobs);
    const results = await runShowingProgress(groups, jobs);
    for (const note of results[0][0].notes) process.stdout.write(`${note}\n`);
    const rows = results.flatMap(cellRows);
    process.stdout.write(`\n${resultTables(rows)}\n`);
    if (output !== undefined) writeCsv(output, CELL_COLUMNS, rows);
    writeResultFiles(files, rows);
  },
};

/** What a file name starts with that is the name of an example instead. */
const EXAMPLE = 'trace:';

/** What it starts with to name a workload. */
const WORKLOAD = 'workload:';

/** Writes the log that `--export` asks for, and says how to read it. */
async function exportWorkload(file: string, given: Arguments): Promise<void> {
  const path = single('export', given.export);
  if (path === undefined || !file.startsWith(WORKLOAD)) {
    throw new UsageError(
      `replay ${file}: --export FILE goes with workload:NAME; pmirror run times a workload`,
    );
  }
  const [workload, ...more] = chosenWorkloads(file.slice(WORKLOAD.length));
  if (more.length > 0) throw new UsageError('--export takes one workload');
  const execution = executionOf(workload, {
    parameters: chosenParameters(given.param),
    threads: wholeNumber('threads', given.threads, RANGES.threads) ?? 1,
    transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
    warmupTransactions: 0,
    seed: wholeNumber('seed', given.seed, RANGES.seed),
  });
  const markers = exportStoreLog(execution, REGISTRY, userPath(path));
  const options = markers.map((marker) => `--tx-marker ${marker}`).join(' ');
  process.stdout.write(`${path}: read it with pmirror replay ${path} ${options}\n`);
  const { coverage } = await checkTrace(ownTrace(path, { 'tx-marker': markers }), []);
  const uncovered = coverage.unflushed + coverage.unfenced;
  if (uncovered === 0) return;
  process.stdout.write(
    `${uncovered} times a line is not durable when its transaction is acknowledged: ${workload.name} ` +
      'leaves what its recovery rebuilds without write-back, as its original does. So ' +
      `pmirror crash-check --trace ${path} ${options} needs --allow-uncovered\n`,
  );
}

/** The trace that `file` names: a path, or an example. */
export function traceExecution(file: string, given: Arguments): TraceExecution {
  return file.startsWith(EXAMPLE) ? chosenExample(file, given) : ownTrace(file, given);
}

function ownTrace(file: string, given: Arguments): TraceExecution {
  return {
    kind: 'trace',
    name: basename(file).replace(/\.gz$/, ''),
    file: userPath(file),
    txMarkers: words(given['tx-marker']),
    instructionsPerTx: instructionsOf(given) ?? [0],
    computeModel: 'given',
    // A trace shows what threads store, not what they build on.
    clientsDepend: true,
    seed: wholeNumber('seed', given.seed, RANGES.seed) ?? DEFAULT_SEED,
  };
}

/** An example with its own markers and instruction counts, unless others are given. */
function chosenExample(name: string, given: Arguments): TraceExecution {
  const seed = wholeNumber('seed', given.seed, RANGES.seed) ?? DEFAULT_SEED;
  const examples = exampleExecutions('o2', seed);
  const example = examples.find((one) => `${EXAMPLE}${one.name}` === name);
  if (example === undefined) {
    const known = examples.map((one) => `${EXAMPLE}${one.name}`).join(', ');
    throw new UsageError(`unknown example '${name}'; accepted: ${known}`);
  }
  const txMarkers = words(given['tx-marker']);
  const instructions = instructionsOf(given);
  return {
    ...example,
    ...(txMarkers.length > 0 ? { txMarkers } : {}),
    ...(instructions ? { instructionsPerTx: instructions, computeModel: 'given' as const } : {}),
  };
}

function instructionsOf(given: Arguments): readonly number[] | undefined {
  const option = 'instructions-per-tx';
  if (given[option] === undefined) return undefined;
  return wholeNumbers(option, given[option], { min: 0, max: 2 ** 32 - 1, fallback: [] });
}
