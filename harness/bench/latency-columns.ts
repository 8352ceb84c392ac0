/**
 * Latency per type of transaction as rows of their own, one a cell and type: a program with five
 * types would otherwise need thirty columns that no other program has.
 */

import { resolveWorkload } from '../../workloads/index.ts';
import { type Column, figure } from '../report/column.ts';
import type { Execution } from './cells.ts';
import { type CellRow, IDENTITY_COLUMNS } from './columns.ts';
import type { TypeLatency } from './latency.ts';

/** Latency of one type of transaction in one cell. */
export interface LatencyRow {
  readonly row: CellRow;
  readonly latency: TypeLatency;
}

/** One row per cell and type of transaction that occurred in it. */
export function latencyRows(rows: readonly CellRow[]): LatencyRow[] {
  return rows.flatMap((row) => row.result.latencyByType.map((latency) => ({ row, latency })));
}

/** The name of transaction type `type`: as the workload, or the markers of a trace, call it. */
export function txTypeName(execution: Execution, type: number): string {
  const names =
    execution.kind === 'trace'
      ? execution.txMarkers
      : (resolveWorkload(execution.workload)?.txTypes ?? []);
  return names[type] ?? (type === 0 ? 'transaction' : `type ${type}`);
}

/** Columns of whisper-latency.csv. */
export const LATENCY_COLUMNS: readonly Column<LatencyRow>[] = [
  ...IDENTITY_COLUMNS.filter(({ name }) => name !== 'transactions').map((column) => ({
    ...column,
    value: ({ row }: LatencyRow) => column.value(row),
  })),
  {
    name: 'txType',
    unit: '-',
    meaning: 'type of transaction',
    value: ({ row, latency }) => txTypeName(row.result.execution, latency.type),
  },
  {
    name: 'transactions',
    unit: 'count',
    meaning: 'measured transactions of this type, over all threads',
    value: ({ latency }) => latency.count,
  },
  ...(
    [
      ['latencyMeanNs', 'mean latency (exact)', 'meanPs'],
      ['latencyP50Ns', 'median (histogram, at most 0.1 % high, as the next three)', 'p50Ps'],
      ['latencyP90Ns', '90th percentile', 'p90Ps'],
      ['latencyP99Ns', '99th percentile', 'p99Ps'],
      ['latencyP999Ns', '99.9th percentile', 'p999Ps'],
      ['latencyMaxNs', 'highest latency (exact)', 'maxPs'],
    ] as const
  ).map(([name, meaning, key]) => ({
    name,
    unit: 'ns',
    meaning,
    value: ({ latency }: LatencyRow) => figure(latency[key] / 1000),
  })),
];
