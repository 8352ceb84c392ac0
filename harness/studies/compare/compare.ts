/**
 * What moved between two sets of results, and whether the seeds alone explain it. Where both have the
 * same seeds of a cell, the change is taken within each seed and its mean has an interval by Student's t:
 * what the seeds have in common cancels. Else the intervals of the means are held against each other. One
 * seed on either side says nothing of chance, and the comparison says so.
 */

import { UsageError } from '../../host/index.ts';
import { arithmeticMean, type CsvRecords, type Interval } from '../../report/index.ts';
import { CELL, type KnownFile, keyIn } from './kinds.ts';
import { studentInterval } from './student.ts';

/** One file of results, or rows that would be one. */
export interface ComparedFile extends CsvRecords {
  readonly name: string;
  readonly kind: KnownFile;
}

/** Whether a change is beyond the interval of the seeds; unknown with one seed on a side. */
export type Beyond = 'beyond' | 'within' | 'unknown';

/** One figure of one row that is another now. */
export interface Move {
  readonly file: string;
  /** Names and values of the columns that tell the row apart. */
  readonly row: string;
  readonly column: string;
  readonly isMain: boolean;
  readonly before: string;
  readonly after: string;
  /** In % of before; null where that is no number, or zero. */
  readonly changePercent: number | null;
  readonly beyond: Beyond;
  /** The interval that was looked at. */
  readonly why: string;
}

/** What moved in one file. */
export interface FileComparison {
  readonly file: string;
  readonly rowsCompared: number;
  readonly rowsMoved: number;
  /** Columns that both have and that tell no rows apart. */
  readonly columns: readonly string[];
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly columnsOnlyBefore: readonly string[];
  readonly columnsOnlyAfter: readonly string[];
  /** Conditions that all rows of a side share and that differ between the sides, in words. */
  readonly across: readonly string[];
  /** Fewest seeds of a row on either side. */
  readonly seeds: number;
  readonly moves: readonly Move[];
}

type Row = Readonly<Record<string, string>>;

/** What else tells rows of cells apart, where their keys do not: runs of two lengths, say. */
export const FURTHER_KEYS: readonly string[] = [
  'transactions',
  'warmupTransactions',
  'volatileWork',
  'inflight',
  'group',
];

/**
 * The two sides with as many columns in their keys as it takes that no row of either is there twice under one
 * seed, where the rows would be taken for seeds. Throws UsageError where no column does; `called`: the sides.
 */
export function toldApart(
  sides: readonly [ComparedFile, ComparedFile],
  called: readonly [string, string],
): readonly [ComparedFile, ComparedFile] {
  const twice = (key: readonly string[]) =>
    sides.findIndex(({ records, columns }) => {
      const names = [...key, 'seed'].filter((name) => columns.includes(name));
      const rows = records.map((row) => JSON.stringify(names.map((name) => row[name])));
      return new Set(rows).size < rows.length;
    });
  const [before, after] = sides;
  const { key } = after.kind;
  if (twice(key) < 0) return sides;
  const all = [...key, ...FURTHER_KEYS];
  const side = twice(all);
  if (side < 0) return [before, { ...after, kind: { ...after.kind, key: all } }];
  throw new UsageError(
    `${called[side]}: rows of ${sides[side].name} are there twice, that should differ in ` +
      `${keyIn(after.kind, after.columns).join(', ')} or seed`,
  );
}

/** Conditions under which the same programs and designs can be compared with themselves. */
const CONDITIONS = CELL.filter((name) => name !== 'workload' && name !== 'backend');

/** The one value of the column `name` in `rows`; undefined where there are several. */
const onlyValue = (rows: readonly Row[], name: string): string | undefined =>
  rows.every((row) => row[name] === rows[0][name]) ? rows[0]?.[name] : undefined;

/** How `after` differs from `before`, row by row and column by column. */
export function compareFiles(before: ComparedFile, after: ComparedFile): FileComparison {
  const shares = keyIn(after.kind, after.columns).filter((name) => before.columns.includes(name));
  const across = shares.flatMap((name) => {
    const [was, is] = [before, after].map(({ records }) => onlyValue(records, name));
    const isOther = was !== undefined && is !== undefined && was !== is;
    return isOther && CONDITIONS.includes(name) ? [{ name, was, is }] : [];
  });
  const key = shares.filter((name) => across.every((one) => one.name !== name));
  const nameOf = (row: Row) => JSON.stringify(key.map((name) => row[name]));
  const [old, now] = [before, after].map(({ records }) => Map.groupBy(records, nameOf));
  const told = tellingColumns(key, after.records);
  const shared = [...now.keys()].filter((name) => old.has(name));
  const columns = after.columns.filter(
    (name) => before.columns.includes(name) && !shares.includes(name) && name !== 'seed',
  );
  const seedCounts: number[] = [];
  const perRow = shared.map((name) => {
    const [ours, theirs] = commonSeeds(old.get(name) ?? [], now.get(name) ?? []);
    seedCounts.push(Math.min(ours.length, theirs.length));
    const row = told.map((column) => `${column} ${theirs[0][column]}`).join(', ');
    return columns.flatMap((column) => {
      const move = moveOf(ours, theirs, column);
      const isMain = after.kind.main.includes(column);
      return move === undefined ? [] : [{ file: after.name, row, column, isMain, ...move }];
    });
  });
  return {
    file: after.name,
    rowsCompared: shared.length,
    rowsMoved: perRow.filter((moves) => moves.length > 0).length,
    columns,
    onlyBefore: [...old.keys()].filter((name) => !now.has(name)).length,
    onlyAfter: [...now.keys()].filter((name) => !old.has(name)).length,
    columnsOnlyBefore: before.columns.filter((name) => !after.columns.includes(name)),
    columnsOnlyAfter: after.columns.filter((name) => !before.columns.includes(name)),
    across: across.map(({ name, was, is }) => `${name} ${was} before, ${is} after`),
    seeds: Math.min(...seedCounts),
    moves: perRow.flat(),
  };
}

/** Rows of one cell by seed, under the seeds that both sides have; all, where they have none in common. */
function commonSeeds(
  before: readonly Row[],
  after: readonly Row[],
): [readonly Row[], readonly Row[]] {
  const [old, now] = [before, after].map((rows) => new Set(rows.map(({ seed }) => seed)));
  const [ours, theirs] = [before, after].map((rows) =>
    rows.toSorted((a, b) => Number(a.seed) - Number(b.seed)),
  );
  if (![...old].some((seed) => now.has(seed))) return [ours, theirs];
  return [ours.filter(({ seed }) => now.has(seed)), theirs.filter(({ seed }) => old.has(seed))];
}

/**
 * Columns of `key` that tell rows apart, as few as it takes: parameters go where the program tells them, and a
 * machine where what a sweep varies does.
 */
export function tellingColumns(key: readonly string[], rows: readonly Row[]): readonly string[] {
  const count = (names: readonly string[]) =>
    new Set(rows.map((row) => JSON.stringify(names.map((name) => row[name])))).size;
  const most = count(key);
  const isPartOfOther = (name: string) => name.startsWith('param.') || name === 'set';
  return [...key.filter(isPartOfOther), ...key.toReversed()].reduce((names, name) => {
    const others = names.filter((one) => one !== name);
    return count(others) === most ? others : names;
  }, key);
}

type Change = Pick<Move, 'before' | 'after' | 'changePercent' | 'beyond' | 'why'>;

/** How `column` differs between the rows of one cell, a row a seed; undefined if it does not. */
function moveOf(before: readonly Row[], after: readonly Row[], column: string): Change | undefined {
  const [old, now] = [before, after].map((rows) => rows.map((row) => row[column] ?? ''));
  if (old.length === now.length && old.every((text, i) => text === now[i])) return undefined;
  const [olds, nows] = [old, now].map((texts) => texts.map(Number));
  const areNumbers = [...old, ...now].every((text) => text !== '' && Number.isFinite(Number(text)));
  if (!areNumbers) {
    const [was, is] = [old, now].map((texts) => [...new Set(texts)].join(', '));
    const none = { before: was, after: is, changePercent: null } as const;
    return was === is ? undefined : { ...none, beyond: 'unknown', why: 'no number' };
  }
  const [mean, meanNow] = [arithmeticMean(olds), arithmeticMean(nows)];
  if (mean === meanNow) return undefined;
  return {
    before: figureText(mean),
    after: figureText(meanNow),
    changePercent: mean === 0 ? null : (100 * (meanNow - mean)) / mean,
    ...(chanceOf(before, after, column) ?? ownInterval(before, after, column) ?? ONE_SEED),
  };
}

const ONE_SEED = { beyond: 'unknown', why: 'one seed: no interval' } as const;

const figureText = (value: number): string => String(Number(value.toPrecision(6)));

type Chance = Pick<Move, 'beyond' | 'why'>;

/** Whether seeds explain the change of `column`; undefined with one seed on either side. */
function chanceOf(
  before: readonly Row[],
  after: readonly Row[],
  column: string,
): Chance | undefined {
  if (before.length < 2 || after.length < 2) return undefined;
  const old = new Map(before.map((row) => [row.seed, Number(row[column])]));
  const pairs = after.flatMap((row) => {
    const was = old.get(row.seed);
    return was === undefined || was === 0 ? [] : [Number(row[column]) / was];
  });
  const ratio = studentInterval(pairs);
  if (ratio !== undefined) {
    const [low, high] = [ratio.low, ratio.high].map((end) => 100 * (end - 1));
    const why = `change ${signed(low)} to ${signed(high)} % over ${pairs.length} seeds, paired`;
    return { beyond: low > 0 || high < 0 ? 'beyond' : 'within', why };
  }
  const [was, is] = [before, after].map((rows) =>
    studentInterval(rows.map((row) => Number(row[column]))),
  );
  return was === undefined || is === undefined ? undefined : apart(was, is);
}

/** Whether two intervals have nothing in common. */
function apart(was: Pick<Interval, 'low' | 'high'>, is: Pick<Interval, 'low' | 'high'>): Chance {
  const text = ({ low, high }: Pick<Interval, 'low' | 'high'>) =>
    `${figureText(low)} to ${figureText(high)}`;
  const why = `means of the seeds: ${text(was)}, now ${text(is)}`;
  return { beyond: is.low > was.high || is.high < was.low ? 'beyond' : 'within', why };
}

/** Columns whose interval over the seeds stands beside them in the file, by what they begin with. */
const INTERVALS: readonly (readonly [column: RegExp, low: string, high: string])[] = [
  [/^(.+)Mean$/, '$1Low', '$1High'],
  [/^(geometric|arithmetic)MeanSpeedupOverSmRc$/, '$1MeanSpeedupLow', '$1MeanSpeedupHigh'],
];

/** The same from the interval that a file of means states for each; undefined where there is none. */
function ownInterval(
  [before]: readonly Row[],
  [after]: readonly Row[],
  column: string,
): Chance | undefined {
  const found = INTERVALS.find(([pattern]) => pattern.test(column));
  if (found === undefined) return undefined;
  const [pattern, low, high] = found;
  const endsOf = (row: Row) => {
    const texts = [low, high].map((name) => row[column.replace(pattern, name)] ?? '');
    const [from, to] = texts.map(Number);
    return texts.includes('') ? undefined : { low: from, high: to };
  };
  const [was, is] = [endsOf(before), endsOf(after)];
  return was === undefined || is === undefined ? undefined : apart(was, is);
}

/** `value` with three digits and its sign. */
export const signed = (value: number): string =>
  `${value < 0 ? '−' : '+'}${Number(Math.abs(value).toPrecision(3))}`;
