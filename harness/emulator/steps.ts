/** How each step is done, so that it can be done again and again. */

import { PmHeap } from '../../pm/heap.ts';
import type { PersistSink } from '../../pm/op.ts';
import { MemoryTrace, recordersInto, type Trace } from '../../pm/trace.ts';
import { backendNamed, createMirror, type Mirror, ONE_REPLICA } from '../../rdma/index.ts';
import type { ConfiguredWorkload, Program } from '../../workloads/workload.ts';
import { runInTurn } from '../../workloads/workload.ts';
import {
  executionOf,
  heapBytesOf,
  runFunctionally,
  type WorkloadExecution,
} from '../bench/index.ts';
import { countCrashImages } from './crash-images.ts';
import { importAgain } from './import.ts';
import { type Part, type Step, SUITE, workloadsOf } from './part.ts';
import type { Work } from './work.ts';

/** Of the suite's own number of transactions a mix has one in so many, as short runs for studies. */
const MIX_SHARE = 20;

/** Transactions of one program: rounds of some tenths of a second. */
const TRANSACTIONS = 20_000;

/** A workload ready to run. */
interface Configured {
  readonly configured: ConfiguredWorkload;
  readonly execution: WorkloadExecution;
}

function configuredOf({ program, threads, transactions, parameters = {} }: Part): Configured[] {
  return workloadsOf(program, threads).map((workload) => {
    const share = Math.ceil(workload.transactionsDefault / MIX_SHARE);
    const execution = executionOf(workload, {
      threads,
      transactions: transactions ?? (program === SUITE ? share : TRANSACTIONS),
      warmupTransactions: 0,
      parameters: program === SUITE ? {} : parameters,
    });
    return { configured: workload.configure(execution.parameters), execution };
  });
}

/** How the step of `part` is done; `directory` is for files. */
export function workOf(part: Part, directory: string): Work {
  const ways: Readonly<Record<Step, () => Work>> = {
    'functional run': () => functionalRuns(configuredOf(part)),
    record: () => recordings(configuredOf(part)),
    replay: () => replays(part),
    import: () => importAgain(part.program, directory),
    'crash images': () => countCrashImages(part),
  };
  return ways[part.step]();
}

/** Set-up, run, verification and recording: what a suite run does of a program. */
function recorded({ configured, execution }: Configured): MemoryTrace {
  const trace = new MemoryTrace(execution.threads, heapBytesOf(configured, execution));
  const recorders = recordersInto(trace);
  runFunctionally(configured, execution, recorders);
  for (const recorder of recorders) recorder.flush();
  return trace;
}

const operationsOf = (traces: readonly Trace[]): number =>
  traces.reduce((sum, { operations }) => sum + operations, 0);

function recordings(all: readonly Configured[]): Work {
  let operations = 0;
  const run = (): void => {
    operations = operationsOf(all.map(recorded));
  };
  return { unit: 'operations', units: () => operations, run };
}

/** The transactions alone: programs are set up before. Operations are those that a recording would have. */
function functionalRuns(all: readonly Configured[]): Work {
  const ignore: PersistSink = { op() {} };
  const operations = operationsOf(all.map(recorded));
  let ready: { readonly heap: PmHeap; readonly program: Program }[] = [];
  return {
    unit: 'operations',
    units: () => operations,
    prepare() {
      ready = all.map(({ configured, execution }) => {
        const { threads, seed } = execution;
        const heap = new PmHeap(heapBytesOf(configured, execution));
        const program = configured.create(heap, threads, seed);
        heap.attach(Array.from({ length: threads }, () => ignore));
        return { heap, program };
      });
    },
    run() {
      for (const [i, { heap, program }] of ready.entries()) {
        const { threads, transactions } = all[i].execution;
        runInTurn(heap, program, { threads, transactions });
      }
    },
    clear() {
      for (const { program } of ready) program.close?.();
      ready = [];
    },
  };
}

/** The replays alone: mirrors are made before. */
function replays(part: Part): Work {
  const traces = configuredOf(part).map(recorded);
  const operations = operationsOf(traces);
  const { backend = '', profile, queuePairs = 'per-core' } = part;
  const system = { ...ONE_REPLICA, backend: backendNamed(backend), profile, queuePairs };
  let mirrors: Mirror[] = [];
  return {
    unit: 'operations',
    units: () => operations,
    prepare() {
      mirrors = traces.map(({ threads: cores, heapBytes }) =>
        createMirror(system, { cores, heapBytes, lockOrder: 'first-come' }),
      );
    },
    run() {
      for (const [i, mirror] of mirrors.entries()) {
        mirror.replay(traces[i]);
        mirror.finish();
      }
    },
    clear() {
      mirrors = [];
    },
  };
}
