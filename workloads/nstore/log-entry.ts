/**
 * Entries of the write-ahead list. N-store's OPT_WAL engine writes them as text, zero-terminated,
 * and they hold what undoing needs: `transaction operation table row` for inserts and deletes;
 * `transaction 2 table fields row`, then for each field its number and its value before, for
 * updates. Pointers are written as the original's addresses, whose pool is mapped at
 * 0x1000_0000_0000.
 */

import { VerifyError } from '../workload.ts';

/** Operation codes as they stand in the text. */
export const LogOperation = { INSERT: 0, DELETE: 1, UPDATE: 2 } as const;

const PM_BASE = 0x1000_0000_0000;

/** A field's number and its value before: a pointer (heap offset) for texts, else the number. */
export interface FieldBefore {
  readonly column: number;
  readonly isPointer: boolean;
  readonly value: number;
}

/** An entry, parsed. `row` is the heap offset of the row. */
export interface LogEntry {
  readonly operation: number;
  readonly table: number;
  readonly row: number;
  readonly fields: readonly FieldBefore[];
}

/** How the text names the heap offset `offset`. */
export function pointerText(offset: number): string {
  return `0x${(PM_BASE + offset).toString(16)}`;
}

/** The bytes of an entry, with the zero byte. `isDouble` fields are written with six decimals. */
export function encodeEntry(
  transaction: number,
  entry: LogEntry,
  isDouble: (column: number) => boolean,
): Uint8Array {
  const head = `${transaction} ${entry.operation} ${entry.table}`;
  if (entry.operation !== LogOperation.UPDATE) {
    return Buffer.from(`${head} ${pointerText(entry.row)}\0`, 'latin1');
  }
  let text = `${head} ${entry.fields.length} ${pointerText(entry.row)} `;
  for (const { column, isPointer, value } of entry.fields) {
    if (isPointer) text += `${column} ${pointerText(value)} `;
    else text += `${column}  ${isDouble(column) ? value.toFixed(6) : value} `;
  }
  return Buffer.from(`${text}\0`, 'latin1');
}

/** Reads an entry back. Throws VerifyError if the text is not one. */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  const end = bytes.indexOf(0);
  const text = Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('latin1');
  const words = text.split(' ').filter((word) => word !== '');
  const pointer = (word: string | undefined): number => {
    const value = Number(word ?? '') - PM_BASE;
    if (!(value > 0)) throw new VerifyError(`log entry '${text}': '${word}' is no pointer`);
    return value;
  };
  const [operation, table] = [Number(words[1]), Number(words[2])];
  if (operation === LogOperation.INSERT || operation === LogOperation.DELETE) {
    return { operation, table, row: pointer(words[3]), fields: [] };
  }
  const count = Number(words[3]);
  if (operation !== LogOperation.UPDATE || words.length !== 5 + 2 * count) {
    throw new VerifyError(`not a log entry: '${text}'`);
  }
  const fields: FieldBefore[] = [];
  for (let i = 0; i < count; i++) {
    const word = words[6 + 2 * i];
    const isPointer = word.startsWith('0x');
    const value = isPointer ? pointer(word) : Number(word);
    fields.push({ column: Number(words[5 + 2 * i]), isPointer, value });
  }
  return { operation, table, row: pointer(words[4]), fields };
}
