/** What a second and a third replica cost. */

import { cellTable, comparable } from './draw/cells.ts';
import {
  areas,
  axis,
  distinct,
  geometricMean,
  list,
  looksOfDesigns,
  present,
  times,
} from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number } from './draw/table.ts';

export const replicas = figure({
  id: 'replicas',
  summary: 'slowdown over no-sm with one to three replicas',
  width: 'column',
  tables: { cells: cellTable('replicas.csv', { slowdownOverNoSm: number }) },
  draw({ cells }) {
    const { rows, notes, conditions } = comparable(cells, ['replicas']);
    const mirrored = some(
      rows.filter(({ backend }) => backend !== 'no-sm'),
      'a design that mirrors',
    );
    const looks = looksOfDesigns(mirrored);
    const counts = distinct(mirrored, (row) => row.replicas);
    const values = Object.keys(looks).flatMap((backend) =>
      counts.map((count) => {
        const same = mirrored.filter((row) => row.backend === backend && row.replicas === count);
        return {
          backend,
          replicas: count,
          mean: geometricMean(present(same.map((row) => row.slowdownOverNoSm))),
        };
      }),
    );
    const at = (backend: string, count: number | null) =>
      values.find((one) => one.backend === backend && one.replicas === count)?.mean ?? Number.NaN;
    const last = counts.at(-1) ?? 1;
    const found = Object.keys(looks).map(
      (backend) => `${times(at(backend, last) / at(backend, counts[0]))} under ${backend}`,
    );
    return {
      title:
        counts.length < 2
          ? `Slowdown with ${last} replica(s)`
          : `From ${counts[0]} to ${last} replicas time grows ${list(found)}`,
      caption: `Execution time over that of no-sm, geometric mean over ${distinct(rows, ({ workload }) => workload).length} programs; ${conditions}; short runs.`,
      notes,
      view: {
        data: { values },
        height: 100,
        layer: [
          {
            mark: 'bar',
            encoding: {
              x: { field: 'replicas', type: 'ordinal', title: 'replicas', axis: { labelAngle: 0 } },
              xOffset: { field: 'backend', sort: Object.keys(looks) },
              y: axis('mean', 'time over no-sm (ratio)', { zero: true }),
              ...areas('backend', looks),
            },
          },
          { mark: 'rule', encoding: { y: { datum: 1 } } },
        ],
      },
    };
  },
});
