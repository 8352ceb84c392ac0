/** `pmirror explain`: in numbers and words, why one design is faster than another on a program. */

import { resolveWorkload } from '../../../workloads/index.ts';
import {
  conditionsText,
  DEFAULT_SEED,
  type Execution,
  exampleExecutions,
  executionLabel,
  executionOf,
  planCells,
} from '../../bench/index.ts';
import { UsageError, withWorkspace } from '../../host/index.ts';
import { accountedRows, accountTables, explanation } from '../../studies/explain/index.ts';
import {
  chosenComputeModel,
  chosenParameters,
  chosenSize,
  chosenWorkloads,
  single,
  wholeNumber,
} from '../choices.ts';
import {
  type Arguments,
  type Command,
  EXECUTION_OPTIONS,
  RANGES,
  SIZE_OPTION,
  SYSTEM_OPTIONS,
} from '../command.ts';
import { chosenSystems } from '../systems.ts';

/** Designs that are compared when none are given. */
const DEFAULT_PAIR = 'sm-rc,sm-dd';

export const explainCommand: Command = {
  usage: 'explain <workload>',
  summary: 'explain in numbers and words why one design is faster than another on a program',
  positionals: { workload: 'a workload, or trace:NAME, an example trace' },
  options: {
    ...SYSTEM_OPTIONS,
    backend: {
      ...SYSTEM_OPTIONS.backend,
      describe: `designs to compare, each with the first (default: ${DEFAULT_PAIR})`,
    },
    threads: { type: 'string', describe: "clients (default: the original program's number)" },
    transactions: { type: 'string', describe: 'measured transactions, over all clients' },
    ...SIZE_OPTION,
    ...EXECUTION_OPTIONS,
    param: { type: 'string', describe: 'key=value, a parameter of the workload; repeatable' },
  },
  examples: [['$0 explain ctree --backends sm-rc,sm-ob', 'what the ordering fence is worth']],
  async run(given) {
    const execution = chosenExecution(given);
    const systems = chosenSystems({ ...given, backend: given.backend ?? DEFAULT_PAIR });
    if (systems.backends.length < 2) {
      throw new UsageError(
        'explain compares designs: give two or more, as in --backends sm-rc,sm-ob',
      );
    }
    if (
      [systems.profiles, systems.replicas, systems.queuePairs].some((values) => values.length > 1)
    ) {
      throw new UsageError(
        'explain looks at one machine: give one --profile, one --replicas and one --queue-pairs',
      );
    }
    const [group] = planCells([execution], systems);
    const rows = await withWorkspace((directory) => accountedRows(group, { directory }));
    const accounts = rows.map(({ account }) => account);
    const [{ system, threads, report }] = rows.map(({ result }) => result);
    const title =
      `${executionLabel(execution)}, ${threads} thread${threads === 1 ? '' : 's'}, ` +
      `${report.counts.transactions} transactions, ${conditionsText(system)}`;
    const sections = accounts.slice(1).map((other) => explanation(accounts[0], other).join('\n'));
    process.stdout.write(`${[title, accountTables(accounts), ...sections].join('\n\n')}\n`);
  },
};

function chosenExecution(given: Arguments): Execution {
  const name = single('workload', given.workload) ?? '';
  const seed = wholeNumber('seed', given.seed, RANGES.seed) ?? DEFAULT_SEED;
  const computeModel = chosenComputeModel(given.compute) ?? 'o2';
  const examples = exampleExecutions(computeModel, seed);
  const example = examples.find((one) => executionLabel(one) === name);
  if (example !== undefined) return example;
  if (resolveWorkload(name) === undefined && name.startsWith('trace:')) {
    const known = examples.map(executionLabel).join(', ');
    throw new UsageError(`unknown example '${name}'; accepted: ${known}`);
  }
  const workloads = chosenWorkloads(name);
  if (workloads.length > 1) throw new UsageError('explain looks at one workload; name one');
  return executionOf(workloads[0], {
    size: chosenSize(given.size),
    parameters: chosenParameters(given.param),
    threads: wholeNumber('threads', given.threads, RANGES.threads),
    transactions: wholeNumber('transactions', given.transactions, RANGES.transactions),
    seed,
    computeModel,
  });
}
