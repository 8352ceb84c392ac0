/**
 * Runs jobs of a crash check on worker threads, one a processor core, those that are not known from a results
 * database. Results come in the order of the jobs, whoever ran them.
 */

import { resolveWorkload } from '../../workloads/index.ts';
import {
  pluginFiles,
  runOnWorkers,
  type Units,
  type WorkOptions,
  workUnit,
} from '../bench/index.ts';
import { crashBytes } from './history/memory.ts';
import { type CrashJob, type CrashResult, sharedKey } from './job.ts';

/** What the jobs gave. */
export interface CrashRun {
  /** Results of each job, in order. */
  readonly results: readonly (readonly CrashResult[])[];
  /** Processor time that the jobs took when they were run, summed over them. */
  readonly cpuMs: number;
}

/** A job is a unit: under one system it is known what images were met under those before. */
const JOBS: Units<CrashJob, readonly CrashResult[]> = {
  noun: 'cells',
  countOf: ({ systems }) => systems.length,
  unitsOf: async ({ systems, ...of }) => {
    const { workload } = of.subject;
    const backends = [...new Set(systems.map(({ backend }) => backend))].join(' ');
    const label = `${of.bug ?? workload} ${backends}`;
    return [workUnit({ kind: 'crash job', label, of, systems, parts: [workload] })];
  },
  only: () => undefined,
  kept: (results) => [results.map(({ system: _, ...kept }) => kept)],
  joined: ({ systems }, [kept]) =>
    (kept as readonly Omit<CrashResult, 'system'>[]).map((one, i) => ({
      system: systems[i],
      ...one,
    })),
};

/** Bytes of memory that each of `jobs` needs; of jobs of one program it is found once. */
function sizeOf(jobs: readonly CrashJob[]): (job: CrashJob) => number {
  const known = new Map<string, number>();
  const replicasMax = Math.max(
    ...jobs.flatMap(({ systems }) => systems.map((one) => one.replicas)),
  );
  return ({ subject }) => {
    const key = JSON.stringify(subject);
    const configured = resolveWorkload(subject.workload)?.configure(subject.parameters);
    if (configured === undefined) return 0;
    const bytes = known.get(key) ?? crashBytes({ ...subject, configured }, replicasMax);
    known.set(key, bytes);
    return bytes;
  };
}

/** Runs the jobs. Fails with the first error of any. */
export async function runCrashJobs(
  jobs: readonly CrashJob[],
  options: WorkOptions = {},
): Promise<CrashRun> {
  const kind = {
    script: new URL('./worker.ts', import.meta.url),
    plugins: pluginFiles(),
    labelOf: ({ subject }: CrashJob) => subject.workload,
    nameInErrors: ({ subject }: CrashJob) => subject.workload,
    nearOf: sharedKey,
    bytesOf: sizeOf(jobs),
  };
  const { results, cpuSeconds } = await runOnWorkers(jobs, { kind, units: JOBS }, options);
  return { results, cpuMs: cpuSeconds * 1000 };
}
