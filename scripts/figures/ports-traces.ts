/** Speedups of the ports against those of traces of the real programs. */

import { axis, looksOfDesigns, points } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { MUTED } from './draw/theme.ts';

export const portsTraces = figure({
  id: 'ports-traces',
  summary: "speedups of ports against those of real programs' traces",
  width: 'column',
  tables: {
    rows: table('validation.csv', {
      section: text,
      program: text,
      metric: text,
      originalLow: number,
      ours: number,
      deviation: number,
      tolerance: number,
      verdict: text,
    }),
  },
  draw({ rows }) {
    const values = some(
      rows.flatMap((row) => {
        const { section, program, metric, originalLow, ours, deviation, tolerance } = row;
        const backend = /sm-[a-z]+(?!.*sm-[a-z])/.exec(metric.replace(/^.*:/, ''))?.[0];
        // What is reported and not judged compares what traces do not hold.
        if (section !== 'prediction' || backend === undefined) return [];
        if (row.verdict === 'reported') return [];
        return [{ program, backend, originalLow, ours, deviation, tolerance }];
      }),
      'a prediction',
    );
    const looks = looksOfDesigns(values);
    const within = values.filter(
      (row) => Math.abs(row.deviation ?? Infinity) <= (row.tolerance ?? 0),
    );
    const tolerance = Math.max(...values.map((row) => row.tolerance ?? 0));
    const all = values.flatMap((row) => [row.originalLow ?? 1, row.ours ?? 1]);
    const domain = [Math.min(1, ...all), Math.ceil(Math.max(...all))];
    const band = domain.map((at) => ({
      at,
      low: at * (1 - tolerance / 100),
      high: at * (1 + tolerance / 100),
    }));
    const line = (field: string, strokeDash: readonly number[]) => ({
      data: { values: band },
      mark: { type: 'line', color: MUTED, strokeWidth: 0.6, strokeDash, clip: true },
      encoding: { x: { field: 'at', type: 'quantitative' }, y: { field, type: 'quantitative' } },
    });
    const ticks = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter(
      (tick) => tick >= domain[0] && tick <= domain[1],
    );
    return {
      title: `${within.length} of ${values.length} speedups of ports are within ${tolerance} % of those of real traces`,
      caption: `Speedup over sm-rc of a port against that of a trace of its original, all profiles and policies compared; lines: equal, and ${tolerance} % off.`,
      view: {
        height: 165,
        layer: [
          line('at', [1, 0]),
          line('low', [2, 2]),
          line('high', [2, 2]),
          {
            data: { values },
            mark: { type: 'point', size: 24 },
            encoding: {
              x: axis('originalLow', 'trace: speedup over sm-rc', {
                log: true,
                domain,
                values: ticks,
              }),
              y: axis('ours', 'port: speedup over sm-rc', { log: true, domain, values: ticks }),
              ...points('backend', looks),
            },
          },
        ],
      },
    };
  },
});
