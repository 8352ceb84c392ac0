/**
 * What a crash check looks at when nothing is chosen: every backend with programs of each kind of
 * transaction, on machines that differ in what matters to durability. Then every seeded bug, with
 * the program and the system that it takes to show. Programs are small, so that many different
 * crashes fit into minutes.
 */

import {
  BACKENDS,
  type Backend,
  type HardwareProfile,
  PROFILES,
  profileNamed,
  refusal,
  runnable,
  withValue,
} from '../../rdma/index.ts';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import { DEFAULT_POLICY, type QueuePairPolicy, type SystemSpec } from '../bench/index.ts';
import { BUGGY_DESIGNS, type BuggyDesign } from './bugs/designs.ts';
import type { Thoroughness } from './check/judge.ts';
import type { Granule } from './history/isolation.ts';
import type { CrashJob, CrashSubject } from './job.ts';
import { type BugConditions, SEEDED_BUGS, type SeededBug } from './seeded-bugs.ts';

/** A program of the default check, and how many moments and images it can be asked for. */
interface PlannedProgram {
  readonly workload: string;
  readonly threads: number;
  readonly transactions: number;
  readonly crashes: number;
  readonly imagesPerCrash: number;
  /** What concurrent transactions keep off each other's: see isolation.ts. */
  readonly isolation: Granule;
  readonly queuePairs: QueuePairPolicy;
}

/**
 * Software keeps concurrent transactions off each other's words; whether it also keeps
 * them off each other's lines is tried by asking for no more. Programs that need order between
 * clients get queue pairs that keep it then; with lines on one per core they are looked at under the
 * condition that makes that enough.
 * The programs that take longest come first, so that the cores are done at about the same time.
 */
const LISTED: readonly PlannedProgram[] = [
  ...programs({ crashes: 100, imagesPerCrash: 8, transactions: 12 }, [
    ['mysql', 2, 'words', 'auto'],
    ['tpcc', 2, 'words', 'auto'],
    ['tpcc', 2, 'words', 'release'],
    ['echo', 2, 'words', 'shared'],
    ['echo', 2, 'words', 'release'],
    ['lmdb', 1, 'words', 'auto'],
    ['ycsb', 2, 'words', 'auto'],
  ]),
  ...programs({ crashes: 200, imagesPerCrash: 16, transactions: 24 }, [
    ['ctree', 1, 'words', 'auto'],
    ['ctree', 2, 'words', 'auto'],
    ['hashmap', 2, 'words', 'auto'],
    ['btree', 2, 'words', 'auto'],
    ['rbtree', 2, 'words', 'auto'],
    ['redis', 1, 'words', 'auto'],
    ['vacation', 1, 'words', 'auto'],
    ['vacation', 4, 'words', 'auto'],
    ['memcached', 2, 'lines', 'per-core'],
    ['memcached', 4, 'words', 'words'],
    ['memcached', 4, 'words', 'release'],
    ['nfs', 2, 'words', 'auto'],
    ['exim', 1, 'words', 'auto'],
    ['transact', 2, 'words', 'auto'],
  ]),
];

/** Workloads that are not listed: as most are. */
const OTHERS = programs(
  { crashes: 200, imagesPerCrash: 16, transactions: 24 },
  WORKLOADS.filter(({ name }) => LISTED.every(({ workload }) => workload !== name)).map(
    ({ name, threadsMax }) => [name, Math.min(2, threadsMax), 'words', 'auto'],
  ),
);

/** How thoroughly one program that is chosen is looked at. */
export const DEFAULT_THOROUGHNESS: Omit<Thoroughness, 'seed'> = Object.freeze({
  crashes: 200,
  imagesPerCrash: 16,
  resumeOneIn: 8,
  interruptOneIn: 16,
});

/** Everything: each moment, and all images up to this many. */
export const EXHAUSTIVE: Omit<Thoroughness, 'seed'> = Object.freeze({
  crashes: Number.MAX_SAFE_INTEGER,
  imagesPerCrash: 4096,
  resumeOneIn: 2,
  interruptOneIn: 4,
});

/** The machines of a bug's conditions. */
export function machinesOf({ profile: name, values }: BugConditions): HardwareProfile {
  return profile(name, values);
}

function profile(
  name: string,
  values: readonly (readonly [string, string])[] = [],
): HardwareProfile {
  return values.reduce(
    (changed, [path, text]) => ({
      ...withValue(changed, path, text),
      name: `${changed.name}+${path}=${text}`,
    }),
    profileNamed(name),
  );
}

function programs(
  extent: Pick<PlannedProgram, 'crashes' | 'imagesPerCrash' | 'transactions'>,
  list: readonly (readonly [string, number, Granule, QueuePairPolicy])[],
): PlannedProgram[] {
  return list.map(([workload, threads, isolation, queuePairs]) => ({
    ...extent,
    workload,
    threads,
    isolation,
    queuePairs,
  }));
}

/** The machines of the default check, and how many mirrors each has. */
export function conditions(): readonly Omit<SystemSpec, 'backend' | 'queuePairs'>[] {
  const plain = { faults: [], reference: false } as const;
  // A cache of a few lines, so that small programs meet evictions.
  const fewWays = [
    ['ddio.ways', '1'],
    ['replicaLlc.llcBytes', '4096'],
  ] as const;
  return [
    { ...plain, profile: profile('optane-cx5'), replicas: 1 },
    { ...plain, profile: profile('paper-2018'), replicas: 1 },
    { ...plain, profile: profile('eadr'), replicas: 1 },
    { ...plain, profile: profile('optane-cx5', fewWays), replicas: 1 },
    { ...plain, profile: profile('optane-cx5', [['link.lossProbability', '0.1']]), replicas: 2 },
    { ...plain, profile: profile('slow-pm'), replicas: 3, faults: [{ replica: 1, slowdown: 8 }] },
  ];
}

/** Machines that some designs need; only those are looked at there. */
function special(): ReturnType<typeof conditions> {
  const plain = { faults: [], reference: false } as const;
  return [
    { ...plain, profile: profile('cxl-attached'), replicas: 1 },
    { ...plain, profile: profile('cxl-switched'), replicas: 2 },
  ];
}

/** The machines on which `backend` is looked at: of the usual ones if it runs there, else of its own. */
export function conditionsOf(backend: Backend): ReturnType<typeof conditions> {
  const runsOn = (one: ReturnType<typeof conditions>[number]): boolean =>
    refusal({ backend, ...one }) === undefined;
  const usual = conditions().filter(runsOn);
  return usual.length > 0 ? usual : special().filter(runsOn);
}

/** What a user says of the thoroughness; the rest is the plan's. */
export type ThoroughnessChoice = Pick<Thoroughness, 'seed'> & Partial<Thoroughness>;

/** The check that is made when nothing is chosen. */
export function defaultJobs(choice: ThoroughnessChoice): CrashJob[] {
  // Without a mirror a second NIC, link or replica makes no difference; the persistence domain does.
  const local = conditions().slice(0, 3);
  const systems = BACKENDS.flatMap((backend) =>
    (backend.ddio === 'none' ? local : conditionsOf(backend)).map((condition) => ({
      ...condition,
      backend: backend.name,
    })),
  );
  return [...LISTED, ...OTHERS].map(
    ({ workload, threads, transactions, isolation, queuePairs, ...limits }) => ({
      subject: subjectOf({ workload, threads, transactions, seed: choice.seed, isolation }),
      systems: systems.map((system) => ({ ...system, queuePairs })),
      thoroughness: { ...DEFAULT_THOROUGHNESS, ...limits, ...choice },
      bug: null,
      image: null,
    }),
  );
}

/** `subject` with the parameters that make it small. */
export function subjectOf(subject: Omit<CrashSubject, 'parameters'>): CrashSubject {
  return { ...subject, parameters: resolveWorkload(subject.workload)?.smallParameters ?? {} };
}

/** A bug must be found within so many crash points. */
export const BUG_CRASH_POINTS_MAX = 400;

/** A usual run, in which most bugs show. */
export const USUAL_CONDITIONS: BugConditions = {
  workload: 'ctree',
  threads: 1,
  transactions: 24,
  isolation: 'lines',
  backend: 'sm-ob',
  profile: 'optane-cx5',
  replicas: 1,
  queuePairs: DEFAULT_POLICY,
  faults: [],
  thoroughness: {},
};

/** The conditions of a design with a bug. */
export function designConditions(design: BuggyDesign): BugConditions {
  const { backend, replicas, faults = [], takes } = design;
  // Where it takes several threads they are held apart by words: nothing else hides the bug.
  const several = takes === undefined ? {} : { ...takes, isolation: 'words' as const };
  const [profile] = designProfiles(backend);
  return { ...USUAL_CONDITIONS, backend: backend.name, profile, replicas, faults, ...several };
}

/** The conditions of a bug in a program. */
export function bugConditions({ workload, conditions, unrecovered }: SeededBug): BugConditions {
  // Bugs of recovery show only where it is interrupted.
  const thoroughness = unrecovered === undefined ? {} : { interruptOneIn: 4 };
  return { ...USUAL_CONDITIONS, workload, ...conditions, thoroughness };
}

/** Designs with a bug must be found with each of these programs, on each of these machines. */
const DESIGN_WORKLOADS = ['ctree', 'vacation'] as const;
const DESIGN_PROFILES = ['optane-cx5', 'paper-2018'] as const;

/** The machines for a design with a bug: others, where it runs on none of these. */
function designProfiles(backend: Backend): readonly string[] {
  const runsOn = (name: string): boolean => runnable([backend], profileNamed(name)).length > 0;
  const usual = DESIGN_PROFILES.filter(runsOn);
  return usual.length > 0 ? usual : PROFILES.map(({ name }) => name).filter(runsOn);
}

/** The check of every seeded bug. */
export function bugJobs(choice: ThoroughnessChoice): CrashJob[] {
  const designs = BUGGY_DESIGNS.flatMap((design) =>
    (design.takes === undefined ? DESIGN_WORKLOADS : [design.takes.workload]).flatMap((workload) =>
      designProfiles(design.backend).map((profile) =>
        jobOf({ ...designConditions(design), workload, profile }, null, choice),
      ),
    ),
  );
  return [...designs, ...SEEDED_BUGS.map((bug) => jobOf(bugConditions(bug), bug.name, choice))];
}

/** The check of a bug in its conditions; of a design's own, `bug` is null. */
export function jobOf(
  conditions: BugConditions,
  bug: string | null,
  choice: ThoroughnessChoice,
): CrashJob {
  const { workload, threads, transactions, isolation, thoroughness, ...others } = conditions;
  const { values: _values, ...system } = others;
  return {
    subject: subjectOf({ workload, threads, transactions, isolation, seed: choice.seed }),
    systems: [{ ...system, profile: machinesOf(conditions), reference: false }],
    thoroughness: { ...DEFAULT_THOROUGHNESS, ...thoroughness, ...choice },
    bug,
    image: null,
  };
}
