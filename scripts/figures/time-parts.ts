/** Where time goes: the parts of a transaction's time, program by program and design by design. */

import { cellTable, comparable, inProgramOrder } from './draw/cells.ts';
import { areas, axis, digits, distinct, looksOfDesigns } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number } from './draw/table.ts';
import { looksInOrder, PART_LOOKS } from './draw/theme.ts';

const COLUMNS = {
  execTimeNsPerTx: number,
  computeNsPerTx: number,
  pmLoadNsPerTx: number,
  storeFlushNsPerTx: number,
  localFenceNsPerTx: number,
  rdmaPostNsPerTx: number,
  sendQueueFullNsPerTx: number,
  remoteOrderingNsPerTx: number,
  remoteDurabilityNsPerTx: number,
  lockWaitNsPerTx: number,
  idleNsPerTx: number,
};

/** Parts as they are shown, and the columns that they sum up. */
export const PARTS = {
  'own work': ['computeNsPerTx', 'pmLoadNsPerTx', 'storeFlushNsPerTx'],
  'local fence': ['localFenceNsPerTx'],
  'posting, send queue': ['rdmaPostNsPerTx', 'sendQueueFullNsPerTx'],
  'remote ordering': ['remoteOrderingNsPerTx'],
  'remote durability': ['remoteDurabilityNsPerTx'],
  'locks, idle': ['lockWaitNsPerTx', 'idleNsPerTx'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof COLUMNS)[]>>;

export const timeParts = figure({
  id: 'time-parts',
  summary: 'where time goes: stacked parts a program and design',
  width: 'page',
  tables: { cells: cellTable('whisper.csv', COLUMNS) },
  draw({ cells }) {
    const { rows, conditions, notes } = comparable(cells);
    const [policy] = distinct(rows, ({ queuePairs }) => queuePairs);
    const shown = rows.filter(({ queuePairs }) => queuePairs === policy);
    const programs = inProgramOrder(shown.map(({ workload }) => workload));
    const values = shown.flatMap((row) => {
      const base = shown.find((one) => one.workload === row.workload && one.backend === 'no-sm');
      return Object.entries(PARTS).map(([part, columns], order) => ({
        workload: row.workload,
        backend: row.backend,
        part,
        order,
        share:
          columns.reduce((sum, column) => sum + (row[column] ?? 0), 0) /
          (base?.execTimeNsPerTx ?? Number.NaN),
      }));
    });
    const drawn = some(
      values.filter(({ share }) => Number.isFinite(share)),
      'a program that was run under no-sm, too',
    );
    const commit = drawn.filter(({ backend }) => backend === 'sm-rc');
    const sum = (rows: typeof commit) => rows.reduce((total, { share }) => total + share, 0);
    const waits = commit.filter(({ part }) => part.startsWith('remote'));
    return {
      title:
        commit.length === 0
          ? 'Where the time of a transaction goes'
          : `Waiting for the replica is ${digits((100 * sum(waits)) / sum(commit))} % of the time under remote commit (sm-rc)`,
      caption: `Parts of core time per transaction, in units of the program's time under no-sm; queue pairs ${policy}; ${conditions}.`,
      notes,
      across: programs.length,
      view: {
        data: { values: drawn },
        facet: { column: { field: 'workload', title: null, sort: programs } },
        spacing: 3,
        spec: {
          height: 130,
          mark: 'bar',
          encoding: {
            x: {
              field: 'backend',
              type: 'nominal',
              sort: Object.keys(looksOfDesigns(rows)),
              title: null,
            },
            y: axis('share', 'time over no-sm (ratio)', { zero: true }),
            order: { field: 'order', type: 'quantitative' },
            ...areas('part', looksInOrder(Object.keys(PARTS), PART_LOOKS)),
          },
        },
      },
    };
  },
});
