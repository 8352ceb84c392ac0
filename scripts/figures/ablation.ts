/** What each idea of sm-sb gives: over the bound with all, without each, with each alone. */

import { MEAN } from './draw/cells.ts';
import { axis, digits } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';

export const ablation = figure({
  id: 'ablation',
  summary: 'what each idea of sm-sb gives, over the bound',
  width: 'column',
  tables: {
    rows: table('ablation.csv', {
      profile: text,
      variant: text,
      workload: text,
      timesTheBound: number,
    }),
  },
  draw({ rows }) {
    const means = some(
      rows.flatMap(({ profile, variant, workload, timesTheBound: times }) =>
        workload === MEAN && times !== null ? [{ profile, variant, times }] : [],
      ),
      'a mean over programs',
    );
    const timesOf = (name: string): number =>
      means.find(({ variant }) => variant === name)?.times ?? Number.NaN;
    const [{ profile }] = means;
    return {
      title: `sm-sb takes ${digits(timesOf('all'))} times the bound, ${digits(timesOf('none'))} without its ideas`,
      caption: `Execution time over that of ideal, geometric means over the programs of the suite on ${profile}; one replica, short runs. Without all of them lines are still numbered over all cores.`,
      view: {
        data: { values: means },
        height: { step: 14 },
        mark: { type: 'point', filled: true, size: 34, opacity: 1, color: '#222222' },
        encoding: {
          y: {
            field: 'variant',
            type: 'nominal',
            sort: means.map(({ variant }) => variant),
            title: null,
          },
          x: axis('times', 'time over the bound (ratio)', {}),
        },
      },
    };
  },
});
