/**
 * The functional run: a program on emulated PM, with real bytes, in a fixed order of its clients'
 * transactions. What it performs goes to one sink per thread; time passes nowhere here.
 */

import { ComputeSpread } from '../../pm/compute-spread.ts';
import { PmHeap } from '../../pm/heap.ts';
import { Op, type PersistSink } from '../../pm/op.ts';
import { type ConfiguredWorkload, runInTurn } from '../../workloads/workload.ts';
import { refuseWithoutRoom } from '../host/index.ts';
import type { WorkloadExecution } from './cells.ts';

/** Called now and then with how much of the work is done, 0 to 1. */
export type ProgressCallback = (fraction: number) => void;

/** How often a run reports progress. */
const PROGRESS_STEPS = 50;

/** Bytes of heap that `execution` needs. */
export function heapBytesOf(configured: ConfiguredWorkload, execution: WorkloadExecution): number {
  const { threads, transactions, warmupTransactions, untimedTransactions = 0 } = execution;
  return configured.heapBytes(threads, transactions + warmupTransactions + untimedTransactions);
}

/** Bytes of memory that `execution` needs: estimated. */
export function memoryBytesOf(
  configured: ConfiguredWorkload,
  execution: WorkloadExecution,
): number {
  const { threads, transactions, warmupTransactions, untimedTransactions = 0 } = execution;
  return configured.memoryBytes(threads, transactions + warmupTransactions + untimedTransactions);
}

/**
 * Sets the program up and runs what is not timed, unobserved; then runs the warm-up, sends MEASURE to every sink, runs the measured
 * transactions (transaction i is client i mod threads), and lets the program check itself.
 * Volatile work is charged on the way to the sinks. Throws VerifyError if the check fails.
 */
export function runFunctionally(
  configured: ConfiguredWorkload,
  execution: WorkloadExecution,
  sinks: readonly PersistSink[],
  onProgress: ProgressCallback = () => {},
): void {
  const { threads, seed, transactions, warmupTransactions, untimedTransactions = 0 } = execution;
  if (sinks.length !== threads) throw new RangeError(`${sinks.length} sinks, ${threads} threads`);
  refuseWithoutRoom(memoryBytesOf(configured, execution), configured.workload.name);
  const heap = new PmHeap(heapBytesOf(configured, execution));
  const program = configured.create(heap, threads, seed);
  try {
    runInTurn(heap, program, { threads, transactions: untimedTransactions });
    const budgets = configured.instructionsPerTx(execution.computeModel);
    const spreads = sinks.map((sink) => new ComputeSpread(sink, budgets));
    heap.attach(spreads);
    const total = warmupTransactions + transactions;
    const step = Math.max(1, Math.floor(total / PROGRESS_STEPS));
    if (warmupTransactions === 0) startMeasuring(spreads);
    runInTurn(heap, program, { threads, transactions: total }, (i) => {
      if (i + 1 === warmupTransactions) startMeasuring(spreads);
      if (i % step === 0) onProgress(i / total);
    });
    for (const spread of spreads) spread.flush();
    heap.detach();
    program.verify();
  } finally {
    program.close?.();
  }
}

function startMeasuring(sinks: readonly PersistSink[]): void {
  for (const sink of sinks) sink.op(Op.MEASURE, 0, 0);
}
