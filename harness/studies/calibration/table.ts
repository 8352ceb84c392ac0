/** The calibration, and DDIO on against off, for the terminal. */

import { toned } from '../../host/index.ts';
import { fittedTable, plainTable, threeDigits } from '../../report/index.ts';
import { type DdioPoint, gigabytesPerS } from './ddio.ts';
import { basisOf, type Calibration, verdictOf } from './rows.ts';

const HEADS = [
  ...['quantity', 'unit', 'model', 'measured', 'deviation', 'verdict'].map((text) => ({ text })),
  { text: 'basis', rank: 1 },
];

const TONES = { ok: 'good', open: 'open', off: 'bad', 'not judged': 'plain' } as const;

/** A line per figure: model beside measurement, and what came of it. */
export function calibrationTable(rows: readonly Calibration[], wide: boolean): string {
  const lines = rows.map((row) => {
    const { name, unit, measured } = row.measurement;
    const show = (value: number | undefined) =>
      wide && value !== undefined ? value.toFixed(unit === 'ns' ? 0 : 2) : threeDigits(value);
    return [
      name,
      unit,
      show(row.model),
      show(measured ?? undefined),
      row.deviationPercent === undefined ? '-' : signed(row.deviationPercent),
      toned(TONES[verdictOf(row)], verdictOf(row)),
      [basisOf(row), row.fitted.join(', ')].filter((text) => text !== '').join(': '),
    ];
  });
  return fittedTable(HEADS, lines, wide);
}

const signed = (percent: number): string => `${percent >= 0 ? '+' : ''}${threeDigits(percent)} %`;

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
        return point === undefined ? '-' : threeDigits(value(point));
      }),
    ]);
    return `${title}\n${plainTable(['lines per durability point', ...head], body)}`;
  };
  return [
    table('durable GB/s into one DIMM of a replica', gigabytesPerS),
    table('capacity evictions per line', ({ evictionsPerLine }) => evictionsPerLine),
    table('bytes that the media write, per byte', ({ amplification }) => amplification),
  ].join('\n\n');
}
