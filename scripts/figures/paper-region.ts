/** Which machines would give both published speedups at once. */

import { digits, distinct } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, PAPER } from './draw/theme.ts';

export const paperRegion = figure({
  id: 'paper-region',
  summary: 'map of machines that give the published numbers',
  width: 'page',
  tables: {
    machines: table('paper-region.csv', {
      queuePairs: text,
      persistNs: number,
      flushNs: number,
      networkScale: number,
      geometricDistancePercent: number,
      geometricInside: text,
    }),
  },
  draw({ machines }) {
    const rows = some(machines, 'a machine');
    const cells = Map.groupBy(rows, (row) =>
      [row.queuePairs, row.networkScale, row.persistNs, row.flushNs].join(),
    );
    const values = [...cells.values()].map((group) => {
      const [{ queuePairs, networkScale, persistNs, flushNs }] = group;
      const distance = Math.min(...group.map((row) => row.geometricDistancePercent ?? Infinity));
      const inside = group.filter((row) => row.geometricInside === 'yes').length;
      return {
        panel: `network × ${networkScale}`,
        policy: queuePairs,
        persist: String(persistNs),
        flush: String(flushNs),
        distance,
        text: `${digits(distance)}${inside > 0 ? ' *' : ''}`,
        inside: inside > 0,
      };
    });
    const inside = rows.filter((row) => row.geometricInside === 'yes');
    const flushes = inside.map((row) => row.flushNs ?? 0);
    const ascending = (key: (row: (typeof rows)[number]) => number | null) =>
      distinct(rows, key)
        .sort((a, b) => (a ?? 0) - (b ?? 0))
        .map(String);
    const scales = distinct(rows, (row) => row.networkScale).sort((a, b) => (a ?? 0) - (b ?? 0));
    return {
      title:
        inside.length === 0
          ? `None of ${rows.length} machines gives both published speedups`
          : `${inside.length} of ${rows.length} machines (each policy counted) give both published speedups: all flush in ${digits(Math.min(...flushes))} ns or more`,
      caption: `Distance in % of the nearest machine from both published speedups at once (geometric means), over all instruction rates and counts of the grid; * and a thick frame: within 5 %. Rows: policy of queue pairs; both axes in logarithmic steps.`,
      across: scales.length,
      view: {
        data: { values },
        facet: {
          row: { field: 'policy', title: null, sort: distinct(rows, (row) => row.queuePairs) },
          column: {
            field: 'panel',
            title: null,
            sort: scales.map((scale) => `network × ${scale}`),
          },
        },
        spec: {
          height: { step: 15 },
          encoding: {
            x: {
              field: 'flush',
              type: 'nominal',
              sort: ascending((row) => row.flushNs),
              title: 'flush at the replica in ns',
              axis: { labelAngle: 0 },
            },
            y: {
              field: 'persist',
              type: 'nominal',
              sort: ascending((row) => row.persistNs).reverse(),
              title: 'persist in ns',
            },
          },
          layer: [
            {
              mark: { type: 'rect', stroke: PAPER },
              encoding: {
                fill: {
                  field: 'distance',
                  type: 'quantitative',
                  title: 'distance in %',
                  scale: { range: ['#35669c', '#f4f6f9'], domain: [0, 45], clamp: true },
                  legend: { gradientLength: 120, gradientThickness: 6 },
                },
              },
            },
            {
              transform: [{ filter: 'datum.inside' }],
              mark: { type: 'rect', filled: false, stroke: INK, strokeWidth: 1.5 },
            },
            {
              mark: { type: 'text' },
              encoding: {
                text: { field: 'text' },
                color: { condition: { test: 'datum.distance < 14', value: PAPER }, value: INK },
              },
            },
          ],
        },
      },
    };
  },
});
