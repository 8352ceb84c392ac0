/** The paper's figure: what each design costs each program of the suite. */

import { cellTable, comparable, gapNote, inProgramOrder, policyName } from './draw/cells.ts';
import {
  areas,
  axis,
  distinct,
  geometricMean,
  list,
  looksOfDesigns,
  present,
  times,
} from './draw/encoding.ts';
import { figure } from './draw/figure.ts';
import { number } from './draw/table.ts';

const MEAN = 'mean';

export const whisperTime = figure({
  id: 'whisper-time',
  summary: 'WHISPER execution time over that of no-sm, a group of bars a program',
  width: 'page',
  tables: { cells: cellTable('whisper.csv', { slowdownOverNoSm: number }) },
  draw({ cells }) {
    const { rows, conditions, notes } = comparable(cells);
    const looks = looksOfDesigns(rows);
    const policies = distinct(rows, ({ queuePairs }) => queuePairs);
    const means = policies.flatMap((queuePairs) =>
      Object.keys(looks).map((backend) => {
        const same = rows.filter((row) => row.backend === backend && row.queuePairs === queuePairs);
        const mean = geometricMean(present(same.map((row) => row.slowdownOverNoSm)));
        return { workload: MEAN, backend, queuePairs, slowdownOverNoSm: mean };
      }),
    );
    const found = means
      .filter(({ queuePairs, backend }) => queuePairs === policies[0] && backend !== 'no-sm')
      .flatMap((one) =>
        one.slowdownOverNoSm === null
          ? []
          : [`${times(one.slowdownOverNoSm)} under ${one.backend}`],
      );
    return {
      title: `The cost of mirroring: ${list(found)} the time without it`,
      caption: `Execution time per transaction over that of no-sm (1, no mirroring), and geometric mean; ${conditions}.`,
      notes: [...notes, ...gapNote(rows, (row) => row.slowdownOverNoSm)],
      view: {
        data: {
          values: [...rows, ...means].map(
            ({ workload, backend, queuePairs, slowdownOverNoSm }) => ({
              workload,
              backend,
              panel: policyName(queuePairs),
              slowdownOverNoSm,
            }),
          ),
        },
        facet: {
          row: {
            field: 'panel',
            title: null,
            sort: policies.map(policyName),
            header: { orient: 'top' },
          },
        },
        spec: {
          height: 85,
          layer: [
            {
              mark: 'bar',
              encoding: {
                x: {
                  field: 'workload',
                  type: 'nominal',
                  sort: [...inProgramOrder(rows.map((row) => row.workload)), MEAN],
                  title: null,
                  axis: { labelAngle: 0 },
                },
                xOffset: { field: 'backend', sort: Object.keys(looks) },
                y: axis('slowdownOverNoSm', 'time over no-sm (ratio)'),
                ...areas('backend', looks),
              },
            },
            { mark: 'rule', encoding: { y: { datum: 1 } } },
          ],
        },
      },
    };
  },
});
