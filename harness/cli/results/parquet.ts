/** Tables as Parquet files (hyparquet-writer), typed: numbers are doubles, all else text, and nothing is null. */

import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Column, columnsOf } from '../../report/index.ts';

/** The bytes of a Parquet file of `rows` with these columns. */
export function parquetOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Uint8Array {
  const columnData = columnsOf(columns, rows).map((column) => {
    const cells = rows.map((row) => column.value(row));
    const isText = cells.some((cell) => typeof cell === 'string' && cell !== '');
    const cellOf = (cell: string | number) => (cell === '' ? null : isText ? String(cell) : cell);
    const type = isText ? ('STRING' as const) : ('DOUBLE' as const);
    return { name: column.name, data: cells.map(cellOf), type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
