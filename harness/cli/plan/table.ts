/** The cells of a plan as tables for the terminal. */

import { executionLabel } from '../../bench/index.ts';
import { fittedTable } from '../../report/index.ts';
import { type PlannedCell, variedNames, variedText } from './columns.ts';
import type { Experiment } from './plan.ts';

/** More lines than these fill no screen that anybody reads. */
const LINES_MAX = 24;

/** A line an experiment. */
export function experimentsTable(
  experiments: readonly Experiment[],
  cells: readonly PlannedCell[],
): string {
  const byExperiment = Map.groupBy(cells, ({ experiment }) => experiment);
  const heads = ['experiment', 'executions', 'cells', 'done', 'to do'].map((text, i) => ({
    text,
    words: i === 0,
    ...(i === 1 && { rank: 2 }),
  }));
  const lines = experiments.map((experiment) => {
    const own = byExperiment.get(experiment) ?? [];
    const done = own.filter(isDone).length;
    const executions = new Set(own.map(({ execution }) => execution)).size;
    const counts = [executions, own.length, done].map(String);
    return [experiment.name, ...counts, secondsText(secondsToDo(own))];
  });
  return fittedTable(heads, lines, false);
}

export const isDone = ({ estimate }: PlannedCell): boolean => estimate.basis === 'done';

/** What those of `cells` take that are not done. */
export function secondsToDo(cells: readonly PlannedCell[]): number {
  return cells
    .filter((cell) => !isDone(cell))
    .reduce((sum, { estimate }) => sum + estimate.seconds, 0);
}

/** A line a cell: the first ones, or all in a wide table. */
export function cellsTable(cells: readonly PlannedCell[], wide: boolean): string {
  const shown = wide ? cells : cells.slice(0, LINES_MAX);
  const experiments = [...new Set(cells.map(({ experiment }) => experiment))];
  const names = variedNames(experiments);
  const isSeveral = experiments.length > 1;
  const all: readonly (readonly [string, (cell: PlannedCell) => string])[] = [
    ...(isSeveral ? [['experiment', (cell: PlannedCell) => cell.experiment.name] as const] : []),
    ...names.map((name) => [name, (cell: PlannedCell) => variedText(name, cell)] as const),
    ['workload', ({ execution }) => executionLabel(execution)],
    ['backend', ({ system }) => system.backend],
    ['profile', baseOf],
    ['replicas', ({ system }) => String(system.replicas)],
    ['queue pairs', ({ system }) => system.queuePairs],
    ['seed', ({ execution }) => String(execution.seed)],
    ['takes', (cell) => (isDone(cell) ? 'done' : secondsText(cell.estimate.seconds))],
  ];
  const columns = all.filter(([text], i) => all.findIndex(([other]) => other === text) === i);
  const known = ['experiment', ...names, 'workload', 'backend', 'takes'];
  const heads = columns.map(([text, of]) => {
    const isAlike = shown.every((cell) => of(cell) === of(shown[0]));
    const isKept = known.includes(text) || !isAlike;
    return { text, words: text === 'workload', ...(!isKept && { rank: 3 }) };
  });
  const lines = shown.map((cell) => columns.map(([, of]) => of(cell)));
  const rest = cells.length - shown.length;
  const more = rest > 0 ? `\n... and ${rest} more (--wide, --json and --output have all)` : '';
  return `${fittedTable(heads, lines, wide)}${more}`;
}

/** The profile without what varies of it. */
function baseOf({ experiment: { plan }, system: { profile } }: PlannedCell): string {
  return plan.profilePoints.get(profile.name)?.base ?? profile.name;
}

/** Seconds as one would say them: `0.42 s`, `3.1 min`, `12 h`. */
export function secondsText(seconds: number): string {
  const [value, unit] =
    seconds < 90 ? [seconds, 's'] : seconds < 5400 ? [seconds / 60, 'min'] : [seconds / 3600, 'h'];
  const digits = value >= 10 ? value.toFixed(0) : value.toPrecision(2);
  return `${Number(digits)} ${unit}`;
}
