/** Records a run of a port, with those of its stores that a trace of its original would hold. */

import { PmHeap } from '../../../pm/heap.ts';
import { Op, type PersistSink } from '../../../pm/op.ts';
import { MemoryTrace, type Trace, TraceRecorder } from '../../../pm/trace.ts';
import { InstrumentedSink } from '../../../workloads/nvml/instrumented.ts';
import { type ConfiguredWorkload, runInTurn } from '../../../workloads/workload.ts';
import { heapBytesOf, runFunctionally, type WorkloadExecution } from '../../bench/index.ts';
import { SUBJECTS } from './plan.ts';
import type { Counted } from './reference.ts';

/** Which stores of `workload` a trace of the suite's instrumentation holds. */
export function seenBySuite(workload: string, threads: number): Counted {
  // What it sees of a program is followed from its creation on, and with one thread only.
  if (threads > 1) return 'stores';
  const own = SUBJECTS.filter((subject) => subject.workload === workload);
  return own.find(({ counted }) => counted !== 'stores')?.counted ?? 'stores';
}

/** The operations of a run, warm-up, MEASURE and all. */
export function recordPort(
  configured: ConfiguredWorkload,
  execution: WorkloadExecution,
  counted: Counted,
): Trace {
  const trace = new MemoryTrace(execution.threads, heapBytesOf(configured, execution));
  const recorders = Array.from(
    { length: execution.threads },
    (_, thread) => new TraceRecorder((chunk) => trace.append(thread, chunk)),
  );
  if (counted === 'stores') runFunctionally(configured, execution, recorders);
  else runInstrumented(configured, execution, recorders[0], counted === 'instrumented');
  for (const recorder of recorders) recorder.flush();
  return trace;
}

/** The filter must see the program from its creation on; what follows is recorded. */
function runInstrumented(
  configured: ConfiguredWorkload,
  execution: WorkloadExecution,
  recorder: PersistSink,
  userStores: boolean,
): void {
  const { seed, transactions, warmupTransactions } = execution;
  const heap = new PmHeap(heapBytesOf(configured, execution));
  let created = false;
  const afterCreation: PersistSink = {
    op(op, a, b) {
      if (created) recorder.op(op, a, b);
    },
  };
  heap.attach([new InstrumentedSink(heap, afterCreation, userStores)]);
  const program = configured.create(heap, 1, seed);
  try {
    created = true;
    if (warmupTransactions === 0) recorder.op(Op.MEASURE, 0, 0);
    const total = transactions + warmupTransactions;
    runInTurn(heap, program, { threads: 1, transactions: total }, (i) => {
      if (i + 1 === warmupTransactions) recorder.op(Op.MEASURE, 0, 0);
    });
    heap.detach();
    program.verify();
  } finally {
    program.close?.();
  }
}
