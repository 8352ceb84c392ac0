/** The columns of results/crash-check.csv and how a crash check is summed up for people. */

import { faultsText } from '../bench/systems.ts';
import type { Column } from '../report/column.ts';
import { CANARY_BACKENDS } from './bugs/designs.ts';
import { CANARY_CRASH_POINTS_MAX } from './bugs/plan.ts';
import type { CrashJob, CrashResult } from './job.ts';

/** One cell of a crash check. */
export interface CrashRow {
  readonly job: CrashJob;
  readonly result: CrashResult;
}

/** `sound` and `caught` are as they should be, `broken` and `missed` are not. */
export type CrashVerdict = 'sound' | 'broken' | 'caught' | 'missed';

/** Whether a cell is wrong on purpose. */
export function isCanary({ job, result }: CrashRow): boolean {
  if (job.error !== null) return true;
  return CANARY_BACKENDS.some(({ backend }) => backend.name === result.system.backend);
}

/** The verdict on a cell; of one image only that is looked at again, whether it fails. */
export function verdictOf(row: CrashRow): CrashVerdict {
  const { failure, crashPoints } = row.result.exploration;
  if (!isCanary(row) || row.job.image !== null) return failure === null ? 'sound' : 'broken';
  return failure !== null && crashPoints <= CANARY_CRASH_POINTS_MAX ? 'caught' : 'missed';
}

const found = (row: CrashRow, value: number | string): number | string =>
  row.result.exploration.failure === null ? '' : value;

export const CRASH_COLUMNS: readonly Column<CrashRow>[] = [
  {
    name: 'workload',
    unit: '-',
    meaning: 'name of the workload',
    value: ({ job }) => job.subject.workload,
  },
  {
    name: 'parameters',
    unit: '-',
    meaning: 'parameters that are not the default, as name=value, separated by blanks',
    value: ({ job }) =>
      Object.entries(job.subject.parameters)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || '-',
  },
  {
    name: 'error',
    unit: '-',
    meaning: 'error made on purpose in the program, - where there is none',
    value: ({ job }) => job.error ?? '-',
  },
  {
    name: 'backend',
    unit: '-',
    meaning: 'mirroring design; canary-... is wrong on purpose',
    value: ({ result }) => result.system.backend,
  },
  {
    name: 'profile',
    unit: '-',
    meaning: 'hardware profile',
    value: ({ result }) => result.system.profile.name,
  },
  {
    name: 'threads',
    unit: 'count',
    meaning: 'threads of the program',
    value: ({ job }) => job.subject.threads,
  },
  {
    name: 'replicas',
    unit: 'count',
    meaning: 'machines that hold a mirror (no-sm and ideal use none)',
    value: ({ result }) => result.system.replicas,
  },
  {
    name: 'queuePairs',
    unit: '-',
    meaning: 'asked for: sound, per-core, or shared (one queue pair to each replica for all cores)',
    value: ({ result }) => result.system.queuePairs,
  },
  {
    name: 'queuePairsUsed',
    unit: '-',
    meaning: 'what that came to: per-core, or shared',
    value: ({ result }) => result.queuePairsUsed,
  },
  {
    name: 'isolation',
    unit: '-',
    meaning: 'whether concurrent transactions keep off the same lines, or only the same words',
    value: ({ job }) => job.subject.isolation,
  },
  {
    name: 'faults',
    unit: '-',
    meaning: 'replicas that are slow (slow=INDEX:FACTOR) or silent, - where there are none',
    value: ({ result }) => faultsText(result.system.faults),
  },
  {
    name: 'seed',
    unit: '-',
    meaning: 'seed of everything random',
    value: ({ job }) => job.subject.seed,
  },
  {
    name: 'transactions',
    unit: 'count',
    meaning: 'transactions of the program, over all threads',
    value: ({ job }) => job.subject.transactions,
  },
  {
    name: 'ddioEvictions',
    unit: 'count',
    meaning: 'lines that left the DDIO ways unasked in the run that is crashed',
    value: ({ result }) => result.ddioEvictions,
  },
  {
    name: 'retransmissions',
    unit: 'count',
    meaning: 'messages lost and sent again in that run',
    value: ({ result }) => result.retransmissions,
  },
  {
    name: 'momentsPossible',
    unit: 'count',
    meaning:
      'moments at which what may be durable changes on any machine, or a user is told something',
    value: ({ result }) => result.exploration.moments,
  },
  {
    name: 'momentsCrashed',
    unit: 'count',
    meaning: 'those of them at which all machines crash: all, or a seeded sample',
    value: ({ result }) => result.exploration.momentsCrashed,
  },
  {
    name: 'machines',
    unit: 'count',
    meaning:
      'machines that crash at each, a replica counted twice: power failure there, and takeover',
    value: ({ result }) => result.exploration.machines,
  },
  {
    name: 'crashPoints',
    unit: 'count',
    meaning:
      'crashes of one machine at one moment: momentsCrashed x machines, up to the first error',
    value: ({ result }) => result.exploration.crashPoints,
  },
  {
    name: 'acknowledged',
    unit: 'count',
    meaning: 'transactions acknowledged at the latest crash: every image there must hold as many',
    value: ({ result }) => result.exploration.acknowledged,
  },
  {
    name: 'imagesPerCrashMax',
    unit: 'count',
    meaning: 'images of a crash point at most; up to so many, every one that is allowed',
    value: ({ job }) => job.thoroughness.imagesPerCrash,
  },
  {
    name: 'crashPointsExhausted',
    unit: 'count',
    meaning: 'crash points of which every image that is allowed was looked at',
    value: ({ result }) => result.exploration.crashPointsExhausted,
  },
  {
    name: 'images',
    unit: 'count',
    meaning: 'memory images that were looked at',
    value: ({ result }) => result.exploration.images,
  },
  {
    name: 'distinctImages',
    unit: 'count',
    meaning: 'those with different bytes, each recovered and verified',
    value: ({ result }) => result.exploration.distinctImages,
  },
  {
    name: 'recoveries',
    unit: 'count',
    meaning:
      'recoveries run for them, to the end or up to an interruption; none for images that an earlier cell of the program met',
    value: ({ result }) => result.exploration.recoveries,
  },
  {
    name: 'interruptedRecoveries',
    unit: 'count',
    meaning:
      'different images whose recovery was interrupted, once or twice, by further power failures',
    value: ({ result }) => result.exploration.interruptedRecoveries,
  },
  {
    name: 'interruptedTwice',
    unit: 'count',
    meaning: 'those of them of which the recovery from that was interrupted, too',
    value: ({ result }) => result.exploration.interruptedTwice,
  },
  {
    name: 'continued',
    unit: 'count',
    meaning:
      'different images on which the program went on, and was compared with one that never crashed',
    value: ({ result }) => result.exploration.goneOn,
  },
  {
    name: 'continuedInterrupted',
    unit: 'count',
    meaning: 'different images on which the program went on so after an interrupted recovery',
    value: ({ result }) => result.exploration.goneOnInterrupted,
  },
  {
    name: 'verdict',
    unit: '-',
    meaning:
      'sound: nothing wrong found; broken: something is; caught or missed: what is wrong on purpose ' +
      `was found within ${CANARY_CRASH_POINTS_MAX} crash points, or was not`,
    value: verdictOf,
  },
  {
    name: 'foundAtCrashPoint',
    unit: 'count',
    meaning: 'number of the crash point at which the first error was found; empty without one',
    value: (row) => found(row, row.result.exploration.crashPoints),
  },
  {
    name: 'foundOn',
    unit: '-',
    meaning: 'machine and kind of crash there: power failure, or takeover by a replica',
    value: (row) => found(row, row.result.exploration.failure?.machine ?? ''),
  },
  {
    name: 'foundLinesKept',
    unit: 'lines',
    meaning: 'lines of the smallest failing image that are newer than they must be',
    value: (row) => found(row, row.result.exploration.failure?.kept.length ?? 0),
  },
];
