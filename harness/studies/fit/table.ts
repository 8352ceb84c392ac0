/** What a fit found, for the terminal: the verdict, the values, the figures, what is not told. */

import { quantities } from '../../../rdma/index.ts';
import { deviationPercent, fittedTable, threeDigits } from '../../report/index.ts';
import type { Fit, FittedValue, Residual } from './fit.ts';
import type { NextMeasurement } from './next.ts';

/** All of it. `skipped`: what of the files was not used; `files`: their names. */
export function fitText(
  fit: Fit,
  next: NextMeasurement | undefined,
  { files, skipped, wide }: { files: readonly string[]; skipped: readonly string[]; wide: boolean },
): string {
  const parts = [
    verdict(fit, files),
    fit.values.length === 0 ? '' : valuesTable(fit, wide),
    residualsTable(fit.residuals, wide),
    mixedText(fit),
    replicaText(fit),
    untouchedText(fit),
    skipped.length === 0 ? '' : ['Not used:', ...skipped.map((line) => `  ${line}`)].join('\n'),
    nextText(next),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function verdict({ base, values, residuals }: Fit, files: readonly string[]): string {
  const worst = (figure: (one: Residual) => number): string => {
    const off = residuals.map((one) => Math.abs(deviationPercent(figure(one), one.row.value)));
    return `${threeDigits(Math.max(...off))} %`;
  };
  const alone = values.filter(({ given, atBound }) => given.length === 0 && !atBound).length;
  return (
    `${base.name} fitted to ${plural(residuals.length, 'figure')} of ${files.join(', ')}: ` +
    `${plural(values.length, 'value')} fitted, ${alone} of them told alone.\n` +
    `The figure that is met worst is ${worst(({ after }) => after)} off ` +
    `(with the values of ${base.name}: ${worst(({ before }) => before)}).`
  );
}

const VALUE_HEADS = [
  { text: 'value' },
  { text: 'unit' },
  { text: 'base' },
  { text: 'fitted' },
  { text: 'error' },
  { text: 'told' },
];

function valuesTable({ values, base }: Fit, wide: boolean): string {
  const lines = values.map((one) => [
    one.path,
    one.base.unit,
    String(one.base.value),
    String(one.value),
    one.error === undefined ? '-' : threeDigits(one.error),
    toldText(one, base.name, wide),
  ]);
  return fittedTable(VALUE_HEADS, lines, wide);
}

/** How well a value is told, in words. */
function toldText(
  { given, atBound, base: { range }, value }: FittedValue,
  base: string,
  wide: boolean,
): string {
  if (atBound) return 'at the bound of the search';
  const isOutside = range !== undefined && (value < range[0] || value > range[1]);
  const outside = isOutside ? `, outside of ${range[0]} to ${range[1]}` : '';
  if (given.length === 0) return `alone${outside}`;
  if (!wide) return `given ${plural(given.length, 'other')}${outside}`;
  return `given ${given.join(', ')} as in ${base}${outside}`;
}

const RESIDUAL_HEADS = ['quantity', 'unit', 'measured', 'before', 'fitted', 'off'].map((text) => ({
  text,
}));

function residualsTable(residuals: readonly Residual[], wide: boolean): string {
  const lines = residuals.map(({ row: { quantity, value }, before, after }) => [
    quantity.name,
    quantity.unit,
    threeDigits(value),
    threeDigits(before),
    threeDigits(after),
    `${signed(deviationPercent(after, value))} %`,
  ]);
  return fittedTable(RESIDUAL_HEADS, lines, wide);
}

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)}`;

function mixedText({ combinations, profile }: Fit): string {
  if (combinations.length === 0) return '';
  const units = new Map(quantities(profile).map(([path, { unit }]) => [path, unit]));
  const lines = combinations.map(({ row: { quantity }, terms }) => {
    // A time is the sum of those in it; what else has a share is named.
    const isTime = ([path]: readonly [string, number]): boolean =>
      quantity.unit === 'ns' && units.get(path) === 'ns';
    const sum = terms.filter(isTime).map(([path, factor]) => `${timesText(factor)}${path}`);
    const rest = terms.filter((term) => !isTime(term)).map(([path]) => path);
    const parts = [...(sum.length > 0 ? [sum.join(' + ')] : []), ...rest];
    return `  ${quantity.name}: ${parts.join(', ')}`;
  });
  return [
    'Undetermined: of these values a figure tells no more than the sum, or the mix.',
    ...lines,
  ].join('\n');
}

function timesText(factor: number): string {
  const text = threeDigits(factor);
  return text === '1.00' ? '' : `${Number(text)} x `;
}

/** Replicas often have the same DIMMs as the primary, which figures of the primary say nothing of. */
function replicaText({ values, base }: Fit): string {
  const known = new Map(quantities(base));
  const alike = values
    .filter(({ path }) => path.startsWith('memory.'))
    .map(({ path, base: { value } }) => [path.replace('memory', 'replicaMemory'), value] as const)
    .filter(([path, value]) => known.get(path)?.value === value)
    .map(([path]) => path);
  return alike.length === 0
    ? ''
    : `Of the primary only: where replicas have the same DIMMs, set ${alike.join(', ')} alike.`;
}

function untouchedText({ untouched, base }: Fit): string {
  if (untouched.length === 0) return '';
  const groups = Map.groupBy(untouched, (path) => path.split('.')[0]);
  const lines = [...groups].map(
    ([group, paths]) => `  ${group}: ${paths.map((path) => path.split('.')[1]).join(', ')}`,
  );
  return [
    `Undetermined: no figure depends on ${plural(untouched.length, 'value')}, which stay as in ${base.name}.`,
    ...lines,
  ].join('\n');
}

function nextText(next: NextMeasurement | undefined): string {
  if (next === undefined) return 'Next: no single measurement that the model has tells more.';
  const { name, how, tells } = next;
  return `Next: measure ${name} (${how}). It tells ${tells.join(', ')}.`;
}
