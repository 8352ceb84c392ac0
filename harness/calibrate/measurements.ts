/**
 * What was measured on Optane DC persistent memory and ConnectX-5, in public, that the model must
 * reproduce without any of it being set by hand for the purpose: persist latency against size, write
 * bandwidth of DIMMs, latency and rate of small RDMA WRITEs.
 */

const FLUSH_LATENCY = 'OptaneStudy (data of Yang et al., FAST 2020), 12-flush_instr_lat.csv';
const ACCESS_SIZE = 'OptaneStudy (data of Yang et al., FAST 2020), 05-bandwidth_accesssize';
const THREADS = 'OptaneStudy (data of Yang et al., FAST 2020), 04-bandwidth_thcount';
const PMEM_BENCH = 'anujkaliaiitd/pmem-bench';
const KALIA = 'summary of Kalia et al., SoCC 2020';

/** What is done to get a figure. */
export type Experiment =
  | { readonly kind: 'persistLatency'; readonly by: 'clwb' | 'ntstore'; readonly bytes: number }
  | {
      readonly kind: 'writeBandwidth';
      readonly pattern: 'sequential' | 'random';
      readonly bytes: number;
      readonly dimms: number;
      readonly threads: number;
      readonly by: 'clwb' | 'ntstore';
    }
  | { readonly kind: 'plainWrite' }
  | { readonly kind: 'durableWrite' }
  | { readonly kind: 'remoteWriteRate'; readonly dimms: number }
  | { readonly kind: 'ddioStreamShare' };

/** A measured figure and how to get the model's. */
export interface Measurement {
  readonly name: string;
  readonly unit: 'ns' | 'GB/s' | 'M/s' | '%';
  readonly measured: number;
  readonly source: string;
  /** Largest relative deviation at which the model counts as calibrated; null: shown, not judged. */
  readonly tolerance: number | null;
  /** Why a figure is not judged. */
  readonly note?: string;
  readonly experiment: Experiment;
}

const TOLERANCE = 0.15;

const CLWB_NS = [
  [64, 116],
  [128, 134],
  [256, 192],
  [512, 328],
  [1024, 601],
  [4096, 1774],
] as const;
const NTSTORE_NS = [
  [64, 125],
  [128, 135],
  [256, 212],
  [512, 305],
  [1024, 484],
  [4096, 1551],
] as const;

function latencies(by: 'clwb' | 'ntstore', points: readonly (readonly [number, number])[]) {
  return points.map(
    ([bytes, measured]): Measurement => ({
      name: `persist ${bytes} B by ${by === 'clwb' ? 'store+clwb+fence' : 'ntstore+fence'}`,
      unit: 'ns',
      measured,
      source: FLUSH_LATENCY,
      tolerance: TOLERANCE,
      experiment: { kind: 'persistLatency', by, bytes },
    }),
  );
}

function bandwidth(pattern: 'sequential' | 'random', bytes: number, measured: number): Measurement {
  return {
    name: `one DIMM, ${pattern} writes of ${bytes} B`,
    unit: 'GB/s',
    measured,
    source: ACCESS_SIZE,
    tolerance: TOLERANCE,
    experiment: { kind: 'writeBandwidth', pattern, bytes, dimms: 1, threads: 1, by: 'ntstore' },
  };
}

function threads(
  by: 'clwb' | 'ntstore',
  count: number,
  measured: number,
  note: string,
): Measurement {
  return {
    name: `one DIMM, ${by}, ${count} thread${count === 1 ? '' : 's'}`,
    unit: 'GB/s',
    measured,
    source: THREADS,
    tolerance: null,
    note,
    experiment: {
      kind: 'writeBandwidth',
      pattern: 'sequential',
      bytes: 256,
      dimms: 1,
      threads: count,
      by,
    },
  };
}

const STREAMS =
  'many streams contend for the write-combining buffer; how hard depends on addresses not known';
const ONE_CLWB = "one core's loop of stores and clwb; the model overlaps more than the real core";

export const MEASUREMENTS: readonly Measurement[] = [
  ...latencies('clwb', CLWB_NS),
  ...latencies('ntstore', NTSTORE_NS),
  bandwidth('random', 64, 0.55),
  bandwidth('random', 128, 1.1),
  bandwidth('random', 256, 2.21),
  bandwidth('sequential', 64, 2.29),
  {
    name: 'six DIMMs, sequential writes',
    unit: 'GB/s',
    measured: 12.5,
    source: THREADS,
    tolerance: TOLERANCE,
    experiment: {
      kind: 'writeBandwidth',
      pattern: 'sequential',
      bytes: 4096,
      dimms: 6,
      threads: 12,
      by: 'ntstore',
    },
  },
  threads('ntstore', 1, 2.22, 'one of a series over threads, of which the others are not judged'),
  threads('ntstore', 8, 1.53, STREAMS),
  threads('ntstore', 24, 0.8, STREAMS),
  threads('clwb', 1, 1.44, ONE_CLWB),
  threads('clwb', 2, 1.79, ONE_CLWB),
  threads('clwb', 24, 0.82, STREAMS),
  {
    name: '64 B WRITE acknowledged, DDIO on',
    unit: 'ns',
    measured: 1400,
    source: KALIA,
    tolerance: 0.1,
    experiment: { kind: 'plainWrite' },
  },
  {
    name: '64 B WRITE durable (flushing READ, DDIO off)',
    unit: 'ns',
    measured: 2900,
    source: `${KALIA}; 2600 ns at the median in ${PMEM_BENCH}`,
    tolerance: 0.1,
    experiment: { kind: 'durableWrite' },
  },
  {
    name: 'random 64 B WRITEs into one DIMM, DDIO off',
    unit: 'M/s',
    measured: 9,
    source: PMEM_BENCH,
    tolerance: 0.1,
    experiment: { kind: 'remoteWriteRate', dimms: 1 },
  },
  {
    name: 'stream into one DIMM, DDIO on, as share of DDIO off',
    unit: '%',
    measured: 12,
    source: 'notes on Wei et al., ATC 2021: as low as 12 % of the PM peak',
    tolerance: null,
    note: 'the lowest of a series; real caches hash and replace in an order that is not public',
    experiment: { kind: 'ddioStreamShare' },
  },
];
