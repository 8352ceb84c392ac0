/** What moved against other results: how many rows, by how much, and beyond the seeds or not. */

import { UsageError } from '../../../harness/host/index.ts';
import {
  compareFiles,
  type FileComparison,
  type Move,
  signed,
} from '../../../harness/studies/compare/index.ts';
import type { Section } from '../page/document.ts';
import { dataTable, html, NOTHING } from '../page/html.ts';
import type { ResultFile, Results } from '../source.ts';
import type { LongTable } from './tables.ts';

/** So many moves are listed: those of the main columns first, then the largest. */
const MOVES_MAX = 2000;

/** Files of both that are compared with each other. Throws UsageError where there are none. */
function pairsOf(results: Results, other: Results): (readonly [ResultFile, ResultFile])[] {
  if (results.isOneFile && other.isOneFile) return [[other.files[0], results.files[0]]];
  const pairs = results.files.flatMap((file) => {
    const same = other.files.find(({ name }) => name === file.name);
    return same === undefined ? [] : [[same, file] as const];
  });
  if (pairs.length > 0) return pairs;
  const names = ({ files }: Results) => files.map(({ name }) => name).join(', ');
  throw new UsageError(
    `--against ${other.from}: has no file of the same name: it has ${names(other)}, ` +
      `and ${results.from} has ${names(results)}`,
  );
}

/** The section, and the table of all moves. */
export function againstSection(
  results: Results,
  other: Results,
): { section: Section; data: LongTable[] } {
  const compared = pairsOf(results, other).map(([before, after]) => compareFiles(before, after));
  const empty = compared.find(({ rowsCompared }) => rowsCompared === 0);
  if (empty !== undefined && compared.length === 1) {
    throw new UsageError(`--against ${other.from}: no row of ${empty.file} is there on both sides`);
  }
  const all = compared.flatMap(({ moves }) => moves);
  const weight = ({ changePercent }: Move) => Math.abs(changePercent ?? Number.POSITIVE_INFINITY);
  const sorted = [...all].sort(
    (a, b) => Number(b.isMain) - Number(a.isMain) || weight(b) - weight(a),
  );
  const listed = sorted.slice(0, MOVES_MAX);
  const left = all.length - listed.length;
  const notes = [
    ...compared.flatMap(({ file, across }) =>
      across.map((one) => `${file} is compared across conditions: ${one}.`),
    ),
    ...(left > 0 ? [`${left} more moves are not listed: the least of the further columns.`] : []),
    ...(all.some(({ beyond }) => beyond === 'beyond')
      ? ['Of many figures that did not change, one in twenty is beyond such an interval by chance.']
      : []),
  ];
  const details =
    all.length === 0
      ? NOTHING
      : html`<details id="table-moves"><summary>All that moved: ${listed.length} figures</summary></details>`;
  const body = html`<p><b>${verdictOf(compared)}</b></p>
<p class="muted">Before: ${other.from}. After: ${results.from}. ${notes.join(' ')}</p>
${filesTable(compared)}${topTable(listed)}${details}`;
  return {
    section: { id: 'against', title: 'What moved', body },
    data: all.length === 0 ? [] : [movesTable(listed)],
  };
}

function verdictOf(compared: readonly FileComparison[]): string {
  const sum = (count: (one: FileComparison) => number) =>
    compared.reduce((total, one) => total + count(one), 0);
  const rows = sum(({ rowsCompared }) => rowsCompared);
  const moved = sum(({ rowsMoved }) => rowsMoved);
  const gone = sum(({ onlyBefore }) => onlyBefore);
  const added = sum(({ onlyAfter }) => onlyAfter);
  const others = [
    ...(gone > 0 ? [`${gone} rows are gone`] : []),
    ...(added > 0 ? [`${added} rows are new`] : []),
  ];
  const rest = others.length === 0 ? '' : `; ${others.join(', ')}`;
  if (moved === 0) return `Nothing moved in ${rows} rows${rest}.`;
  const moves = compared.flatMap((one) => one.moves);
  const count = (beyond: Move['beyond']) => moves.filter((one) => one.beyond === beyond).length;
  return (
    `${moved} of ${rows} rows moved${rest}. Of ${moves.length} figures that differ, ${count('beyond')} ` +
    `are beyond the seeds' interval, ${count('within')} within it, and of ${count('unknown')} it is not known.`
  );
}

const count = (text: string, about = '') => ({ text, isNumber: true, about });

function filesTable(compared: readonly FileComparison[]) {
  return dataTable({
    caption: 'What moved, by file',
    heads: [
      { text: 'file' },
      count('rows compared'),
      count('moved'),
      count('gone'),
      count('new'),
      count('seeds', 'fewest seeds of a row on either side'),
      count("beyond the seeds' interval"),
      count('within'),
      count('not known'),
      { text: 'largest change of a main column' },
      { text: 'columns only on one side' },
    ],
    rows: compared.map((one) => {
      const of = (beyond: Move['beyond']) =>
        String(one.moves.filter((move) => move.beyond === beyond).length);
      const [largest] = one.moves
        .filter(({ isMain, changePercent }) => isMain && changePercent !== null)
        .sort((a, b) => Math.abs(b.changePercent ?? 0) - Math.abs(a.changePercent ?? 0));
      return [
        one.file,
        String(one.rowsCompared),
        String(one.rowsMoved),
        String(one.onlyBefore),
        String(one.onlyAfter),
        Number.isFinite(one.seeds) ? String(one.seeds) : '',
        of('beyond'),
        of('within'),
        of('unknown'),
        largest === undefined
          ? ''
          : `${signed(largest.changePercent ?? 0)} %: ${largest.column} of ${largest.row}`,
        [
          ...one.columnsOnlyBefore.map((name) => `${name} (gone)`),
          ...one.columnsOnlyAfter.map((name) => `${name} (new)`),
        ].join(', '),
      ];
    }),
  });
}

const TOP = 25;

const HEADS = [
  ['file', false],
  ['row', false],
  ['column', false],
  ['before', true],
  ['after', true],
  ['change in %', true],
  ["beyond the seeds' interval", false],
  ['interval', false],
] as const;

const cellsOf = (move: Move): string[] => [
  move.file,
  move.row,
  move.column,
  move.before,
  move.after,
  move.changePercent === null ? '' : String(Number(move.changePercent.toPrecision(3))),
  { beyond: 'yes', within: 'no', unknown: 'not known' }[move.beyond],
  move.why,
];

function topTable(moves: readonly Move[]) {
  const top = moves.slice(0, TOP);
  if (top.length === 0) return NOTHING;
  return dataTable({
    caption: `The ${top.length} largest moves of main columns`,
    heads: HEADS.map(([text, isNumber]) => ({ text, isNumber })),
    rows: top.map(cellsOf),
  });
}

const movesTable = (moves: readonly Move[]): LongTable => ({
  id: 'table-moves',
  caption: 'All that moved',
  columns: HEADS.map(([name, isNumber]) => ({ name, about: '', isNumber, isMain: true })),
  rows: moves.map(cellsOf),
});
