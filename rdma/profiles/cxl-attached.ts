/**
 * A machine with battery-backed DRAM and a memory appliance that it reaches in two ways: by load and store
 * over CXL, and by RDMA through a NIC. Both ways end in the same memory, so designs of both kinds compare.
 *
 * Nobody is known to have measured a line's write-back over CXL to where it is safe. What is public are
 * latencies of loads, from which the way is derived: what a load takes beyond one to local DRAM is the way
 * there and back.
 */

import { optaneCx5 } from './optane-cx5.ts';
import { assumed, type CxlProfile, derived, type HardwareProfile } from './profile.ts';
import { nvdimm, optaneCx6 } from './variants.ts';

const FIVE_PAPERS = 'five papers tabulated by Panmnesia in a paper on its CXL controller';

export const ATTACHED = Object.freeze<CxlProfile>({
  loadNs: assumed(350, 'ns', `middle of the 265 to 442 ns of ${FIVE_PAPERS}`, [265, 442]),
  hopNs: assumed(
    125,
    'ns',
    `half of what loads of 265 to 442 ns (${FIVE_PAPERS}) take beyond the 101 ns of local DRAM`,
    [82, 171],
  ),
  rateGbps: assumed(
    252,
    'Gb/s',
    'eight lanes of Gen5 (256 Gb/s, 128b/130b), as most memory devices have; four to sixteen',
    [126, 504],
  ),
  headerBytes: derived(
    21,
    'B',
    'CXL 2.0 specification: a write is a slot of header and four of data, 16 B each, and a flit of 68 B ' +
      'has four slots: 85 B a line',
  ),
});

export const cxlAttached = Object.freeze<HardwareProfile>({
  ...nvdimm,
  name: 'cxl-attached',
  summary:
    'battery-backed DRAM, and a memory appliance on a CXL port of the machine; reached by ConnectX-6 as well',
  nic: optaneCx6.nic,
  link: optaneCx6.link,
  pcie: optaneCx6.pcie,
  ddio: optaneCx5.ddio,
  replicaMemory: {
    ...nvdimm.replicaMemory,
    dimmCount: assumed(2, 'count', 'two channels behind one controller', [1, 4]),
    wpqLines: assumed(64, 'lines', 'the controller takes writes into a deep buffer', [16, 256]),
  },
  cxl: ATTACHED,
});
