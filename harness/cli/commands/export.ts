/** `pmirror export`: a run of a workload as a log that other tools for persistent memory read. */

import { printable } from '../../../pm/printable.ts';
import { notInLog } from '../../../workloads/traces/export.ts';
import { exportStoreLog, poolOf, REGISTRY } from '../../bench/index.ts';
import { checkTrace } from '../../crash/index.ts';
import { UsageError, withProgress } from '../../host/index.ts';
import { command } from '../command.ts';
import { outputFile, withOthers, writablePath } from '../file-options.ts';
import { type Given, SEED_OPTION } from '../options.ts';
import {
  executionOfTrace,
  executionOfWorkload,
  parseWorkload,
  WORKLOAD_OPTIONS,
} from '../programs.ts';

const { threads, transactions, param } = WORKLOAD_OPTIONS;

const LOG = outputFile({
  help:
    'the log; one that ends in .gz is compressed. Beside it comes FILE.pool, all zero, into which a ' +
    'reader such as pmreorder writes. The log holds stores with their bytes, write-backs, fences and ' +
    'transactions; not loads, volatile work, locks, which client it was (they run one after another), ' +
    'or the kind of a fence: the last of a transaction is its durability point',
  required: 'where to? Give --output FILE',
});

export const exportCommand = command(
  {
    usage: 'export <program>',
    summary: 'write a run of a workload as a pmemcheck store log',
    words: {
      program: {
        help: 'a workload; see pmirror list',
        required: 'which workload?',
        parse: parseWorkload('it is a log already'),
      },
    },
    options: {
      transactions: { ...transactions, help: 'how many, over all clients' },
      threads: {
        ...threads,
        default: 1,
        help: 'clients, one after another in the log',
      },
      param,
      ...SEED_OPTION,
      output: withOthers(LOG, (path) => [poolOf(path)]),
    },
    examples: [
      ['$0 export ctree --output ctree.storelog --transactions 100', 'for pmreorder and the like'],
    ],
  },
  async ({ program, output: file, ...values }, given, answer) => {
    const execution = executionOfWorkload(program, { ...values, warmup: 0 });
    const poolInLog = poolAsTyped(given);
    writablePath(poolOf(file));
    const { transactions: count } = execution;
    const markers = await withProgress(1, { unit: 'transactions', count }, (update) =>
      exportStoreLog(execution, REGISTRY, file, {
        poolInLog,
        onProgress: (share) => update(share, program.name),
      }),
    );
    const options = markers.map((marker) => `--tx-marker ${marker}`).join(' ');
    answer.say(`${printable(file)}: read it with pmirror run ${printable(file)} ${options}\n`);
    answer.say(
      `${printable(poolOf(file))}: what the log maps, named there as ${printable(poolInLog)}\n`,
    );
    const log = { kind: 'trace', name: file, file, example: undefined } as const;
    const read = executionOfTrace(log, { 'tx-marker': markers, seed: values.seed });
    const { coverage } = await checkTrace(read, []);
    const uncovered = coverage.unflushed + coverage.unfenced;
    if (uncovered === 0) return;
    answer.say(
      `${uncovered} times a line is not durable when its transaction is acknowledged: ${program.name} ` +
        'leaves what its recovery rebuilds without write-back, as its original does. So ' +
        `pmirror crash-check ${file} ${options} needs --allow-uncovered\n`,
    );
  },
);

/**
 * The pool as the log is to name it: as the user names the log, so that it is found from where they
 * are. Throws UsageError for what a reader of logs would take apart.
 */
function poolAsTyped(given: Given): string {
  const [typed = ''] = given.get('output') ?? [];
  const found = notInLog(typed);
  if (found === undefined) return poolOf(typed);
  throw new UsageError(
    `--output ${JSON.stringify(typed)}: the log holds this path, and there ${found} means something ` +
      'else; give another name, or go to its directory and give the name alone',
  );
}
