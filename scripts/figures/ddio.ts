/** Durable writes to a replica, by the ways of its cache that DDIO may use. */

import { axis, digits, distinct, LINE, lines } from './draw/encoding.ts';
import { figure, some } from './draw/figure.ts';
import { number, table, text } from './draw/table.ts';
import { looksInOrder, STEP_LOOKS } from './draw/theme.ts';

const METRICS = {
  durableGBps: 'durable writes in GB/s',
  mediaWriteAmplification: 'bytes to media per byte (ratio)',
} as const;

export const ddio = figure({
  id: 'ddio',
  summary: 'DDIO ways: durable bandwidth and write amplification against lines in flight',
  width: 'page',
  tables: {
    points: table('ddio.csv', {
      profile: text,
      ddio: text,
      ddioWays: number,
      linesPerDurabilityPoint: number,
      durableGBps: number,
      mediaWriteAmplification: number,
    }),
  },
  draw({ points }) {
    const rows = some(points, 'a number of ways').map((row) => ({
      ...row,
      series:
        row.ddio === 'off' ? 'DDIO off' : `${row.ddioWays} way${row.ddioWays === 1 ? '' : 's'}`,
      thousands: (row.linesPerDurabilityPoint ?? Number.NaN) / 1024,
    }));
    const looks = looksInOrder(
      distinct(rows, ({ series }) => series),
      STEP_LOOKS,
    );
    const on = rows.filter((row) => row.ddio === 'on');
    const amplification = Math.max(...on.map((row) => row.mediaWriteAmplification ?? 1));
    const off = Math.max(
      ...rows.filter((row) => row.ddio === 'off').map((row) => row.durableGBps ?? 0),
    );
    const least = Math.min(...on.map((row) => row.durableGBps ?? Infinity));
    const panels = Object.entries(METRICS).map(([field, title]) => ({
      height: 105,
      data: { values: rows },
      mark: LINE,
      encoding: {
        x: axis('thousands', 'lines between durability points / 1024', {
          log: 2,
          values: distinct(rows, ({ thousands }) => thousands),
        }),
        y: axis(field, title, { zero: true }),
        ...lines('series', looks),
      },
    }));
    return {
      title: `Lines that overflow DDIO's ways cost the media up to ${digits(amplification)} bytes a byte, and bandwidth: ${digits(least)} of ${digits(off)} GB/s`,
      caption: `One DIMM at the replica, eight cores; DDIO on: WRITE and RCOMMIT, off: WRITE past the cache and RDFENCE; profile ${rows[0].profile}.`,
      across: panels.length,
      view: { hconcat: panels },
    };
  },
});
