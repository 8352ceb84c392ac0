/** Plain tables for the terminal. */

import Table from 'cli-table3';

/** No rules, no colours: columns by blanks, so that the text can be pasted and parsed. */
const PLAIN = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** A table with left-aligned first and right-aligned further columns. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    ...PLAIN,
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  for (const row of rows) table.push([...row]);
  return trimLines(table.toString());
}

/** A table with all columns left-aligned. */
export function listTable(rows: readonly (readonly string[])[]): string {
  const table = new Table(PLAIN);
  for (const row of rows) table.push([...row]);
  return trimLines(table.toString());
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
