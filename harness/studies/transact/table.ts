/** The sweep of the microbenchmark as tables for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  conditionsText,
  designTable,
  estimateShow,
  estimateText,
  execTimeNsPerTx,
  groupBySeed,
  hasSeveralSeeds,
  intervalNotes,
  isUpperBound,
  ratioToBound,
  slowdownHeads,
  slowdownOverUnmirrored,
  speedupHeads,
  speedupOverRemoteCommit,
  tablesByWork,
} from '../../bench/index.ts';
import { fittedTable, headsOf, prose } from '../../report/index.ts';
import { parameterOf } from './columns.ts';

/**
 * A table per conditions with one line per point: time and speedup under each backend, then the bound
 * and how far above it each is; with several seeds the means and their intervals. `percentiles` of the
 * latency, in per cent, make a table of every point and design.
 */
export function transactTables(
  rows: readonly CellRow[],
  wide: boolean,
  percentiles: readonly number[] = [],
): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const means = hasSeveralSeeds(rows) ? '; means over seeds [95 % bootstrap interval]' : '';
  const point = {
    heads: ['epochs', 'lines'].map((text) => ({ text, key: true })),
    wordsOf: axesOf,
  };
  const tables = [...sections].map(
    ([title, own]) =>
      `${prose(`${title}${means}`, 2)}\n\n${tablesByWork(own, (some) => pointTable(some, wide))}` +
      (percentiles.length > 0 ? `\n\n${designTable(own, percentiles, wide, point)}` : ''),
  );
  return [...tables, ...intervalNotes(rows)].join('\n\n');
}

/** Where in the grid `row` is. */
const axesOf = (row: CellRow): string[] =>
  ['epochs', 'linesPerEpoch'].map((axis) => String(parameterOf(row, axis)));

function pointTable(rows: readonly CellRow[], wide: boolean): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== UNMIRRORED.name);
  const compared = mirrored.filter((backend) => backend !== BASELINE.name);
  const points = Map.groupBy(groupBySeed(rows), ([row]) => axesOf(row).join());
  const isFree = isUpperBound(rows);
  const hasBase = backends.includes(UNMIRRORED.name);
  const hasCommit = backends.includes(BASELINE.name);
  const ratios = headsOf(mirrored, { what: '/ bound', over: 'times the bound', rank: 4 });
  const heads = [
    { text: 'epochs' },
    { text: 'lines' },
    ...headsOf(backends, { what: 'ns/tx', over: 'time/tx', rank: 3 }).map((head) =>
      head.short === (hasBase ? UNMIRRORED : BASELINE).name || !(hasBase || hasCommit)
        ? { ...head, rank: 2 }
        : head,
    ),
    ...(hasBase ? slowdownHeads(mirrored, isFree) : []),
    ...(hasCommit ? speedupHeads(compared, isFree) : []),
    { text: 'bound ns/tx', short: 'bound', rank: 5 },
    ...ratios,
  ];
  const boundNs = ({ bound }: CellRow) => bound && execTimeNsPerTx(bound);
  const { time, ratio } = estimateShow(wide);
  const lines = [...points.values()].map((cells) => {
    const each = (
      some: readonly string[],
      of: (row: CellRow) => number | undefined,
      show: typeof time,
    ) =>
      some.map((backend) => {
        const cell = cells.find(([{ result }]) => result.system.backend === backend);
        return cell === undefined ? '-' : estimateText(cell, of, show);
      });
    return [
      ...axesOf(cells[0][0]),
      ...each(backends, ({ result }) => execTimeNsPerTx(result), time),
      ...(hasBase ? each(mirrored, slowdownOverUnmirrored, ratio) : []),
      ...(hasCommit ? each(compared, speedupOverRemoteCommit, ratio) : []),
      estimateText(cells[0], boundNs, time),
      ...each(mirrored, ratioToBound, ratio),
    ];
  });
  return fittedTable(heads, lines, wide);
}
