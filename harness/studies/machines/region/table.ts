/** The grid of machines in words. */

import { PUBLISHED_SPEEDUPS } from '../../../bench/index.ts';
import { plainTable, prose, threeDigits } from '../../../report/index.ts';
import { DESIGNS, MEANS, type MeanSpeedups } from '../headline.ts';
import {
  distancePercent,
  isInside,
  type RegionOutcome,
  type RegionRow,
  TOLERANCE_PERCENT,
} from './rows.ts';

/** The axes as the summary shows them. */
const SHOWN = [
  ['persist latency', 'ns', (row: RegionRow) => row.persistNs],
  ['flush at the replica', 'ns', (row: RegionRow) => row.flushNs],
  ['plain WRITE, acknowledged', 'ns', (row: RegionRow) => row.writeAckNs],
  ['instructions per cycle', '-', (row: RegionRow) => row.instructionsPerCycle],
] as const;

/**
 * For each policy of queue pairs what is inside, in words: ranges of every axis, or the nearest points
 * where nothing is. `defaults` are what the machine gives around which the grid is.
 */
export function regionSummary(
  rows: readonly RegionRow[],
  defaults: readonly RegionOutcome[],
): string {
  const published = DESIGNS.map((design) => `${design} ${PUBLISHED_SPEEDUPS[design]}x`).join(', ');
  const title =
    `Machines over ${rows[0].programs} programs; inside: both speedups over sm-rc within ` +
    `${TOLERANCE_PERCENT} % of the published (${published})`;
  const policies = Map.groupBy(rows, ({ queuePairs }) => queuePairs);
  const parts = [...policies].map(([policy, own]) => {
    const means = MEANS.map((mean) => meanSummary(own, mean));
    const ofDefault = defaults.filter(({ queuePairs }) => queuePairs === policy).map(defaultText);
    return [`Queue pairs ${policy}\n${[...ofDefault, extremes(own)].join('\n')}`, ...means];
  });
  return prose([title, ...parts.flat()].join('\n\n'), 2);
}

/** How far from the published speedups the machine is around which the grid is. */
function defaultText(outcome: RegionOutcome): string {
  const distances = MEANS.map((mean) => {
    const speedups = DESIGNS.map((design) => threeDigits(outcome.headline[design][mean]));
    return `${mean} ${speedups.join(', ')}: off by ${threeDigits(distancePercent(outcome, mean))} %`;
  });
  return `The machine in the middle, counts ${outcome.computeModel}: ${distances.join('; ')}`;
}

function extremes(rows: readonly RegionRow[]): string {
  const ranges = DESIGNS.map((design) => {
    const values = rows.map(({ headline }) => headline[design].geometric);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${design} ${threeDigits(low)} to ${threeDigits(high)}`;
  });
  return `Geometric means over the whole grid of ${rows.length}: ${ranges.join(', ')}`;
}

function meanSummary(rows: readonly RegionRow[], mean: keyof MeanSpeedups): string {
  const inside = rows.filter((row) => isInside(row, mean));
  if (inside.length === 0) {
    return `By the ${mean} mean none is inside. The nearest:\n\n${nearest(rows, mean)}`;
  }
  const lines = SHOWN.map(([name, unit, value]) => {
    const range = (some: readonly RegionRow[]): string => {
      const values = some.map(value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return low === high ? threeDigits(low) : `${threeDigits(low)} to ${threeDigits(high)}`;
    };
    return [name, unit, range(inside), range(rows)];
  });
  const models = [...new Set(inside.map(({ computeModel }) => computeModel))].join(', ');
  lines.push(['instruction counts', '-', models, 'o2, whisper']);
  const table = plainTable(['axis', 'unit', 'inside', 'grid'], lines);
  const count = `${inside.length} of ${rows.length} (${threeDigits((100 * inside.length) / rows.length)} %)`;
  return `By the ${mean} mean ${count} are inside:\n\n${table}\n\nThe nearest:\n\n${nearest(rows, mean)}`;
}

const NEAREST = 5;

function nearest(rows: readonly RegionRow[], mean: keyof MeanSpeedups): string {
  const sorted = [...rows].sort((a, b) => distancePercent(a, mean) - distancePercent(b, mean));
  const head = [
    'persist ns',
    'flush ns',
    'WRITE ns',
    'instr./cycle',
    'counts',
    ...DESIGNS,
    'off by',
  ];
  const lines = sorted
    .slice(0, NEAREST)
    .map((row) => [
      ...SHOWN.map(([, , value]) => threeDigits(value(row))),
      row.computeModel,
      ...DESIGNS.map((design) => threeDigits(row.headline[design][mean])),
      `${threeDigits(distancePercent(row, mean))} %`,
    ]);
  return plainTable(head, lines);
}
