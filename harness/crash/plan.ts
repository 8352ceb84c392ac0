/**
 * What a crash check looks at when nothing is chosen: every backend with programs of each kind of
 * transaction, on machines that differ in what matters to durability; then everything that is wrong
 * on purpose. Programs are small, so that many different crashes fit into minutes.
 */

import { BACKENDS, type HardwareProfile, PROFILES, withValue } from '../../rdma/index.ts';
import type { Target } from '../cell.ts';
import { CANARY_BACKENDS, CANARY_PROTOCOLS } from './canaries.ts';
import type { CrashJob, CrashSubject } from './crash-job.ts';
import type { Thoroughness } from './explore.ts';
import type { Granule } from './isolation.ts';

/** Parameters that make a program small, so that an image is recovered in a millisecond. */
export const SMALL_PARAMETERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ctree: { removeShare: 0.25 },
  hashmap: { removeShare: 0.25 },
  btree: { removeShare: 0.25 },
  rbtree: { removeShare: 0.25 },
  redis: { keys: 16, pipeline: 2 },
  vacation: { relations: 8, logKiB: 4, userPercent: 60 },
  memcached: { keys: 20, memoryKiB: 128, slabKiB: 16, logKiB: 4, setPercent: 60, hashPower: 4 },
  ycsb: { keys: 50 },
  tpcc: { warehouses: 2, districts: 1, customers: 2, items: 4 },
  nfs: { files: 4, fileMeanBytes: 200, appendMeanBytes: 200, journalKiB: 16 },
  exim: { mailboxes: 2, journalKiB: 16 },
  mysql: { rows: 20, journalKiB: 16 },
  lmdb: { keys: 20 },
  transact: { regionLines: 64 },
};

/** A program of the default check, and how many moments and images it can be asked for. */
interface Program {
  readonly workload: string;
  readonly threads: number;
  readonly transactions: number;
  readonly crashes: number;
  readonly imagesPerCrash: number;
  /** 'words' for programs whose clients share lines: then all cores share a queue pair. */
  readonly isolation?: Granule;
}

/**
 * Those that recover in a millisecond are looked at thoroughly, those that take long at corners.
 * Every workload but two, which can be chosen by name: the bytes of mysql hold the random salts of
 * SQLite's log, so that which images are equal differs from run to run, and with it the table; and
 * lmdb opens a real environment per image, whose native handles do not stand thousands of them.
 */
const PROGRAMS: readonly Program[] = [
  { workload: 'ctree', threads: 1, transactions: 24, crashes: 200, imagesPerCrash: 16 },
  { workload: 'ctree', threads: 2, transactions: 24, crashes: 200, imagesPerCrash: 16 },
  { workload: 'hashmap', threads: 2, transactions: 24, crashes: 150, imagesPerCrash: 12 },
  { workload: 'btree', threads: 2, transactions: 24, crashes: 150, imagesPerCrash: 12 },
  { workload: 'rbtree', threads: 2, transactions: 24, crashes: 80, imagesPerCrash: 8 },
  { workload: 'redis', threads: 1, transactions: 24, crashes: 100, imagesPerCrash: 8 },
  { workload: 'vacation', threads: 1, transactions: 24, crashes: 150, imagesPerCrash: 12 },
  { workload: 'vacation', threads: 3, transactions: 24, crashes: 150, imagesPerCrash: 12 },
  {
    workload: 'vacation',
    threads: 4,
    transactions: 32,
    crashes: 100,
    imagesPerCrash: 12,
    isolation: 'words',
  },
  { workload: 'memcached', threads: 2, transactions: 24, crashes: 150, imagesPerCrash: 12 },
  {
    workload: 'memcached',
    threads: 4,
    transactions: 32,
    crashes: 100,
    imagesPerCrash: 12,
    isolation: 'words',
  },
  { workload: 'ycsb', threads: 2, transactions: 12, crashes: 60, imagesPerCrash: 8 },
  { workload: 'tpcc', threads: 2, transactions: 8, crashes: 10, imagesPerCrash: 4 },
  {
    workload: 'echo',
    threads: 2,
    transactions: 4,
    crashes: 4,
    imagesPerCrash: 2,
    isolation: 'words',
  },
  { workload: 'nfs', threads: 2, transactions: 12, crashes: 150, imagesPerCrash: 12 },
  { workload: 'exim', threads: 1, transactions: 6, crashes: 150, imagesPerCrash: 12 },
  { workload: 'transact', threads: 2, transactions: 16, crashes: 150, imagesPerCrash: 12 },
];

/** How thoroughly one program that is chosen is looked at. */
export const DEFAULT_THOROUGHNESS: Omit<Thoroughness, 'seed'> = Object.freeze({
  crashes: 200,
  imagesPerCrash: 16,
  goOnOneIn: 8,
  interruptOneIn: 16,
});

/** Everything: each moment, and all images up to this many. */
export const EXHAUSTIVE: Omit<Thoroughness, 'seed'> = Object.freeze({
  crashes: Number.MAX_SAFE_INTEGER,
  imagesPerCrash: 4096,
  goOnOneIn: 2,
  interruptOneIn: 4,
});

/** A wrong design or protocol must be found within so many crash points. */
export const CANARY_CRASH_POINTS_MAX = 400;

function profile(
  name: string,
  values: readonly (readonly [string, string])[] = [],
): HardwareProfile {
  const found = PROFILES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return values.reduce(
    (changed, [path, text]) => ({
      ...withValue(changed, path, text),
      name: `${changed.name}+${path}=${text}`,
    }),
    found,
  );
}

/** The machines of the default check, and how many mirrors each has. */
function conditions(): readonly Omit<Target, 'backend'>[] {
  const plain = { queuePairs: 'per-core', faults: [], reference: false } as const;
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

/** What a user says of the thoroughness; the rest is the plan's. */
export type ThoroughnessChoice = Pick<Thoroughness, 'seed'> & Partial<Thoroughness>;

/** The check that is made when nothing is chosen. */
export function defaultJobs(choice: ThoroughnessChoice): CrashJob[] {
  const [first, ...further] = conditions();
  // Without a mirror a second NIC, link or replica makes no difference; the persistence domain does.
  const local = [first, ...further.slice(0, 2)];
  const targets = BACKENDS.flatMap((backend) =>
    (backend.ddio === 'none' ? local : [first, ...further]).map((condition) => ({
      ...condition,
      backend: backend.name,
    })),
  );
  return PROGRAMS.map(({ workload, threads, transactions, isolation = 'lines', ...limits }) => ({
    subject: subjectOf({ workload, threads, transactions, seed: choice.seed, isolation }),
    targets: targets.map((target) => ({
      ...target,
      queuePairs: isolation === 'words' ? 'shared' : 'per-core',
    })),
    thoroughness: { ...DEFAULT_THOROUGHNESS, ...limits, ...choice },
    error: null,
    image: null,
  }));
}

/** The check of everything that is wrong on purpose: one job each. */
export function canaryJobs(choice: ThoroughnessChoice): CrashJob[] {
  const [{ profile: machine }] = conditions();
  const { seed } = choice;
  const thoroughness = { ...DEFAULT_THOROUGHNESS, ...choice };
  const target = {
    queuePairs: 'per-core',
    faults: [],
    reference: false,
    profile: machine,
  } as const;
  const small = { threads: 1, transactions: 24, seed, isolation: 'lines' } as const;
  const designs = CANARY_BACKENDS.flatMap(({ backend, replicas, faults = [] }) =>
    ['ctree', 'vacation'].map((workload) => ({
      subject: subjectOf({ ...small, workload }),
      targets: [{ ...target, backend: backend.name, replicas, faults }],
      thoroughness,
      error: null,
      image: null,
    })),
  );
  const protocols = CANARY_PROTOCOLS.map(
    ({ name, workload, threads = 1, isolation = 'lines' }) => ({
      subject: subjectOf({ ...small, workload, threads, transactions: 24 * threads, isolation }),
      targets: [{ ...target, backend: 'sm-ob', replicas: 1 }],
      thoroughness,
      error: name,
      image: null,
    }),
  );
  return [...designs, ...protocols];
}

/** `subject` with the parameters that make it small. */
function subjectOf(subject: Omit<CrashSubject, 'parameters'>): CrashSubject {
  return { ...subject, parameters: SMALL_PARAMETERS[subject.workload] ?? {} };
}
