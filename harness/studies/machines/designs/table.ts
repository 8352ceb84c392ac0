/** Every design on every profile, in a table for people. */

import { fittedTable, type Head } from '../../../report/index.ts';
import { MEAN } from '../results.ts';
import type { DesignRow } from './rows.ts';

/** The mean slowdown over no-sm: a line for each design, a column for each profile; `-` where it cannot run. */
export function designTable(rows: readonly DesignRow[], wide = false): string {
  const profiles = [...new Set(rows.map(({ profile }) => profile))];
  const backends = [...new Set(rows.map(({ backend }) => backend))];
  const heads: readonly Head[] = [
    { text: 'design', words: true },
    ...profiles.map((text) => ({ text })),
  ];
  const lines = backends.map((backend) => [
    backend,
    ...profiles.map((profile) => {
      const mean = rows.find(
        (row) => row.backend === backend && row.profile === profile && row.program === MEAN,
      );
      return mean?.cost === undefined ? '-' : mean.cost.slowdown.toPrecision(3);
    }),
  ]);
  return fittedTable(heads, lines, wide);
}

/** Why designs cannot run where they cannot, a sentence each. */
export function refusalTexts(rows: readonly DesignRow[]): string[] {
  return rows.flatMap(({ backend, profile, refused }) =>
    refused === '' ? [] : [`${backend} cannot run on ${profile}: ${refused}.`],
  );
}
