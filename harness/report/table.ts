/**
 * Plain tables for the terminal: as wide as they come, or fitted into 80 characters, where columns are
 * left out that matter least.
 */

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

/** Characters of a line that every terminal has. */
const WIDTH = 80;
const GAP = 2;
/** The first column is not wrapped to fewer characters. */
const WRAPPED_MIN = 20;

/** The head of a column of a table that can be fitted. */
export interface Head {
  /** As a wide table has it. */
  readonly text: string;
  /** As a fitted table has it, where shorter. */
  readonly short?: string;
  /** Stands above this column and its neighbours that have the same. */
  readonly over?: string;
  /** Columns of the highest rank are left out first; those without, never. */
  readonly rank?: number;
}

/** Heads of columns with `what` of each of `names`; a fitted table has `over` once, above them. */
export function headsOf(
  names: readonly string[],
  { what, over, rank = 0 }: { what: string; over: string; rank?: number },
): Head[] {
  return names.map((name) => ({ text: `${name} ${what}`, short: name, over, rank }));
}

/**
 * As {@link plainTable} if `wide`. Else a table of at most 80 characters if that can be had:
 * columns are left out by their ranks, then the first one is wrapped.
 */
export function fittedTable(
  heads: readonly Head[],
  rows: readonly (readonly string[])[],
  wide: boolean,
): string {
  if (wide) {
    return plainTable(
      heads.map(({ text }) => text),
      rows,
    );
  }
  let columns = spread(
    heads.map(({ text, short = text, over = '', rank = 0 }, i) => {
      const width = Math.max(short.length, ...rows.map((row) => row[i].length));
      return { short, over, rank, i, width };
    }),
  );
  while (lineWidth(columns) > WIDTH && columns.some(({ rank }) => rank > 0)) {
    const most = Math.max(...columns.map(({ rank }) => rank));
    columns = columns.filter(({ rank }) => rank < most);
  }
  const [first, ...others] = columns;
  const narrowest = Math.min(WRAPPED_MIN, first.width);
  const wrapped = Math.max(narrowest, first.width - Math.max(0, lineWidth(columns) - WIDTH));
  const table = new Table({
    ...PLAIN,
    colAligns: columns.map((_, i) => (i === 0 ? 'left' : 'right')),
    colWidths: [wrapped, ...others.map(({ width }) => width)],
    wordWrap: true,
  });
  table.push(
    columns.map(({ short }) => short),
    ...rows.map((row) => columns.map(({ i }) => row[i])),
  );
  const titles = titlesOf([{ ...first, width: wrapped }, ...others]);
  return trimLines(`${titles}${table.toString()}`);
}

/** A column of a table that is fitted; `i`: its place in the rows. */
interface Placed {
  readonly short: string;
  readonly over: string;
  readonly rank: number;
  readonly i: number;
  readonly width: number;
}

/** Neighbours under one title together. */
function groupsOf(columns: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const column of columns) {
    const last = groups.at(-1);
    if (column.over !== '' && last?.[0].over === column.over) last.push(column);
    else groups.push([column]);
  }
  return groups;
}

/** `columns`, the first under each title so much wider that the title fits. */
function spread(columns: readonly Placed[]): Placed[] {
  return groupsOf(columns).flatMap((group) => {
    const lack = Math.max(0, group[0].over.length - lineWidth(group));
    return group.map((column, i) => (i > 0 ? column : { ...column, width: column.width + lack }));
  });
}

function lineWidth(columns: readonly Placed[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP, -GAP);
}

/** The line of titles over columns; empty if there are none. */
function titlesOf(columns: readonly Placed[]): string {
  if (columns.every(({ over }) => over === '')) return '';
  const titles = groupsOf(columns).map((group) => group[0].over.padStart(lineWidth(group)));
  return `${titles.join(' '.repeat(GAP))}\n`;
}

/** `value` with three significant digits. */
export function threeDigits(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const digits = 2 - Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  return Number(value.toPrecision(3)).toFixed(Math.max(0, digits));
}

/** A time in ns with three significant digits, in a unit that suits it. */
export function timeText(ns: number | undefined): string {
  if (ns === undefined || !Number.isFinite(ns)) return '-';
  const size = Math.abs(Number(ns.toPrecision(3)));
  if (size < 1e3) return `${threeDigits(ns)} ns`;
  return size < 1e6 ? `${threeDigits(ns / 1e3)} us` : `${threeDigits(ns / 1e6)} ms`;
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
