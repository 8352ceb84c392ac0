/**
 * What a group writing in 2018 would have had: two Xeon machines with ConnectX-4-class 100 Gb/s NICs
 * and persistent memory emulated on DRAM, since no PM could be bought. The default of the
 * benchmarks, because the published speedups are from such a machine.
 *
 * Only the abstract of arXiv 1810.09360 was at hand, and it gives none of these values: every
 * assumption below is ours, says why it is what it is, and has the range over which it is to be
 * swept. None was chosen by looking at a speedup. What is taken over from a later machine is an
 * assumption about this one; only what holds for Xeons and PCIe of the time is called measured.
 */

import { optaneCx5 } from './optane-cx5.ts';
import { assumed, type HardwareProfile, type MemoryProfile, measured } from './profile.ts';

const EMULATED_PM = Object.freeze<MemoryProfile>({
  persistenceDomain: 'adr',
  dimmCount: assumed(4, 'count', 'four memory channels a socket, as in Xeons up to 2017', [1, 6]),
  interleaveBytes: assumed(4096, 'B', 'page interleaving, as PM later had', [64, 4096]),
  wpqLines: assumed(16, 'lines', 'write queue of a DDR4 channel: tens of entries', [8, 64]),
  wpqDrainNs: assumed(5, 'ns', '64 B over a DDR4-2400 channel take 3.3 ns', [3, 10]),
  mediaBufferBytes: assumed(64, 'B', 'DRAM underneath: no write-combining buffer', [64, 16384]),
  mediaBlockBytes: assumed(64, 'B', 'DRAM underneath: a line at a time', [64, 256]),
  mediaBlockWriteNs: assumed(
    32,
    'ns',
    '2 GB/s a channel: emulators throttle PM writes to about an eighth of a DDR4 channel',
    [5, 108],
  ),
  lineReadNs: assumed(
    3.3,
    'ns',
    '64 B over a DDR4-2400 channel: emulators throttle writes, and slow reads down by latency',
    [3, 9.1],
  ),
});

export const paper2018 = Object.freeze<HardwareProfile>({
  name: 'paper-2018',
  summary:
    'ConnectX-4-class pair with PM emulated on DRAM: to compare with figures published in 2018',
  core: {
    ...optaneCx5.core,
    clockGhz: assumed(2.4, 'GHz', 'a Broadwell server core of 2016 to 2018', [2.0, 3.0]),
    flushEvicts: assumed(
      0,
      'flag',
      'as clwb, for which programs were written; Broadwell has only clflush, which evicts',
      [0, 1],
    ),
    l2Bytes: assumed(
      1048576,
      'B',
      'as Skylake-SP of 2017; Broadwell has 256 KiB',
      [262144, 1048576],
    ),
    l2Ways: assumed(16, 'count', 'as Skylake-SP of 2017; Broadwell has 8', [8, 16]),
    fillBuffers: assumed(
      10,
      'count',
      'Intel optimisation manual, for cores up to Broadwell; 12 are said of Skylake',
      [10, 12],
    ),
  },
  llc: {
    llcBytes: assumed(26214400, 'B', 'Xeon E5 v4 with ten slices of 2.5 MiB', [15728640, 57671680]),
    llcWays: measured(20, 'count', 'Xeon E5 v4 data sheet'),
  },
  path: {
    loadSequentialNs: assumed(81, 'ns', 'DRAM underneath (81 ns, FAST 2020 data)', [81, 169]),
    loadRandomNs: assumed(101, 'ns', 'DRAM underneath (101 ns, FAST 2020 data)', [101, 305]),
    clwbPathNs: assumed(
      100,
      'ns',
      'persist latency of PM near 100 ns, as real PM turned out (62 to 116 ns)',
      [60, 1000],
    ),
    clwbLineNs: assumed(
      29,
      'ns',
      "what a later core's cached lines take to Optane; none is known to have been measured to DRAM",
      [10, 41.4],
    ),
    clwbMissLineNs: assumed(
      41.4,
      'ns',
      'as a later core to DRAM (1.44 GiB/s, OptaneStudy, graphs/04-bandwidth_thcount_dram.csv)',
      [29, 41.4],
    ),
    ntStorePathNs: assumed(100, 'ns', 'as clwb', [60, 1000]),
    ntStoreLineNs: assumed(
      13.8,
      'ns',
      'as a later core to DRAM (4.31 GiB/s, OptaneStudy, graphs/04-bandwidth_thcount_dram.csv)',
      [8, 14.4],
    ),
    writeCombiningBuffers: optaneCx5.path.writeCombiningBuffers,
  },
  memory: EMULATED_PM,
  nic: {
    ...optaneCx5.nic,
    nicRateMps: assumed(
      44,
      'M/s',
      'small WRITEs over many queue pairs of a NIC that the source does not name; 35 M/s on ' +
        'ConnectX-3 (Kalia et al., SIGCOMM 2014), 150 M/s in the announcement of ConnectX-4',
      [35, 150],
    ),
    qpRateMps: assumed(
      5.6,
      'M/s',
      'middle of the 3.7 to 7.5 M/s that public runs show for one queue pair',
      [3.7, 7.5],
    ),
    pipelineNs: assumed(
      99.8,
      'ns',
      'so that a 64 B WRITE is acknowledged after 1.5 us: between the lower ConnectX-5 figure (1.4 ' +
        'us) and twice the half round trip of ConnectX-3 class (1.78 us), which are the range',
      [74.8, 170],
    ),
  },
  link: {
    ...optaneCx5.link,
    rateGbps: assumed(
      100,
      'Gb/s',
      'the fastest ConnectX-4; others of the time, ConnectX-3 too, have 40 to 56 Gb/s',
      [40, 100],
    ),
  },
  pcie: {
    ...optaneCx5.pcie,
    rateGbps: assumed(
      115.8,
      'Gb/s',
      'Gen3 x16, as ConnectX-4 at 100 Gb/s; x8, as most slower cards, has half of it',
      [57.9, 115.8],
    ),
    readRoundTripNs: assumed(
      600,
      'ns',
      'middle of the 200 to 1000 ns given for PCIe round trips in papers on disaggregated memory',
      [200, 1400],
    ),
  },
  ddio: {
    ...optaneCx5.ddio,
    ways: assumed(
      2,
      'count',
      'the default found on later Xeons (aliireza/ddio-bench), where at most 11 can be set',
      [2, 11],
    ),
    memoryPathNs: assumed(62, 'ns', 'as on later machines', [30, 1000]),
  },
  replicaLlc: {
    llcBytes: assumed(26214400, 'B', 'as the primary', [15728640, 57671680]),
    llcWays: measured(20, 'count', 'as the primary'),
  },
  replicaMemory: EMULATED_PM,
  replicaCpu: {
    ...optaneCx5.replicaCpu,
    pauseNs: assumed(1122, 'ns', 'as on later machines', [0, 2000]),
  },
});
