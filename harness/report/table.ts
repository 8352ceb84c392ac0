/**
 * Plain tables for the terminal, in lines that fit it: columns are left out that matter least, which a
 * line below says, words are wrapped, and what is still too wide is broken into blocks.
 */

import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { currentScreen, type Screen, toned } from '../host/index.ts';
import { barOf } from './bar.ts';
import { widthOf, wrapped } from './wrap.ts';

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

/** Blanks between columns. */
const GAP = 2;
/** No column is wrapped to fewer characters. */
const WRAPPED_MIN = 20;
/** A bar of fewer characters says nothing; a longer one says no more. */
const BAR_MIN = 6;
const BAR_MAX = 24;

/** The head of a column. */
export interface Head {
  /** As a wide table has it. */
  readonly text: string;
  /** As a fitted table has it, where shorter. */
  readonly short?: string;
  /** Stands above this column and its neighbours that have the same. */
  readonly over?: string;
  /** Columns of the highest rank are left out first; those without, never. */
  readonly rank?: number;
  /** It says what a line is of: every block of a table that is broken into some has it, as the first. */
  readonly key?: boolean;
  /** Words, not numbers: left-aligned, and wrapped where there is no room. */
  readonly words?: boolean;
  /** The message of the table: its numbers get bars where there is room. */
  readonly bar?: boolean;
}

/** Heads of columns with `what` of each of `names`; a fitted table has `over` once, above them. */
export function headsOf(
  names: readonly string[],
  { what, over, rank = 0 }: { what: string; over: string; rank?: number },
): Head[] {
  return names.map((name) => ({ text: `${name} ${what}`, short: name, over, rank }));
}

/** A table with left-aligned first and right-aligned further columns, in lines that fit the screen. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  screen = currentScreen(),
): string {
  return fittedTable(
    head.map((text) => ({ text })),
    rows,
    false,
    screen,
  );
}

/**
 * A table in lines that fit the screen, or with all columns however wide that is if `wide`. To fit,
 * columns are left out by their ranks, which a line below says; then words are wrapped; then the table
 * is broken into blocks, each with the first column.
 */
export function fittedTable(
  heads: readonly Head[],
  rows: readonly (readonly string[])[],
  wide: boolean,
  screen = currentScreen(),
): string {
  const all = heads.map((head, i) => placed(head, i, rows, wide));
  if (wide) return drawn(all, rows, screen);
  let columns = spread(all);
  while (lineWidth(columns) > screen.width && columns.some(({ rank }) => rank > 0)) {
    const most = Math.max(...columns.map(({ rank }) => rank));
    columns = columns.filter(({ rank }) => rank < most);
  }
  const left = all.filter(({ i }) => columns.every((one) => one.i !== i));
  const note = left.length === 0 ? [] : [`(--wide has more: ${namesOf(left)})`];
  // A block has fewer columns, so its words may be as long as they are.
  const widened = (block: readonly Placed[]): readonly Placed[] =>
    narrowed(spread(block.map(({ i }) => all[i])), screen.width);
  const blocks = blocksOf(narrowed(columns, screen.width), screen.width).map(widened);
  const texts = blocks.map((block) => drawn(withBar(block, rows, screen.width), rows, screen));
  return [texts.join('\n\n'), ...note.flatMap((one) => wrapped(one, screen.width))].join('\n');
}

/** A column of a table; `i`: its place in the rows. */
interface Placed {
  readonly head: string;
  readonly text: string;
  readonly over: string;
  readonly rank: number;
  readonly i: number;
  readonly width: number;
  /** It is wrapped to `width`. */
  readonly words: boolean;
  readonly bar: boolean;
  readonly key: boolean;
  /** In place of the column's number: a bar of it beside this greatest one. */
  readonly barOf?: number;
}

function placed(
  { text, short = text, over = '', rank = 0, words = false, bar = false, key = false }: Head,
  i: number,
  rows: readonly (readonly string[])[],
  wide: boolean,
): Placed {
  const head = wide ? text : short;
  const width = Math.max(widthOf(head), ...rows.map((row) => widthOf(row[i])));
  const isFirst = i === 0;
  const title = wide ? '' : over;
  const kind = { words: words || isFirst, key: key || isFirst };
  return { head, text, over: title, rank, i, width, bar, ...kind };
}

/** What columns are called where they are not there, those under one title together. */
function namesOf(columns: readonly Placed[]): string {
  const groups = groupsOf(columns).map((group) => {
    const [{ over, text }] = group;
    return over === '' ? text : `${over} of ${group.map(({ head }) => head).join(', ')}`;
  });
  return groups.join('; ');
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

/** `columns` with those of words as narrow as it takes, the widest first. */
function narrowed(columns: readonly Placed[], width: number): readonly Placed[] {
  let fitting = columns;
  for (;;) {
    const lack = lineWidth(fitting) - width;
    const shrinkable = fitting.filter((one) => one.words && one.width > WRAPPED_MIN);
    if (lack <= 0 || shrinkable.length === 0) return fitting;
    const widest = shrinkable.reduce((a, b) => (b.width > a.width ? b : a));
    const less = Math.max(WRAPPED_MIN, widest.width - lack);
    fitting = fitting.map((one) => (one === widest ? { ...one, width: less } : one));
  }
}

/** Keys that take more than this share of a line are the first column only. */
const KEYS_MAX = 0.7;

/** `columns` in as many blocks as it takes, each with the keys. */
function blocksOf(columns: readonly Placed[], width: number): Placed[][] {
  if (lineWidth(columns) <= width) return [[...columns]];
  const all = columns.filter(({ key }) => key);
  const keys = lineWidth(all) <= KEYS_MAX * width ? all : columns.slice(0, 1);
  const blocks: Placed[][] = [];
  for (const column of columns) {
    if (keys.includes(column)) continue;
    const last = blocks.at(-1);
    if (last !== undefined && lineWidth(spread([...last, column])) <= width) last.push(column);
    else blocks.push([...keys, column]);
  }
  return blocks.map(spread);
}

/** `columns` with a bar before the one whose message it is, as long as there is room for. */
function withBar(
  columns: readonly Placed[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly Placed[] {
  const at = columns.findIndex(({ bar }) => bar);
  const room = Math.min(BAR_MAX, width - lineWidth(columns) - GAP);
  if (at < 0 || room < BAR_MIN) return columns;
  const column = columns[at];
  const most = Math.max(...rows.map((row) => numberOf(row[column.i])));
  // Bars of one length compare nothing.
  if (!(most > 0) || rows.length < 2) return columns;
  return columns.toSpliced(at, 0, { ...column, head: '', width: room, barOf: most });
}

/** The number that a cell starts with; 0 where there is none. */
function numberOf(cell: string): number {
  const number = Number.parseFloat(stripVTControlCharacters(cell));
  return Number.isFinite(number) ? number : 0;
}

/** The text of a table of these columns. */
function drawn(
  columns: readonly Placed[],
  rows: readonly (readonly string[])[],
  screen: Screen,
): string {
  const isLeft = ({ words, barOf }: Placed): boolean => words || barOf !== undefined;
  const table = new Table({
    ...PLAIN,
    colAligns: columns.map((column) => (isLeft(column) ? 'left' : 'right')),
    colWidths: columns.map(({ width }) => width),
  });
  const names = columns.map(({ head, width }) => wrapped(head, width));
  table.push(names.map((lines) => lines.join('\n')));
  for (const row of rows) {
    table.push(
      columns.map(({ i, width, barOf: most }) =>
        most === undefined
          ? wrapped(row[i], width).join('\n')
          : barOf(numberOf(row[i]) / most, width, screen),
      ),
    );
  }
  const lines = trimLines(`${titlesOf(columns)}${table.toString()}`).split('\n');
  const isTitled = columns.some(({ over }) => over !== '');
  const headLines = Math.max(...names.map((each) => each.length)) + (isTitled ? 1 : 0);
  return lines.map((line, i) => (i < headLines ? toned('head', line, screen) : line)).join('\n');
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

/** A count or rate with three significant digits, in thousands (k), millions (M) and so on. */
export function countText(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const size = Math.abs(Number(value.toPrecision(3)));
  if (size < 1e3) return threeDigits(value);
  if (size < 1e6) return `${threeDigits(value / 1e3)} k`;
  return size < 1e9 ? `${threeDigits(value / 1e6)} M` : `${threeDigits(value / 1e9)} G`;
}

/** A time in ns with three significant digits, in a unit that suits it. */
export function timeText(ns: number | undefined): string {
  if (ns === undefined || !Number.isFinite(ns)) return '-';
  const size = Math.abs(Number(ns.toPrecision(3)));
  if (size < 1e3) return `${threeDigits(ns)} ns`;
  return size < 1e6 ? `${threeDigits(ns / 1e3)} us` : `${threeDigits(ns / 1e6)} ms`;
}

/** Times in ns with three significant digits, in the unit that suits the first, which alone says it. */
export function timeTexts(...values: readonly number[]): string[] {
  const [first] = values;
  const text = timeText(first);
  const unit = text.slice(text.lastIndexOf(' '));
  const ns = unit === ' ms' ? 1e6 : unit === ' us' ? 1e3 : 1;
  return values.map((value, i) => (i === 0 ? text : threeDigits(value / ns)));
}

/** What is said of a thing is beside it only where so many characters are left for it. */
const BESIDE_MIN = 30;

/**
 * A table of words, all columns left-aligned. The last column is wrapped where the line ends, or comes
 * below the others, indented, where they leave it no room.
 */
export function listTable(
  rows: readonly (readonly string[])[],
  { width } = currentScreen(),
): string {
  const last = Math.max(...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: last + 1 }, (_, i) =>
    Math.max(...rows.map((row) => widthOf(row[i] ?? ''))),
  );
  const room = width - widths.slice(0, last).reduce((sum, own) => sum + own + GAP, 0);
  const isBelow = room < Math.min(BESIDE_MIN, widths[last]);
  const table = new Table({
    ...PLAIN,
    ...(isBelow && { colWidths: widths.slice(0, last) }),
  });
  for (const row of rows) {
    if (isBelow) {
      table.push(row.slice(0, last));
      const below = wrapped(row[last] ?? '', width - BELOW.length).map((line) => BELOW + line);
      table.push([{ colSpan: Math.max(1, last), content: below.join('\n') }]);
    } else {
      table.push(row.map((cell, i) => (i < last ? cell : wrapped(cell, room).join('\n'))));
    }
  }
  return trimLines(table.toString());
}

const BELOW = ' '.repeat(6);

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
