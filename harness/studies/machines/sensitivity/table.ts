/** The tornado and the bands of the sensitivity study, for the terminal. */

import { PUBLISHED_SPEEDUPS } from '../../../bench/index.ts';
import { plainTable, threeDigits } from '../../../report/index.ts';
import { DESIGNS, MEANS } from '../headline.ts';
import { bandOf, changePercent, type SensitivityRow } from './rows.ts';

/** For each policy the tornado as a table, and the band of each headline speedup beneath. */
export function sensitivityTable(rows: readonly SensitivityRow[]): string {
  const policies = Map.groupBy(rows, ({ queuePairs }) => queuePairs);
  const texts = [...policies].map(
    ([policy, own]) => `queue pairs ${policy}\n\n${tornado(own)}\n\n${bandTable(own)}`,
  );
  return texts.join('\n\n');
}

function tornado(rows: readonly SensitivityRow[]): string {
  const head = ['assumption', 'unit', 'default', 'low', 'high'];
  head.push(...DESIGNS.flatMap((design) => [`${design}: low`, 'high', 'change']));
  const signed = (value: number | undefined): string =>
    value === undefined ? '-' : `${value >= 0 ? '+' : ''}${threeDigits(value)} %`;
  const lines = [...Map.groupBy(rows, ({ assumption }) => assumption)].map(([name, own]) => {
    const [{ unit, defaultValue, lowValue, highValue }] = own;
    const ends = own.flatMap((row) => [
      threeDigits(row.atLow?.geometric),
      threeDigits(row.atHigh.geometric),
      `${signed(changePercent(row, row.atLow))}, ${signed(changePercent(row, row.atHigh))}`,
    ]);
    return [name, unit || '-', String(defaultValue), String(lowValue), String(highValue), ...ends];
  });
  return plainTable(head, lines);
}

function bandTable(rows: readonly SensitivityRow[]): string {
  const head = [
    'speedup over sm-rc',
    'mean',
    'ours',
    'low',
    'high',
    'published',
    'low by',
    'high by',
  ];
  const lines = DESIGNS.flatMap((design) =>
    MEANS.map((mean) => {
      const { value, low, high, lowBy, highBy } = bandOf(rows, design, mean);
      const numbers = [value, low, high].map(threeDigits);
      return [design, mean, ...numbers, PUBLISHED_SPEEDUPS[design].toFixed(1), lowBy, highBy];
    }),
  );
  return plainTable(head, lines);
}
