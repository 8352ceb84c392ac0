/** Order violations of an imported trace under several far sides, and what to say of them. */

import { join } from 'node:path';
import { resolveBackend } from '../../rdma/index.ts';
import type { Target, TraceExecution } from '../cell.ts';
import { importTrace } from '../import-trace.ts';
import { plainTable } from '../tables.ts';
import { SpillingTrace } from '../trace-store.ts';
import { withWorkspace } from '../workspace.ts';
import { CANARY_BACKENDS } from './canaries.ts';
import { type TraceOrder, traceOrder, type UncoveredLine, uncoveredLines } from './trace-order.ts';

/** What is found in a trace. */
export interface TraceCheck {
  readonly notes: readonly string[];
  readonly uncovered: readonly UncoveredLine[];
  readonly orders: readonly { readonly target: Target; readonly order: TraceOrder }[];
}

/** Imports the trace and replays it under each target that keeps a mirror. */
export function checkTrace(
  execution: TraceExecution,
  targets: readonly Target[],
): Promise<TraceCheck> {
  return withWorkspace(async (directory) => {
    const store = new SpillingTrace({
      threads: 0,
      heapBytes: 64,
      directory: join(directory, 'trace'),
    });
    try {
      const notes = await importTrace(execution, store);
      const orders = targets.flatMap((target) => {
        const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === target.backend);
        const backend = canary?.backend ?? resolveBackend(target.backend);
        if (backend === undefined) throw new RangeError(`no backend '${target.backend}'`);
        if (backend.ddio === 'none') return [];
        return [{ target, order: traceOrder(store, { ...target, backend, seed: execution.seed }) }];
      });
      return { notes, uncovered: uncoveredLines(store), orders };
    } finally {
      await store.close();
    }
  });
}

/** Findings shown at most, of each kind. */
const SHOWN_MAX = 5;

/** The findings for people. */
export function traceCheckText({ notes, uncovered, orders }: TraceCheck): string {
  const head = ['backend', 'profile', 'replicas', 'epochs', 'lines sent', 'overtaking'];
  const rows = orders.map(({ target, order }) => [
    target.backend,
    target.profile.name,
    String(target.replicas),
    String(order.epochs),
    String(order.linesSent),
    String(order.overtaking.length),
  ]);
  const first = orders.flatMap(({ target, order }) =>
    order.overtaking
      .slice(0, SHOWN_MAX)
      .map(
        (one) =>
          `  ${target.backend}: line ${one.line} of thread ${one.thread}, epoch ${one.epoch}, may be ` +
          `durable at replica ${one.replica} from ${one.mayPs / 1000} ns, earlier epochs are from ` +
          `${one.earlierPs / 1000} ns`,
      ),
  );
  const lines = uncovered
    .slice(0, SHOWN_MAX)
    .map(
      ({ thread, transaction, line }) =>
        `  thread ${thread}, transaction ${transaction + 1}: line ${line}`,
    );
  return [
    ...notes,
    `\n${uncovered.length} lines without a write-back at a durability point of their transaction`,
    ...lines,
    `\n${plainTable(head, rows)}`,
    ...first,
  ].join('\n');
}
