/**
 * How time and memory of a whole command grow: with the operations of a program, with its cores, and with the
 * bytes of an imported log. Each is one command in a process of its own, from start to end, with all that
 * it does: setting up, running, recording, and replays by the design and by what it is compared with.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { profileNamed } from '../../rdma/index.ts';
import { exampleExecutions } from '../bench/index.ts';
import { withWorkspace } from '../host/index.ts';
import { type Usage, usageOf } from './command-usage.ts';
import { writeLongTrace } from './long-trace.ts';
import { REFERENCE_LINES, ReferenceLoop } from './reference-loop.ts';
import { workOf } from './steps.ts';

/** What may grow. */
export const GROWING = ['operations', 'cores', 'log'] as const;
export type Growing = (typeof GROWING)[number];

/** What to run. */
export interface GrowthChoice {
  readonly growing: readonly Growing[];
  /** Sizes of runs on one core. */
  readonly operations: readonly number[];
  /** Cores of runs that are all of one size. */
  readonly threads: readonly number[];
  /** Sizes of logs. */
  readonly megabytes: readonly number[];
  readonly backend: string;
}

/** One run. */
interface GrowthPoint {
  readonly growing: Growing;
  readonly program: string;
  readonly backend: string;
  readonly queuePairs: 'per-core' | 'shared';
  readonly threads: number;
  /** Operations of the program; of a log, whose events these are not, none. */
  readonly operations?: number;
  readonly transactions?: number;
  /** Text of the log. */
  readonly bytes?: number;
}

/** A run, and what it took. */
export interface GrowthRow extends Usage {
  readonly point: GrowthPoint;
  /** Processor time of a line of the reference loop before and behind the run, in seconds. */
  readonly lineS: number;
}

/** A program whose transactions are all alike, and whose memory does not grow with them. */
const PROGRAM = 'transact';
/** Lines that all of its clients have together. */
const REGION_LINES = 1 << 17;
/** The trace that a log is made of. */
const TRACE = 'nvml-ctree';
/** Operations of the runs whose cores grow. */
const CORES_OPERATIONS = 4e6;

/** The runs of `choice`, in their order. */
export function growthPoints(choice: GrowthChoice): GrowthPoint[] {
  const { growing, operations, threads, megabytes, backend } = choice;
  const perTransaction = operationsPerTransaction();
  const ofProgram = (count: number) => {
    const transactions = Math.max(1, Math.round(count / perTransaction));
    return { program: PROGRAM, backend, transactions, operations: transactions * perTransaction };
  };
  const points: GrowthPoint[] = [
    ...operations.map((count) => ({
      growing: 'operations' as const,
      queuePairs: 'per-core' as const,
      threads: 1,
      ...ofProgram(count),
    })),
    ...(['per-core', 'shared'] as const).flatMap((queuePairs) =>
      threads.map((cores) => ({
        growing: 'cores' as const,
        queuePairs,
        threads: cores,
        ...ofProgram(CORES_OPERATIONS),
      })),
    ),
    ...megabytes.map((size) => ({
      growing: 'log' as const,
      program: TRACE,
      backend,
      queuePairs: 'per-core' as const,
      threads: 1,
      bytes: size * 1e6,
    })),
  ];
  return points.filter((point) => growing.includes(point.growing));
}

/** Operations of each transaction of {@link PROGRAM}. */
function operationsPerTransaction(): number {
  const transactions = 1000;
  const profile = profileNamed('paper-2018');
  const part = { step: 'record', program: PROGRAM, threads: 1, transactions, profile } as const;
  const work = workOf(part, '');
  void work.run();
  return Math.round(work.units() / transactions);
}

/** What the run is called while it is measured. */
function pointLabel({ program, threads, operations, bytes }: GrowthPoint): string {
  if (bytes !== undefined) return `a log of ${bytes / 1e6} MB`;
  return `${program}, ${threads} core${threads === 1 ? '' : 's'}, ${operations} operations`;
}

/** Runs all of `points`, one after the other. Throws as the commands do. */
export async function measureGrowth(
  points: readonly GrowthPoint[],
  onProgress: (done: number, label: string) => void,
): Promise<GrowthRow[]> {
  const reference = new ReferenceLoop();
  lineSeconds(reference);
  const rows: GrowthRow[] = [];
  for (const point of points) {
    onProgress(rows.length, pointLabel(point));
    const before = lineSeconds(reference);
    const usage = await withWorkspace((directory) => usageOfPoint(point, directory));
    const lineS = (before + lineSeconds(reference)) / 2;
    rows.push({ point, lineS, ...usage });
  }
  return rows;
}

async function usageOfPoint(point: GrowthPoint, directory: string): Promise<Usage> {
  const { program, backend, queuePairs, threads, transactions, bytes } = point;
  const system = ['--backends', backend, '--queue-pairs', queuePairs, '--jobs', 1];
  if (bytes === undefined) {
    const run = ['--transactions', transactions, '--warmup', 0, '--threads', threads];
    const lines = ['--param', `regionLines=${REGION_LINES / threads}`];
    return usageOf(['run', program, ...run, ...lines, ...system].map(String), directory);
  }
  const log = join(directory, `${program}.storelog`);
  writeLongTrace(program, log, bytes);
  const markers = exampleExecutions('o2', 1).find(({ name }) => name === program)?.txMarkers ?? [];
  try {
    const words = ['run', log, '--tx-marker', markers.join(), ...system];
    return await usageOf(words.map(String), directory);
  } finally {
    rmSync(log);
  }
}

/** Times that the reference loop runs for one figure: some tenths of a second. */
const REFERENCE_RUNS = 16;

/** Processor time of one of its lines, in seconds. */
function lineSeconds(reference: ReferenceLoop): number {
  const from = process.cpuUsage();
  for (let i = 0; i < REFERENCE_RUNS; i++) reference.run();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6 / REFERENCE_RUNS / REFERENCE_LINES;
}
