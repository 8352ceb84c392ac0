/** The model against measurements of real machines. */

import { axis } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, PAPER } from './draw/theme.ts';

const KINDS: Readonly<Record<string, readonly [fill: string, shape: string]>> = {
  predicted: ['#004488', 'diamond'],
  'fitted (a value was derived from it)': [PAPER, 'circle'],
  'not judged': ['#ddaa33', 'triangle-up'],
};

export const calibration = figure({
  id: 'calibration',
  summary: 'the model against measurements of real machines',
  width: 'page',
  tables: {
    rows: table('calibration.csv', {
      profile: text,
      quantity: text,
      unit: text,
      model: number,
      measured: number,
      tolerancePercent: number,
      verdict: text,
      basis: text,
    }),
  },
  draw({ rows }) {
    const values = some(
      rows.flatMap((row) => {
        if (row.model === null || row.measured === null) return [];
        const [predicted, fitted, notJudged] = Object.keys(KINDS);
        const kind =
          row.verdict === 'not judged' ? notJudged : row.basis === 'fitted' ? fitted : predicted;
        const off = (row.tolerancePercent ?? 0) / 100;
        return [
          {
            label: `${row.quantity}: ${row.measured}${row.unit === 'ratio' ? '' : ` ${row.unit}`}`,
            ratio: row.model / row.measured,
            kind,
            low: 1 - off,
            high: 1 + off,
          },
        ];
      }),
      'a figure with a measurement',
    );
    const judged = rows.filter(
      ({ verdict, measured, basis }) =>
        verdict !== 'not judged' && measured !== null && basis !== 'fitted',
    );
    const ok = judged.filter(({ verdict }) => verdict === 'ok').length;
    const gaps = rows.length - values.length;
    const kinds = Object.keys(KINDS).filter((kind) => values.some((row) => row.kind === kind));
    const scale = (index: 0 | 1) => ({
      domain: kinds,
      range: kinds.map((kind) => KINDS[kind][index]),
    });
    const y = { field: 'label', type: 'nominal', sort: null, title: null, axis: { grid: true } };
    return {
      title: `${ok} of ${judged.length} judged predictions of the model are within tolerance of the measurement`,
      caption: `Model over measured (1 is equal), with the tolerance as a line; beside each quantity its measured value; profile ${rows[0].profile}.`,
      notes: gaps > 0 ? [`${gaps} without a public measurement: left out.`] : [],
      view: {
        data: { values },
        height: { step: 9.5 },
        layer: [
          { mark: { type: 'rule', color: INK }, encoding: { x: { datum: 1 } } },
          {
            mark: { type: 'rule', strokeWidth: 3, color: '#bbbbbb' },
            encoding: {
              y,
              x: axis('low', 'model over measured', {
                log: true,
                values: [0.5, 0.7, 1, 1.5, 2, 3, 4],
              }),
              x2: { field: 'high' },
            },
          },
          {
            mark: { type: 'point', size: 22, stroke: INK, strokeWidth: 0.6 },
            encoding: {
              y,
              x: { field: 'ratio', type: 'quantitative' },
              fill: { field: 'kind', type: 'nominal', title: null, scale: scale(0) },
              shape: { field: 'kind', type: 'nominal', title: null, scale: scale(1) },
            },
          },
        ],
      },
    };
  },
});
