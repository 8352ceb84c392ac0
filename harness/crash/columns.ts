/** The columns of results/crash-check.csv and how a crash check is summed up for people. */

import { faultsText, namedText } from '../bench/index.ts';
import { type Column, column, openColumn } from '../report/index.ts';
import { buggyDesign } from './bugs/designs.ts';
import { methodNamed } from './bugs/methods.ts';
import type { CrashJob, CrashResult } from './job.ts';
import { BUG_CRASH_POINTS_MAX } from './plan.ts';

/** One cell of a crash check. */
export interface CrashRow {
  readonly job: CrashJob;
  readonly result: CrashResult;
}

/** `sound` and `caught` are as they should be, `broken` and `missed` are not. */
export type CrashVerdict = 'sound' | 'broken' | 'caught' | 'missed';

/** Whether a cell has a seeded bug, in its program or in its design; a method of the taxonomy may lose, too. */
export function hasSeededBug({ job, result }: CrashRow): boolean {
  const { backend } = result.system;
  return job.bug !== null || (buggyDesign(backend) ?? methodNamed(backend)) !== undefined;
}

/** The verdict on a cell; of one image only that is looked at again, whether it fails. */
export function verdictOf(row: CrashRow): CrashVerdict {
  const { failure, crashPoints } = row.result.exploration;
  if (!hasSeededBug(row) || row.job.image !== null) {
    const isSound = failure === null && (row.result.setUp?.problem ?? null) === null;
    return isSound ? 'sound' : 'broken';
  }
  return failure !== null && crashPoints <= BUG_CRASH_POINTS_MAX ? 'caught' : 'missed';
}

const found = (row: CrashRow, value: number | string): number | string =>
  row.result.exploration.failure === null ? '' : value;

/** A count of what was explored. */
const count = (
  name: string,
  meaning: string,
  key: Exclude<keyof CrashResult['exploration'], 'failure'>,
): Column<CrashRow> => column(name, 'count', meaning, ({ result }) => result.exploration[key]);

/** Columns of crash-check.csv. */
// biome-ignore format: one column a line, or two
export const CRASH_COLUMNS: readonly Column<CrashRow>[] = [
  column('workload', '-', 'name of the workload', ({ job }) => job.subject.workload),
  column('parameters', '-', 'parameters that are not the default, as name=value, separated by blanks',
    ({ job }) => namedText(job.subject.parameters)),
  openColumn('param.*', '-', 'the same, a column for each that any row has', ({ job }) => job.subject.parameters),
  column('error', '-', 'bug seeded into the program; empty where there is none',
    ({ job }) => job.bug ?? ''),
  column('backend', '-', 'mirroring design; canary-... has a seeded bug',
    ({ result }) => result.system.backend),
  column('profile', '-', 'hardware profile', ({ result }) => result.system.profile.name),
  column('threads', 'count', 'threads of the program', ({ job }) => job.subject.threads),
  column('replicas', 'count', 'machines that hold a mirror (no-sm and ideal use none)',
    ({ result }) => result.system.replicas),
  column('quorum', 'count', 'replicas that a wait is for; empty where it is for all',
    ({ result }) => result.system.quorum ?? ''),
  column('queuePairs', '-', 'asked for, as in whisper.csv',
    ({ result }) => result.system.queuePairs),
  column('queuePairsUsed', '-', 'what that came to, as in whisper.csv',
    ({ result }) => result.queuePairsUsed),
  column('isolation', '-', 'whether concurrent transactions keep off the same lines, or only the same words',
    ({ job }) => job.subject.isolation),
  column('faults', '-', 'replicas that are slow (slow=INDEX:FACTOR) or silent; empty where there are none',
    ({ result }) => faultsText(result.system.faults)),
  column('seed', '-', 'seed of everything random', ({ job }) => job.subject.seed),
  column('transactions', 'count', 'transactions of the program, over all threads',
    ({ job }) => job.subject.transactions),
  column('ddioEvictions', 'count', 'capacity evictions from the DDIO ways in the run that is crashed',
    ({ result }) => result.ddioEvictions),
  column('retransmissions', 'count', 'messages lost and sent again in that run',
    ({ result }) => result.retransmissions),
  count('momentsPossible',
    'moments at which what may be durable changes on any machine, or a transaction is acknowledged', 'moments'),
  count('momentsCrashed', 'those of them at which all machines crash: all, or a seeded sample', 'momentsCrashed'),
  count('machines',
    'machines that crash at each, a replica counted twice: power failure there, and takeover', 'machines'),
  count('crashPoints',
    'crashes of one machine at one moment: momentsCrashed x machines, up to the first error', 'crashPoints'),
  count('acknowledged',
    'transactions acknowledged at the latest crash: every image there must hold as many', 'acknowledged'),
  column('imagesPerCrashMax', 'count', 'images of a crash point at most; up to so many, every one that is allowed',
    ({ job }) => job.thoroughness.imagesPerCrash),
  count('crashPointsExhausted',
    'crash points of which every image that is allowed was looked at', 'crashPointsExhausted'),
  count('images', 'memory images that were looked at', 'images'),
  count('distinctImages', 'those with different bytes, each recovered and verified', 'distinctImages'),
  count('recoveries',
    'recoveries that they take, to the end or up to an interruption; none for duplicates of images of an ' +
    'earlier cell of the program', 'recoveries'),
  count('interruptedRecoveries',
    'different images whose recovery was interrupted, once or twice, by further power failures',
    'interruptedRecoveries'),
  count('interruptedTwice',
    'those of them of which the recovery from that was interrupted, too', 'interruptedTwice'),
  count('continued',
    'different images on which the program resumed, and was compared with one that never crashed', 'resumed'),
  count('continuedInterrupted',
    'different images on which the program resumed so after an interrupted recovery', 'resumedInterrupted'),
  column('setUpImages', 'count',
    'memory images of crashes while the program is set up, before it is mirrored: not set up yet, or sound, ' +
    "and whole at the end; with a program's first system",
    ({ result }) => result.setUp?.images ?? ''),
  column('verdict', '-',
    'sound: nothing wrong found; broken: something is; caught or missed: the seeded bug ' +
    `was found within ${BUG_CRASH_POINTS_MAX} crash points, or was not`, verdictOf),
  column('foundAtCrashPoint', 'count',
    'number of the crash point at which the first error was found; empty without one',
    (row) => found(row, row.result.exploration.crashPoints)),
  column('foundOn', '-', 'machine and kind of crash there: power failure, or takeover by a replica',
    (row) => found(row, row.result.exploration.failure?.machine ?? '')),
  column('foundLinesKept', 'lines', 'lines of the smallest failing image that are newer than they must be',
    (row) => found(row, row.result.exploration.failure?.kept.length ?? 0)),
];
