/** Which assumption moves the headline most. */

import { axis, distinct } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, inDesignOrder, MUTED, PAPER } from './draw/theme.ts';

const SHOWN = 12;

const ENDS = ['low end of the range', 'high end of the range'];

export const tornado = figure({
  id: 'tornado',
  summary: 'tornado of assumptions: mean speedup at both ends of each range',
  width: 'page',
  tables: {
    rows: table('sensitivity.csv', {
      profile: text,
      queuePairs: text,
      assumption: text,
      unit: text,
      lowValue: text,
      highValue: text,
      backend: text,
      members: number,
      geometricMeanAtDefault: number,
      geometricMeanAtLow: number,
      geometricMeanAtHigh: number,
    }),
  },
  draw({ rows }) {
    const [first] = some(rows, 'an assumption');
    const same = rows
      .filter((row) => row.profile === first.profile && row.queuePairs === first.queuePairs)
      .map((row) => ({ ...row, label: labelOf(row) }));
    const spread = (row: (typeof same)[number]) => {
      const ends = [
        row.geometricMeanAtDefault,
        row.geometricMeanAtLow,
        row.geometricMeanAtHigh,
      ].filter((end) => end !== null);
      return Math.log(Math.max(...ends) / Math.min(...ends));
    };
    const labels = distinct(
      [...same].sort((a, b) => spread(b) - spread(a)),
      (row) => row.label,
    );
    const shown = labels.slice(0, SHOWN);
    const values = same.filter(({ label }) => shown.includes(label));
    const most = values.find(({ label }) => label === shown[0]);
    const drawn = values.flatMap((row) => {
      const from = row.geometricMeanAtLow ?? row.geometricMeanAtDefault;
      const common = { ...row, from, to: row.geometricMeanAtHigh };
      return [
        { ...common, end: ENDS[0], mean: row.geometricMeanAtLow },
        { ...common, end: ENDS[1], mean: row.geometricMeanAtHigh },
      ].filter(({ mean }) => mean !== null);
    });
    const designs = inDesignOrder(values.map(({ backend }) => backend));
    const y = { field: 'label', type: 'nominal', sort: shown, title: null, axis: { grid: true } };
    return {
      title: `${most?.assumption.split(/ = |, in step/)[0]} moves the mean speedups most, of ${labels.length} assumptions`,
      caption: `Geometric mean speedup over sm-rc (${first.members} programs) while one assumption at a time takes the ends of its range; vertical line: default; queue pairs ${first.queuePairs}, profile ${first.profile}.`,
      notes: labels.length > SHOWN ? [`The ${SHOWN} that move most; sensitivity.csv has all.`] : [],
      across: designs.length,
      view: {
        data: { values: drawn },
        facet: { column: { field: 'backend', title: null, sort: designs } },
        spec: {
          height: { step: 12 },
          layer: [
            {
              mark: { type: 'rule', color: MUTED },
              encoding: {
                x: { field: 'geometricMeanAtDefault', type: 'quantitative', aggregate: 'min' },
              },
            },
            {
              mark: { type: 'rule', strokeWidth: 4, color: '#bbbbbb' },
              encoding: { y, x: axis('from', 'speedup over sm-rc (ratio)'), x2: { field: 'to' } },
            },
            {
              mark: { type: 'point', size: 26, stroke: INK, strokeWidth: 0.7 },
              encoding: {
                y,
                x: { field: 'mean', type: 'quantitative' },
                shape: {
                  field: 'end',
                  type: 'nominal',
                  title: null,
                  scale: { range: ['circle', 'diamond'] },
                  sort: ENDS,
                },
                fill: {
                  field: 'end',
                  type: 'nominal',
                  title: null,
                  scale: { range: [PAPER, INK] },
                  sort: ENDS,
                },
              },
            },
          ],
        },
      },
    };
  },
});

/** An assumption with its range, short enough for an axis. */
function labelOf(row: {
  readonly assumption: string;
  readonly unit: string;
  readonly lowValue: string;
  readonly highValue: string;
}): string {
  const [name, further] = row.assumption.split(/ = |, in step /);
  const range = row.lowValue === '' ? row.highValue : `${row.lowValue} to ${row.highValue}`;
  const unit = row.unit === '' ? '' : ` ${row.unit}`;
  return `${name}${further === undefined ? '' : ' and alike'}: ${range}${unit}`;
}
