/**
 * Quantities by name, as calibration.csv has them: those of its rows, the same of other sizes, DIMMs and
 * threads, what perftest measures, and values of a profile by their places.
 */

import { LINE_BYTES } from '../../../pm/line.ts';
import { PROFILES, quantities } from '../../../rdma/index.ts';
import { type Experiment, MEASUREMENTS } from './measurements.ts';

/** Something that can be measured, and how the model gets the same. */
export interface KnownQuantity {
  readonly name: string;
  /** Unit of the model's figure. */
  readonly unit: string;
  readonly experiment: Experiment;
}

/** Sizes and counts that experiments can be asked for: they must fit on a small machine of the model. */
const PERSIST_BYTES_MAX = 65536;
const THREADS_MAX = 64;
const DIMMS_MAX = 64;

/** A kind of quantity whose name has numbers in it. */
interface Family {
  readonly form: string;
  readonly pattern: RegExp;
  readonly unit: string;
  /** Undefined where a number is out of range. */
  make(numbers: readonly (string | undefined)[]): Experiment | undefined;
}

const WORD_COUNTS: Readonly<Record<string, number>> = { one: 1, two: 2, four: 4, six: 6 };
const COUNT = `(\\d+|${Object.keys(WORD_COUNTS).join('|')})`;

const countOf = (word = '1'): number => WORD_COUNTS[word] ?? Number(word);
const within = (value: number, max: number): boolean => value >= 1 && value <= max;
const isLines = (bytes: number, max: number): boolean =>
  within(bytes, max) && bytes % LINE_BYTES === 0;
const methodOf = (word = ''): 'clwb' | 'ntstore' =>
  word.startsWith('ntstore') ? 'ntstore' : 'clwb';

const FAMILIES: readonly Family[] = [
  {
    form: 'persist N B by store+clwb+fence (or ntstore+fence)',
    pattern: /^persist (\d+) B by (store\+clwb|ntstore)\+s?fence$/,
    unit: 'ns',
    make([size, how]) {
      const bytes = Number(size);
      if (!isLines(bytes, PERSIST_BYTES_MAX)) return undefined;
      return { kind: 'persistLatency', by: methodOf(how), bytes, dimms: 1, lines: 'cached' };
    },
  },
  {
    form: 'persist uncached N B, one DIMM, store+clwb+sfence (or ntstore+sfence)',
    pattern: new RegExp(
      `^persist uncached (\\d+) B, ${COUNT} DIMMs?, (store\\+clwb|ntstore)\\+s?fence(?: \\(.*\\))?$`,
    ),
    unit: 'ns',
    make([size, count, how]) {
      const [bytes, dimms] = [Number(size), countOf(count)];
      if (!isLines(bytes, PERSIST_BYTES_MAX) || !within(dimms, DIMMS_MAX)) return undefined;
      return { kind: 'persistLatency', by: methodOf(how), bytes, dimms, lines: 'uncached' };
    },
  },
  {
    form: 'one DIMM, random (or sequential) writes of N B [by clwb], N threads',
    pattern: new RegExp(
      `^${COUNT} DIMMs?, (random|sequential) writes of (\\d+) B(?: by (clwb|ntstore))?(?:, (\\d+) threads?)?$`,
    ),
    unit: 'GB/s',
    make([count, order, size, how = 'ntstore', threadCount]) {
      const [dimms, bytes] = [countOf(count), Number(size)];
      const threads = threadCount === undefined ? (dimms === 1 ? 1 : 4) : Number(threadCount);
      if (!within(dimms, DIMMS_MAX) || !within(threads, THREADS_MAX)) return undefined;
      if (!isLines(bytes, PERSIST_BYTES_MAX)) return undefined;
      const pattern = order === 'random' ? 'random' : 'sequential';
      return { kind: 'writeBandwidth', pattern, bytes, dimms, threads, by: methodOf(how) };
    },
  },
  {
    form: 'one DIMM, clwb (or ntstore), N threads',
    pattern: new RegExp(`^${COUNT} DIMMs?, (clwb|ntstore), (\\d+) threads?$`),
    unit: 'GB/s',
    make([count, how, threadCount]) {
      const [dimms, threads] = [countOf(count), Number(threadCount)];
      if (!within(dimms, DIMMS_MAX) || !within(threads, THREADS_MAX)) return undefined;
      const what = { pattern: 'random', bytes: 256, dimms, threads, by: methodOf(how) } as const;
      return { kind: 'writeBandwidth', ...what };
    },
  },
  {
    form: 'ib_write_lat N B',
    pattern: /^ib_write_lat (\d+) B$/,
    unit: 'ns',
    make: ([size]) =>
      within(Number(size), LINE_BYTES) ? { kind: 'writeLatency', bytes: Number(size) } : undefined,
  },
  {
    form: 'ib_read_lat',
    pattern: /^ib_read_lat$/,
    unit: 'ns',
    make: () => ({ kind: 'readLatency' }),
  },
  {
    form: 'ib_write_bw N B, N queue pairs',
    pattern: /^ib_write_bw (\d+) B, (\d+) queue pairs?$/,
    unit: 'M/s',
    make([size, count]) {
      const [bytes, queuePairs] = [Number(size), Number(count)];
      if (!within(bytes, LINE_BYTES) || !within(queuePairs, THREADS_MAX)) return undefined;
      return { kind: 'writeRate', bytes, queuePairs };
    },
  },
  {
    form: 'ib_write_bw N B, MTU N B',
    pattern: /^ib_write_bw (\d+) B, MTU (\d+) B$/,
    unit: 'GB/s',
    make([size, mtu]) {
      const [bytes, mtuBytes] = [Number(size), Number(mtu)];
      return bytes >= 4096 && mtuBytes >= 256
        ? { kind: 'largeWrites', bytes, mtuBytes }
        : undefined;
    },
  },
];

const [ANY_PROFILE] = PROFILES;

/** The quantity of that name, if the model has it. */
export function quantityNamed(given: string): KnownQuantity | undefined {
  const name = given.trim().replaceAll(/\s+/g, ' ');
  const row = MEASUREMENTS.find((one) => one.name === name);
  if (row !== undefined) return { name, unit: row.unit, experiment: row.experiment };
  const value = quantities(ANY_PROFILE).find(([path]) => path === name.replace(/\.value$/, ''));
  if (value !== undefined) {
    const [path, { unit }] = value;
    return { name: path, unit, experiment: { kind: 'value', path } };
  }
  for (const { pattern, unit, make } of FAMILIES) {
    const found = pattern.exec(name);
    const experiment = found === null ? undefined : make(found.slice(1));
    if (experiment !== undefined) return { name, unit, experiment };
  }
  return undefined;
}

/** Names that are known, with N where a number stands, and those of the rows. */
export function quantityNames(): { readonly forms: string[]; readonly rows: string[] } {
  return {
    forms: [...FAMILIES.map(({ form }) => form), 'a value of a profile, as pcie.readRoundTripNs'],
    rows: [
      ...MEASUREMENTS.map(({ name }) => name),
      ...quantities(ANY_PROFILE).map(([path]) => path),
    ],
  };
}
