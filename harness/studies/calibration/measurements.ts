/**
 * What was measured on Optane DC persistent memory and ConnectX-5, in public, that the model is held
 * against: persist latency against size, write bandwidth of DIMMs, latency and rate of small RDMA
 * WRITEs. A few of these figures are where values of the profile come from (`fits`): that the model
 * gives them back shows that its parts add up, and no more. The others it predicts.
 */

import type { WriteBandwidth } from '../../../rdma/index.ts';

const FLUSH_LATENCY = 'OptaneStudy (data of Yang et al., FAST 2020), 12-flush_instr_lat.csv';
const ACCESS_SIZE = 'OptaneStudy (data of Yang et al., FAST 2020), 05-bandwidth_accesssize';
const SIX_ACCESS_SIZE =
  'OptaneStudy (data of Yang et al., FAST 2020), 05-bandwidth_accesssize_optane.csv, 4 threads';
const SWEEP = 'OptaneStudy (data of Yang et al., FAST 2020), data/bandwidth.csv';
const THREADS = 'OptaneStudy (data of Yang et al., FAST 2020), 04-bandwidth_thcount';
const PMEM_BENCH = 'anujkaliaiitd/pmem-bench';
const KALIA = 'summary of Kalia et al., SoCC 2020';

/** What is done to get a figure. */
export type Experiment =
  | { readonly kind: 'persistLatency'; readonly by: 'clwb' | 'ntstore'; readonly bytes: number }
  | ({ readonly kind: 'writeBandwidth' | 'writeAmplification' } & WriteBandwidth)
  | { readonly kind: 'plainWrite' }
  | { readonly kind: 'durableWrite' }
  | { readonly kind: 'remoteWriteRate'; readonly dimms: number }
  | { readonly kind: 'ddioStreamShare' };

/** A measured figure and how to get the model's. */
export interface Measurement {
  readonly name: string;
  readonly unit: 'ns' | 'GB/s' | 'M/s' | '%' | 'ratio';
  /** Null where no measurement is known to us; the model's figure stands alone then. */
  readonly measured: number | null;
  readonly source: string;
  /** Largest relative deviation at which the model counts as calibrated; null: shown, not judged. */
  readonly tolerance: number | null;
  /** Why a figure is not judged. */
  readonly note?: string;
  /** Values of the measured profile that were derived from this very figure; none if left out. */
  readonly fits?: readonly string[];
  readonly experiment: Experiment;
}

const TOLERANCE = 0.15;

type LatencyPoint = readonly [bytes: number, ns: number, ...fits: string[]];

// biome-ignore format: two sizes a line
const CLWB_NS: readonly LatencyPoint[] = [
  [64, 116, 'path.clwbPathNs'], [128, 134],
  [256, 192], [512, 328],
  [1024, 601], [2048, 1015],
  [4096, 1774],
];
// biome-ignore format: two sizes a line
const NTSTORE_NS: readonly LatencyPoint[] = [
  [64, 125, 'path.ntStorePathNs', 'path.ntStoreLineNs'], [128, 135],
  [256, 212], [512, 305],
  [1024, 484], [2048, 853],
  [4096, 1551, 'path.ntStoreLineNs'],
];

function latencies(by: 'clwb' | 'ntstore', points: readonly LatencyPoint[]) {
  return points.map(
    ([bytes, measured, ...fits]): Measurement => ({
      name: `persist ${bytes} B by ${by === 'clwb' ? 'store+clwb+fence' : 'ntstore+fence'}`,
      unit: 'ns',
      measured,
      source: FLUSH_LATENCY,
      tolerance: TOLERANCE,
      fits,
      experiment: { kind: 'persistLatency', by, bytes },
    }),
  );
}

/** Non-temporal stores by as many threads as suffice: one a DIMM, four for six DIMMs. */
function bandwidth(
  dimms: 1 | 6,
  pattern: 'sequential' | 'random',
  bytes: number,
  measured: number | null,
  source: string,
  ...fits: string[]
): Measurement {
  const threads = dimms === 1 ? 1 : 4;
  return {
    name: `${dimms === 1 ? 'one DIMM' : 'six DIMMs'}, ${pattern} writes of ${bytes} B`,
    unit: 'GB/s',
    measured,
    source,
    tolerance: measured === null ? null : TOLERANCE,
    ...(measured === null ? { note: 'no measurement known to us' } : {}),
    fits,
    experiment: { kind: 'writeBandwidth', pattern, bytes, dimms, threads, by: 'ntstore' },
  };
}

/** Random writes to six DIMMs, of which the source has two machines that do not agree. */
function randomToSix(bytes: number, measured: number, other: number): Measurement {
  return {
    ...bandwidth(6, 'random', bytes, measured, SIX_ACCESS_SIZE),
    tolerance: null,
    note: `the other machine of the source, data/bandwidth.csv of 2019-04-18, gets ${other} GB/s`,
  };
}

function amplification(bytes: number, measured: number): Measurement {
  const writes = { pattern: 'random', bytes, dimms: 1, threads: 1, by: 'ntstore' } as const;
  return {
    name: `one DIMM, media bytes per byte of random writes of ${bytes} B`,
    unit: 'ratio',
    measured,
    source: `${SWEEP}, column ewr`,
    tolerance: TOLERANCE,
    experiment: { kind: 'writeAmplification', ...writes },
  };
}

function threads(
  by: 'clwb' | 'ntstore',
  count: number,
  measured: number,
  note: string,
): Measurement {
  const writes = { pattern: 'sequential', bytes: 256, dimms: 1, threads: count, by } as const;
  return {
    name: `one DIMM, ${by}, ${count} thread${count === 1 ? '' : 's'}`,
    unit: 'GB/s',
    measured,
    source: THREADS,
    tolerance: null,
    note,
    experiment: { kind: 'writeBandwidth', ...writes },
  };
}

const STREAMS =
  'many streams contend for the write-combining buffer; how hard depends on addresses not known';
const ONE_CLWB = "one core's loop of stores and clwb; the model overlaps more than the real core";

/** The time of a block of the media. The replica has the same DIMMs. */
const MEDIA = 'memory.mediaBlockWriteNs';

/** All that the model is held against. */
// biome-ignore format: a figure a line, or a few
export const MEASUREMENTS: readonly Measurement[] = [
  ...latencies('clwb', CLWB_NS),
  ...latencies('ntstore', NTSTORE_NS),
  bandwidth(1, 'random', 64, 0.55, ACCESS_SIZE, MEDIA),
  bandwidth(1, 'random', 128, 1.1, ACCESS_SIZE, MEDIA),
  bandwidth(1, 'random', 256, 2.21, ACCESS_SIZE, MEDIA),
  bandwidth(1, 'sequential', 64, 2.29, SWEEP, 'path.clwbLineNs'),
  bandwidth(1, 'sequential', 128, null, ''),
  bandwidth(1, 'sequential', 256, 2.22, `${THREADS}, 1 thread`),
  randomToSix(64, 3.17, 1.28),
  randomToSix(128, 5.83, 2.48),
  randomToSix(256, 12.19, 4.8),
  bandwidth(6, 'sequential', 64, 12.95, SWEEP),
  bandwidth(6, 'sequential', 128, 12.9, SWEEP),
  bandwidth(6, 'sequential', 256, 12.95, SWEEP),
  amplification(64, 4.08),
  amplification(128, 2.05),
  amplification(256, 1.02),
  { name: 'six DIMMs, sequential writes of 4096 B, 12 threads',
    unit: 'GB/s', measured: 12.5, source: THREADS, tolerance: TOLERANCE,
    experiment: { kind: 'writeBandwidth', pattern: 'sequential', bytes: 4096, dimms: 6, threads: 12, by: 'ntstore' } },
  threads('ntstore', 8, 1.53, STREAMS),
  threads('ntstore', 24, 0.8, STREAMS),
  threads('clwb', 1, 1.44, ONE_CLWB),
  threads('clwb', 2, 1.79, ONE_CLWB),
  threads('clwb', 24, 0.82, STREAMS),
  { name: '64 B WRITE acknowledged, DDIO on', unit: 'ns', measured: 1400, source: KALIA,
    tolerance: 0.1, fits: ['nic.pipelineNs'], experiment: { kind: 'plainWrite' } },
  { name: '64 B WRITE durable (flushing READ, DDIO off)', unit: 'ns', measured: 2900,
    source: `${KALIA}; 2600 ns at the median in ${PMEM_BENCH}`,
    tolerance: 0.1, fits: ['pcie.readRoundTripNs'], experiment: { kind: 'durableWrite' } },
  { name: 'random 64 B WRITEs into one DIMM, DDIO off', unit: 'M/s', measured: 9, source: PMEM_BENCH,
    tolerance: 0.1, experiment: { kind: 'remoteWriteRate', dimms: 1 } },
  { name: 'stream into one DIMM, DDIO on, as share of DDIO off', unit: '%', measured: 12,
    source: 'notes on Wei et al., ATC 2021: as low as 12 % of the PM peak',
    tolerance: null, experiment: { kind: 'ddioStreamShare' },
    note: 'the lowest of a series; real caches hash and replace in an order that is not public' },
];
