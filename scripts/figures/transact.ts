/** The paper's figure: what a transaction of so many epochs and writes costs under each design. */

import { cellTable, comparable } from './draw/cells.ts';
import { axis, distinct, LINE, lines, list, present, times } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number } from './draw/table.ts';
import { inDesignOrder, looksInOrder, STEP_LOOKS } from './draw/theme.ts';

export const transact = figure({
  id: 'transact',
  summary: 'Transact: slowdown over no-sm against epochs and writes, a panel a design',
  width: 'page',
  tables: {
    cells: cellTable('transact.csv', {
      epochsPerTx: number,
      linesPerEpoch: number,
      slowdownOverNoSm: number,
    }),
  },
  draw({ cells }) {
    const { rows, conditions, notes } = comparable(cells, ['parameters']);
    const mirrored = some(
      rows.filter(({ backend }) => backend !== 'no-sm'),
      'a design that mirrors',
    );
    const designs = inDesignOrder(mirrored.map(({ backend }) => backend));
    const steps = distinct(mirrored, (row) => String(row.linesPerEpoch));
    const epochs = Math.max(...present(mirrored.map((row) => row.epochsPerTx)));
    const least = Math.min(...present(mirrored.map((row) => row.linesPerEpoch)));
    const found = mirrored
      .filter((row) => row.epochsPerTx === epochs && row.linesPerEpoch === least)
      .sort((a, b) => designs.indexOf(a.backend) - designs.indexOf(b.backend))
      .map((row) => `${times(row.slowdownOverNoSm ?? Number.NaN)} under ${row.backend}`);
    return {
      title: `${epochs} epochs of ${least} line write${least === 1 ? '' : 's'} take ${list(found)} the time without mirroring`,
      caption: `Execution time of Transact over that of no-sm; ${conditions}.`,
      notes,
      across: designs.length,
      view: {
        data: { values: mirrored.map((row) => ({ ...row, step: String(row.linesPerEpoch) })) },
        facet: { column: { field: 'backend', title: null, sort: designs } },
        spec: {
          height: 110,
          mark: LINE,
          encoding: {
            x: axis('epochsPerTx', 'epochs per transaction', {
              log: 2,
              values: distinct(mirrored, (row) => row.epochsPerTx ?? 1),
            }),
            y: axis('slowdownOverNoSm', 'time over no-sm (ratio)', { zero: true }),
            ...lines('step', looksInOrder(steps, STEP_LOOKS), {
              title: 'line writes per epoch',
            }),
          },
        },
      },
    };
  },
});
