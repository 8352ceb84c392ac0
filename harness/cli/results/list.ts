/** `pmirror results list` and `show`: which runs a database has, and which cells. */

import { printable } from '../../../pm/printable.ts';
import type { StoredCell, StoredResults, StoredRun } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import {
  type Column,
  column,
  fittedTable,
  type Head,
  listTable,
  threeDigits,
  timeText,
} from '../../report/index.ts';
import { FURTHER_KEYS, KNOWN_FILES, tellingColumns } from '../../studies/compare/index.ts';
import type { Answer } from '../answer.ts';
import { choiceOf, isAll, type ResultsValues } from './options.ts';
import { differingVersions, storedTable, VERSION_COLUMNS } from './stored-table.ts';

/** Columns of a list of runs. */
export const RUN_COLUMNS: readonly Column<StoredRun>[] = [
  column('run', '-', 'number of the run in this database', ({ run }) => run),
  column('commitId', '-', 'commit that ran', ({ commitId }) => commitId),
  column('models', '-', 'versions of the model that its rows are of', ({ models }) =>
    models.join(' '),
  ),
  column('cells', 'count', 'rows that it computed or used', ({ cells }) => cells),
  column(
    'others',
    'count',
    'further units, such as bounds; 0 where rows are chosen',
    (run) => run.others,
  ),
  column('command', '-', 'as it was typed', ({ command }) => command),
];

/** A commit, or the digest of a model, as short as people take them. */
const short = (id: string): string => id.replace(/[0-9a-f]{12,}/g, (digits) => digits.slice(0, 10));

/** Lists the runs of `results`. */
export function listRuns(results: StoredResults, values: ResultsValues, answer: Answer): void {
  const rows = results.runs(choiceOf(values));
  const heads: readonly Head[] = [
    { text: 'run' },
    { text: 'commit', words: true },
    { text: 'model', words: true, rank: 2 },
    { text: 'cells' },
    { text: 'others', rank: 1 },
    { text: 'command', words: true },
  ];
  const texts = rows.map(({ run, commitId, models, cells, others, command }) => [
    String(run),
    short(commitId),
    models.map(short).join(', '),
    String(cells),
    String(others),
    printable(command),
  ]);
  answer.show(rows.length === 0 ? '' : `${fittedTable(heads, texts, values.wide ?? false)}\n\n`);
  const cells = results.count(choiceOf(values));
  answer.say(
    `${counted(cells, 'cell')} of ${counted(rows.length, 'run')} in ${printable(results.path)}\n`,
  );
  answer.from({});
  answer.give({ name: 'runs', columns: RUN_COLUMNS, rows, to: values.output });
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** So many cells are shown, unless all are wanted. */
const SHOWN_MAX = 50;

/** Shows the chosen cells of `results`; of a single one all there is to say. */
export function showCells(results: StoredResults, values: ResultsValues, answer: Answer): void {
  const choice = choiceOf(values);
  const { columns, rows } = storedTable(results, choice);
  if (rows.length === 0) {
    const what = isAll(choice) ? 'it has no cells yet' : 'no cell fits what was chosen';
    throw new UsageError(`${results.path}: ${what}; pmirror results list says what there is`);
  }
  const all = [...columns, ...VERSION_COLUMNS];
  const { wide = false } = values;
  const shown = wide ? rows : rows.slice(0, SHOWN_MAX);
  const left = rows.length - shown.length;
  const more = left > 0 ? `... and ${left} more (--wide, --json and --output have all)\n` : '';
  answer.show(
    rows.length === 1
      ? oneCell(results, rows[0], all)
      : `${cellTable(shown, columns, wide)}\n${more}\n${counted(rows.length, 'cell')}\n`,
  );
  answer.from({});
  answer.give({ name: 'cells', columns: all, rows, to: values.output });
}

const WHISPER = KNOWN_FILES.find(({ name }) => name === 'whisper.csv');
/** What is shown at first of many cells, beside what tells them apart. */
const MAIN: readonly string[] = WHISPER?.main ?? [];
const KEY: readonly string[] = WHISPER?.key ?? [];

function cellTable(
  rows: readonly StoredCell[],
  columns: readonly Column<StoredCell>[],
  wide: boolean,
): string {
  const shown = wide ? columns : columnsAtFirst(rows, columns);
  const heads = shown.map((one): Head => {
    const rank = MAIN.indexOf(one.name);
    return rank < 0
      ? { text: one.name, words: one.unit === '-', key: true }
      : { text: one.name, rank };
  });
  const versions = differingVersions(rows);
  const all = [...versions, ...shown];
  const texts = rows.map((row) => all.map((one) => cellText(one, row, wide)));
  return fittedTable([...versions.map(({ name }) => ({ text: name })), ...heads], texts, wide);
}

/** What tells rows apart, and what one looks at first. */
function columnsAtFirst(
  rows: readonly StoredCell[],
  columns: readonly Column<StoredCell>[],
): readonly Column<StoredCell>[] {
  const keys = columns.filter(({ name }) => [...KEY, 'seed', ...FURTHER_KEYS].includes(name));
  const texts = rows.map((row) =>
    Object.fromEntries(keys.map((one) => [one.name, String(one.value(row))])),
  );
  const names = keys.map(({ name }) => name);
  const told = ['workload', 'backend', ...tellingColumns(names, texts)];
  return [
    ...columns.filter(({ name }) => told.includes(name)),
    ...columns.filter(({ name }) => MAIN.includes(name)),
  ];
}

function cellText(one: Column<StoredCell>, row: StoredCell, wide: boolean): string {
  const value = one.value(row);
  if (typeof value === 'string') return printable(short(value));
  if (wide || one.unit === 'count') return String(value);
  return one.unit === 'ns'
    ? timeText(value)
    : one.unit === '-'
      ? String(value)
      : threeDigits(value);
}

function oneCell(
  results: StoredResults,
  row: StoredCell,
  columns: readonly Column<StoredCell>[],
): string {
  const lines = columns.flatMap(({ name, value }) => {
    const cell = value(row);
    if (cell === '') return [];
    return [[name, printable(String(cell))]];
  });
  const manifest = results.manifestOf(row.key);
  return `${listTable([...lines, ['key', row.key]])}\n${manifest === '' ? '' : `\nrun: ${commandIn(manifest)}\n`}`;
}

/** The command in a manifest. */
function commandIn(manifest: string): string {
  const [, command = ''] = /"command":\s*("(?:[^"\\]|\\.)*")/.exec(manifest) ?? [];
  return command === '' ? '' : printable(String(JSON.parse(command)));
}
