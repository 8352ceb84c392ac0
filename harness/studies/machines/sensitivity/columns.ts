/** The columns of sensitivity.csv. */

import { type Column, column, figure } from '../../../report/index.ts';
import { changePercent, type SensitivityRow } from './rows.ts';

// biome-ignore format: one column a line, or two
export const SENSITIVITY_COLUMNS: readonly Column<SensitivityRow>[] = [
  column('profile', '-', 'hardware profile whose assumptions are varied', (row) => row.profile),
  column('queuePairs', '-', 'policy of queue pairs, of sm-rc too: as in whisper.csv', (row) => row.queuePairs),
  column('assumption', '-', 'the value that is varied, by its places in the profile', (row) => row.assumption),
  column('unit', '-', 'unit of the three values; empty where they are names', (row) => row.unit),
  column('defaultValue', 'as in unit', "the profile's own value", (row) => row.defaultValue),
  column('lowValue', 'as in unit', 'lower end of the plausible range', (row) => row.lowValue),
  column('highValue', 'as in unit', 'upper end of the plausible range', (row) => row.highValue),
  column('backend', '-', 'mirroring design', (row) => row.design),
  column('members', 'count', 'programs that the means are over', (row) => row.programs),
  ...meansAtEnds('geometric'),
  column('changeAtLowPercent', '%', 'geometricMeanAtLow against geometricMeanAtDefault',
    (row) => figure(changePercent(row, row.atLow))),
  column('changeAtHighPercent', '%', 'geometricMeanAtHigh against geometricMeanAtDefault',
    (row) => figure(changePercent(row, row.atHigh))),
  ...meansAtEnds('arithmetic'),
  column('effectPercent', '%', 'larger change of the geometric mean, of both ends and both designs',
    (row) => figure(row.effectPercent)),
];

function meansAtEnds(mean: 'geometric' | 'arithmetic'): Column<SensitivityRow>[] {
  return (['Default', 'Low', 'High'] as const).map((end) =>
    column(
      `${mean}MeanAt${end}`,
      'ratio',
      end === 'Default'
        ? `${mean} mean speedup over sm-rc`
        : `the same at ${end.toLowerCase()}Value`,
      (row) => figure(row[`at${end}`]?.[mean]),
    ),
  );
}
