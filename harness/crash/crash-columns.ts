/** The columns of results/crash-check.csv and how a crash check is summed up for people. */

import { faultsText } from '../cell.ts';
import type { Column } from '../columns.ts';
import { CANARY_BACKENDS } from './canaries.ts';
import type { CrashJob, CrashResult } from './crash-job.ts';
import { CANARY_CRASH_POINTS_MAX } from './plan.ts';

/** One cell of a crash check. */
export interface CrashRow {
  readonly job: CrashJob;
  readonly result: CrashResult;
}

/** `sound` and `caught` are as they should be, `broken` and `missed` are not. */
export type Verdict = 'sound' | 'broken' | 'caught' | 'missed';

/** Whether a cell is wrong on purpose. */
export function isCanary({ job, result }: CrashRow): boolean {
  if (job.error !== null) return true;
  return CANARY_BACKENDS.some(({ backend }) => backend.name === result.target.backend);
}

/** The verdict on a cell. */
export function verdictOf(row: CrashRow): Verdict {
  const { failure, crashPoints } = row.result.exploration;
  if (!isCanary(row)) return failure === null ? 'sound' : 'broken';
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
    value: ({ result }) => result.target.backend,
  },
  {
    name: 'profile',
    unit: '-',
    meaning: 'hardware profile',
    value: ({ result }) => result.target.profile.name,
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
    value: ({ result }) => result.target.replicas,
  },
  {
    name: 'queuePairs',
    unit: '-',
    meaning: 'per-core, or shared: one queue pair to each replica for all cores',
    value: ({ result }) => result.target.queuePairs,
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
    value: ({ result }) => faultsText(result.target.faults),
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
    name: 'crashPoints',
    unit: 'count',
    meaning: 'moments of a crash, over all machines and kinds of crash',
    value: ({ result }) => result.exploration.crashPoints,
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
    name: 'interruptedRecoveries',
    unit: 'count',
    meaning: 'those whose recovery was interrupted once or twice by further power failures',
    value: ({ result }) => result.exploration.interruptedRecoveries,
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
