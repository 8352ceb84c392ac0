/** What is wrong in an imported trace, by itself and under several systems, and what to say of it. */

import { join } from 'node:path';
import type { Trace } from '../../../pm/trace.ts';
import { scanTrace } from '../../../workloads/traces/import.ts';
import {
  type LocatedOperation,
  locateOperations,
  type WantedOperation,
} from '../../../workloads/traces/locate.ts';
import {
  type PolicyChoice,
  policyChoice,
  readingOf,
  refuseCores,
  resolveSystem,
  SpillingTrace,
  type SystemSpec,
  storeTrace,
  type TraceExecution,
  untimedChoiceNotes,
} from '../../bench/index.ts';
import { withWorkspace } from '../../host/index.ts';
import { plainTable, prose } from '../../report/index.ts';
import { designNamed } from '../bugs/designs.ts';
import { coverageOf, type TraceCoverage, type UncoveredLine } from './coverage.ts';
import { type NotDurable, type Overtaking, type TraceOrder, traceOrder } from './order.ts';

/** What is found in a trace. */
export interface TraceCheck {
  readonly notes: readonly string[];
  readonly coverage: TraceCoverage;
  /** The first uncovered lines, as the file has them. */
  readonly uncovered: readonly string[];
  /** False: no transactions are marked, so each fence was taken for a durability point. */
  readonly marked: boolean;
  readonly orders: readonly {
    readonly system: SystemSpec;
    readonly choice: PolicyChoice;
    readonly order: TraceOrder;
  }[];
}

/** Imports the trace, judges it, and replays it under each system that keeps a mirror. */
export function checkTrace(
  execution: TraceExecution,
  systems: readonly SystemSpec[],
): Promise<TraceCheck> {
  return withWorkspace(async (directory) => {
    const store = new SpillingTrace({
      threads: 0,
      heapBytes: 64,
      directory: join(directory, 'trace'),
    });
    try {
      const notes = await storeTrace(execution, store);
      const coverage = coverageOf(store);
      const orders: TraceCheck['orders'][number][] = [];
      for (const system of systems) {
        const order = orderUnder(system, execution, store);
        const { orderNeeded } = execution;
        const choice = policyChoice(system, { threads: store.threads, orderNeeded }, designNamed);
        if (order !== null) orders.push({ system, choice, order });
      }
      return { notes, coverage, ...(await inFile(execution, coverage)), orders };
    } finally {
      store.close();
    }
  });
}

/** The order at the replicas of `spec`; null if it keeps none. */
function orderUnder(spec: SystemSpec, execution: TraceExecution, trace: Trace) {
  const { orderNeeded, seed, file, shownAs = file } = execution;
  const { threads } = trace;
  refuseCores(threads, shownAs);
  const system = resolveSystem(spec, { threads, orderNeeded }, designNamed);
  return system.backend.durability === null ? null : traceOrder(trace, system, seed);
}

/** The uncovered lines of `coverage` in words, with their places in the file. */
async function inFile(
  execution: TraceExecution,
  { first }: TraceCoverage,
): Promise<Pick<TraceCheck, 'uncovered' | 'marked'>> {
  if (first.length === 0) return { uncovered: [], marked: true };
  const { file, txMarkers } = execution;
  const scan = await scanTrace(file, execution);
  const wanted = first.flatMap(({ thread, store, fence }): WantedOperation[] => [
    { thread, kind: 'store', before: store },
    { thread, kind: 'fence', before: fence ?? Number.POSITIVE_INFINITY },
  ]);
  const located = await locateOperations(file, wanted, scan, readingOf(execution));
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
  const namesOf = (count: 'overtaking' | 'notDurable'): string => {
    const wrong = check.orders.filter(({ order }) => order[count] > 0);
    return [...new Set(wrong.map(({ system }) => system.backend))].join(', ');
  };
  const [overtaken, early] = [namesOf('overtaking'), namesOf('notDurable')];
  if (overtaken !== '') failures.push(`${overtaken}: lines overtake earlier epochs at a replica`);
  if (early !== '') {
    failures.push(`${early}: lines are not durable at a replica when a durability fence returns`);
  }
  return failures;
}

/** The findings for people. */
export function traceCheckText({ notes, coverage, uncovered, orders }: TraceCheck): string {
  const { transactions, unflushed, unfenced, late } = coverage;
  const counted = ['epochs', 'lines sent', 'overtaking', 'not durable'];
  const head = ['backend', 'profile', 'replicas', ...counted];
  const rows = orders.map(({ system, order }) => [
    system.backend,
    system.profile.name,
    String(system.replicas),
    String(order.epochs),
    String(order.linesSent),
    String(order.overtaking),
    String(order.notDurable),
  ]);
  const more = unflushed + unfenced - uncovered.length;
  const texts = [
    ...notes,
    `\nin ${transactions} transactions, lines that are stored to and`,
    `  not written back before the durability point: ${unflushed}`,
    `  not fenced before the end of the transaction: ${unfenced}`,
    `  written back only after another fence:        ${late} (no error where a log protects them)`,
    ...uncovered,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(rows.length > 0 ? [`\n${plainTable(head, rows)}`] : []),
    ...orders.flatMap(({ system, order }) =>
      [
        ...order.firstOvertaking.map(overtakingText),
        ...order.firstNotDurable.map(notDurableText),
      ].map((text) => `  ${system.backend}: ${text}`),
    ),
    ...untimedChoiceNotes(orders.map(({ choice }) => choice)).map((note) => `\n${note}`),
  ];
  return prose(texts.join('\n'), 2);
}

function overtakingText({ replica, thread, line, epoch, mayPs, earlierPs }: Overtaking): string {
  return (
    `line ${line} of thread ${thread}, epoch ${epoch}, may be durable at replica ${replica} from ` +
    `${mayPs / 1000} ns; all of the earlier epochs is ${whenText(earlierPs)}`
  );
}

function notDurableText(one: NotDurable): string {
  const { replica, thread, line, epoch, returnedPs, mustPs } = one;
  return (
    `line ${line} of thread ${thread}, epoch ${epoch}: its durability fence returns at ` +
    `${returnedPs / 1000} ns; at replica ${replica} it must be durable ${whenText(mustPs)}`
  );
}

function whenText(ps: number): string {
  return Number.isFinite(ps) ? `only from ${ps / 1000} ns on` : 'never';
}

function countedLines(count: number): string {
  return count === 1 ? '1 line is' : `${count} lines are`;
}
