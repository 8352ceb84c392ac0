/** Runs a port in the conditions of its original and counts its epochs. */

import { EpochStats, type EpochSummary } from '../../../pm/epoch-stats.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { Op, type PersistSink } from '../../../pm/op.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { InstrumentedSink } from '../../../workloads/nvml/instrumented.ts';
import type { ConfiguredWorkload } from '../../../workloads/workload.ts';
import { DEFAULT_SEED, executionOf, runFunctionally } from '../../bench/index.ts';
import type { PortRun } from './reference.ts';

/**
 * What was counted in the subject's run. Deterministic. Throws VerifyError if the program's own check
 * fails, UsageError or ParameterError if the subject asks for what the workload does not have.
 */
export function measure(subject: PortRun): EpochSummary {
  const { workload: name, parameters, threads, transactions, warmupTransactions } = subject;
  const workload = resolveWorkload(name);
  if (workload === undefined) throw new RangeError(`no workload '${name}'`);
  const choice = { parameters, threads, transactions, warmupTransactions, seed: DEFAULT_SEED };
  const execution = executionOf(workload, choice);
  const configured = workload.configure(execution.parameters);
  if (subject.counted !== 'stores') return measureInstrumented(configured, subject);
  const stats = new EpochStats(threads);
  runFunctionally(
    configured,
    execution,
    stats.sinks().map((sink) => measured(sink, stats)),
  );
  return stats.summary();
}

/** Starts the counts anew where the measured part begins. */
function measured(next: PersistSink, stats: EpochStats): PersistSink {
  return {
    op(op, a, b) {
      if (op === Op.MEASURE) stats.reset();
      else next.op(op, a, b);
    },
  };
}

/** The filter must see the program from its creation on, so it cannot be put in later. */
function measureInstrumented(configured: ConfiguredWorkload, subject: PortRun): EpochSummary {
  const { threads, transactions, warmupTransactions, counted } = subject;
  if (threads !== 1) throw new RangeError('the instrumentation is followed for one thread only');
  const total = transactions + warmupTransactions;
  const heap = new PmHeap(configured.heapBytes(1, total));
  const stats = new EpochStats(1);
  heap.attach([new InstrumentedSink(heap, stats.sink(0), counted === 'instrumented')]);
  const program = configured.create(heap, 1, DEFAULT_SEED);
  try {
    for (let i = 0; i < total; i++) {
      if (i === warmupTransactions) stats.reset();
      program.transaction(0);
    }
    heap.detach();
    program.verify();
  } finally {
    program.close?.();
  }
  return stats.summary();
}
