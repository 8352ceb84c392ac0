/** The headline when all assumptions vary at once: one mark a machine, 5 to 95 % of them, the default. */

import { quantileSorted } from 'simple-statistics';
import { axis, digits, distinct, list, looksOfDesigns, points } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { INK, PAPER } from './draw/theme.ts';

/** The means of joint.csv, with the guarantee and the design that each is of. */
const MEANS = [
  ['geometricMeanSpeedupSmObAsNeeded', 'as each original needs', 'sm-ob'],
  ['geometricMeanSpeedupSmDdAsNeeded', 'as each original needs', 'sm-dd'],
  ['geometricMeanSpeedupSmObAnyProgram', 'right for any program', 'sm-ob'],
  ['geometricMeanSpeedupSmDdAnyProgram', 'right for any program', 'sm-dd'],
] as const;

/** Instruction counts of the optimised builds: at the speed of the machine, and each program's native one. */
const MODELS = ['o2', 'native'];

export const joint = figure({
  id: 'joint',
  summary: 'mean speedups over machines drawn from all ranges at once',
  width: 'column',
  tables: {
    machines: table('joint.csv', {
      machine: number,
      profile: text,
      computeModel: text,
      members: number,
      geometricMeanSpeedupSmObAsNeeded: number,
      geometricMeanSpeedupSmDdAsNeeded: number,
      geometricMeanSpeedupSmObAnyProgram: number,
      geometricMeanSpeedupSmDdAnyProgram: number,
    }),
    means: table('whisper-summary.csv', {
      set: text,
      backend: text,
      publishedSpeedupOverSmRc: number,
    }),
  },
  draw({ machines, means }) {
    const rows = some(
      machines.flatMap(({ machine, profile, computeModel, members, ...speedups }) =>
        MEANS.flatMap(([name, guarantee, backend]) => {
          const speedup = speedups[name];
          // One default machine; and beside it those that charge the same counts, at either speed.
          const models = machine === 0 ? MODELS.slice(0, 1) : MODELS;
          if (speedup === null || !models.includes(computeModel ?? '')) return [];
          return [{ machine, profile, members, guarantee, backend, speedup }];
        }),
      ),
      'a machine',
    );
    const bands = [...Map.groupBy(rows, (row) => `${row.guarantee},${row.backend}`).values()].map(
      (group) => {
        const [{ guarantee, backend }] = group;
        const drawn = group
          .filter(({ machine }) => machine !== 0)
          .map(({ speedup }) => speedup)
          .sort((a, b) => a - b);
        const published =
          means.find((row) => row.set === 'whisper' && row.backend === backend)
            ?.publishedSpeedupOverSmRc ?? null;
        return {
          guarantee,
          backend,
          low: quantileSorted(drawn, 0.05),
          high: quantileSorted(drawn, 0.95),
          published,
          count: drawn.length,
        };
      },
    );
    const looks = looksOfDesigns(rows);
    const guarantees = distinct(rows, ({ guarantee }) => guarantee);
    const first = bands.filter(({ guarantee }) => guarantee === guarantees[0]);
    const y = { field: 'guarantee', type: 'nominal', sort: guarantees, title: null };
    const yOffset = { field: 'backend', sort: Object.keys(looks) };
    return {
      title: `With all assumptions free, 90 % of machines lie within ${list(first.map((band) => `${digits(band.low)} to ${digits(band.high)} (${band.backend})`))}`,
      caption: `Geometric mean speedup over the fastest sm-rc that is right (${rows[0].members} programs, short runs) on ${bands[0].count} machines of a Latin hypercube over all assumptions of ${rows[0].profile}; title: ${guarantees[0]}. Bar: 5 to 95 %. Open circle: the default machine. Thick tick: published (arXiv 1810.09360).`,
      view: {
        height: { step: 40, for: 'position' },
        layer: [
          {
            data: { values: bands },
            mark: { type: 'rule', strokeWidth: 7, color: '#dddddd' },
            encoding: {
              y,
              yOffset,
              x: axis('low', 'speedup over sm-rc (ratio)'),
              x2: { field: 'high' },
            },
          },
          {
            data: { values: rows.filter(({ machine }) => machine !== 0) },
            mark: { type: 'point', size: 12 },
            encoding: {
              y,
              yOffset,
              x: { field: 'speedup', type: 'quantitative' },
              ...points('backend', looks),
            },
          },
          {
            data: { values: bands.filter(({ published }) => published !== null) },
            mark: { type: 'tick', opacity: 1, thickness: 2, height: 14, color: INK },
            encoding: { y, yOffset, x: { field: 'published', type: 'quantitative' } },
          },
          {
            data: { values: rows.filter(({ machine }) => machine === 0) },
            mark: {
              type: 'point',
              size: 34,
              shape: 'circle',
              fill: PAPER,
              stroke: INK,
              strokeWidth: 1,
            },
            encoding: { y, yOffset, x: { field: 'speedup', type: 'quantitative' } },
          },
        ],
      },
    };
  },
});
