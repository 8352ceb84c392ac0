/** Mean speedups against PM latency, round trip, flush cost and link rate: one value at a time. */

import { axis, digits, distinct, LINE, lines, looksOfDesigns } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';

export const hardware = figure({
  id: 'hardware',
  summary: 'speedup against PM latency, network, flush cost and link rate',
  width: 'page',
  tables: {
    cells: table('hardware.csv', {
      quantity: text,
      unit: text,
      value: number,
      profile: text,
      queuePairs: text,
      backend: text,
      members: number,
      geometricMeanSpeedupOverSmRc: number,
    }),
  },
  draw({ cells }) {
    const values = some(
      cells.flatMap(
        ({ quantity, unit, value, backend, queuePairs, geometricMeanSpeedupOverSmRc }) =>
          value === null ||
          geometricMeanSpeedupOverSmRc === null ||
          queuePairs !== cells[0].queuePairs
            ? []
            : [{ quantity, unit, value, backend, speedup: geometricMeanSpeedupOverSmRc }],
      ),
      'a value of the machine',
    );
    const looks = looksOfDesigns(values);
    const quantities = distinct(values, ({ quantity }) => quantity);
    const last = Object.keys(looks).at(-1) ?? '';
    const range = (quantity: string) => {
      const own = values.filter((one) => one.quantity === quantity && one.backend === last);
      const speedups = own.map(({ speedup }) => speedup);
      return [Math.min(...speedups), Math.max(...speedups)] as const;
    };
    const swing = (quantity: string) => range(quantity)[1] / range(quantity)[0];
    const most = quantities.reduce((a, b) => (swing(b) > swing(a) ? b : a));
    const [low, high] = range(most);
    const top = Math.ceil(Math.max(...values.map((one) => one.speedup)));
    const panels = quantities.map((quantity) => {
      const same = values.filter((one) => one.quantity === quantity);
      const unit = same[0].unit;
      return {
        title: { text: quantity, anchor: 'middle' },
        height: 95,
        data: { values: same },
        mark: LINE,
        encoding: {
          x: axis('value', `${unit}`, { log: true, values: distinct(same, ({ value }) => value) }),
          y: axis('speedup', 'speedup over sm-rc (ratio)', {
            domain: [1, top],
            values: Array.from({ length: top }, (_, index) => index + 1),
          }),
          ...lines('backend', looks),
        },
      };
    });
    return {
      title: `The speedup of ${last} depends most on ${most.split(', ')[0]}: ${digits(low)} to ${digits(high)} over its range`,
      caption: `Geometric mean over ${cells[0].members} programs; profile ${cells[0].profile} with one value changed at a time; short runs.`,
      across: panels.length,
      view: { hconcat: panels },
    };
  },
});
