/** Latency percentiles of transaction types that write. */

import { cellTable, comparable, inProgramOrder } from './draw/cells.ts';
import {
  axis,
  distinct,
  geometricMean,
  list,
  looksOfDesigns,
  points,
  present,
  times,
} from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, text } from './draw/table.ts';

const TYPES_PER_PROGRAM = 2;

export const latency = figure({
  id: 'latency',
  summary: 'latency percentiles a transaction type: median to 99.9th',
  width: 'page',
  tables: {
    cells: cellTable('whisper-latency.csv', {
      txType: text,
      transactions: number,
      latencyP50Ns: number,
      latencyP99Ns: number,
      latencyP999Ns: number,
    }),
  },
  draw({ cells }) {
    const { rows: all, conditions, notes } = comparable(cells);
    const [policy] = distinct(all, ({ queuePairs }) => queuePairs);
    const ofPolicy = all.filter(({ queuePairs }) => queuePairs === policy);
    const median = (program: string, type: string, backend: string) =>
      ofPolicy.find(
        (row) => row.workload === program && row.txType === type && row.backend === backend,
      )?.latencyP50Ns;
    const programs = inProgramOrder(ofPolicy.map(({ workload }) => workload));
    const kinds = programs.flatMap((program) =>
      distinct(
        ofPolicy.filter((row) => row.workload === program),
        (row) => row.txType,
      )
        .filter(
          (type) =>
            (median(program, type, 'sm-rc') ?? Infinity) >
            1.05 * (median(program, type, 'no-sm') ?? 0),
        )
        .map((type) => ({
          program,
          type,
          count:
            ofPolicy.find((row) => row.workload === program && row.txType === type)?.transactions ??
            0,
        }))
        .sort((a, b) => b.count - a.count)
        .slice(0, TYPES_PER_PROGRAM)
        .map(({ type }) => `${program} ${type}`),
    );
    const values = some(
      ofPolicy
        .map((row) => ({
          ...row,
          kind: `${row.workload} ${row.txType}`,
          p50: (row.latencyP50Ns ?? NaN) / 1000,
          p99: (row.latencyP99Ns ?? NaN) / 1000,
          p999: (row.latencyP999Ns ?? NaN) / 1000,
        }))
        .filter(({ kind, p50 }) => kinds.includes(kind) && Number.isFinite(p50)),
      'a type of transaction that writes',
    );
    const looks = looksOfDesigns(values);
    const found = Object.keys(looks)
      .filter((backend) => backend !== 'no-sm')
      .flatMap((backend) => {
        const same = values.filter((row) => row.backend === backend);
        const mean = geometricMean(present(same.map(({ p50, p99 }) => p99 / p50)));
        return mean === null ? [] : [`${times(mean)} under ${backend}`];
      });
    const y = { field: 'kind', type: 'nominal', sort: kinds, title: null, axis: { grid: true } };
    const yOffset = { field: 'backend', sort: Object.keys(looks) };
    const to = (field: string) => ({ field, type: 'quantitative' });
    return {
      title: `The 99th percentile of a writing transaction is ${list(found)} its median`,
      caption: `Latency: mark at the median, tick at the 99th percentile, line to the 99.9th. Types that write, the ${TYPES_PER_PROGRAM} most frequent of a program (geometric mean over types in the title); queue pairs ${policy}; ${conditions}.`,
      notes,
      view: {
        data: { values },
        height: { step: 20, for: 'position' },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 0.8 },
            encoding: {
              y,
              yOffset,
              x: axis('p50', 'latency in µs', { log: true }),
              x2: to('p999'),
              color: points('backend', looks).color,
            },
          },
          {
            mark: { type: 'tick', height: 4, thickness: 1 },
            encoding: { y, yOffset, x: to('p99'), color: points('backend', looks).color },
          },
          {
            mark: { type: 'point', size: 16 },
            encoding: { y, yOffset, x: to('p50'), ...points('backend', looks) },
          },
        ],
      },
    };
  },
});
