/**
 * Columns of a table and how a row's data block holds them. As in N-store, an integer takes 11
 * bytes of the block (4 are used), and a floating-point number 16 (8 are used). A text takes 13, of
 * which 8 are the pointer to a clump that holds the characters and a zero byte. So fields, pointers
 * among them, are not aligned, and an update copies the field's whole width.
 *
 * Numbers in DOUBLE columns are whole (money in cents, rates in 1/10000): the write-ahead list
 * keeps before-images as text with six decimals, which gives whole numbers back exactly.
 */

export type ColumnType = 'int' | 'double' | 'text';

/** Widths in a data block, in bytes. */
const WIDTHS: Readonly<Record<ColumnType, number>> = { int: 11, double: 16, text: 13 };

export interface DeclaredColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** The values of a row, by column number. */
export type Row = (number | string)[];

/** Rows of all tables of a database, by table number and primary key. */
export type TableRows = readonly (readonly Row[])[];

/** Columns with their places. */
export interface Schema {
  readonly columns: readonly DeclaredColumn[];
  readonly offsets: readonly number[];
  readonly widths: readonly number[];
  readonly sizeBytes: number;
  /** Numbers of the text columns, ascending. */
  readonly texts: readonly number[];
}

/** Lays the columns out one after another. `declared`: for example 'W_ID:int W_NAME:text'. */
export function schemaOf(declared: string): Schema {
  const columns: DeclaredColumn[] = [];
  const offsets: number[] = [];
  const widths: number[] = [];
  const texts: number[] = [];
  let sizeBytes = 0;
  for (const word of declared.split(' ')) {
    const [name, type] = word.split(':');
    if (type !== 'int' && type !== 'double' && type !== 'text') {
      throw new RangeError(`column '${word}': type must be int, double or text`);
    }
    if (type === 'text') texts.push(columns.length);
    columns.push({ name, type });
    offsets.push(sizeBytes);
    widths.push(WIDTHS[type]);
    sizeBytes += WIDTHS[type];
  }
  return { columns, offsets, widths, sizeBytes, texts };
}
