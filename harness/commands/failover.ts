/** `pmirror failover`: the primary dies, a replica takes over, and what was promised is there. */

import { resolveBackend } from '../../rdma/index.ts';
import { type FailoverReport, runFailover } from '../crash/failover.ts';
import { SMALL_PARAMETERS } from '../crash/plan.ts';
import { FailureError, UsageError } from '../errors.ts';
import { chosenParameters, chosenWorkloads, fraction, wholeNumber } from './choices.ts';
import { type Command, RANGES, TARGET_OPTIONS } from './command.ts';
import { chosenTargets } from './far-side.ts';

const DEFAULTS = { workload: 'ctree', backend: 'sm-ob', threads: 2, transactions: 48, replicas: 2 };
const GO_ON_TRANSACTIONS = 12;

export const failoverCommand: Command = {
  usage: 'failover [workload]',
  summary: 'let the primary die: a replica recovers, takes over and is mirrored again',
  positionals: { workload: `name of a workload (default: ${DEFAULTS.workload})` },
  options: {
    ...TARGET_OPTIONS,
    backend: { type: 'string', describe: `mirroring design (default: ${DEFAULTS.backend})` },
    replicas: { type: 'string', describe: `mirrors (default: ${DEFAULTS.replicas})` },
    threads: { type: 'string', describe: `clients (default: ${DEFAULTS.threads})` },
    transactions: {
      type: 'string',
      describe: `transactions of the run that is cut short (default: ${DEFAULTS.transactions})`,
    },
    seed: { type: 'string', describe: 'seed of everything random (default: 1)' },
    param: { type: 'string', describe: 'key=value, a parameter of the workload; repeatable' },
    at: {
      type: 'string',
      describe: 'share of the run after which the primary dies (default: 0.5)',
    },
  },
  examples: [['$0 failover vacation --backend sm-dd --at 0.8', 'late in the run']],
  async run(given) {
    const [workload, ...more] = chosenWorkloads(given.workload ?? DEFAULTS.workload);
    if (more.length > 0) throw new UsageError('failover takes one workload');
    const choice = chosenTargets({
      ...given,
      backend: given.backend ?? DEFAULTS.backend,
      replicas: given.replicas ?? String(DEFAULTS.replicas),
    });
    const backend = resolveBackend(choice.backends[0]);
    const isSingle = choice.backends.length * choice.profiles.length * choice.replicas.length === 1;
    if (backend === undefined || !isSingle) {
      throw new UsageError('failover takes one backend, one profile and one number of replicas');
    }
    if (backend.ddio === 'none') {
      throw new UsageError(`--backend ${backend.name} keeps no replica that could take over`);
    }
    const threadsMax = workload.threadsMax;
    const threads =
      wholeNumber('threads', given.threads, { min: 1, max: threadsMax }) ??
      Math.min(DEFAULTS.threads, threadsMax);
    const seed = wholeNumber('seed', given.seed, RANGES.seed) ?? 1;
    const parameters = { ...SMALL_PARAMETERS[workload.name], ...chosenParameters(given.param) };
    const transactions =
      wholeNumber('transactions', given.transactions, RANGES.transactions) ?? DEFAULTS.transactions;
    const far = {
      backend,
      profile: choice.profiles[0],
      replicas: choice.replicas[0],
      queuePairs: choice.queuePairs,
      faults: choice.faults,
      seed,
    };
    const unordered = threads > 1 && far.queuePairs === 'per-core';
    const report = explainingFailure(unordered, () =>
      runFailover({
        subject: { configured: workload.configure(parameters), threads, seed, transactions },
        far,
        crashShare: fraction('at', given.at) ?? 0.5,
        replica: 0,
        goOnTransactions: GO_ON_TRANSACTIONS,
      }),
    );
    const title = `${workload.name}, ${threads} clients, ${transactions} transactions; ${backend.name} on ${far.profile.name}, ${far.replicas} replicas`;
    process.stdout.write(`${title}\n${story(report, backend.name)}\n`);
  },
};

/** What `run` gives; a failure between cores that a shared queue pair would order says so. */
function explainingFailure(unordered: boolean, run: () => FailoverReport): FailoverReport {
  try {
    return run();
  } catch (error) {
    if (!unordered || !(error instanceof Error) || error.name !== 'VerifyError') throw error;
    throw new FailureError(
      `the replica cannot take over: ${error.message}\n` +
        'With a queue pair per core a replica keeps the order of each core only; programs whose ' +
        'threads share unfinished data need --queue-pairs shared (ARCHITECTURE.md, Order between cores)',
    );
  }
}

function story(report: FailoverReport, backend: string): string {
  const { acknowledged, recovered } = report;
  const told = acknowledged.least.join(', ');
  const flight = acknowledged.most.filter(
    (most, client) => most > acknowledged.least[client],
  ).length;
  return [
    `1. At ${report.crashPs / 1000} ns the primary dies. Its clients have been told of ${told} ` +
      `transactions; ${flight} more are in flight.`,
    `2. Replica 0 goes on with what is readable there: ${report.changedLines} lines differ from the ` +
      `start. It recovers ${recovered.join(', ')} transactions, and verifies.`,
    `   Contents ${report.recoveredDigest}, as the oracle's after these.`,
    `3. It is the primary now. A new replica is brought up by copying ${report.copiedLines} lines.`,
    `4. ${GO_ON_TRANSACTIONS} transactions more, mirrored by ${backend}, take ${report.goOnPs / 1000} ns.`,
    `5. The new replica, recovered from what is durable there, holds what the new primary holds.`,
    `   Contents ${report.finalDigest}, as the oracle's.`,
  ].join('\n');
}
