/** A fit as data: the values, the figures that they were fitted to, and what these leave open. */

import { type Column, column, deviationPercent, figure } from '../../report/index.ts';
import type { Fit, FittedValue, Residual } from './fit.ts';
import type { NextMeasurement } from './next.ts';

// biome-ignore format: one column a line, or two
const VALUES: readonly Column<FittedValue>[] = [
  column('path', '-', 'value of the profile, as --set takes it', ({ path }) => path),
  column('unit', '-', 'its unit', ({ base }) => base.unit),
  column('base', 'as in unit', 'what the base has', ({ base }) => base.value),
  column('fitted', 'as in unit', 'what was fitted', ({ value }) => value),
  column('error', 'as in unit', 'one standard error; empty where there are no more figures than values',
    ({ error }) => figure(error)),
  column('rangeLow', 'as in unit', 'lower end of what is plausible in the base', ({ base }) => base.range?.[0] ?? ''),
  column('rangeHigh', 'as in unit', 'upper end of it', ({ base }) => base.range?.[1] ?? ''),
  column('told', '-', 'alone; given (others as in the base); bound (it would have gone farther than it may)',
    ({ given, atBound }) => (atBound ? 'bound' : given.length > 0 ? 'given' : 'alone')),
  column('given', '-', 'the values that were taken as in the base, separated by blanks', ({ given }) => given.join(' ')),
];

// biome-ignore format: one column a line, or two
const RESIDUALS: readonly Column<Residual>[] = [
  column('quantity', '-', 'what was measured', ({ row }) => row.quantity.name),
  column('unit', '-', 'its unit', ({ row }) => row.quantity.unit),
  column('measured', 'as in unit', 'the measured figure', ({ row }) => row.value),
  column('before', 'as in unit', "the model's, with the values of the base", ({ before }) => figure(before)),
  column('after', 'as in unit', "the model's, with the fitted values", ({ after }) => figure(after)),
  column('deviationPercent', '%', 'after over measured, less 1', ({ row, after }) =>
    figure(deviationPercent(after, row.value))),
];

type Term = { readonly quantity: string; readonly path: string; readonly factor: number };

const COMBINATIONS: readonly Column<Term>[] = [
  column(
    'quantity',
    '-',
    'a figure that tells a combination of values only',
    (row) => row.quantity,
  ),
  column('path', '-', 'a value of it', (row) => row.path),
  column('factor', '-', 'change of the figure for a unit of that value', (row) =>
    figure(row.factor),
  ),
];

const UNTOUCHED: readonly Column<string>[] = [
  column(
    'path',
    '-',
    'a value that no figure depends on, which stays as in the base',
    (path) => path,
  ),
];

const NEXT: readonly Column<NextMeasurement>[] = [
  column('quantity', '-', 'the measurement that would tell most', ({ name }) => name),
  column('how', '-', 'how it is taken', ({ how }) => how),
  column('tells', '-', 'the values that it would tell, separated by blanks', (row) =>
    row.tells.join(' '),
  ),
];

const SKIPPED: readonly Column<string>[] = [
  column('what', '-', 'what of the files was not used, and why', (line) => line),
];

/** Hands each table of a fit to `give`, the values first. `skipped`: what of the files was not used. */
export function giveFit(
  give: <Row>(table: {
    readonly name: string;
    readonly columns: readonly Column<Row>[];
    readonly rows: readonly Row[];
  }) => void,
  fit: Fit,
  { next, skipped }: { next: NextMeasurement | undefined; skipped: readonly string[] },
): void {
  const terms = fit.combinations.flatMap(({ row, terms }) =>
    terms.map(([path, factor]): Term => ({ quantity: row.quantity.name, path, factor })),
  );
  give({ name: 'values', columns: VALUES, rows: fit.values });
  give({ name: 'residuals', columns: RESIDUALS, rows: fit.residuals });
  give({ name: 'combinations', columns: COMBINATIONS, rows: terms });
  give({ name: 'untouched', columns: UNTOUCHED, rows: fit.untouched });
  give({ name: 'next', columns: NEXT, rows: next === undefined ? [] : [next] });
  give({ name: 'skipped', columns: SKIPPED, rows: skipped });
}
