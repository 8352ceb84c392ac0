/**
 * Intel Optane DC persistent memory (100 series, six DIMMs a socket) on two Cascade Lake machines
 * joined by ConnectX-5 at 100 Gb/s through one switch. It is the pair on which one-sided
 * persistence was measured in public (Kalia et al., SoCC 2020; Yang et al., FAST 2020).
 *
 * What the parts must add up to, and a test checks: a 64 B WRITE is acknowledged after 1.4 us. A
 * durable one (RDFENCE, DDIO off) takes 1.4 us more. Random 64 B WRITEs into one DIMM run at 9 M/s.
 */

import { assumed, derived, type HardwareProfile, type MemoryProfile, measured } from './profile.ts';
import { STAGING_NIC } from './staging-nic.ts';

const OPTANE_STUDY = 'OptaneStudy (data of Yang et al., FAST 2020)';
const FLUSH_LATENCY = `${OPTANE_STUDY}, graphs/12-flush_instr_lat.csv`;
const IDLE_LATENCY = `${OPTANE_STUDY}, graphs/02-best_case_latency.csv`;
// Its bandwidths are in GiB/s, whatever it calls them: its program counts in MB of 2^20 B.
const ONE_DIMM_SIZES = `${OPTANE_STUDY}, graphs/05-bandwidth_accesssize_optane_ni.csv`;
const ONE_DIMM_THREADS = `${OPTANE_STUDY}, graphs/04-bandwidth_thcount_optane_ni.csv`;
const SIX_DIMMS_THREADS = `${OPTANE_STUDY}, graphs/04-bandwidth_thcount_optane.csv`;
const KALIA = 'summary of Kalia et al., SoCC 2020';

export const OPTANE_DIMMS = Object.freeze<MemoryProfile>({
  persistenceDomain: 'adr',
  dimmCount: measured(6, 'count', 'the six-DIMM sockets of Yang et al., FAST 2020'),
  interleaveBytes: measured(4096, 'B', 'Yang et al., FAST 2020; TheNetAdmin/VANS configuration'),
  wpqLines: measured(8, 'lines', 'as seen from outside: notes on LENS (Wang et al., MICRO 2020)'),
  wpqDrainNs: assumed(
    10,
    'ns',
    'below the 27 ns a line at which one DIMM streams, so the media is what limits',
    [5, 25],
  ),
  mediaBufferBytes: measured(16384, 'B', 'OptaneStudy, graphs/09-infer_xpbuffer.csv; VANS'),
  mediaBlockBytes: measured(256, 'B', 'OptaneStudy, graphs/09-infer_xpbuffer.csv'),
  mediaBlockWriteNs: derived(
    108,
    'ns',
    `${ONE_DIMM_SIZES}: random writes of 64, 128 and 256 B at 0.555, 1.098 and 2.207 GiB/s, which ` +
      'is 107.5 to 108.5 ns each; 9.3 M/s agrees with 9 M/s 64 B RDMA WRITEs into one DIMM in ' +
      'anujkaliaiitd/pmem-bench',
  ),
  lineReadNs: derived(
    9.1,
    'ns',
    `${ONE_DIMM_THREADS}: one DIMM is read at 6.52 GiB/s; random writes of 64 B whose lines are fetched ` +
      `take 8.6 ns more than others (${ONE_DIMM_SIZES})`,
  ),
});

export const optaneCx5 = Object.freeze<HardwareProfile>({
  name: 'optane-cx5',
  summary:
    'Optane DCPMM 100 series, ConnectX-5 100 Gb/s: the pair that was measured, held to that by calibrate',
  core: {
    clockGhz: assumed(
      2.5,
      'GHz',
      'a Cascade Lake server core; public setups run 2.1 to 3.0',
      [2.1, 3.0],
    ),
    instructionsPerCycle: assumed(
      1.5,
      'instructions/cycle',
      'no hardware counters were available where the instruction counts were taken',
      [1, 3],
    ),
    storeIssueNs: assumed(0.4, 'ns', 'one cycle per 8-byte store', [0.3, 1]),
    clwbIssueNs: assumed(2, 'ns', 'a few cycles; clwb is not waited for', [0.4, 10]),
    flushEvicts: assumed(
      0,
      'flag',
      'clwb is there to keep the line, which the Intel manual leaves to the processor',
      [0, 1],
    ),
    fenceIssueNs: assumed(10, 'ns', 'an sfence with nothing outstanding', [5, 20]),
    l2Bytes: measured(1048576, 'B', 'Intel Xeon Scalable (Skylake-SP, Cascade Lake) data sheet'),
    l2Ways: measured(16, 'count', 'Intel Xeon Scalable data sheet'),
    llcHitNs: assumed(20, 'ns', 'LLC latency of Skylake-SP beyond the L2 hit', [15, 30]),
    fillBuffers: assumed(
      12,
      'count',
      'what measurements of Skylake and its successors are explained with; the Intel optimisation ' +
        'manual has 10 for cores up to Broadwell and no number for these',
      [10, 12],
    ),
  },
  llc: {
    llcBytes: assumed(
      25952256,
      'B',
      'a Xeon Gold with 18 slices of 1.375 MiB; such parts have 16 to 24',
      [23068672, 34603008],
    ),
    llcWays: measured(11, 'count', 'Intel Xeon Scalable data sheet'),
  },
  path: {
    loadSequentialNs: measured(169, 'ns', IDLE_LATENCY),
    loadRandomNs: measured(305, 'ns', IDLE_LATENCY),
    clwbPathNs: derived(
      110.8,
      'ns',
      `${FLUSH_LATENCY}: store+clwb+fence of 64 B in 116 ns, less store and clwb issue (5.2 ns)`,
    ),
    clwbLineNs: derived(
      29,
      'ns',
      `${FLUSH_LATENCY}: store+clwb+fence of 64 B in 116 ns, of 2048 B, in the cache, in 1015 ns; one ` +
        'DIMM would take these lines in 27 ns each',
    ),
    clwbMissLineNs: derived(
      42,
      'ns',
      `${SIX_DIMMS_THREADS}: one core stores to lines that are not in its cache and writes them back ` +
        'at 1.42 GiB/s; at 1.44 on one DIMM and on DRAM (..._optane_ni.csv, ..._dram.csv), so it is ' +
        "the core's limit and neither latency nor bandwidth of the memory",
    ),
    ntStorePathNs: derived(
      121.8,
      'ns',
      `${FLUSH_LATENCY}: ntstore+fence of 64 B in 125 ns, less the store issue (3.2 ns)`,
    ),
    ntStoreLineNs: derived(
      14.4,
      'ns',
      `${SIX_DIMMS_THREADS}: non-temporal stores of one core at 4.13 GiB/s; 4.31 on DRAM`,
    ),
    writeCombiningBuffers: measured(10, 'count', 'Intel optimisation manual: line fill buffers'),
  },
  memory: OPTANE_DIMMS,
  nic: {
    workRequestNs: assumed(
      30,
      'ns',
      'building a request with 64 B copied inline: ~75 cycles',
      [15, 60],
    ),
    doorbellNs: assumed(
      50,
      'ns',
      'an MMIO write is said to take 100 to 200 cycles, which at 2 to 3 GHz is the range',
      [33, 100],
    ),
    inlineLimitBytes: assumed(
      220,
      'B',
      "perftest's default for WRITEs; not varied, since all that matters is that a line fits",
      [220, 220],
    ),
    sendQueueEntries: assumed(
      128,
      'count',
      'default depth of perftest and of many libraries',
      [16, 1024],
    ),
    batchEntries: assumed(
      8,
      'count',
      'perftest and librpma ring for each request, programs that batch them post 8 to 64 at a time',
      [1, 64],
    ),
    qpRateMps: assumed(
      7.5,
      'M/s',
      'one queue pair, 8 B: 3.7 to 7.5 M/s in public runs on NICs of several kinds',
      [3.7, 7.5],
    ),
    nicRateMps: assumed(
      44,
      'M/s',
      'small WRITEs over many queue pairs of a NIC that the source does not name; 35 M/s on ' +
        'ConnectX-3 (Kalia et al., SIGCOMM 2014), 200 M/s in the ConnectX-5 data sheet',
      [35, 200],
    ),
    pipelineNs: derived(
      74.8,
      'ns',
      `64 B WRITE acknowledged after 1.4 us (${KALIA}), less every other stage here, over 4 passes`,
    ),
    retransmitNs: assumed(
      65536,
      'ns',
      'InfiniBand local ACK timeout 4.096 us x 2^4; drivers use anything from 2^2 to 2^14',
      [16384, 67108864],
    ),
    flush: assumed(
      1,
      'flag',
      'no NIC on sale is known to have it, as with the verbs of the other designs; Linux has it in software ' +
        '(rxe); not varied',
      [1, 1],
    ),
    ...STAGING_NIC,
  },
  link: {
    rateGbps: measured(100, 'Gb/s', 'ConnectX-5 data sheet'),
    headerBytes: assumed(
      98,
      'B',
      'that it is RoCE v2: Ethernet with preamble and gap 38, IPv4 20, UDP 8, BTH 12, RETH 16, ICRC ' +
        '4; on InfiniBand LRH 8, BTH 12, RETH 16, ICRC 4, VCRC 2 make 42',
      [42, 98],
    ),
    propagationNs: assumed(
      250,
      'ns',
      'a switch costs about 500 ns a round trip (IBM/tulips), which is not this pair; switches of ' +
        'that decade are quoted at 130 to 500 ns a pass',
      [130, 500],
    ),
    lossProbability: assumed(
      0,
      'probability',
      'a lossless fabric; losses are an experiment, not a property of this machine',
      [0, 0],
    ),
  },
  pcie: {
    rateGbps: derived(115.8, 'Gb/s', 'Gen3 x16: twice the 57.9 Gb/s of x8 in the pcie-bench model'),
    headerBytes: measured(24, 'B', 'pcie-bench model: memory write TLP with framing'),
    postedNs: assumed(
      250,
      'ns',
      'a quarter to a half of the read round trip measured elsewhere',
      [100, 500],
    ),
    readRoundTripNs: assumed(
      1237,
      'ns',
      `a flushing READ adds 1.4 us (${KALIA}), less 163 ns to post and send it behind the WRITE; it was ` +
        'measured to DRAM, and 1.1 us at the median (anujkaliaiitd/pmem-bench)',
      [940, 1240],
    ),
    hostBufferLines: assumed(64, 'lines', 'posted credits of a root port: a few KiB', [16, 256]),
  },
  ddio: {
    enabled: measured(
      1,
      'flag',
      'on by default (Intel DDIO technology brief, 2012); turned off by root port (aliireza/ddio-bench)',
    ),
    canTurnOff: measured(1, 'flag', 'aliireza/ddio-bench: by a register of the root port'),
    ways: measured(2, 'count', 'aliireza/ddio-bench: the default of the IIO LLC WAYS register'),
    randomReplacement: assumed(
      0,
      'flag',
      'in which order the LLC of a Xeon replaces is not public',
      [0, 1],
    ),
    memoryPathNs: assumed(
      62,
      'ns',
      'at most what a core needs to persist a cached line, fence included (62 ns, FAST 2020 data)',
      [30, 120],
    ),
    llcFlushLineNs: assumed(
      5,
      'ns',
      'no RNIC can ask for it today; LLC slices work in parallel',
      [1, 28],
    ),
  },
  replicaLlc: {
    llcBytes: assumed(25952256, 'B', 'as the primary', [23068672, 34603008]),
    llcWays: measured(11, 'count', 'as the primary'),
  },
  replicaMemory: OPTANE_DIMMS,
  replicaCpu: {
    polls: assumed(1, 'flag', 'a server as the primary, with a core to spare; not varied', [1, 1]),
    receiveNs: assumed(
      100,
      'ns',
      'eRPC serves up to 10 million small requests a second on a core (Kalia et al., NSDI 2019)',
      [50, 300],
    ),
    pauseNs: derived(
      1122,
      'ns',
      `99th percentile 18 % above the one-sided way's (${KALIA}), which is 2.9 us (anujkaliaiitd/pmem-bench), ` +
        'less 2.3 us at the median: if what is rare is a pause of that core',
    ),
    pauseEveryCount: assumed(
      50,
      'count',
      'more often than one in a hundred, so that a 99th percentile has it; how often is not public',
      [10, 99],
    ),
  },
});
