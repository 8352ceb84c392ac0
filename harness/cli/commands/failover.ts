/**
 * `pmirror failover`: the primary dies, a replica takes over, and what was promised is there. What is
 * modelled, and what is not, `harness/crash/check/failover.ts` says.
 */

import { Random } from '../../../pm/random.ts';
import { REPLICAS_MAX, type System } from '../../../rdma/index.ts';
import {
  type Clients,
  expandSystems,
  policyChoice,
  refuseThreads,
  resolveSystem,
  type SystemSpec,
  untimedChoiceNotes,
} from '../../bench/index.ts';
import {
  buggyDesign,
  designNamed,
  FAILOVER_COLUMNS,
  Failover,
  type FailoverReport,
} from '../../crash/index.ts';
import { FailureError, startProgress, UsageError } from '../../host/index.ts';
import { plainTable, prose, timeText } from '../../report/index.ts';
import { command } from '../command.ts';
import { flag, fractions, JSON_OPTION, SEED_OPTION, type Values, whole } from '../options.ts';
import { parseWorkload, WORKLOAD_OPTIONS } from '../programs.ts';
import { ANY_BACKEND_OPTION, chosenSystems, refuseSeveral, SYSTEM_OPTIONS } from '../systems.ts';

const RESUMED_TRANSACTIONS = 12;

/** Contents are compared after every combination of transactions in flight: 2^12 of them. */
const THREADS_MAX = 12;
/** The stream of the seed that moments are drawn from. */
const MOMENTS_STREAM = 91;

const OPTIONS = {
  ...SYSTEM_OPTIONS,
  backend: { ...ANY_BACKEND_OPTION, default: 'sm-ob' },
  replicas: { ...SYSTEM_OPTIONS.replicas, help: 'mirrors', default: 2 },
  threads: whole({ min: 1, max: THREADS_MAX, help: 'clients; by default 2, if it can have them' }),
  // Contents are digested after every transaction, so that long runs take their square.
  transactions: whole({
    min: 1,
    max: 2000,
    default: 48,
    help: 'transactions of the run that is cut short',
  }),
  ...SEED_OPTION,
  param: {
    ...WORKLOAD_OPTIONS.param,
    help: 'key=value, a parameter of the workload; repeatable; by default small data, quick to recover',
  },
  replica: {
    help:
      'which replica takes over, the others are brought level; or INDEX:PROFILE or ' +
      'INDEX:path.to.value=number, one that is another machine; repeatable; --profile and --set are of ' +
      'all machines here',
    default: 0,
    parse: parseReplica,
  },
  'skip-write-back': flag({
    help:
      'seeded bug: it recovers without first writing back what is readable; a second failure ' +
      'loses some of it, at some moments under sm-rc or sm-ob',
  }),
  at: fractions({
    help: 'share of the run after which the primary dies, 0.5 by default; several values',
  }),
  crashes: whole({
    min: 1,
    max: 10_000,
    help: 'so many moments instead, drawn with the seed: a failover from each',
  }),
  ...JSON_OPTION,
};

/** The number of a replica says which takes over; anything else what a replica is like. */
function parseReplica(texts: readonly string[], name: string) {
  const [takers, others] = [true, false].map((is) =>
    texts.filter((one) => /^\d+$/.test(one) === is),
  );
  const parsed = whole({ min: 0, max: REPLICAS_MAX - 1, help: '' });
  return {
    takesOver: takers.length === 0 ? 0 : parsed.parse(takers, name),
    machines: SYSTEM_OPTIONS.replica.parse(others, name),
  };
}

export const failoverCommand = command(
  {
    usage: 'failover [program]',
    summary: 'let the primary die: a replica recovers, takes over and is mirrored again',
    words: {
      program: {
        help: 'a workload; see pmirror list',
        default: 'ctree',
        parse: parseWorkload('it has no recovery code, so no replica can take over'),
      },
    },
    options: OPTIONS,
    examples: [
      ['$0 failover vacation --backend sm-dd --at 0.8', 'late in the run'],
      ['$0 failover echo --replicas 3 --replica 2 --crashes 20', 'at twenty moments'],
      ['$0 failover --backend canary-nic-ack', 'a seeded bug, found out: exit code 1'],
    ],
  },
  async (values, _given, answer) => {
    const { program: workload, seed, transactions } = values;
    const { threads = Math.min(2, workload.threadsMax) } = values;
    refuseThreads(workload, threads);
    const { takesOver: replica, machines } = values.replica;
    const clients = { threads, orderNeeded: workload.orderNeeded };
    const spec = chosenSpec({ ...values, replica: machines });
    const system = systemOf(spec, clients);
    const { backend, profile, replicas } = system;
    const parameters = {
      ...workload.smallParameters,
      ...Object.fromEntries(values.param ?? []),
    };
    const shares = sharesOf(values);
    if (replica >= replicas) {
      throw new UsageError(
        `--replica ${replica}: replicas are numbered from 0, and there are ${replicas}`,
      );
    }
    const skipsWriteBack = values['skip-write-back'] ?? false;
    const configured = workload.configure(parameters);
    const progress = startProgress(shares.length, { unit: 'failovers' });
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
        reports.push(failover.at(share));
        progress.update(reports.length, workload.name);
      }
    } catch (error) {
      const isBuggy = skipsWriteBack || buggyDesign(backend.name) !== undefined;
      throw isBuggy || isOrdered(system, threads) ? error : explained(error);
    } finally {
      progress.stop();
    }
    const title =
      `${workload.name}, clients: ${threads}, transactions: ${transactions}; ${backend.name} on ` +
      `${profile.name}, replicas: ${replicas}${system.quorum ? ` (waits for ${system.quorum})` : ''}, ` +
      `queue pairs: ${system.queuePairs}`;
    const setting = { backend: backend.name, replica, skipsWriteBack };
    const [first, ...others] = reports;
    const text = others.length === 0 ? story(first, setting) : tableOf(reports, replica);
    const notes = untimedChoiceNotes([policyChoice(spec, clients, designNamed)]);
    answer.show(`${prose([title, text, ...notes].join('\n'), 3)}\n`);
    answer.give({ name: 'failovers', columns: FAILOVER_COLUMNS, rows: reports });
  },
);

/** The one system that is asked for; a seeded bug brings the faults with which it shows. */
function chosenSpec(values: Values<typeof SYSTEM_OPTIONS>): SystemSpec {
  const choice = chosenSystems(values);
  const { backends, replicas, faults = [] } = choice;
  if (backends.length > 1) throw new UsageError('failover takes one backend: give one --backend');
  refuseSeveral('failover', choice);
  const usual =
    buggyDesign(backends[0])?.faults?.filter(({ replica }) => replica < replicas[0]) ?? [];
  const [spec] = expandSystems({ ...choice, faults: faults.length > 0 ? faults : usual });
  return spec;
}

/** What `spec` is for a program with such clients. Throws UsageError if it keeps no replica. */
function systemOf(spec: SystemSpec, clients: Clients): System {
  const system = resolveSystem(spec, clients, designNamed);
  if (system.backend.ddio === 'none') {
    throw new UsageError(`--backend ${system.backend.name} keeps no replica that could take over`);
  }
  return system;
}

/** When the primary dies, as shares of the run. */
function sharesOf({ at, crashes, seed }: Values<typeof OPTIONS>): readonly number[] {
  if (crashes === undefined) return at ?? [0.5];
  if (at !== undefined) throw new UsageError('--at and --crashes: give one of them');
  const random = new Random(seed, MOMENTS_STREAM);
  return Array.from({ length: crashes }, () => random.fraction()).sort((a, b) => a - b);
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
      'programs that need order between clients need --queue-pairs auto, the default, or ' +
      'shared (ARCHITECTURE.md, Order between cores)',
  );
}

function inFlight({ least, most }: FailoverReport['acknowledged']): number {
  return most.filter((count, client) => count > least[client]).length;
}

function manyAre(count: number, more = ''): string {
  return `${count} ${more}${count === 1 ? 'is' : 'are'}`;
}

/** Under what the failover happened. */
interface Setting {
  readonly backend: string;
  readonly replica: number;
  readonly skipsWriteBack: boolean;
}

function story(report: FailoverReport, { backend, replica, skipsWriteBack }: Setting): string {
  const { acknowledged, survivors } = report;
  const others = survivors.map(
    (one) =>
      `   Replica ${one.replica} differed from it in ${one.differingLines} lines; with what recovery ` +
      `changed, ${one.copiedLines} are copied. They are level.`,
  );
  return [
    `1. At ${timeText(report.crashPs / 1000)} the primary dies. Acknowledged to its clients: ` +
      `${acknowledged.least.join(', ')} transactions; ${manyAre(inFlight(acknowledged), 'more ')} in flight.`,
    `2. Replica ${replica} resumes with what is readable there: ${report.changedLines} lines differ ` +
      `from the start; ${manyAre(report.writtenBackLines)} not certain to be durable.`,
    `   It ${skipsWriteBack ? 'does not write them back' : 'writes back and fences them'}, recovers ` +
      `${report.recovered.join(', ')} transactions, and verifies; so it does if power fails right then.`,
    `   Contents ${report.recoveredDigest}, as the oracle's after these.`,
    '3. It is the primary now.',
    ...others,
    `   A new replica is brought up by copying ${report.newReplicaLines} lines.`,
    `4. ${RESUMED_TRANSACTIONS} transactions more, mirrored by ${backend} to ${survivors.length + 1} ` +
      `replica${survivors.length > 0 ? 's' : ''}, take ${timeText(report.resumedPs / 1000)}.`,
    `5. Power fails again, everywhere. The primary and each replica (what is durable there, and what ` +
      'is readable) recover the same ' +
      `contents ${report.finalDigest}, as the oracle's.`,
  ].join('\n');
}

/** A line a failover. */
function tableOf(reports: readonly FailoverReport[], replica: number): string {
  const survivors = reports[0].survivors.map((one) => `replica ${one.replica}`);
  const head = [
    'dead at',
    'acknowledged',
    'in flight',
    'to write back',
    'recovered',
    ...survivors.flatMap((name) => [`${name} differs`, 'copied']),
    'new replica',
    'resumed for',
    'contents',
  ];
  const rows = reports.map((report) => [
    timeText(report.crashPs / 1000),
    report.acknowledged.least.join(' '),
    String(inFlight(report.acknowledged)),
    String(report.writtenBackLines),
    report.recovered.join(' '),
    ...report.survivors.flatMap(({ differingLines, copiedLines }) => [
      String(differingLines),
      String(copiedLines),
    ]),
    String(report.newReplicaLines),
    timeText(report.resumedPs / 1000),
    report.finalDigest.slice(0, 16),
  ]);
  return (
    `${plainTable(head, rows)}\n\nIn all ${reports.length} replica ${replica} took over, resumed for ` +
    `${RESUMED_TRANSACTIONS} transactions, and every machine recovered the oracle's contents in the end.`
  );
}
