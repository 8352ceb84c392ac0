/** What every design costs on every machine, between no mirroring and what is possible. */

import { MEAN } from './draw/cells.ts';
import { axis, digits, distinct, list, looksOfDesigns, points } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';

export const designs = figure({
  id: 'designs',
  summary: 'slowdown over no-sm of every design on every profile',
  width: 'page',
  tables: {
    cells: table('designs.csv', {
      profile: text,
      backend: text,
      workload: text,
      slowdownOverNoSm: number,
    }),
  },
  draw({ cells }) {
    const means = some(
      cells.flatMap(({ profile, backend, workload, slowdownOverNoSm: slowdown }) =>
        workload === MEAN && backend !== 'no-sm' && slowdown !== null
          ? [{ profile, backend, slowdown }]
          : [],
      ),
      'a mean over programs',
    );
    const looks = looksOfDesigns(means);
    const profiles = distinct(means, ({ profile }) => profile);
    const programs = distinct(cells, ({ workload }) => workload).filter(
      (name) => name !== MEAN && name !== '',
    );
    const best = profiles.map((profile) => {
      const own = means.filter((one) => one.profile === profile && one.backend !== 'ideal');
      return own.reduce((a, b) => (b.slowdown < a.slowdown ? b : a));
    });
    const names = distinct(best, ({ backend }) => backend);
    const slowdowns = best.map(({ slowdown }) => slowdown);
    const range = `${digits(Math.min(...slowdowns))} to ${digits(Math.max(...slowdowns))}`;
    return {
      title: `The cheapest design is ${list(names)}: time grows by a factor of ${range}`,
      caption: `Execution time over that of no-sm, geometric mean over ${programs.length} programs; one replica, queue pairs auto; short runs. A design that cannot run on a machine has no point there.`,
      view: {
        data: { values: means },
        height: 150,
        mark: {
          type: 'point',
          filled: true,
          size: 34,
          opacity: 1,
          stroke: '#222222',
          strokeWidth: 0.4,
        },
        encoding: {
          x: {
            field: 'profile',
            type: 'nominal',
            sort: profiles,
            title: 'machines',
            axis: { labelAngle: 0 },
          },
          xOffset: { field: 'backend', sort: Object.keys(looks) },
          y: axis('slowdown', 'time over no-sm (ratio)', {
            log: 2,
            values: [1, 1.5, 2, 3, 4, 5, 6, 8, 12, 16],
          }),
          ...points('backend', looks),
        },
      },
    };
  },
});
