/** Throughput against tail latency, with more and more transactions of a client in flight or in a group. */

import { cellTable, comparable, inProgramOrder } from './draw/cells.ts';
import {
  axis,
  digits,
  distinct,
  geometricMean,
  LINE,
  lines,
  list,
  looksOfDesigns,
  present,
} from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number } from './draw/table.ts';

/** Round numbers for the axes of latency. */
const ROUND = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

const WAYS = { inflight: 'in flight', group: 'in a group' } as const;

export const inflight = figure({
  id: 'inflight',
  summary: 'throughput against p99 latency, transactions in flight or in groups',
  width: 'page',
  tables: {
    cells: cellTable('inflight.csv', {
      inflight: number,
      group: number,
      throughputTxPerS: number,
      latencyP99Ns: number,
    }),
  },
  draw({ cells }) {
    const { rows, conditions, notes } = comparable(cells, [], { suiteOnly: false });
    const programs = inProgramOrder(rows.map(({ workload }) => workload));
    const mirrored = some(
      rows.filter(({ backend }) => backend !== 'no-sm' && backend !== 'ideal'),
      'a design that mirrors',
    );
    const looks = looksOfDesigns(mirrored);
    const values = programs.flatMap((program) =>
      (['inflight', 'group'] as const).flatMap((way) => {
        const other = way === 'inflight' ? 'group' : 'inflight';
        return mirrored
          .filter((row) => row.workload === program && row[other] === 1)
          .map((row) => ({
            backend: row.backend,
            panel: `${program}, ${WAYS[way]}`,
            count: row[way],
            latencyUs: (row.latencyP99Ns ?? Number.NaN) / 1000,
            throughput: (row.throughputTxPerS ?? Number.NaN) / 1000,
          }));
      }),
    );
    const panels = Object.values(WAYS).flatMap((way) => programs.map((one) => `${one}, ${way}`));
    const most = Math.max(...mirrored.map((row) => row.inflight ?? 1));
    const gain = (backend: string): number | null => {
      const ratios = programs.map((program) => {
        const at = (count: number) =>
          mirrored.find(
            (row) =>
              row.workload === program &&
              row.backend === backend &&
              row.inflight === count &&
              row.group === 1,
          )?.throughputTxPerS ?? null;
        const [one, many] = [at(1), at(most)];
        return one && many ? many / one : null;
      });
      return geometricMean(present(ratios));
    };
    const gaining = distinct(mirrored, ({ backend }) => backend).flatMap((backend) => {
      const factor = gain(backend);
      return factor !== null && factor >= 1.01 ? [`${backend} ${digits(factor)} times`] : [];
    });
    const told = gaining.length === 0 ? 'no design faster' : list(gaining);
    return {
      title: `${most} transactions in flight make ${told} as fast as one; who orders by waiting gains nothing`,
      caption: `A point each for 1, 2, 4, ... transactions of a client, from left to right as latency grows; from begin to acknowledgement; title: geometric means over programs; short runs; ${conditions}.`,
      notes,
      across: Math.min(4, programs.length),
      view: {
        data: { values },
        facet: { field: 'panel', type: 'nominal', title: null, sort: panels },
        columns: Math.min(4, programs.length),
        resolve: { scale: { x: 'independent', y: 'independent' } },
        spec: {
          height: 80,
          mark: LINE,
          encoding: {
            x: axis('latencyUs', 'p99 latency, us', { log: true, values: ROUND }),
            y: axis('throughput', 'thousand tx/s', { zero: true }),
            order: { field: 'count', type: 'quantitative' },
            ...lines('backend', looks),
          },
        },
      },
    };
  },
});
