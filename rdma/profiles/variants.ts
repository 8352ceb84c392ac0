/**
 * Machines that differ from `optane-cx5` in one respect each, so that a comparison shows what that
 * respect is worth: the NIC, the persistence domain, the medium.
 */

import { OPTANE_DIMMS, optaneCx5 } from './optane-cx5.ts';
import { assumed, derived, type HardwareProfile, measured } from './profile.ts';

const FIVE_CXL_PAPERS = 'loads of 265 to 442 ns in five papers tabulated by Panmnesia';

// biome-ignore format: a quantity a line, or two where its source is long
export const optaneCx6 = Object.freeze<HardwareProfile>({
  ...optaneCx5,
  name: 'optane-cx6',
  summary: 'optane-cx5 with ConnectX-6 at 200 Gb/s on PCIe Gen4: what a faster NIC is worth',
  nic: {
    ...optaneCx5.nic,
    nicRateMps: measured(215, 'M/s', 'ConnectX-6 data sheet'),
    pipelineNs: assumed(65, 'ns',
      'small WRITEs of ConnectX-6 are some 40 ns quicker than of ConnectX-5, over four passes', [50, 74.8]),
  },
  link: { ...optaneCx5.link, rateGbps: measured(200, 'Gb/s', 'ConnectX-6 data sheet') },
  pcie: {
    ...optaneCx5.pcie,
    rateGbps: derived(231.6, 'Gb/s', 'Gen4 x16: twice Gen3, 57.9 Gb/s per eight Gen3 lanes'),
    readRoundTripNs: assumed(optaneCx5.pcie.readRoundTripNs.value, 'ns',
      'as derived for optane-cx5 on Gen3; papers give 200 to 1000 ns for PCIe round trips', [200, 1400]),
  },
});

// biome-ignore format: a quantity a line, or two where its source is long
export const eadr = Object.freeze<HardwareProfile>({
  ...optaneCx5,
  name: 'eadr',
  summary: 'optane-cx5 with the caches in the persistence domain on both machines: what flushing is worth',
  memory: { ...OPTANE_DIMMS, persistenceDomain: 'eadr' },
  replicaMemory: { ...OPTANE_DIMMS, persistenceDomain: 'eadr' },
});

/** DRAM that survives power loss: no write-combining buffer, a line at a time. */
// biome-ignore format: a quantity a line, or two where its source is long
const DRAM_DIMMS = Object.freeze({
  ...OPTANE_DIMMS,
  dimmCount: assumed(6, 'count', 'a module on each of the six channels of the socket', [1, 6]),
  interleaveBytes: assumed(4096, 'B', 'as on Optane; DRAM may be interleaved by the line', [64, 4096]),
  wpqLines: assumed(16, 'lines', 'write queue of a DDR4 channel: tens of entries', [8, 64]),
  wpqDrainNs: assumed(5, 'ns', '64 B over a DDR4-2933 channel take 2.7 ns', [2.7, 10]),
  mediaBufferBytes: assumed(64, 'B', 'no write-combining buffer on DRAM', [64, 64]),
  mediaBlockBytes: measured(64, 'B', 'DDR4 burst of eight'),
  mediaBlockWriteNs: assumed(5, 'ns', 'row misses leave about half of 23 GB/s a channel', [2.7, 15]),
});

// biome-ignore format: a quantity a line, or two where its source is long
export const nvdimm = Object.freeze<HardwareProfile>({
  ...optaneCx5,
  name: 'nvdimm',
  summary: 'optane-cx5 with NVDIMM-N (battery-backed DRAM): what is left when PM is as fast as DRAM',
  path: {
    ...optaneCx5.path,
    loadSequentialNs: measured(81, 'ns', 'OptaneStudy (data of Yang et al., FAST 2020): DRAM'),
    loadRandomNs: measured(101, 'ns', 'OptaneStudy (data of Yang et al., FAST 2020): DRAM'),
    clwbPathNs: assumed(70, 'ns', 'a little above the 62 ns best case of a persist', [50, 110]),
    clwbLineNs: assumed(10, 'ns', 'write-back bandwidth of one core to DRAM: about 6 GB/s', [5, 28]),
    ntStorePathNs: assumed(90, 'ns', 'the 90 ns best case of a non-temporal persist', [60, 122]),
    ntStoreLineNs: assumed(8, 'ns', 'non-temporal bandwidth of one core: about 8 GB/s', [4, 23]),
  },
  memory: DRAM_DIMMS,
  replicaMemory: DRAM_DIMMS,
});

// biome-ignore format: a quantity a line, or two where its source is long
export const cxl = Object.freeze<HardwareProfile>({
  ...optaneCx5,
  name: 'cxl',
  summary: 'optane-cx5 whose replica keeps its copy behind CXL: a farther medium without the limits of DIMMs',
  ddio: {
    ...optaneCx5.ddio,
    memoryPathNs: assumed(242, 'ns',
      `the LLC's way to local memory (62 ns) plus a CXL hop of 180 ns: ${FIVE_CXL_PAPERS}, less ` +
      'about 100 ns of local DRAM, is 165 to 340 ns; near the lower end', [227, 402]),
  },
  pcie: {
    ...optaneCx5.pcie,
    postedNs: assumed(250, 'ns',
      'as optane-cx5: the CXL hop of a bypassing write is behind its acceptance by the host', [100, 500]),
  },
  replicaMemory: {
    ...DRAM_DIMMS,
    dimmCount: assumed(2, 'count', 'two channels behind one expander', [1, 4]),
    wpqLines: assumed(64, 'lines', 'the expander takes writes into a deep buffer', [16, 256]),
  },
});

const times10 = (name: string) => `ten times optane-cx5: ${name}`;
const SLOW_DIMMS = Object.freeze({
  ...OPTANE_DIMMS,
  wpqDrainNs: assumed(100, 'ns', times10('queue drain'), [50, 250]),
  mediaBlockWriteNs: derived(1140, 'ns', times10('block write')),
});

// biome-ignore format: a quantity a line, or two where its source is long
export const slowPm = Object.freeze<HardwareProfile>({
  ...optaneCx5,
  name: 'slow-pm',
  summary: 'optane-cx5 with ten times the write latency of PM: when the medium, not the network, is what costs',
  path: {
    ...optaneCx5.path,
    clwbPathNs: derived(1108, 'ns', times10('path of a write-back')),
    ntStorePathNs: derived(1218, 'ns', times10('path of a non-temporal store')),
  },
  ddio: {
    ...optaneCx5.ddio,
    memoryPathNs: assumed(620, 'ns', times10('way from the LLC to memory'), [300, 1200]),
  },
  memory: SLOW_DIMMS,
  replicaMemory: SLOW_DIMMS,
});
