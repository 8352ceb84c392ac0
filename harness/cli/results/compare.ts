/** `pmirror results compare A B`: what moved, by how much, and beyond what the seeds explain or not. */

import { printable } from '../../../pm/printable.ts';
import { FailureError, UsageError } from '../../host/index.ts';
import {
  type Column,
  column,
  fittedTable,
  type Head,
  prose,
  threeDigits,
} from '../../report/index.ts';
import {
  type ComparedFile,
  compareFiles,
  type FileComparison,
  type Move,
  toldApart,
} from '../../studies/compare/index.ts';
import type { Answer } from '../answer.ts';
import type { ResultsValues } from './options.ts';
import { sourceOf } from './sources.ts';

/** Of a file that it writes. */
export const MOVE_COLUMNS: readonly Column<Move>[] = [
  column('file', '-', 'file of results, or cells of a database', ({ file }) => file),
  column('row', '-', 'what tells the row apart from the others', ({ row }) => row),
  column('figure', '-', 'column that moved', (move) => move.column),
  column('before', '-', 'its mean over the seeds, or its text', ({ before }) => typed(before)),
  column('after', '-', 'the same afterwards', ({ after }) => typed(after)),
  column('changePercent', '%', 'change; empty from zero, and of text', ({ changePercent }) =>
    changePercent === null ? '' : Number(changePercent.toPrecision(6)),
  ),
  column(
    'beyond',
    '-',
    "beyond or within the seeds' 95 % interval; unknown with one seed, where every change is one of the " +
      'program or the model',
    ({ beyond }) => beyond,
  ),
  column('interval', '-', 'the interval that was looked at', ({ why }) => why),
];

/** A number where the text is exactly that of one. */
const typed = (text: string): string | number =>
  String(Number(text)) === text ? Number(text) : text;

/** Compares `before` with `after`, each named as a user does. Throws FailureError where too much has moved. */
export function compareResults(
  [before, after]: readonly [string, string],
  values: ResultsValues,
  answer: Answer,
): void {
  const [old, now] = [before, after].map((word) => sourceOf(word, values));
  const compared = pairsOf(old.files, now.files, [before, after])
    .map((pair) => toldApart(pair, [before, after]))
    .map(([a, b]) => compareFiles(a, b));
  if (compared.every(({ rowsCompared }) => rowsCompared === 0)) {
    throw new UsageError(`${before} and ${after} have no row in common`);
  }
  const wanted = wantedMoves(compared, values.metric);
  answer.from({ inputs: [...old.inputs, ...now.inputs] });
  if (wanted.length > 0) answer.show(`${moveTable(wanted, values.wide ?? false)}\n\n`);
  answer.show(`${prose(summaryOf(compared, wanted).join('\n'), 2)}\n`);
  answer.give({ name: 'moves', columns: MOVE_COLUMNS, rows: wanted, to: values.output });
  answer.write();
  const limit = values['fail-on'];
  if (limit !== undefined) refuseBeyond(wanted, limit);
}

/** Files to compare: the two, or those of the same name. */
function pairsOf(
  old: readonly ComparedFile[],
  now: readonly ComparedFile[],
  [before, after]: readonly [string, string],
): (readonly [ComparedFile, ComparedFile])[] {
  if (old.length === 1 && now.length === 1) return [[old[0], now[0]]];
  const pairs = now.flatMap((file) => {
    const same = old.find(({ name }) => name === file.name);
    return same === undefined ? [] : [[same, file] as const];
  });
  if (pairs.length > 0) return pairs;
  throw new UsageError(`${before} and ${after} have no file of the same name`);
}

const weightOf = ({ changePercent }: Move): number =>
  Math.abs(changePercent ?? Number.POSITIVE_INFINITY);

/** The moves of the columns that are asked for, the largest first. Throws UsageError for a column that is nowhere. */
function wantedMoves(compared: readonly FileComparison[], metric: readonly string[] = []): Move[] {
  const moves = compared.flatMap((one) => one.moves);
  const known = new Set(compared.flatMap(({ columns }) => columns));
  const unknown = metric.find((name) => name !== 'all' && !known.has(name));
  if (unknown !== undefined) {
    throw new UsageError(`unknown --metric '${unknown}'; accepted: all, ${[...known].join(', ')}`);
  }
  const isThere = ({ before, after }: Move) => before !== '' && after !== '';
  const isWanted = (move: Move) =>
    metric.length === 0
      ? move.isMain && isThere(move)
      : metric.includes('all') || metric.includes(move.column);
  return moves.filter(isWanted).sort((a, b) => weightOf(b) - weightOf(a));
}

/** So many moves are shown, unless all columns are. */
const SHOWN_MAX = 25;

const BEYOND = { beyond: 'yes', within: 'no', unknown: '-' } as const;

const HEADS: readonly Head[] = [
  { text: 'row', words: true },
  { text: 'figure', words: true, key: true },
  { text: 'before', rank: 1 },
  { text: 'after', rank: 1 },
  { text: 'change' },
  { text: 'beyond seeds', short: 'beyond', words: true },
  { text: 'interval', words: true, rank: 2 },
];

function moveTable(moves: readonly Move[], wide: boolean): string {
  const rows = (wide ? moves : moves.slice(0, SHOWN_MAX)).map((move) => [
    printable(move.row === '' ? move.file : move.row),
    printable(move.column),
    printable(move.before),
    printable(move.after),
    changeText(move),
    BEYOND[move.beyond],
    move.why,
  ]);
  const left = moves.length - rows.length;
  const more = left > 0 ? `\n(${left} smaller ones: --wide, or --output FILE)` : '';
  return `${fittedTable(HEADS, rows, wide)}${more}`;
}

const changeText = ({ changePercent }: Move): string =>
  changePercent === null
    ? '-'
    : `${changePercent < 0 ? '-' : '+'}${threeDigits(Math.abs(changePercent))} %`;

/** What moved in words, the verdict first. */
function summaryOf(compared: readonly FileComparison[], wanted: readonly Move[]): string[] {
  const sum = (count: (one: FileComparison) => number) =>
    compared.reduce((total, one) => total + count(one), 0);
  const rows = sum(({ rowsCompared }) => rowsCompared);
  const sides = [
    [sum(({ onlyBefore }) => onlyBefore), 'only before'],
    [sum(({ onlyAfter }) => onlyAfter), 'only after'],
  ] as const;
  const others = sides.flatMap(([count, where]) =>
    count > 0 ? [`${count} ${count === 1 ? 'is' : 'are'} ${where}`] : [],
  );
  const moved = new Set(wanted.map(({ file, row }) => `${file} ${row}`)).size;
  const largest = wanted.find(({ changePercent }) => changePercent !== null);
  const verdict =
    wanted.length === 0
      ? `Nothing moved in ${rows} rows`
      : `${moved} of ${rows} rows moved, in ${wanted.length} figures` +
        (largest === undefined ? '' : `, by up to ${changeText(largest)}`);
  const further = sum(({ moves }) => moves.length) - wanted.length;
  return [
    `${[verdict, ...others].join('; ')}.`,
    ...chanceText(wanted),
    ...(further > 0
      ? [`${further} figures of other columns, or that one side lacks: --metric all.`]
      : []),
    ...compared.flatMap(({ file, across }) =>
      across.map((one) => `${file} is compared across conditions: ${one}.`),
    ),
  ];
}

/** What the seeds explain of `moves`. */
function chanceText(moves: readonly Move[]): string[] {
  const count = (beyond: Move['beyond']) => moves.filter((one) => one.beyond === beyond).length;
  const seeded = count('beyond') + count('within');
  const known =
    `${count('beyond')} of ${seeded} with several seeds are beyond the 95 % interval over these ` +
    "(Student's t).";
  const unknown =
    `${count('unknown')} are of one seed, or text: runs are deterministic, so each is a change of the ` +
    'program, the model or the input.';
  return [...(seeded > 0 ? [known] : []), ...(count('unknown') > 0 ? [unknown] : [])];
}

/** Throws FailureError where a figure moved by more than `limit` per cent, and the seeds do not explain it. */
function refuseBeyond(moves: readonly Move[], limit: number): void {
  const beyond = moves.filter((move) => move.beyond !== 'within' && weightOf(move) > limit);
  if (beyond.length === 0) return;
  const [worst] = beyond;
  const figures = `${beyond.length} figure${beyond.length === 1 ? '' : 's'}`;
  throw new FailureError(
    `${figures} moved by more than ${limit} %: first of all ${worst.column} of ` +
      `${printable(worst.row === '' ? worst.file : worst.row)}, ${changeText(worst)}`,
  );
}
