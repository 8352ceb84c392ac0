/** The headline: mean speedups over remote commit, the published ones, and what the assumptions allow. */

import { areas, axis, distinct, list, looksOfDesigns, present, times } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, PAPER } from './draw/theme.ts';

const policyLabel = (policy: string) => `queue pairs: ${policy}`;

export const headline = figure({
  id: 'headline',
  summary: 'mean speedups over sm-rc with the band of the assumptions, beside the published ones',
  width: 'column',
  dark: true,
  tables: {
    means: table('whisper-summary.csv', {
      set: text,
      backend: text,
      profile: text,
      replicas: number,
      queuePairs: text,
      members: number,
      geometricMeanSpeedupOverSmRc: number,
      publishedSpeedupOverSmRc: number,
    }),
    bands: table('sensitivity.csv', {
      profile: text,
      queuePairs: text,
      backend: text,
      geometricMeanAtLow: number,
      geometricMeanAtHigh: number,
    }),
  },
  draw({ means, bands }) {
    const rows = some(
      means.filter((row) => row.set === 'whisper' && row.publishedSpeedupOverSmRc !== null),
      'a mean over WHISPER with a published figure beside it',
    ).map((row) => {
      const ends = present(
        bands
          .filter((one) => one.profile === row.profile && one.queuePairs === row.queuePairs)
          .filter((one) => one.backend === row.backend)
          .flatMap((one) => [one.geometricMeanAtLow, one.geometricMeanAtHigh]),
      );
      const band = ends.length > 0 ? { low: Math.min(...ends), high: Math.max(...ends) } : {};
      return {
        ...row,
        ...band,
        policy: policyLabel(row.queuePairs),
        ours: row.geometricMeanSpeedupOverSmRc,
      };
    });
    const looks = looksOfDesigns(rows);
    const policies = distinct(rows, ({ queuePairs }) => queuePairs);
    const found = rows.filter(({ queuePairs }) => queuePairs === policies[0]);
    const x = {
      field: 'backend',
      type: 'nominal',
      sort: Object.keys(looks),
      title: null,
      axis: { labelAngle: 0 },
    };
    const published = { field: 'publishedSpeedupOverSmRc', type: 'quantitative' };
    const band = { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } };
    return {
      title: `${list(found.map((row) => `${row.backend} is ${times(row.ours ?? Number.NaN)}`))} as fast as remote commit; published: ${list(found.map((row) => `${row.publishedSpeedupOverSmRc}×`))}`,
      caption: `Geometric mean over ${rows[0].members} programs, queue pairs ${policies[0]} in the title; profile ${rows[0].profile}, ${rows[0].replicas} ${rows[0].replicas === 1 ? 'replica' : 'replicas'}. Vertical line: lowest to highest mean while one assumption at a time takes the ends of its range. Black tick: published (arXiv 1810.09360).`,
      across: policies.length,
      view: {
        data: { values: rows },
        facet: { column: { field: 'policy', title: null, sort: policies.map(policyLabel) } },
        spec: {
          height: 120,
          layer: [
            {
              mark: { type: 'bar', width: { band: 0.6 } },
              encoding: {
                x,
                y: axis('ours', 'speedup over sm-rc (ratio)', { zero: true }),
                ...areas('backend', looks, null),
              },
            },
            { mark: { type: 'rule', strokeWidth: 2.4, color: PAPER }, encoding: band },
            { mark: { type: 'rule', strokeWidth: 1 }, encoding: band },
            {
              mark: { type: 'tick', opacity: 1, thickness: 2.6, width: 42, color: PAPER },
              encoding: { x, y: published },
            },
            {
              mark: { type: 'tick', opacity: 1, thickness: 1.2, width: 40, color: INK },
              encoding: { x, y: published },
            },
          ],
        },
      },
    };
  },
});
