/** What is wrong in an imported trace, by itself and under several far sides, and what to say of it. */

import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Trace } from '../../pm/trace.ts';
import { resolveBackend } from '../../rdma/index.ts';
import { scanTrace } from '../../workloads/imported/import-trace.ts';
import {
  type LocatedOperation,
  locateOperations,
  type WantedOperation,
} from '../../workloads/imported/locate.ts';
import type { Target, TraceExecution } from '../cell.ts';
import { importTrace } from '../import-trace.ts';
import { queuePairsOf } from '../queue-pairs.ts';
import { plainTable } from '../tables.ts';
import { SpillingTrace } from '../trace-store.ts';
import { withWorkspace } from '../workspace.ts';
import { CANARY_BACKENDS } from './canaries.ts';
import { type Coverage, coverageOf, type UncoveredLine } from './trace-coverage.ts';
import { type Overtaking, type TraceOrder, traceOrder } from './trace-order.ts';

/** What is found in a trace. */
export interface TraceCheck {
  readonly notes: readonly string[];
  readonly coverage: Coverage;
  /** The first uncovered lines, as the file has them. */
  readonly uncovered: readonly string[];
  /** False: no transactions are marked, so each fence was taken for a durability point. */
  readonly marked: boolean;
  readonly orders: readonly { readonly target: Target; readonly order: TraceOrder }[];
}

/** Imports the trace, judges it, and replays it under each target that keeps a mirror. */
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
      const coverage = coverageOf(store);
      const orders: TraceCheck['orders'][number][] = [];
      for (const target of targets) {
        // Between two of them there is time for Ctrl-C.
        await turn();
        const order = orderUnder(target, execution, store);
        if (order !== null) orders.push({ target, order });
      }
      return { notes, coverage, ...(await inFile(execution, coverage)), orders };
    } finally {
      await store.close();
    }
  });
}

/** The order at the replicas of `target`; null if it keeps none. */
function orderUnder(target: Target, { clientsDepend, seed }: TraceExecution, trace: Trace) {
  const canary = CANARY_BACKENDS.find(({ backend }) => backend.name === target.backend);
  const backend = canary?.backend ?? resolveBackend(target.backend);
  if (backend === undefined) throw new RangeError(`no backend '${target.backend}'`);
  if (backend.ddio === 'none') return null;
  const clients = { threads: trace.threads, clientsDepend };
  const queuePairs = queuePairsOf(target.queuePairs, backend, clients);
  return traceOrder(trace, { ...target, backend, queuePairs, seed });
}

/** The uncovered lines of `coverage` in words, with their places in the file. */
async function inFile(
  { file, txMarkers }: TraceExecution,
  { first }: Coverage,
): Promise<Pick<TraceCheck, 'uncovered' | 'marked'>> {
  if (first.length === 0) return { uncovered: [], marked: true };
  const scan = await scanTrace(file);
  const wanted = first.flatMap(({ thread, store, fence }): WantedOperation[] => [
    { thread, kind: 'store', before: store },
    { thread, kind: 'fence', before: fence ?? Number.POSITIVE_INFINITY },
  ]);
  const located = await locateOperations(file, wanted, scan);
  return {
    uncovered: first.map((line, i) =>
      uncoveredText(line, txMarkers, located[2 * i], located[2 * i + 1]),
    ),
    marked: txMarkers.length > 0 || scan.hasTransactions,
  };
}

function uncoveredText(
  { thread, transaction, type, fence }: UncoveredLine,
  txMarkers: readonly string[],
  store: LocatedOperation | undefined,
  end: LocatedOperation | undefined,
): string {
  const name = txMarkers.length > type ? ` (${txMarkers[type]})` : '';
  const who = `thread ${thread}, transaction ${transaction + 1}${name}`;
  const what = `store of ${store?.bytes} B to ${store?.address} at ${placeText(store)}`;
  const missing =
    fence === null
      ? 'no fence before the end of its transaction'
      : `no write-back before the fence at ${placeText(end)}`;
  return `${who}: ${what}: ${missing}`;
}

function placeText(located: LocatedOperation | undefined): string {
  if (located === undefined) throw new Error('an imported operation is not in the file');
  const { unit, number, byteOffset } = located.position;
  return `${unit} ${number} (byte ${byteOffset})`;
}

/** What makes the check fail, a sentence each. */
export function traceFailures(check: TraceCheck, allowUncovered: boolean): string[] {
  const { unflushed, unfenced } = check.coverage;
  const failures: string[] = [];
  if (unflushed + unfenced > 0 && !allowUncovered) {
    const hint = check.marked
      ? ''
      : ', if each fence is a durability point (name transactions with --tx-marker if not)';
    failures.push(
      `${countedLines(unflushed + unfenced)} not durable when their transaction is acknowledged${hint}; ` +
        '--allow-uncovered accepts that',
    );
  }
  const wrong = check.orders.filter(({ order }) => order.overtaking > 0);
  if (wrong.length > 0) {
    const names = wrong.map(({ target }) => target.backend).join(', ');
    failures.push(`${names}: lines overtake earlier epochs at a replica`);
  }
  return failures;
}

/** The findings for people. */
export function traceCheckText({ notes, coverage, uncovered, orders }: TraceCheck): string {
  const { transactions, unflushed, unfenced, late } = coverage;
  const head = ['backend', 'profile', 'replicas', 'epochs', 'lines sent', 'overtaking'];
  const rows = orders.map(({ target, order }) => [
    target.backend,
    target.profile.name,
    String(target.replicas),
    String(order.epochs),
    String(order.linesSent),
    String(order.overtaking),
  ]);
  const more = unflushed + unfenced - uncovered.length;
  return [
    ...notes,
    `\nin ${transactions} transactions, lines that are stored to and`,
    `  not written back before the durability point: ${unflushed}`,
    `  not fenced before the end of the transaction: ${unfenced}`,
    `  written back only after another fence:        ${late} (no error where a log protects them)`,
    ...uncovered,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(rows.length > 0 ? [`\n${plainTable(head, rows)}`] : []),
    ...orders.flatMap(({ target, order }) =>
      order.first.map((one) => `  ${target.backend}: ${overtakingText(one)}`),
    ),
  ].join('\n');
}

function overtakingText({ replica, thread, line, epoch, mayPs, earlierPs }: Overtaking): string {
  const when = Number.isFinite(earlierPs) ? `only at ${earlierPs / 1000} ns` : 'never';
  return (
    `line ${line} of thread ${thread}, epoch ${epoch}, may be durable at replica ${replica} from ` +
    `${mayPs / 1000} ns; all of the earlier epochs is ${when}`
  );
}

function countedLines(count: number): string {
  return count === 1 ? '1 line is' : `${count} lines are`;
}
