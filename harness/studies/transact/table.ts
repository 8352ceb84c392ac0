/** The sweep of the microbenchmark as tables for the terminal. */

import { BASELINE, UNMIRRORED } from '../../../rdma/index.ts';
import {
  type CellRow,
  conditionsText,
  estimateText,
  execTimeNsPerTx,
  groupBySeed,
  hasSeveralSeeds,
  intervalNotes,
  ratioToBound,
  speedupOverRemoteCommit,
} from '../../bench/index.ts';
import { fittedTable, headsOf } from '../../report/index.ts';
import { parameterOf } from './columns.ts';

/**
 * A table per conditions with one line per point: time and speedup under each backend, then the bound
 * and how far above it each is; with several seeds the means and their intervals.
 */
export function transactTables(rows: readonly CellRow[], wide: boolean): string {
  const sections = Map.groupBy(rows, ({ result }) => conditionsText(result.system));
  const means = hasSeveralSeeds(rows) ? '; means over seeds [95 % bootstrap interval]' : '';
  const tables = [...sections].map(
    ([title, own]) => `${title}${means}\n\n${pointTable(own, wide)}`,
  );
  return [...tables, ...intervalNotes(rows)].join('\n\n');
}

function pointTable(rows: readonly CellRow[], wide: boolean): string {
  const backends = [...new Set(rows.map(({ result }) => result.system.backend))];
  const mirrored = backends.filter((backend) => backend !== UNMIRRORED.name);
  const compared = mirrored.filter((backend) => backend !== BASELINE.name);
  const axesOf = (row: CellRow): string[] =>
    ['epochs', 'linesPerEpoch'].map((axis) => String(parameterOf(row, axis)));
  const points = Map.groupBy(groupBySeed(rows), ([row]) => axesOf(row).join());
  const heads = [
    { text: 'epochs' },
    { text: 'lines' },
    ...headsOf(backends, { what: 'ns/tx', over: 'ns/tx', rank: 2 }),
    ...headsOf(compared, { what: 'speedup', over: 'speedup over sm-rc' }),
    { text: 'bound ns/tx', rank: 4 },
    ...headsOf(mirrored, { what: '/ bound', over: 'times the bound', rank: 3 }),
  ];
  const boundNs = ({ bound }: CellRow) => bound && execTimeNsPerTx(bound);
  const lines = [...points.values()].map((cells) => {
    const under = (backend: string, of: (row: CellRow) => number | undefined, digits: number) => {
      const cell = cells.find(([{ result }]) => result.system.backend === backend);
      return cell === undefined ? '-' : estimateText(cell, of, digits);
    };
    return [
      ...axesOf(cells[0][0]),
      ...backends.map((b) => under(b, (row) => execTimeNsPerTx(row.result), 0)),
      ...compared.map((b) => under(b, speedupOverRemoteCommit, 2)),
      estimateText(cells[0], boundNs, 0),
      ...mirrored.map((b) => under(b, ratioToBound, 2)),
    ];
  });
  return fittedTable(heads, lines, wide);
}
