/**
 * Latency per type of transaction as rows of their own, one a cell and type: a program with five
 * types would otherwise need thirty columns that no other program has.
 */

import { resolveWorkload } from '../../workloads/index.ts';
import { type Column, column, columnsAsIn } from '../report/index.ts';
import type { Execution } from './cells.ts';
import { type CellRow, IDENTITY_COLUMNS, latencyColumns } from './columns.ts';
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

/** Columns of whisper-latency.csv, with `further` percentiles beside the usual, in per cent. */
export function latencyColumnsWith(further: readonly number[] = []): Column<LatencyRow>[] {
  return [
    ...columnsAsIn(
      'whisper.csv',
      IDENTITY_COLUMNS.filter(({ name }) => name !== 'transactions'),
      ({ row }: LatencyRow) => row,
    ),
    column('txType', '-', 'type of transaction', ({ row, latency }) =>
      txTypeName(row.result.execution, latency.type),
    ),
    column(
      'transactions',
      'count',
      'measured transactions of this type, over all threads',
      (row) => row.latency.count,
    ),
    ...latencyColumns<LatencyRow>(({ latency }) => latency, further),
  ];
}
