/**
 * DDIO on against off, on the same axes: durable lines a second, evictions and what the media write,
 * against the number of lines written between two durability points, for several limits of DDIO's
 * ways. While they fit, DDIO holds the lines until they are asked for, in order; beyond, it evicts in
 * no particular order, and a medium that writes 256 B at a time writes up to four times the bytes.
 *
 * No public measurement of this series is known to us; single points of it are in `measurements.ts`
 * (random lines past the cache, the amplification of random writes, a stream that is evicted).
 */

import {
  type HardwareProfile,
  type RemoteRewriteResult,
  remoteRewrite,
} from '../../../rdma/index.ts';
import { type Column, figure } from '../../report/column.ts';
import { plainTable } from '../../report/table.ts';

/** One point of the series. */
export interface DdioPoint extends RemoteRewriteResult {
  readonly profile: string;
  readonly ddio: number | 'off';
  readonly lines: number;
}

const WAYS = [1, 2, 4, 8];
/** From a few hundred KiB, which fit anywhere, to 32 MiB, more than the whole cache. */
const LINES = [12, 13, 14, 15, 16, 17, 18, 19].map((bits) => 2 ** bits);
const LINE_BYTES = 64;

/** All points of `profile`, for the ways that its cache has. */
export function ddioSeries(profile: HardwareProfile): DdioPoint[] {
  const ways = WAYS.filter((count) => count <= profile.replicaLlc.llcWays.value);
  return (['off', ...ways] as const).flatMap((ddio) =>
    LINES.map((lines) => ({
      profile: profile.name,
      ddio,
      lines,
      ...remoteRewrite(profile, { ddio, lines }),
    })),
  );
}

const gigabytesPerS = ({ durableMps }: DdioPoint): number => (durableMps * LINE_BYTES) / 1000;

/** Columns of results/ddio.csv. */
export const DDIO_COLUMNS: readonly Column<DdioPoint>[] = [
  { name: 'profile', unit: '-', meaning: 'hardware profile', value: (row) => row.profile },
  {
    name: 'ddio',
    unit: '-',
    meaning: 'on: WRITE and RCOMMIT; off: WRITE past the cache and RDFENCE',
    value: (row) => (row.ddio === 'off' ? 'off' : 'on'),
  },
  {
    name: 'ddioWays',
    unit: 'count',
    meaning: "ways of the replica's LLC that DDIO may use; 0 where it is off",
    value: (row) => (row.ddio === 'off' ? 0 : row.ddio),
  },
  {
    name: 'ddioLines',
    unit: 'lines',
    meaning: 'lines that these ways hold',
    value: (row) => row.ddioLines,
  },
  {
    name: 'linesPerDurabilityPoint',
    unit: 'lines',
    meaning: 'lines written between two durability points, by eight cores together, in order',
    value: (row) => row.lines,
  },
  {
    name: 'durableLinesMps',
    unit: 'M/s',
    meaning: 'lines made durable at a replica with one DIMM, millions a second',
    value: (row) => figure(row.durableMps),
  },
  {
    name: 'durableGBps',
    unit: 'GB/s',
    meaning: 'the same in bytes',
    value: (row) => figure(gigabytesPerS(row)),
  },
  {
    name: 'ddioEvictionsPerLine',
    unit: 'ratio',
    meaning: 'lines evicted from DDIO ways unasked, per line written',
    value: (row) => figure(row.evictionsPerLine),
  },
  {
    name: 'mediaWriteAmplification',
    unit: 'ratio',
    meaning: "bytes that the replica's media write, per byte written",
    value: (row) => figure(row.amplification),
  },
];

/** Three tables with a line per number of lines and a column per setting of DDIO. */
export function ddioTables(points: readonly DdioPoint[]): string {
  const settings = [...new Set(points.map(({ ddio }) => ddio))];
  const table = (title: string, value: (point: DdioPoint) => number): string => {
    const head = settings.map((ddio) =>
      ddio === 'off' ? 'DDIO off' : `${ddio} way${ddio === 1 ? '' : 's'}`,
    );
    const sizes = [...new Set(points.map(({ lines }) => lines))];
    const body = sizes.map((lines) => [
      String(lines),
      ...settings.map((ddio) => {
        const point = points.find((one) => one.lines === lines && one.ddio === ddio);
        return point === undefined ? '-' : value(point).toFixed(2);
      }),
    ]);
    return `${title}\n${plainTable(['lines per durability point', ...head], body)}`;
  };
  return [
    table('durable GB/s into one DIMM of a replica', gigabytesPerS),
    table('lines evicted unasked, per line', ({ evictionsPerLine }) => evictionsPerLine),
    table('bytes that the media write, per byte', ({ amplification }) => amplification),
  ].join('\n\n');
}
