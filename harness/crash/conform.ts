/**
 * The crash checks that a new backend or workload must pass, small enough to be run at every change. They
 * are on machines that differ in what matters to durability. Seeded bugs must be found, so that a check
 * that is blind does not pass.
 */

import { BACKENDS, backendNamed } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { DEFAULT_POLICY, type SystemSpec } from '../bench/index.ts';
import type { CrashJob } from './job.ts';
import { bugConditions, conditionsOf, DEFAULT_THOROUGHNESS, jobOf, subjectOf } from './plan.ts';
import { SEEDED_BUGS } from './seeded-bugs.ts';

/** Moments and images: a tenth of what a full check looks at. */
const EXTENT = { crashes: 40, imagesPerCrash: 8 };

/** Programs under a new backend: undo logs, and clients whose lines meet. */
const PROGRAMS = [
  { workload: 'ctree', threads: 1, transactions: 16 },
  { workload: 'ycsb', threads: 2, transactions: 8 },
  { workload: 'vacation', threads: 4, transactions: 12 },
];

/** Seeded bugs that are looked for under a new backend. */
const BUGS = SEEDED_BUGS.filter(
  ({ workload, unrecovered, mirrorsOnly }) =>
    workload === 'ctree' && unrecovered === undefined && mirrorsOnly !== true,
).slice(0, 2);

/** The checks of a backend, by its name. */
export function backendCrashJobs(backend: string, seed: number): CrashJob[] {
  const known = backendNamed(backend);
  const machines = conditionsOf(known).slice(0, known.ddio === 'none' ? 1 : undefined);
  const systems = machines.map(
    (condition): SystemSpec => ({ ...condition, backend, queuePairs: DEFAULT_POLICY }),
  );
  const jobs = PROGRAMS.map(
    (program): CrashJob => ({
      subject: subjectOf({ ...program, seed, isolation: 'words' }),
      systems,
      thoroughness: { ...DEFAULT_THOROUGHNESS, ...EXTENT, seed },
      bug: null,
      image: null,
    }),
  );
  const [{ profile }] = machines;
  const bugs = BUGS.map((bug) =>
    jobOf({ ...bugConditions(bug), backend, profile: profile.name }, bug.name, { seed }),
  );
  return [...jobs, ...bugs];
}

/** The checks of a workload, by its name: under every backend, and its seeded bugs. */
export function workloadCrashJobs(workload: string, seed: number): CrashJob[] {
  const threadsMax = resolveWorkload(workload)?.threadsMax ?? 1;
  const systems = BACKENDS.flatMap((backend) =>
    conditionsOf(backend)
      // The first two that differ in their persistence domain, where there are such.
      .filter((_, i) => i === 0 || i === 2)
      .map(
        (condition): SystemSpec => ({
          ...condition,
          backend: backend.name,
          queuePairs: DEFAULT_POLICY,
        }),
      ),
  );
  const threads = [...new Set([1, Math.min(2, threadsMax)])];
  const jobs = threads.map(
    (count): CrashJob => ({
      subject: subjectOf({ workload, threads: count, transactions: 12, seed, isolation: 'words' }),
      systems,
      thoroughness: { ...DEFAULT_THOROUGHNESS, ...EXTENT, seed },
      bug: null,
      image: null,
    }),
  );
  const bugs = SEEDED_BUGS.filter((bug) => bug.workload === workload);
  return [...jobs, ...bugs.map((bug) => jobOf(bugConditions(bug), bug.name, { seed }))];
}
