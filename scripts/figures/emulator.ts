/** How fast the emulator is, beside a loop that one would write by hand. */

import { axis, digits, distinct, list, points } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { inDesignOrder, looksInOrder, STEP_LOOKS } from './draw/theme.ts';

/** Steps that a design plays no part in, in the order of a run. */
const BEFORE = ['functional run', 'record'];

/** The designs of the paper, for the title. */
const TOLD = ['sm-rc', 'sm-ob', 'sm-dd'];

export const emulator = figure({
  id: 'emulator',
  summary: 'speed of each step of the emulator beside a reference loop',
  width: 'page',
  tables: {
    speeds: table('emulator.csv', {
      step: text,
      program: text,
      threads: number,
      queuePairs: text,
      backend: text,
      profile: text,
      counted: text,
      perReferenceLine: number,
      perReferenceLineLow: number,
      perReferenceLineHigh: number,
    }),
  },
  draw({ speeds }) {
    const rows = some(
      speeds.filter(({ counted }) => counted === 'operations'),
      'a step whose operations are counted',
    ).map((row) => ({
      ...row,
      label: row.backend === '' ? row.step : row.backend,
      cores: coresText(row),
    }));
    const backends = inDesignOrder(
      rows.map(({ backend }) => backend).filter((name) => name !== ''),
    );
    const labels = [...BEFORE, ...backends];
    const series = distinct(rows, ({ cores }) => cores);
    const programs = distinct(rows, ({ program }) => program);
    const [{ program, cores }] = rows;
    const found = TOLD.flatMap((backend) => {
      const row = rows.find(
        (one) => one.backend === backend && one.program === program && one.cores === cores,
      );
      return row?.perReferenceLine ? [`${digits(row.perReferenceLine)} under ${backend}`] : [];
    });
    const y = {
      field: 'label',
      type: 'nominal',
      sort: labels,
      title: null,
      axis: { grid: true },
    };
    const yOffset = { field: 'cores', sort: series };
    return {
      title: `In the time of a line of a hand-written loop, the emulator replays operations: ${list(found)} (${program}, ${cores})`,
      caption: `Operations of the program for a line of the reference loop (next-free times and three copies of 64 B), medians and quartiles, of the run, of recording and of the replay by each design; measured on one machine; profile ${rows[0].profile}.`,
      across: programs.length,
      view: {
        data: { values: rows },
        facet: { column: { field: 'program', title: null, sort: programs } },
        spec: {
          height: { step: 15, for: 'position' },
          layer: [
            {
              mark: { type: 'rule', strokeWidth: 1 },
              encoding: {
                y,
                yOffset,
                x: axis('perReferenceLineLow', 'operations a line (ratio)', {
                  log: true,
                  values: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50],
                }),
                x2: { field: 'perReferenceLineHigh' },
              },
            },
            {
              mark: { type: 'point', filled: true, size: 22, opacity: 1 },
              encoding: {
                y,
                yOffset,
                x: { field: 'perReferenceLine', type: 'quantitative' },
                ...points(
                  'cores',
                  looksInOrder(
                    series,
                    [0, 2, 5].map((i) => STEP_LOOKS[i]),
                  ),
                ),
              },
            },
          ],
        },
      },
    };
  },
});

/** The cores, and of several how many queue pairs; nothing of those where no design is. */
function coresText({
  threads,
  queuePairs,
}: {
  threads: number | null;
  queuePairs: string;
}): string {
  if (threads === 1) return '1 core';
  return queuePairs === 'shared' ? `${threads} cores, one queue pair` : `${threads} cores`;
}
