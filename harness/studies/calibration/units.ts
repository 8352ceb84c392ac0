/** Units that figures of measurements come in, and what they are in the one that the model has. */

interface Scale {
  /** Units of one dimension can be converted into each other. */
  readonly of: 'time' | 'data rate' | 'rate' | 'share' | 'clock' | 'size' | 'number' | 'per cycle';
  /** How many of the dimension's first unit one of this is. */
  readonly factor: number;
}

const scales = (
  of: Scale['of'],
  units: Readonly<Record<string, number>>,
): readonly (readonly [string, Scale])[] =>
  Object.entries(units).map(([unit, factor]) => [unit, { of, factor }]);

/** All units; those after a comma of one line are other ways to write the same. */
// biome-ignore format: a dimension a block
const UNITS: ReadonlyMap<string, Scale> = new Map([
  ...scales('time', {
    ns: 1, ps: 1e-3, us: 1e3, 'µs': 1e3, 'μs': 1e3, usec: 1e3, nsec: 1, ms: 1e6, msec: 1e6, s: 1e9, sec: 1e9,
  }),
  ...scales('data rate', {
    'GB/s': 1, 'MB/s': 1e-3, 'kB/s': 1e-6, 'KB/s': 1e-6, 'B/s': 1e-9, 'TB/s': 1e3,
    'GiB/s': 2 ** 30 / 1e9, 'MiB/s': 2 ** 20 / 1e9, 'KiB/s': 2 ** 10 / 1e9,
    'Gb/s': 1 / 8, 'Mb/s': 1e-3 / 8, 'kb/s': 1e-6 / 8, 'b/s': 1e-9 / 8,
    'Gbit/s': 1 / 8, 'Mbit/s': 1e-3 / 8, Gbps: 1 / 8, Mbps: 1e-3 / 8, GBps: 1, MBps: 1e-3,
  }),
  ...scales('rate', {
    'M/s': 1, 'k/s': 1e-3, 'K/s': 1e-3, '/s': 1e-6, 'G/s': 1e3, '1/s': 1e-6, Hz: 1e-6,
    'Mops/s': 1, Mops: 1, 'kops/s': 1e-3, 'ops/s': 1e-6, Mpps: 1, pps: 1e-6, 'Mmsg/s': 1, 'msg/s': 1e-6,
  }),
  ...scales('share', { ratio: 1, '%': 1e-2, probability: 1, fraction: 1 }),
  ...scales('clock', { GHz: 1, MHz: 1e-3, kHz: 1e-6 }),
  ...scales('size', {
    B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30,
  }),
  ...scales('number', { count: 1, lines: 1, flag: 1, '': 1 }),
  ...scales('per cycle', { 'instructions/cycle': 1, IPC: 1 }),
]);

/** `s` is written in many ways at the end of a rate. */
const usual = (unit: string): string => unit.trim().replace(/\/sec(onds?)?$/, '/s');

/** `value` of unit `from` in `to`; undefined where one is not known or they are of another kind. */
export function converted(value: number, from: string, to: string): number | undefined {
  const [given, wanted] = [UNITS.get(usual(from)), UNITS.get(to)];
  if (given === undefined || wanted === undefined || given.of !== wanted.of) return undefined;
  return given.factor === wanted.factor ? value : (value * given.factor) / wanted.factor;
}

/** The units that can be converted into `unit`. */
export function unitsLike(unit: string): readonly string[] {
  const of = UNITS.get(unit)?.of;
  return [...UNITS].filter(([name, one]) => one.of === of && name !== '').map(([name]) => name);
}
