/** The columns of transact.csv: the two axes of the sweep, then those of every cell. */

import { type CellRow, cellColumns } from '../../bench/index.ts';
import { type Column, column, columnsAsIn } from '../../report/index.ts';

/** The value of a parameter of the workload in a row; nothing for a trace. */
export function parameterOf({ result: { execution } }: CellRow, name: string): string | number {
  return execution.kind === 'workload' ? execution.parameters[name] : '';
}

/** Columns of transact.csv, with these percentiles of the latency beside the usual, in per cent. */
// biome-ignore format: one column a line
export const transactColumns = (percentiles: readonly number[] = []): readonly Column<CellRow>[] => [
  column('epochsPerTx', 'count', 'epochs per writing transaction', (row) => parameterOf(row, 'epochs')),
  column('linesPerEpoch', 'lines', 'different lines written per epoch', (row) => parameterOf(row, 'linesPerEpoch')),
  ...columnsAsIn('whisper.csv', cellColumns(percentiles), (row: CellRow) => row),
];
