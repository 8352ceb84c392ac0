/** What a condition may ask of designs, and what comes out of their runs. */

import { UNMIRRORED } from '../../../rdma/index.ts';
import { type CellResult, execTimeNsPerTx } from '../../bench/index.ts';

/** What a number is: a plain one, a time in ns, or transactions a second. */
export type Kind = 'ratio' | 'time' | 'rate';

/** What can be asked, as `name(DESIGN)`. */
export interface Measure {
  readonly name: string;
  readonly kind: Kind;
  /** What it is, of the designs in brackets. */
  readonly about: string;
  /** How many designs it takes at least, and those that stand for the rest. */
  readonly designs: number;
  readonly usual: readonly string[];
  /** Designs that it is held against beside those given. */
  readonly beside: readonly string[];
  /** Its value from the results of the designs, those beside them last. */
  of(results: readonly CellResult[]): number;
}

const ofOne = { designs: 1, usual: [], beside: [] } as const;

/** A figure of the latency; `key`: a percentile in per cent, or another. */
function latency(name: string, key: 'meanPs' | 'maxPs' | number, about: string): Measure {
  const of = ([{ latency }]: readonly CellResult[]): number =>
    (typeof key === 'number' ? latency.percentilesPs[key] : latency[key]) / 1000;
  return { name, kind: 'time', about, ...ofOne, of };
}

export const MEASURES: readonly Measure[] = [
  {
    name: 'slowdown',
    kind: 'ratio',
    about: 'slowdown(D): execution time over that without mirroring',
    designs: 1,
    usual: [],
    beside: [UNMIRRORED.name],
    of: ([one, unmirrored]) => execTimeNsPerTx(one) / execTimeNsPerTx(unmirrored),
  },
  {
    name: 'speedup',
    kind: 'ratio',
    about: 'speedup(D,E): how many times faster D is than E, sm-rc where it is not given',
    designs: 1,
    usual: ['sm-rc'],
    beside: [],
    of: ([one, other]) => execTimeNsPerTx(other) / execTimeNsPerTx(one),
  },
  {
    name: 'time',
    kind: 'time',
    about: 'time(D): core time per transaction',
    ...ofOne,
    of: ([one]) => execTimeNsPerTx(one),
  },
  {
    name: 'elapsed',
    kind: 'time',
    about: 'elapsed(D): virtual time of the measured part',
    ...ofOne,
    of: ([{ report }]) => report.elapsedPs / 1000,
  },
  {
    name: 'throughput',
    kind: 'rate',
    about: 'throughput(D): transactions a second, all threads together',
    ...ofOne,
    of: ([{ report }]) => (report.counts.transactions / report.elapsedPs) * 1e12,
  },
  latency('mean', 'meanPs', 'mean(D): mean latency of a transaction'),
  latency('p50', 50, 'p50(D), p90(D), p99(D), p999(D): percentiles of the latency'),
  latency('p90', 90, ''),
  latency('p99', 99, ''),
  latency('p999', 99.9, ''),
  latency('max', 'maxPs', 'max(D): the highest latency'),
];
