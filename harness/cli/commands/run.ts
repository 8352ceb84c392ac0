/** `pmirror run`: any workloads under any backends. */

import {
  appendToDatabase,
  CELL_COLUMNS,
  cellRows,
  currentCommit,
  executionOf,
  hasSeveralSeeds,
  intervalTables,
  planCells,
  resultTables,
} from '../../bench/index.ts';
import { writeCsv } from '../../report/index.ts';
import {
  chosenComputeModel,
  chosenParameters,
  chosenSeeds,
  chosenSize,
  chosenWorkloads,
  outputPath,
  wholeNumber,
} from '../choices.ts';
import {
  type Command,
  EXECUTION_OPTIONS,
  JOBS_OPTION,
  RANGES,
  SEED_OPTIONS,
  SIZE_OPTION,
  SYSTEM_OPTIONS,
} from '../command.ts';
import { chosenResultFiles, RESULT_FILE_OPTIONS, writeResultFiles } from '../result-files.ts';
import { runShowingProgress } from '../run-groups.ts';
import { chosenSystems } from '../systems.ts';

export const runCommand: Command = {
  usage: 'run [workloads..]',
  summary: 'run workloads under mirroring designs and compare them',
  positionals: {
    workloads: 'names of workloads, or all (default: all of the suite); see pmirror list',
  },
  options: {
    ...SYSTEM_OPTIONS,
    threads: { type: 'string', describe: "clients (default: the original program's number)" },
    transactions: { type: 'string', describe: 'measured transactions, over all clients' },
    warmup: { type: 'string', describe: 'transactions before them (default: a tenth as many)' },
    ...SEED_OPTIONS,
    ...SIZE_OPTION,
    compute: EXECUTION_OPTIONS.compute,
    param: { type: 'string', describe: 'key=value, a parameter of the workloads; repeatable' },
    ...JOBS_OPTION,
    output: { type: 'string', describe: 'CSV file to write, one row a cell' },
    ...RESULT_FILE_OPTIONS,
    db: {
      type: 'string',
      describe: 'SQLite database to add the rows to, keyed by commit and cell',
    },
  },
  examples: [
    ['$0 run ctree --backend sm-ob,sm-dd --profile optane-cx5', 'one program, two designs'],
    ['$0 run transact --param epochs=16 --param linesPerEpoch=4', 'the microbenchmark'],
    ['$0 run ctree --set pcie.readRoundTripNs=800 --seeds 10', 'another machine, ten seeds'],
    ['$0 run all --replicas 1,2,3 --output out.csv', 'the suite with up to three replicas'],
  ],
  async run(given) {
    const choice = {
      size: chosenSize(given.size),
      parameters: chosenParameters(given.param),
      threads: wholeNumber('threads', given.threads, RANGES.threads),
      transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
      warmupTransactions: wholeNumber('warmup', given.warmup, RANGES.warmup),
      computeModel: chosenComputeModel(given.compute),
    };
    const seeds = chosenSeeds(given.seed, given.seeds);
    const executions = chosenWorkloads(given.workloads).flatMap((workload) =>
      seeds.map((seed) => executionOf(workload, { ...choice, seed })),
    );
    const groups = planCells(executions, chosenSystems(given));
    const output = outputPath('output', given.output);
    const files = chosenResultFiles(given, seeds);
    const database = outputPath('db', given.db);
    const jobs = wholeNumber('jobs', given.jobs, RANGES.jobs);
    const results = await runShowingProgress(groups, jobs);
    const rows = results.flatMap(cellRows);
    const tables = hasSeveralSeeds(rows) ? intervalTables(rows) : resultTables(rows);
    process.stdout.write(`${tables}\n`);
    if (output !== undefined) writeCsv(output, CELL_COLUMNS, rows);
    writeResultFiles(files, rows);
    if (database !== undefined) {
      appendToDatabase(database, currentCommit(import.meta.dirname), rows);
    }
  },
};
