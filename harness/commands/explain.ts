/** `pmirror explain`: in numbers and words, why one design is faster than another on a program. */

import { resolveWorkload } from '../../workloads/index.ts';
import { type Execution, executionLabel, planCells } from '../cell.ts';
import { cellRows } from '../columns.ts';
import { UsageError } from '../errors.ts';
import { exampleExecutions } from '../examples.ts';
import { REGISTRY } from '../registry.ts';
import { type Registry, runGroup } from '../run.ts';
import { accountOf, LineObserver } from '../study/account.ts';
import { accountTables, explanation } from '../study/explain.ts';
import { DEFAULT_SEED, executionOf } from '../suite.ts';
import { conditionsText } from '../tables.ts';
import { withWorkspace } from '../workspace.ts';
import {
  chosenComputeModel,
  chosenParameters,
  chosenSize,
  chosenWorkloads,
  single,
  wholeNumber,
} from './choices.ts';
import {
  type Arguments,
  type Command,
  EXECUTION_OPTIONS,
  RANGES,
  SIZE_OPTION,
  TARGET_OPTIONS,
} from './command.ts';
import { chosenTargets } from './far-side.ts';

const { backend: _, ...FAR_OPTIONS } = TARGET_OPTIONS;

/** Designs that are compared when none are given. */
const DEFAULT_PAIR = 'sm-rc,sm-dd';

export const explainCommand: Command = {
  usage: 'explain <workload>',
  summary: 'explain in numbers and words why one design is faster than another on a program',
  positionals: { workload: 'a workload, or trace:NAME, an example trace' },
  options: {
    backends: {
      type: 'string',
      describe: `designs to compare, each with the first (default: ${DEFAULT_PAIR})`,
    },
    ...FAR_OPTIONS,
    threads: { type: 'string', describe: "clients (default: the original program's number)" },
    transactions: { type: 'string', describe: 'measured transactions, over all clients' },
    ...SIZE_OPTION,
    ...EXECUTION_OPTIONS,
    param: { type: 'string', describe: 'key=value, a parameter of the workload; repeatable' },
  },
  examples: [['$0 explain ctree --backends sm-rc,sm-ob', 'what the ordering fence is worth']],
  async run(given) {
    const execution = chosenExecution(given);
    const far = chosenTargets({ ...given, backend: given.backends ?? DEFAULT_PAIR });
    if (far.backends.length < 2) {
      throw new UsageError(
        'explain compares designs: give two or more, as in --backends sm-rc,sm-ob',
      );
    }
    if (far.profiles.length > 1 || far.replicas.length > 1) {
      throw new UsageError('explain looks at one machine: give one --profile and one --replicas');
    }
    const [group] = planCells([execution], far);
    const observers: LineObserver[] = [];
    const results = await withWorkspace((directory) =>
      runGroup(group, watching(observers), { directory }),
    );
    const accounts = cellRows(results).map((row, i) => accountOf(row, observers[i]));
    const [{ target, threads, report }] = results;
    const title =
      `${executionLabel(execution)}, ${threads} thread${threads === 1 ? '' : 's'}, ` +
      `${report.counts.transactions} transactions, ${conditionsText(target)}`;
    const sections = accounts.slice(1).map((other) => explanation(accounts[0], other).join('\n'));
    process.stdout.write(`${[title, accountTables(accounts), ...sections].join('\n\n')}\n`);
  },
};

/** The usual parts, with an observer of lines beside that of every mirror, in their order. */
function watching(observers: LineObserver[]): Registry {
  return {
    ...REGISTRY,
    createMirror(options) {
      const lines = new LineObserver(options.replicas);
      observers.push(lines);
      const { observer } = options;
      return REGISTRY.createMirror({
        ...options,
        observer: {
          onMeasure(atPs) {
            observer?.onMeasure?.(atPs);
            lines.onMeasure();
          },
          onTransaction: (core, type, begin, end) =>
            observer?.onTransaction?.(core, type, begin, end),
          onSend: (core, line, atPs) => lines.onSend(core, line, atPs),
          onReplicaDurable: (replica, core, line, atPs) =>
            lines.onReplicaDurable(replica, core, line, atPs),
        },
      });
    },
  };
}

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
