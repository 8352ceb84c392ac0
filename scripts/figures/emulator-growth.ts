/** How time and memory of a command grow with what it is given. */

import { axis, digits, LINE, lines } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { looksInOrder, STEP_LOOKS } from './draw/theme.ts';

/** What grows: the axis of its panels, and how a row is placed there. */
const GROWING = {
  operations: { field: 'millions', title: 'million operations', log: true },
  cores: { field: 'threads', title: 'cores', log: 2 },
  log: { field: 'megabytes', title: 'log, MB', log: true },
} as const;

/** Ticks of times. */
const SECONDS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

const QUEUE_PAIRS = ['per-core', 'shared'];

export const emulatorGrowth = figure({
  id: 'emulator-growth',
  summary: 'time and memory of a command against operations, cores and the length of a log',
  width: 'page',
  tables: {
    runs: table('emulator-growth.csv', {
      growing: text,
      backend: text,
      queuePairs: text,
      threads: number,
      operations: number,
      logBytes: number,
      processorS: number,
      peakMb: number,
    }),
  },
  draw({ runs }) {
    const rows = some(runs, 'a run').map((row) => ({
      ...row,
      millions: (row.operations ?? Number.NaN) / 1e6,
      megabytes: (row.logBytes ?? Number.NaN) / 1e6,
    }));
    const looks = looksInOrder(QUEUE_PAIRS, [STEP_LOOKS[3], STEP_LOOKS[0]]);
    const peak = Math.max(...rows.map((row) => row.peakMb ?? Number.NaN));
    const measures = [
      axis('processorS', 'processor s', { log: true, values: SECONDS }),
      axis('peakMb', 'peak MB', { zero: true, domain: [0, 100 * Math.ceil(peak / 100)] }),
    ];
    const panel = (growing: keyof typeof GROWING, y: object) => {
      const { field, title, log } = GROWING[growing];
      const values = rows.filter((row) => row.growing === growing);
      const at = values.map((row) => row[field] ?? Number.NaN);
      return {
        data: { values },
        height: 80,
        mark: LINE,
        encoding: {
          x: axis(field, title, { log, values: [...new Set(at)] }),
          y,
          ...lines('queuePairs', looks),
        },
      };
    };
    const shown = (Object.keys(GROWING) as (keyof typeof GROWING)[]).filter((growing) =>
      rows.some((row) => row.growing === growing),
    );
    const ofOne = rows.filter((row) => row.growing === 'operations');
    const [first, last] = [ofOne.at(-2), ofOne.at(-1)];
    const factor = (field: 'operations' | 'processorS') =>
      digits((last?.[field] ?? Number.NaN) / (first?.[field] ?? Number.NaN));
    return {
      title: `${factor('operations')} times the operations take ${factor('processorS')} times as long; no command takes more than ${digits(peak)} MB`,
      caption: `pmirror run from start to end, with all threads of its process; ${rows[0].backend}; queue pairs per core, or one that all cores share. Cores: four million operations. A log is read from text. Title: the two longest programs on one core. Measured on one machine.`,
      across: shown.length,
      view: {
        columns: shown.length,
        concat: measures.flatMap((y) => shown.map((growing) => panel(growing, y))),
      },
    };
  },
});
