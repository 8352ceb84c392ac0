/**
 * What was measured on Optane DC persistent memory and ConnectX-5, in public, that the model is held
 * against: persist latency against size, write bandwidth of DIMMs, latency and rate of small RDMA
 * WRITEs. A few of these figures are where values of the profile come from (`fits`): that the model
 * gives them back shows that its parts add up, and no more. The others it predicts. Where it is known
 * to miss one, the row says what would have to be done about it (`next`).
 */

import type {
  LargeWrites,
  PersistLatency,
  WriteBandwidth,
  WriteRate,
} from '../../../rdma/index.ts';
import { THREAD_CURVES } from './thread-curves.ts';

const OPTANE_STUDY = 'OptaneStudy (data of Yang et al., FAST 2020)';
const FLUSH_LATENCY = `${OPTANE_STUDY}, 12-flush_instr_lat.csv`;
const ONE_DIMM_SIZES = `${OPTANE_STUDY}, 05-bandwidth_accesssize_optane_ni.csv, in GiB/s`;
const SIX_DIMMS_SIZES = `${OPTANE_STUDY}, 05-bandwidth_accesssize_optane.csv, 4 threads, in GiB/s`;
const SWEEP = `${OPTANE_STUDY}, data/bandwidth.csv`;
const FENCES = `${OPTANE_STUDY}, data/flush.csv, one thread, random`;
const PERMA_BENCH = 'hpides/perma-bench, results/dimms: execution time over operations';
const PMEM_BENCH = 'anujkaliaiitd/pmem-bench';
const KALIA = 'summary of Kalia et al., SoCC 2020';

/** What is done to get a figure. */
export type Experiment =
  | ({ readonly kind: 'persistLatency' } & PersistLatency)
  | ({ readonly kind: 'writeBandwidth' | 'writeAmplification' } & WriteBandwidth)
  | { readonly kind: 'plainWrite' }
  | { readonly kind: 'durableWrite' }
  | { readonly kind: 'durableLine'; readonly by: 'apm' | 'gpspm'; readonly percentile: number }
  | { readonly kind: 'remoteWriteRate'; readonly dimms: number }
  | { readonly kind: 'ddioStreamShare'; readonly randomReplacement: 0 | 1 }
  | { readonly kind: 'writeLatency'; readonly bytes: number }
  | { readonly kind: 'readLatency' }
  | ({ readonly kind: 'writeRate' } & WriteRate)
  | ({ readonly kind: 'largeWrites' } & LargeWrites)
  /** A value of the profile itself. */
  | { readonly kind: 'value'; readonly path: string };

/** A measured figure and how to get the model's. */
export interface Measurement {
  readonly name: string;
  /** One of `units.ts`. */
  readonly unit: string;
  /** Null where no measurement is known to us; the model's figure stands alone then. */
  readonly measured: number | null;
  /** What the figure cannot be below, where that is known and no measurement is. */
  readonly atLeast?: number;
  readonly source: string;
  /** Largest relative deviation at which the model counts as calibrated; null: shown, not judged. */
  readonly tolerance: number | null;
  /** Why a figure is not judged, or what else is to be known about it. */
  readonly note?: string;
  /** What is to be done next about a figure that the model misses. */
  readonly next?: string;
  /** Values of the measured profile that were derived from this very figure; none if left out. */
  readonly fits?: readonly string[];
  readonly experiment: Experiment;
}

const TOLERANCE = 0.15;

/** Bytes in the GiB in which OptaneStudy counts, as its program does, over those in a GB. */
const GIB = 2 ** 30 / 1e9;
/** The same for the MiB/s of its raw data, of which some are in thousands here. */
const THOUSAND_MIB = (1000 * 2 ** 20) / 1e9;

type LatencyPoint = readonly [bytes: number, ns: number, ...fits: string[]];

const CLWB_NS: readonly LatencyPoint[] = [
  [64, 116, 'path.clwbPathNs', 'path.clwbLineNs'],
  [128, 134],
  [256, 192],
  [512, 328],
  [1024, 601],
  [2048, 1015, 'path.clwbLineNs'],
  [4096, 1774],
];
const NTSTORE_NS: readonly LatencyPoint[] = [
  [64, 125, 'path.ntStorePathNs'],
  [128, 135],
  [256, 212],
  [512, 305],
  [1024, 484],
  [2048, 853],
  [4096, 1551],
];

/** Sizes at which a fence behind non-temporal stores takes longer than the model has it. */
const SLOW_NTSTORE_BYTES = [256, 512, 1024];
const DRAIN_NEXT =
  'find out what a fence adds to draining write-combining buffers: 22 to 29 ns a line here, 7 ns in ' +
  'hpides/perma-bench; the core alone takes 14 ns';

function latencies(by: 'clwb' | 'ntstore', points: readonly LatencyPoint[]): Measurement[] {
  return points.map(([bytes, measured, ...fits]) => ({
    name: `persist ${bytes} B by ${by === 'clwb' ? 'store+clwb+fence' : 'ntstore+fence'}`,
    unit: 'ns',
    measured,
    source: FLUSH_LATENCY,
    tolerance: TOLERANCE,
    ...(by === 'ntstore' && SLOW_NTSTORE_BYTES.includes(bytes) ? { next: DRAIN_NEXT } : {}),
    fits,
    experiment: { kind: 'persistLatency', by, bytes, dimms: 1, lines: 'cached' },
  }));
}

const AHEAD_NEXT =
  'let a core run ahead of a fence by the instructions it looks ahead, and fetch the lines of stores ' +
  'behind it: the loop hides what the model has a store wait for';
const FAR_NEXT =
  'find out what this machine adds to a persist: OptaneStudy has 125 ns for its 180; the places lie in ' +
  '10 GiB of small pages, so it may be address translation';

const countOf = (dimms: number): string => (dimms === 1 ? 'one DIMM' : 'six DIMMs');

/** Persists at random places that are in no cache, one after another. */
function uncached(
  by: 'clwb' | 'ntstore',
  bytes: number,
  dimms: 1 | 6,
  measured: number,
  source: string,
  next: string,
): Measurement {
  const how = by === 'clwb' ? 'store+clwb' : 'ntstore';
  const where = source === FENCES ? 'OptaneStudy' : 'perma-bench';
  return {
    name: `persist uncached ${bytes} B, ${countOf(dimms)}, ${how}+sfence (${where})`,
    unit: 'ns',
    measured,
    source,
    tolerance: TOLERANCE,
    next,
    experiment: { kind: 'persistLatency', by, bytes, dimms, lines: 'uncached' },
  };
}

/** Non-temporal stores by as many threads as suffice: one a DIMM, four for six DIMMs. */
function bandwidth(
  dimms: 1 | 6,
  pattern: 'sequential' | 'random',
  bytes: number,
  measured: number,
  source: string,
  ...fits: string[]
): Measurement {
  const threads = dimms === 1 ? 1 : 4;
  return {
    name: `${countOf(dimms)}, ${pattern} writes of ${bytes} B`,
    unit: 'GB/s',
    measured,
    source,
    tolerance: TOLERANCE,
    fits,
    experiment: { kind: 'writeBandwidth', pattern, bytes, dimms, threads, by: 'ntstore' },
  };
}

/** Random writes to six DIMMs, of which the source has two machines that do not agree. */
function randomToSix(bytes: number, measured: number, other: number): Measurement {
  const note =
    `the other machine of the source, ${SWEEP} of 2019-04-18, gets ` +
    `${(other * THOUSAND_MIB).toFixed(2)} GB/s`;
  return { ...bandwidth(6, 'random', bytes, measured * GIB, SIX_DIMMS_SIZES), note };
}

/** Random writes of fewer bytes than a block whose lines are fetched first, by clwb. */
function fetched(bytes: number, measured: number): Measurement {
  return {
    ...bandwidth(1, 'random', bytes, measured * GIB, ONE_DIMM_SIZES),
    name: `one DIMM, random writes of ${bytes} B by clwb, 2 threads`,
    experiment: {
      kind: 'writeBandwidth',
      pattern: 'random',
      bytes,
      dimms: 1,
      threads: 2,
      by: 'clwb',
    },
  };
}

function amplification(bytes: number, measured: number): Measurement {
  return {
    name: `one DIMM, media bytes per byte of random writes of ${bytes} B`,
    unit: 'ratio',
    measured,
    source: `${SWEEP}, column ewr`,
    tolerance: TOLERANCE,
    experiment: {
      kind: 'writeAmplification',
      pattern: 'random',
      bytes,
      dimms: 1,
      threads: 1,
      by: 'ntstore',
    },
  };
}

const STREAMS_NOTE =
  'the fall from 8 threads on is empirical: blocks leave the write-combining buffer incomplete, the ' +
  'more the more threads write (08-storeclwb.csv: of what the media write, the threads wrote 0.97 at ' +
  'one thread and 0.6 to 0.7 at eight)';
const STREAMS_NEXT =
  'find out in which order the write-combining buffer gives its blocks up: it is not public, and ' +
  'replacing them at random would explain a third of the fall';

/** Writes of 256 B, one thread after another: see `thread-curves.ts`. */
function threadRows(): Measurement[] {
  return THREAD_CURVES.flatMap(({ dimms, by, gibps, fits, openFrom, file }) =>
    gibps.map((measured, i): Measurement => {
      const threads = i + 1;
      return {
        name: `${countOf(dimms)}, ${by}, ${threads} thread${i === 0 ? '' : 's'}`,
        unit: 'GB/s',
        measured: measured * GIB,
        source: `${OPTANE_STUDY}, ${file}, in GiB/s`,
        tolerance: TOLERANCE,
        ...(threads >= 8 ? { note: STREAMS_NOTE } : {}),
        ...(threads >= openFrom ? { next: STREAMS_NEXT } : {}),
        ...(threads === 1 ? { fits } : {}),
        experiment: { kind: 'writeBandwidth', pattern: 'random', bytes: 256, dimms, threads, by },
      };
    }),
  );
}

/** Media bytes for a byte of lines that come one by one and in no order. */
const AMPLIFICATION_MAX = 4.08;

/**
 * How fast lines stream to a replica whose cache evicts them, against lines past it. Nobody is known to
 * have measured that. But if every line that is evicted costs a whole block, the media still take this:
 */
function ddioStream(replaced: string, randomReplacement: 0 | 1): Measurement {
  const bound = 100 / AMPLIFICATION_MAX;
  return {
    name: `stream into one DIMM, DDIO on, as share of DDIO off, ${replaced} replaced`,
    unit: '%',
    measured: null,
    atLeast: bound,
    source: `${SWEEP}, column ewr: random lines of 64 B cost ${AMPLIFICATION_MAX} times their bytes`,
    tolerance: null,
    note: `no measurement known to us; by amplification alone at least ${bound.toFixed(1)} %`,
    experiment: { kind: 'ddioStreamShare', randomReplacement },
  };
}

/** The time of a block of the media. The replica has the same DIMMs. */
const MEDIA = 'memory.mediaBlockWriteNs';

/** One line made durable by a method of today, waited for. */
function durableLine(
  by: 'apm' | 'gpspm',
  percentile: 50 | 99,
  measured: number,
  source: string,
  more: Partial<Pick<Measurement, 'note' | 'fits'>> = {},
): Measurement {
  const of = percentile === 50 ? 'median' : '99th percentile';
  const against = by === 'apm' ? `, of ${(measured / 1000).toFixed(1)} us` : '';
  return {
    name: `64 B durable by ${by}, ${of}${against}`,
    unit: 'ns',
    measured,
    source,
    tolerance: 0.1,
    ...more,
    experiment: { kind: 'durableLine', by, percentile },
  };
}

/** All that the model is held against. */
export const MEASUREMENTS: readonly Measurement[] = [
  ...latencies('clwb', CLWB_NS),
  ...latencies('ntstore', NTSTORE_NS),
  uncached('clwb', 64, 1, 256, PERMA_BENCH, AHEAD_NEXT),
  uncached('clwb', 64, 6, 219, PERMA_BENCH, AHEAD_NEXT),
  uncached('clwb', 256, 1, 317, PERMA_BENCH, AHEAD_NEXT),
  uncached('clwb', 256, 6, 291, PERMA_BENCH, AHEAD_NEXT),
  uncached('clwb', 64, 1, 154, FENCES, AHEAD_NEXT),
  uncached('clwb', 256, 1, 226, FENCES, AHEAD_NEXT),
  uncached('ntstore', 64, 1, 180, PERMA_BENCH, FAR_NEXT),
  uncached('ntstore', 64, 6, 179, PERMA_BENCH, FAR_NEXT),
  uncached('ntstore', 256, 1, 199, PERMA_BENCH, FAR_NEXT),
  uncached('ntstore', 256, 6, 200, PERMA_BENCH, FAR_NEXT),
  bandwidth(1, 'random', 64, 0.5547 * GIB, ONE_DIMM_SIZES, MEDIA),
  bandwidth(1, 'random', 128, 1.0984 * GIB, ONE_DIMM_SIZES, MEDIA),
  bandwidth(1, 'random', 256, 2.207 * GIB, ONE_DIMM_SIZES, MEDIA),
  fetched(64, 0.5133),
  fetched(128, 0.9273),
  bandwidth(1, 'sequential', 64, 2.29 * THOUSAND_MIB, SWEEP),
  randomToSix(64, 3.166, 1.28),
  randomToSix(128, 5.833, 2.48),
  randomToSix(256, 12.19, 4.8),
  bandwidth(6, 'sequential', 64, 12.95 * THOUSAND_MIB, SWEEP),
  bandwidth(6, 'sequential', 128, 12.9 * THOUSAND_MIB, SWEEP),
  bandwidth(6, 'sequential', 256, 12.95 * THOUSAND_MIB, SWEEP),
  amplification(64, AMPLIFICATION_MAX),
  amplification(128, 2.05),
  amplification(256, 1.02),
  ...threadRows(),
  {
    name: '64 B WRITE acknowledged, DDIO on',
    unit: 'ns',
    measured: 1400,
    source: KALIA,
    tolerance: 0.1,
    fits: ['nic.pipelineNs'],
    experiment: { kind: 'plainWrite' },
  },
  {
    name: '64 B WRITE durable (flushing READ, DDIO off)',
    unit: 'ns',
    measured: 2900,
    source: `${KALIA}; to DRAM, for which ${PMEM_BENCH} has 2600 ns at the median`,
    tolerance: 0.1,
    fits: ['pcie.readRoundTripNs'],
    experiment: { kind: 'durableWrite' },
  },
  durableLine('apm', 50, 2900, `${KALIA}; to DRAM`, {
    fits: ['pcie.readRoundTripNs'],
  }),
  durableLine('apm', 50, 2600, `${PMEM_BENCH}, the median; to DRAM`),
  durableLine('gpspm', 50, 2300, KALIA),
  durableLine(
    'gpspm',
    99,
    3422,
    `${KALIA}: 18 % above the one-sided way, of which ${PMEM_BENCH} has 2900 ns`,
    {
      note: 'that the 18 % are of the 99th percentile of the other way is our reading',
      fits: ['replicaCpu.pauseNs'],
    },
  ),
  {
    name: 'random 64 B WRITEs into one DIMM, DDIO off',
    unit: 'M/s',
    measured: 9,
    source: PMEM_BENCH,
    tolerance: 0.1,
    experiment: { kind: 'remoteWriteRate', dimms: 1 },
  },
  ddioStream('least recently used', 0),
  ddioStream('random', 1),
];
