/** What each idea gives, in a table for people: means over all programs. */

import { fittedTable, type Head } from '../../../report/index.ts';
import { MEAN } from '../results.ts';
import type { AblationRow } from './rows.ts';

export function ablationTable(rows: readonly AblationRow[], wide = false): string {
  const heads: readonly Head[] = [
    { text: 'ideas', words: true },
    { text: 'times no-sm' },
    { text: 'times the bound' },
    { text: 'times a bound that pushes' },
  ];
  const lines = rows
    .filter(({ program }) => program === MEAN)
    .map(({ variant, slowdown, timesBound, timesBoundPushing }) => [
      variant,
      ...[slowdown, timesBound, timesBoundPushing].map((value) => value.toPrecision(3)),
    ]);
  return fittedTable(heads, lines, wide);
}
