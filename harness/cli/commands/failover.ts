/**
 * `pmirror failover`: the primary dies, a replica takes over, and what was promised is there. What is
 * modelled, and what is not, `harness/crash/check/failover.ts` says.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { Random } from '../../../pm/random.ts';
import { REPLICAS_MAX, type System } from '../../../rdma/index.ts';
import { type Clients, resolveSystem, type SystemSpec } from '../../bench/index.ts';
import { buggyDesign, designNamed, Failover, type FailoverReport } from '../../crash/index.ts';
import { FailureError, startProgress, UsageError } from '../../host/index.ts';
import { plainTable } from '../../report/index.ts';
import { chosenParameters, chosenWorkloads, fraction, wholeNumber, words } from '../choices.ts';
import { type Arguments, type Command, RANGES, SYSTEM_OPTIONS } from '../command.ts';
import { chosenSystems } from '../systems.ts';

const DEFAULTS = { workload: 'ctree', backend: 'sm-ob', threads: 2, transactions: 48, replicas: 2 };
const RESUMED_TRANSACTIONS = 12;

/** Contents are compared after every combination of transactions in flight: 2^12 of them. */
const THREADS_MAX = 12;
/** Contents are digested after every transaction, so that long runs take their square. */
const TRANSACTIONS = { min: 1, max: 2000 };
const CRASHES = { min: 1, max: 10_000 };
/** The stream of the seed that moments are drawn from. */
const MOMENTS_STREAM = 91;

export const failoverCommand: Command = {
  usage: 'failover [workload]',
  summary: 'let the primary die: a replica recovers, takes over and is mirrored again',
  positionals: { workload: `name of a workload (default: ${DEFAULTS.workload})` },
  options: {
    ...SYSTEM_OPTIONS,
    backend: {
      ...SYSTEM_OPTIONS.backend,
      describe:
        `mirroring design, or one that is wrong on purpose (canary-...) ` +
        `(default: ${DEFAULTS.backend})`,
    },
    replicas: { type: 'string', describe: `mirrors (default: ${DEFAULTS.replicas})` },
    threads: {
      type: 'string',
      describe: `clients, at most ${THREADS_MAX} (default: ${DEFAULTS.threads})`,
    },
    transactions: {
      type: 'string',
      describe:
        `transactions of the run that is cut short, at most ${TRANSACTIONS.max} ` +
        `(default: ${DEFAULTS.transactions})`,
    },
    seed: { type: 'string', describe: 'seed of everything random (default: 1)' },
    param: {
      type: 'string',
      describe:
        'key=value, a parameter of the workload; repeatable (default: small data, quick to recover)',
    },
    replica: {
      type: 'string',
      describe: 'which replica takes over, from 0 on; the others are brought level (default: 0)',
    },
    'skip-write-back': {
      type: 'boolean',
      describe:
        'wrong on purpose: it recovers without first writing back what is readable; a second failure ' +
        'loses some of it, at some moments under sm-rc or sm-ob',
    },
    at: {
      type: 'string',
      describe: 'share of the run after which the primary dies; several values (default: 0.5)',
    },
    crashes: {
      type: 'string',
      describe: 'so many moments instead, drawn with the seed: a failover from each',
    },
  },
  examples: [
    ['$0 failover vacation --backend sm-dd --at 0.8', 'late in the run'],
    ['$0 failover echo --replicas 3 --replica 2 --crashes 20', 'at twenty moments'],
    ['$0 failover --backend canary-nic-ack', 'a wrong design, found out: exit code 1'],
  ],
  async run(given) {
    const [workload, ...more] = chosenWorkloads(given.workload ?? DEFAULTS.workload);
    if (more.length > 0) throw new UsageError('failover takes one workload');
    const max = Math.min(workload.threadsMax, THREADS_MAX);
    const threads =
      wholeNumber('threads', given.threads, { min: 1, max }) ?? Math.min(DEFAULTS.threads, max);
    const seed = wholeNumber('seed', given.seed, RANGES.seed) ?? 1;
    const system = chosenSystem(given, { threads, clientsDepend: workload.clientsDepend });
    const { backend, profile, replicas } = system;
    const parameters = { ...workload.smallParameters, ...chosenParameters(given.param) };
    const transactions =
      wholeNumber('transactions', given.transactions, TRANSACTIONS) ?? DEFAULTS.transactions;
    const shares = sharesOf(given, seed);
    const replica = replicaOf(given, replicas);
    const skipsWriteBack = given['skip-write-back'] !== undefined;
    const configured = workload.configure(parameters);
    const progress = startProgress(shares.length);
    const reports: FailoverReport[] = [];
    try {
      const subject = { configured, threads, seed, transactions };
      const failover = new Failover({
        subject,
        system,
        replica,
        resumedTransactions: RESUMED_TRANSACTIONS,
        skipsWriteBack,
      });
      for (const share of shares) {
        // Between two of them there is time for Ctrl-C.
        await turn();
        reports.push(failover.at(share));
        progress.update(reports.length, workload.name);
      }
    } catch (error) {
      const isWrong = skipsWriteBack || buggyDesign(backend.name) !== undefined;
      throw isWrong || isOrdered(system, threads) ? error : explained(error);
    } finally {
      progress.stop();
    }
    const title =
      `${workload.name}, clients: ${threads}, transactions: ${transactions}; ${backend.name} on ` +
      `${profile.name}, replicas: ${replicas}, queue pairs: ${system.queuePairs}`;
    const told = { backend: backend.name, replica, skipsWriteBack };
    const [first, ...others] = reports;
    const text = others.length === 0 ? story(first, told) : tableOf(reports, replica);
    process.stdout.write(`${title}\n${text}\n`);
  },
};

/** The one system that is asked for; a wrong design brings the faults with which it shows. */
function chosenSystem(given: Arguments, clients: Clients): System {
  const wanted = words(given.backend ?? DEFAULTS.backend);
  const canary = wanted.map(buggyDesign).find((one) => one !== undefined);
  const choice = chosenSystems({
    ...given,
    // Only designs that are right are known to it.
    backend: wanted.filter((name) => name !== canary?.backend.name),
    replicas: given.replicas ?? String(DEFAULTS.replicas),
  });
  const backends = [...choice.backends, ...(canary === undefined ? [] : [canary.backend.name])];
  const { profiles, replicas, queuePairs, faults = [] } = choice;
  const isSingle = [backends, profiles, replicas, queuePairs].every((all) => all.length === 1);
  if (!isSingle) {
    throw new UsageError(
      'failover takes one backend, one profile, one number of replicas and one --queue-pairs',
    );
  }
  const usual = canary?.faults?.filter(({ replica }) => replica < replicas[0]) ?? [];
  const spec: SystemSpec = {
    backend: backends[0],
    profile: profiles[0],
    replicas: replicas[0],
    queuePairs: queuePairs[0],
    faults: faults.length > 0 ? faults : usual,
    reference: false,
  };
  const system = resolveSystem(spec, clients, designNamed);
  if (system.backend.ddio === 'none') {
    throw new UsageError(`--backend ${system.backend.name} keeps no replica that could take over`);
  }
  return system;
}

/** When the primary dies, as shares of the run. */
function sharesOf(given: Arguments, seed: number): number[] {
  const count = wholeNumber('crashes', given.crashes, CRASHES);
  if (count === undefined) return words(given.at ?? '0.5').map((text) => fraction('at', text) ?? 0);
  if (given.at !== undefined) throw new UsageError('--at and --crashes: give one of them');
  const random = new Random(seed, MOMENTS_STREAM);
  return Array.from({ length: count }, () => random.fraction()).sort((a, b) => a - b);
}

function replicaOf(given: Arguments, replicas: number): number {
  const replica = wholeNumber('replica', given.replica, { min: 0, max: REPLICAS_MAX - 1 }) ?? 0;
  if (replica < replicas) return replica;
  throw new UsageError(
    `--replica ${replica}: replicas are numbered from 0, and there are ${replicas}`,
  );
}

/** Whether the replicas keep the order between cores as well as that of each. */
function isOrdered({ queuePairs }: System, threads: number): boolean {
  return threads === 1 || queuePairs === 'shared';
}

/** A failure that may be one of order between cores, which says so. */
function explained(error: unknown): unknown {
  if (!(error instanceof FailureError)) return error;
  return new FailureError(
    `${error.message}\nWith a queue pair per core a replica keeps the order of each core only; ` +
      'programs whose clients depend on each other need --queue-pairs sound, the default, or ' +
      'shared (ARCHITECTURE.md, Order between cores)',
  );
}

function inFlight({ least, most }: FailoverReport['acknowledged']): number {
  return most.filter((count, client) => count > least[client]).length;
}

function manyAre(count: number, more = ''): string {
  return `${count} ${more}${count === 1 ? 'is' : 'are'}`;
}

/** What is told of beside what happened. */
interface Told {
  readonly backend: string;
  readonly replica: number;
  readonly skipsWriteBack: boolean;
}

function story(report: FailoverReport, { backend, replica, skipsWriteBack }: Told): string {
  const { acknowledged, survivors } = report;
  const others = survivors.map(
    (one) =>
      `   Replica ${one.replica} differed from it in ${one.differingLines} lines; with what recovery ` +
      `changed, ${one.copiedLines} are copied. They are level.`,
  );
  return [
    `1. At ${report.crashPs / 1000} ns the primary dies. Its clients have been told of ` +
      `${acknowledged.least.join(', ')} transactions; ${manyAre(inFlight(acknowledged), 'more ')} in flight.`,
    `2. Replica ${replica} goes on with what is readable there: ${report.changedLines} lines differ ` +
      `from the start; ${manyAre(report.writtenBackLines)} not certain to be durable.`,
    `   It ${skipsWriteBack ? 'does not write them back' : 'writes back and fences them'}, recovers ` +
      `${report.recovered.join(', ')} transactions, and verifies; so it does if power fails right then.`,
    `   Contents ${report.recoveredDigest}, as the oracle's after these.`,
    '3. It is the primary now.',
    ...others,
    `   A new replica is brought up by copying ${report.newReplicaLines} lines.`,
    `4. ${RESUMED_TRANSACTIONS} transactions more, mirrored by ${backend} to ${survivors.length + 1} ` +
      `replica${survivors.length > 0 ? 's' : ''}, take ${report.resumedPs / 1000} ns.`,
    `5. Power fails again, everywhere. The primary and each replica (what is durable there, and what ` +
      'is readable) recover the same',
    `   contents ${report.finalDigest}, as the oracle's.`,
  ].join('\n');
}

/** A line a failover. */
function tableOf(reports: readonly FailoverReport[], replica: number): string {
  const survivors = reports[0].survivors.map((one) => `replica ${one.replica}`);
  const head = [
    'dead at ns',
    'told',
    'in flight',
    'to write back',
    'recovered',
    ...survivors.flatMap((name) => [`${name} differs`, 'copied']),
    'new replica',
    'going on ns',
    'contents',
  ];
  const rows = reports.map((report) => [
    String(report.crashPs / 1000),
    report.acknowledged.least.join(' '),
    String(inFlight(report.acknowledged)),
    String(report.writtenBackLines),
    report.recovered.join(' '),
    ...report.survivors.flatMap(({ differingLines, copiedLines }) => [
      String(differingLines),
      String(copiedLines),
    ]),
    String(report.newReplicaLines),
    String(report.resumedPs / 1000),
    report.finalDigest.slice(0, 16),
  ]);
  return (
    `${plainTable(head, rows)}\n\nIn all ${reports.length} replica ${replica} took over, went on for ` +
    `${RESUMED_TRANSACTIONS} transactions, and every machine recovered the oracle's contents in the end.`
  );
}
