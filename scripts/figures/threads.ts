/** Throughput against the number of threads, a panel a program. */

import { cellTable, comparable, inProgramOrder } from './draw/cells.ts';
import { axis, digits, LINE, lines, list, looksOfDesigns } from './draw/encoding.ts';
import { figure } from './draw/figure.ts';
import { number } from './draw/table.ts';

export const threads = figure({
  id: 'threads',
  summary: 'throughput against threads, a panel a program',
  width: 'page',
  tables: { cells: cellTable('threads.csv', { throughputTxPerS: number, transactions: number }) },
  draw({ cells }) {
    const all = cells.map((row) => ({ ...row, parameters: '' }));
    const { rows, conditions, notes } = comparable(all, ['threads'], { suiteOnly: false });
    const programs = inProgramOrder(rows.map(({ workload }) => workload));
    const most = Math.max(...rows.map((row) => row.threads ?? 1));
    const early = programs.filter((program) =>
      rows.every((row) => row.workload !== program || (row.threads ?? 0) < most),
    );
    const base = (program: string) =>
      rows.find((row) => row.workload === program && row.backend === 'no-sm' && row.threads === 1)
        ?.throughputTxPerS ?? Number.NaN;
    const values = rows
      .map((row) => ({ ...row, scaled: (row.throughputTxPerS ?? Number.NaN) / base(row.workload) }))
      .filter(({ scaled }) => Number.isFinite(scaled));
    const gain = (backend: string) => {
      const ratios = programs.flatMap((program) => {
        const same = rows.filter((row) => row.workload === program && row.backend === backend);
        const counts = same.map((row) => row.threads ?? 0);
        const at = (count: number) => same.find((row) => row.threads === count)?.throughputTxPerS;
        const [few, many] = [at(1), at(Math.max(...counts))];
        return few && many ? [many / few / Math.max(...counts)] : [];
      });
      return ratios.length === 0
        ? null
        : Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / ratios.length);
    };
    const looks = looksOfDesigns(rows);
    const found = Object.keys(looks).flatMap((backend) => {
      const share = gain(backend);
      return share === null ? [] : [`${digits(100 * share)} % under ${backend}`];
    });
    return {
      title: `Of perfect scaling, programs reach ${list(found)} at their most threads`,
      caption: `Transactions per second of virtual time over those of one thread under no-sm; title: geometric means over programs; short runs; ${conditions}.`,
      notes: [
        ...notes,
        ...(early.length > 0
          ? [
              `Lines end at the most threads that a program takes: ${list(early)} end before ${most}.`,
            ]
          : []),
      ],
      across: Math.min(4, programs.length),
      view: {
        data: { values },
        facet: { field: 'workload', type: 'nominal', title: null, sort: programs },
        columns: 4,
        spec: {
          height: 90,
          mark: LINE,
          encoding: {
            x: axis('threads', 'threads', {
              log: 2,
              values: [1, 4, 16, 64].filter((n) => n <= most),
            }),
            y: axis('scaled', 'throughput (ratio)', {
              log: true,
              values: [0.1, 0.3, 1, 3, 10, 30, 60],
            }),
            ...lines('backend', looks),
          },
        },
      },
    };
  },
});
