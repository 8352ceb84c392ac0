/** Findings as data, for programs: what a failover and the check of a trace tell on the screen. */

import { type Column, column } from '../report/index.ts';
import type { FailoverReport } from './check/failover.ts';
import type { TraceCheck } from './traces/check-trace.ts';
import type { TraceCoverage } from './traces/coverage.ts';

const listed = (counts: readonly number[]): string => counts.join(' ');

// biome-ignore format: one column a line, or two
export const FAILOVER_COLUMNS: readonly Column<FailoverReport>[] = [
  column('crashNs', 'ns', 'virtual time at which the primary dies', (row) => row.crashPs / 1000),
  column('acknowledged', '-', 'transactions acknowledged by then, of each client', (row) => listed(row.acknowledged.least)),
  column('acknowledgedOrInFlight', '-', 'the same with those in flight', (row) => listed(row.acknowledged.most)),
  column('changedLines', 'lines', 'lines that differ from the start at the replica', (row) => row.changedLines),
  column('writtenBackLines', 'lines', 'lines readable there and not certainly durable, which it writes back',
    (row) => row.writtenBackLines),
  column('recovered', '-', 'transactions recovered, of each client', (row) => listed(row.recovered)),
  column('differingLines', '-', 'lines in which each other replica differs when the primary dies',
    (row) => listed(row.survivors.map((one) => one.differingLines))),
  column('copiedLines', '-', 'lines copied to each other replica', (row) => listed(row.survivors.map((one) => one.copiedLines))),
  column('newReplicaLines', 'lines', 'lines copied to the new replica', (row) => row.newReplicaLines),
  column('resumedNs', 'ns', "virtual time of the new primary's transactions", (row) => row.resumedPs / 1000),
  column('machines', 'count', 'machines that recover in the end', (row) => row.machines),
  column('contents', '-', "digest of what each recovers, the oracle's", (row) => row.finalDigest),
];

// biome-ignore format: one column a line, or two
export const ORDER_COLUMNS: readonly Column<TraceCheck['orders'][number]>[] = [
  column('backend', '-', 'mirroring design', ({ system }) => system.backend),
  column('profile', '-', 'hardware profile', ({ system }) => system.profile.name),
  column('replicas', 'count', 'machines that hold a mirror', ({ system }) => system.replicas),
  column('epochs', 'count', 'epochs looked at', ({ order }) => order.epochs),
  column('linesSent', 'lines', 'lines sent, to all replicas', ({ order }) => order.linesSent),
  column('overtaking', 'lines', 'lines that may be durable before an earlier epoch is', ({ order }) => order.overtaking),
  column('notDurable', 'lines', 'lines not certainly durable when a durability fence behind them returns',
    ({ order }) => order.notDurable),
];

// biome-ignore format: one column a line, or two
export const COVERAGE_COLUMNS: readonly Column<TraceCoverage>[] = [
  column('transactions', 'count', 'whole transactions looked at', (row) => row.transactions),
  column('unflushed', 'lines', 'lines stored to and not written back before the durability point', (row) => row.unflushed),
  column('unfenced', 'lines', 'lines not fenced before the end of the transaction', (row) => row.unfenced),
  column('late', 'lines', 'lines written back only after another fence: no error where a log protects them',
    (row) => row.late),
];
