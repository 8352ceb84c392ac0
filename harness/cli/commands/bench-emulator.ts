/**
 * `pmirror bench-emulator`: how fast the emulator itself is on this machine, in operations per second
 * of wall-clock time: the functional run, recording, and the timing replay under each backend. It
 * writes no file, as wall-clock figures are not reproducible.
 */

import { Bench } from 'tinybench';
import { PmHeap } from '../../../pm/heap.ts';
import type { PersistSink } from '../../../pm/op.ts';
import { MemoryTrace, recordersInto } from '../../../pm/trace.ts';
import {
  BACKENDS,
  backendNamed,
  createMirror,
  type HardwareProfile,
  ONE_REPLICA,
  runnable,
} from '../../../rdma/index.ts';
import { type ConfiguredWorkload, type Program, runInTurn } from '../../../workloads/workload.ts';
import {
  executionOf,
  heapBytesOf,
  runFunctionally,
  type WorkloadExecution,
} from '../../bench/index.ts';
import { withProgress } from '../../host/index.ts';
import { type Column, column, figure, plainTable, threeDigits } from '../../report/index.ts';
import { command } from '../command.ts';
import { JSON_OPTION } from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS } from '../profiles.ts';
import { parseWorkload, WORKLOAD_OPTIONS } from '../programs.ts';

export const benchEmulatorCommand = command(
  {
    usage: 'bench-emulator [workload]',
    summary: 'measure the speed of the emulator on this machine (wall-clock; writes no file)',
    words: {
      workload: {
        help: 'a workload',
        default: 'hashmap',
        parse: parseWorkload('of it there is no run to measure'),
      },
    },
    options: {
      transactions: { ...WORKLOAD_OPTIONS.transactions, help: 'per run', default: 20_000 },
      ...PROFILE_OPTIONS,
      ...JSON_OPTION,
    },
    examples: [],
  },
  async ({ workload, transactions, ...machine }, _given, answer) => {
    const execution = executionOf(workload, { transactions, warmupTransactions: 0 });
    const configured = workload.configure(execution.parameters);
    const [profile] = chosenProfiles(machine);
    const steps = 3 + runnable(BACKENDS, profile).length;
    const { trace, bench } = await withProgress(steps, { unit: 'steps' }, async (update) => {
      const recorded = record(configured, execution);
      let done = 1;
      update(done, workload.name);
      const steady = benchOf(recorded, { configured, execution, profile });
      steady.addEventListener('cycle', ({ task }) => update(++done, task?.name ?? ''));
      await steady.run();
      return { trace: recorded, bench: steady };
    });
    const title = `${workload.name}, ${transactions} transactions, ${trace.operations} operations`;
    answer.show(`${title}, profile ${profile.name}\n\n`);
    const speeds = speedsOf(bench, trace.operations);
    answer.show(`${speedTable(speeds)}\n`);
    answer.give({ name: 'steps', columns: SPEED_COLUMNS, rows: speeds });
  },
);

/** What is measured: every part of a run by itself. */
function benchOf(
  trace: MemoryTrace,
  {
    configured,
    execution,
    profile,
  }: { configured: ConfiguredWorkload; execution: WorkloadExecution; profile: HardwareProfile },
): Bench {
  const bench = new Bench({ time: 1000, iterations: 3, warmupTime: 300, warmupIterations: 1 });
  addFunctional(bench, configured, execution);
  bench.add('record', () => record(configured, execution));
  for (const { name } of runnable(BACKENDS, profile)) {
    bench.add(`replay ${name}`, () => replay(trace, name, profile));
  }
  return bench;
}

/** Set-up, run, verification and recording: what a suite run does of a program. */
function record(configured: ConfiguredWorkload, execution: WorkloadExecution): MemoryTrace {
  const trace = new MemoryTrace(execution.threads, heapBytesOf(configured, execution));
  const recorders = recordersInto(trace);
  runFunctionally(configured, execution, recorders);
  for (const recorder of recorders) recorder.flush();
  return trace;
}

/** The transactions alone: the program is set up before the clock starts. */
function addFunctional(
  bench: Bench,
  configured: ConfiguredWorkload,
  execution: WorkloadExecution,
): void {
  const { threads, seed, transactions } = execution;
  const ignore: PersistSink = { op() {} };
  let heap = new PmHeap(64);
  let program: Program | undefined;
  bench.add(
    'functional run',
    () => {
      if (program !== undefined) runInTurn(heap, program, { threads, transactions });
    },
    {
      beforeEach() {
        heap = new PmHeap(heapBytesOf(configured, execution));
        program = configured.create(heap, threads, seed);
        heap.attach(Array.from({ length: threads }, () => ignore));
      },
      afterEach() {
        program?.close?.();
      },
    },
  );
}

function replay(trace: MemoryTrace, name: string, profile: HardwareProfile): void {
  const backend = backendNamed(name);
  const { threads: cores, heapBytes } = trace;
  const mirror = createMirror({ backend, profile, ...ONE_REPLICA }, { cores, heapBytes });
  mirror.replay(trace);
  mirror.finish();
}

/** How fast one step of the emulator is. */
interface Speed {
  readonly step: string;
  readonly operations: number;
  readonly meanMs: number;
  readonly bestMs: number;
  readonly runs: number;
}

function speedsOf(bench: Bench, operations: number): Speed[] {
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
    const { mean, min, samplesCount } = result.latency;
    return { step: name, operations, meanMs: mean, bestMs: min, runs: samplesCount };
  });
}

// biome-ignore format: one column a line
const SPEED_COLUMNS: readonly Column<Speed>[] = [
  column('step', '-', 'what was run', (row) => row.step),
  column('operations', 'count', 'operations of a run', (row) => row.operations),
  column('meanMs', 'ms', 'wall-clock time of a run, mean', (row) => figure(row.meanMs)),
  column('bestMs', 'ms', 'wall-clock time of a run, least', (row) => figure(row.bestMs)),
  column('operationsPerS', '1/s', 'operations a second of wall-clock time, mean', (row) => figure((row.operations / row.meanMs) * 1e3)),
  column('runs', 'count', 'runs', (row) => row.runs),
];

function speedTable(speeds: readonly Speed[]): string {
  const lines = speeds.map(({ step, operations, meanMs, bestMs, runs }) => {
    const millions = (ms: number): string => threeDigits(operations / ms / 1000);
    return [step, millions(meanMs), millions(bestMs), threeDigits(meanMs), String(runs)];
  });
  return plainTable(['step', 'M operations/s', 'best', 'ms a run', 'runs'], lines);
}
