/** What is measured of the emulator: plain data, which a process of its own is sent. */

import { BACKENDS, type HardwareProfile, type QueuePairs, runnable } from '../../rdma/index.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { suiteWorkloads } from '../bench/index.ts';

/** The parts of a run, in the order in which they come. */
export const STEPS = ['functional run', 'record', 'replay', 'import', 'crash images'] as const;
export type Step = (typeof STEPS)[number];

/** The name that stands for all programs of the suite, one after the other. */
export const SUITE = 'suite';

/** Traces that come with the project, one of each format: see `workloads/traces/examples.ts`. */
const IMPORTED = ['nvml-ctree', 'vacation'] as const;

/** The program whose crashes are looked at: its recovery is quick, so the check itself is what takes time. */
const CRASHED = 'ctree';

/** One thing that is measured. */
export interface Part {
  readonly step: Step;
  /** {@link SUITE}, a workload, or the example trace that is imported. */
  readonly program: string;
  readonly threads: number;
  /** Measured transactions; without it a usual number, of the suite a share of each program's own. */
  readonly transactions?: number | undefined;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly profile: HardwareProfile;
  /** Of a replay, and of crash images. */
  readonly backend?: string;
  readonly queuePairs?: QueuePairs;
}

/** What to measure. */
export interface PartChoice {
  readonly steps: readonly Step[];
  /** {@link SUITE} or names of workloads. */
  readonly programs: readonly string[];
  readonly threads: readonly number[];
  readonly queuePairs: readonly QueuePairs[];
  readonly backends: readonly string[];
  readonly profile: HardwareProfile;
  readonly transactions?: number | undefined;
  readonly parameters?: Readonly<Record<string, string | number>>;
}

/** Workloads that `program` stands for, with as many threads. */
export function workloadsOf(program: string, threads: number): AnyWorkload[] {
  if (program === SUITE) return suiteWorkloads().filter(({ threadsMax }) => threads <= threadsMax);
  const workload = resolveWorkload(program);
  if (workload === undefined) throw new RangeError(`no workload '${program}'`);
  return [workload];
}

/** All parts of `choice`: those of one program after the other, then what no program is chosen for. */
export function partsOf(choice: PartChoice): Part[] {
  const { programs, profile, steps } = choice;
  const parts = [
    ...programs.flatMap((program) => partsOfProgram(program, choice)),
    ...IMPORTED.map((program): Part => ({ step: 'import', program, threads: 1, profile })),
    ...runnableOf(choice).map(
      ({ name: backend }): Part => ({
        step: 'crash images',
        program: CRASHED,
        threads: 1,
        queuePairs: 'per-core',
        backend,
        profile,
      }),
    ),
  ];
  return parts.filter(({ step }) => steps.includes(step));
}

function partsOfProgram(program: string, choice: PartChoice): Part[] {
  const { threads, profile, transactions, parameters } = choice;
  const common = { program, profile, transactions, ...(parameters && { parameters }) };
  return threads.flatMap((count): Part[] => [
    { step: 'functional run', threads: count, ...common },
    { step: 'record', threads: count, ...common },
    ...choice.queuePairs.flatMap((queuePairs) =>
      runnableOf(choice)
        .filter((backend) => queuePairs === 'per-core' || (count > 1 && backend.ddio !== 'none'))
        .map(
          ({ name }): Part => ({
            step: 'replay',
            threads: count,
            queuePairs,
            backend: name,
            ...common,
          }),
        ),
    ),
  ]);
}

function runnableOf({ backends, profile }: PartChoice) {
  return runnable(BACKENDS, profile).filter(({ name }) => backends.includes(name));
}

/** What a part is called while it is measured. */
export function partLabel({ step, program, threads, backend, queuePairs }: Part): string {
  const system = backend === undefined ? '' : ` ${backend}`;
  const cores = threads === 1 ? '' : `, ${threads} threads, ${queuePairs ?? ''}`;
  return `${program}: ${step}${system}${cores.replace(/, $/, '')}`;
}
