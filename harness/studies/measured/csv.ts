/**
 * Measurements as CSV: a head that names the columns `quantity`, `value` (or `measured`) and `unit`, and a
 * row for each figure. So calibration.csv, with figures of one's own in it, is such a file. Other columns
 * are let be, rows without a figure too; lines that begin with # are comments.
 */

import { parse } from 'csv-parse/sync';
import { decimal } from '../../../pm/decimal.ts';
import { suggestion } from '../../../pm/nearest.ts';
import { UsageError } from '../../host/index.ts';
import { refuseTwice } from '../../report/index.ts';
import { converted, quantityNamed, quantityNames, unitsLike } from '../calibration/index.ts';
import type { MeasuredFile, MeasuredRow } from './rows.ts';

/** Units that need not be written: of plain numbers. */
const UNWRITTEN = ['count', 'lines', 'flag', 'probability', 'ratio', 'instructions/cycle'];

/** The figures in the CSV `text` of the file `name`. Throws UsageError that names every bad row. */
export function readCsv(text: string, name: string): MeasuredFile {
  const records = recordsOf(text, name);
  const wrong: string[] = [];
  const rows: MeasuredRow[] = [];
  for (const { record, info } of records) {
    const row = rowOf(record, `${name}, line ${info.lines}`);
    if (typeof row === 'string') wrong.push(`  line ${info.lines}: ${row}`);
    else if (row !== undefined) rows.push(row);
  }
  if (wrong.length > 0) throw new UsageError(`${name}:\n${wrong.join('\n')}`);
  return { format: 'CSV', rows, skipped: [] };
}

interface Record_ {
  readonly record: Readonly<Record<string, string | undefined>>;
  readonly info: { readonly lines: number };
}

const HEAD = 'a head line that names the columns quantity, value and unit';

function recordsOf(text: string, name: string): readonly Record_[] {
  let columns: readonly string[] = [];
  let records: readonly Record_[];
  try {
    records = parse(text, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      delimiter: [',', ';', '\t'],
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count_less: true,
      columns: (head: readonly string[]) => {
        columns = head.map((one) => one.toLowerCase());
        return [...columns];
      },
    }) as unknown as readonly Record_[];
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    const isWide = /record length|Record Length/i.test(told);
    const [, line = '?'] = /on line (\d+)/.exec(told) ?? [];
    throw new UsageError(
      isWide
        ? `${name}, line ${line}: more fields than the head has; put quantities with commas in quotes`
        : `${name} is no CSV file: ${told}`,
    );
  }
  const hasAll =
    columns.includes('quantity') &&
    columns.includes('unit') &&
    (columns.includes('value') || columns.includes('measured'));
  if (!hasAll) throw new UsageError(`${name} has not ${HEAD}: it begins with ${beginning(text)}`);
  refuseTwice(columns, name);
  return records;
}

const SHOWN = 60;

function beginning(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return text.trim() === '' ? 'nothing' : JSON.stringify(line.slice(0, SHOWN).trim());
}

/** The figure of a row, undefined if it has none, or what is wrong with it. */
function rowOf(
  record: Readonly<Record<string, string | undefined>>,
  source: string,
): MeasuredRow | string | undefined {
  const { quantity: name = '', unit = '', note } = record;
  const text = record.value ?? record.measured ?? '';
  if (text === '') return name === '' ? 'no quantity' : undefined;
  const quantity = quantityNamed(name);
  if (quantity === undefined) return unknownQuantity(name);
  const value = decimal(text);
  const isValue = quantity.experiment.kind === 'value';
  if (Number.isNaN(value) || value < 0 || (value === 0 && !isValue)) {
    return `the value '${text}' of ${name} is not a number above 0`;
  }
  const isUnwritten = unit === '' && UNWRITTEN.includes(quantity.unit);
  const figure = isUnwritten ? value : converted(value, unit, quantity.unit);
  if (figure === undefined) {
    const accepted = unitsLike(quantity.unit).join(', ');
    return `the unit '${unit}' of ${name} is not one of ${accepted}`;
  }
  return { quantity, value: figure, source, ...(note ? { note } : {}) };
}

function unknownQuantity(name: string): string {
  const { forms, rows } = quantityNames();
  const meant = suggestion(name, rows) || suggestion(withNs(name), forms.map(withNs));
  return `no quantity '${name}'${meant} (pmirror profile quantities lists them)`;
}

/** A name with N for each of its numbers, so that forms can be compared. */
const withNs = (name: string): string => name.replaceAll(/\d+/g, 'N');
