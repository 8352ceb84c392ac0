/** The headline: mean speedups over remote commit with their joint intervals, beside the published ones. */

import { areas, axis, distinct, list, looksOfDesigns, times } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, PAPER } from './draw/theme.ts';

export const headline = figure({
  id: 'headline',
  summary: 'mean speedups over sm-rc with the band of all assumptions, beside the published ones',
  width: 'column',
  dark: true,
  tables: {
    stated: table('headline.csv', {
      profile: text,
      guarantee: text,
      instructionCounts: text,
      backend: text,
      members: number,
      machines: number,
      publishedSpeedup: number,
      geometricMeanSpeedup: number,
      geometricMeanP5: number,
      geometricMeanP95: number,
    }),
  },
  draw({ stated }) {
    const rows = some(stated, 'a row').map((row) => ({
      ...row,
      // Two lines under a bar.
      bar: `${row.backend}|${row.instructionCounts}`,
    }));
    const looks = looksOfDesigns(rows);
    const guarantees = distinct(rows, ({ guarantee }) => guarantee);
    const [counts] = distinct(rows, ({ instructionCounts }) => instructionCounts);
    const found = rows.filter(
      (row) => row.guarantee === guarantees[0] && row.instructionCounts === counts,
    );
    const x = {
      field: 'bar',
      type: 'nominal',
      sort: Object.keys(looks).flatMap((design) =>
        distinct(
          rows.filter(({ backend }) => backend === design),
          ({ bar }) => bar,
        ),
      ),
      title: null,
      axis: { labelAngle: 0, labelExpr: "split(datum.label, '|')" },
    };
    const y = { field: 'publishedSpeedup', type: 'quantitative' };
    const band = {
      x,
      y: { field: 'geometricMeanP5', type: 'quantitative' },
      y2: { field: 'geometricMeanP95' },
    };
    return {
      title: `${list(found.map((row) => `${row.backend} is ${times(row.geometricMeanSpeedup ?? Number.NaN)}`))} as fast as remote commit; published: ${list(found.map((row) => `${row.publishedSpeedup}×`))}`,
      caption: `Geometric mean over ${rows[0].members} programs, ${rows[0].profile}, over the fastest sm-rc that is right; title: ${guarantees[0]}, ${counts}. Under a bar: the build whose instructions are charged. Vertical line: 5 to 95 % of ${rows[0].machines} machines drawn from all assumptions. Black tick: published (arXiv 1810.09360).`,
      across: guarantees.length,
      view: {
        data: { values: rows },
        facet: { column: { field: 'guarantee', title: null, sort: guarantees } },
        spec: {
          height: 120,
          layer: [
            {
              mark: { type: 'bar', width: { band: 0.7 } },
              encoding: {
                x,
                y: axis('geometricMeanSpeedup', 'speedup over sm-rc (ratio)', { zero: true }),
                ...areas('backend', looks, null),
              },
            },
            { mark: { type: 'rule', strokeWidth: 2.4, color: PAPER }, encoding: band },
            { mark: { type: 'rule', strokeWidth: 1 }, encoding: band },
            {
              mark: { type: 'tick', opacity: 1, thickness: 2.6, width: 24, color: PAPER },
              encoding: { x, y },
            },
            {
              mark: { type: 'tick', opacity: 1, thickness: 1.2, width: 22, color: INK },
              encoding: { x, y },
            },
          ],
        },
      },
    };
  },
});
