/**
 * Jobs of a crash check: one program, recorded once, under any number of systems. Plain data in and
 * out, so that a job can be run by a worker thread; its result is a function of the job alone.
 */

import type { QueuePairs } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { type PolicyChoice, policyChoice, resolveSystem, type SystemSpec } from '../bench/index.ts';
import { buggyDesign, designNamed } from './bugs/designs.ts';
import { methodNamed } from './bugs/methods.ts';
import { type ChosenImage, type Exploration, Explorer } from './check/explore.ts';
import type { Thoroughness } from './check/judge.ts';
import type { Granule } from './history/isolation.ts';
import { type CrashTrace, crashTrace } from './history/recorded-trace.ts';
import { type Recording, record } from './history/recording.ts';
import { timelineOf } from './history/timeline.ts';
import { SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';
import { exploreSetUp } from './sites/set-up.ts';
import type { StreamFinding } from './sites/stream-explorer.ts';

/** A program to crash. */
export interface CrashSubject {
  readonly workload: string;
  /** As given by the user: what is not there is the workload's default. */
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly threads: number;
  readonly transactions: number;
  readonly seed: number;
  /** What concurrent transactions that share no lock keep off each other's: see isolation.ts. */
  readonly isolation: Granule;
}

/** A program to record once, the systems to crash it under, and how thoroughly to look. */
export interface CrashJob {
  readonly subject: CrashSubject;
  /** Backends by name, those with a bug too. */
  readonly systems: readonly SystemSpec[];
  readonly thoroughness: Thoroughness;
  /** Name of the bug to seed into the program, or null. */
  readonly bug: string | null;
  /** One image of the only system instead of an exploration. */
  readonly image: ChosenImage | null;
}

/** What a system gave. */
export interface CrashResult {
  readonly system: SystemSpec;
  /** What the system's policy of queue pairs came to. */
  readonly queuePairsUsed: QueuePairs;
  /** Of which candidates that is the first. */
  readonly choice: PolicyChoice;
  readonly exploration: Exploration;
  /** Crashes of the program's set-up, which has no system yet: with the first of a job, else null. */
  readonly setUp: StreamFinding | null;
  readonly ddioEvictions: number;
  readonly retransmissions: number;
}

/** What a program did, and what was learned of crashes of it. */
interface Known {
  readonly trace: CrashTrace;
  readonly explorer: Explorer;
  /** Crashes of its set-up, once they were looked at. */
  setUp: StreamFinding | undefined;
}

/** Of the last job: for one that differs from it in nothing but the systems. It saves time, no more. */
let last: { readonly key: string; readonly known: Known } | undefined;

/** The program of the last job as it ran, before any bug: bugs of one program differ in what is made of it. */
let lastRun: { readonly key: string; readonly recording: Recording } | undefined;

/** A text that is the same for jobs that differ in nothing but the systems. */
export function sharedKey({ systems: _, ...rest }: CrashJob): string {
  return JSON.stringify(rest);
}

function knownOf(job: CrashJob, bug: SeededBug | null): Known {
  const key = sharedKey(job);
  if (last?.key !== key) {
    // The one before need not be in memory beside it.
    last = undefined;
    const trace = traceOf(job.subject, bug);
    const explorer = new Explorer(trace, job.thoroughness, bug?.unrecovered);
    last = { key, known: { trace, explorer, setUp: undefined } };
  }
  last.known.explorer.startJob();
  return last.known;
}

/** Runs `job`, telling how much of it is done, 0 to 1. */
export function runCrashJob(
  job: CrashJob,
  onProgress: (fraction: number) => void = () => {},
): CrashResult[] {
  const bug = seededBugOf(job);
  const known = knownOf(job, bug);
  const { trace, explorer } = known;
  const { workload, threads } = job.subject;
  const orderNeeded = resolveWorkload(workload)?.orderNeeded ?? 'any';
  return job.systems.map((spec, i) => {
    const clients = { threads, orderNeeded };
    const system = resolveSystem(spec, clients, designNamed);
    const choice = policyChoice(spec, clients, designNamed);
    const isWrong = (buggyDesign(spec.backend) ?? methodNamed(spec.backend)) !== undefined;
    const mirrorsOnly = isWrong || (bug?.mirrorsOnly ?? false);
    const timeline = timelineOf(trace, system);
    const exploration =
      job.image === null
        ? explorer.explore(timeline, mirrorsOnly)
        : explorer.replay(timeline, job.image);
    onProgress((i + 1) / job.systems.length);
    const { ddioEvictions, retransmissions } = timeline;
    const queuePairsUsed = system.queuePairs;
    const isSetUpDue = i === 0 && bug === null && job.image === null;
    const setUp = isSetUpDue ? setUpOf(known, job) : null;
    const found = { exploration, setUp, ddioEvictions, retransmissions };
    return { system: spec, queuePairsUsed, choice, ...found };
  });
}

function setUpOf(known: Known, { thoroughness: { seed } }: CrashJob): StreamFinding {
  known.setUp ??= exploreSetUp(known.trace.recording.subject, { seed });
  return known.setUp;
}

function traceOf(subject: CrashSubject, bug: SeededBug | null): CrashTrace {
  const recording = recordingOf(subject);
  const transactions = recording.transactions.map((one) => ({
    ...one,
    ops: bug?.mutation?.(one.ops) ?? one.ops,
  }));
  return crashTrace({ ...recording, transactions }, subject.isolation);
}

function recordingOf(subject: CrashSubject): Recording {
  const key = JSON.stringify(subject);
  if (lastRun?.key !== key) {
    lastRun = undefined;
    const workload = resolveWorkload(subject.workload);
    if (workload === undefined) throw new RangeError(`no workload '${subject.workload}'`);
    const configured = workload.configure(subject.parameters);
    lastRun = { key, recording: record({ ...subject, configured }) };
  }
  return lastRun.recording;
}

function seededBugOf({ bug }: CrashJob): SeededBug | null {
  if (bug === null) return null;
  const found = SEEDED_BUGS.find(({ name }) => name === bug);
  if (found === undefined) throw new RangeError(`no bug '${bug}'`);
  return found;
}
