/** What the crash check looked at, and which seeded bugs it caught. */

import { inProgramOrder } from './draw/cells.ts';
import { digits } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { inDesignOrder, PAPER } from './draw/theme.ts';

export const crashCoverage = figure({
  id: 'crash-coverage',
  summary: 'crash images looked at a program and design, and seeded bugs caught',
  width: 'page',
  tables: {
    cells: table('crash-check.csv', {
      workload: text,
      error: text,
      backend: text,
      images: number,
      verdict: text,
    }),
  },
  draw({ cells }) {
    const rows = some(cells, 'a crash check');
    const seeded = rows.filter(
      ({ error, backend }) => error !== '' || backend.startsWith('canary'),
    );
    const correct = rows.filter((row) => !seeded.includes(row));
    const caught = seeded.filter(({ verdict }) => verdict === 'caught');
    const unsound = correct.filter(({ verdict }) => verdict !== 'sound');
    const sums = Map.groupBy(correct, (row) => `${row.workload},${row.backend}`);
    const values = [...sums.values()].map((group) => {
      const images = group.reduce((sum, row) => sum + (row.images ?? 0), 0);
      const bad = group.some((row) => unsound.includes(row));
      return {
        program: group[0].workload,
        column: group[0].backend,
        images: images / 1000,
        text: `${digits(images / 1000)}${bad ? ' !' : ''}`,
      };
    });
    const programs = inProgramOrder(rows.map(({ workload }) => workload));
    const bugs = programs.flatMap((program) => {
      const own = seeded.filter(({ workload }) => workload === program);
      if (own.length === 0) return [];
      const found = own.filter((row) => caught.includes(row)).length;
      return [{ program, column: 'bugs', text: `${found} of ${own.length}` }];
    });
    const columns = [...inDesignOrder(correct.map(({ backend }) => backend)), 'bugs'];
    const total = values.reduce((sum, { images }) => sum + images, 0);
    return {
      title: `${unsound.length === 0 ? 'No error' : `Errors in ${unsound.length} checks`} in ${digits(total / 1000)} million crash images; ${caught.length} of ${seeded.length} seeded bugs caught`,
      caption:
        'Thousands of crash images that a program recovered from and was compared after, by design, and seeded bugs caught; all profiles and numbers of replicas of the plan.',
      notes:
        programs.length > bugs.length ? ['Where no number of bugs stands, none is seeded.'] : [],
      view: {
        height: { step: 11 },
        view: { stroke: null },
        encoding: {
          x: {
            field: 'column',
            type: 'nominal',
            sort: columns,
            title: null,
            axis: { orient: 'top', labelAngle: 0, domain: false, ticks: false },
          },
          y: {
            field: 'program',
            type: 'nominal',
            sort: programs,
            title: null,
            axis: { domain: false, ticks: false },
          },
        },
        layer: [
          {
            data: { values },
            mark: { type: 'rect', stroke: PAPER },
            encoding: {
              fill: {
                field: 'images',
                type: 'quantitative',
                title: 'thousand images (log scale)',
                scale: { type: 'log', range: ['#f4f6f9', '#5f88b4'] },
                legend: { values: [2, 5, 10, 20, 50], gradientLength: 100, gradientThickness: 6 },
              },
            },
          },
          {
            data: { values: [...values, ...bugs] },
            mark: { type: 'text' },
            encoding: { text: { field: 'text' } },
          },
        ],
      },
    };
  },
});
