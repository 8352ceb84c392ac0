/**
 * What the NICs of `sm-sb` have that none on sale has (numbers, pushed lines, a persistent staging buffer), the
 * same in all profiles: no other design depends on these values. Each is small beside what exists:
 *
 *   pushed lines   a Xeon sends what is written to a range of memory to a second channel too (Intel, Address
 *                  Range Partial Memory Mirroring, 2016); here the second place is a window of the NIC;
 *   numbers        a counter in the primary's NIC, behind which all its queue pairs' lines come in;
 *   staging        PMNet (ISCA 2021) answers from PM in a NIC or switch. SmartNICs have gigabytes of DRAM behind a
 *                  PCIe switch of their own (Wei et al., OSDI 2023), so a line takes as long to it as to the host
 *                  (pcie.postedNs). In SRAM beside the pipeline it would take less, which is not modelled.
 */

import { assumed, type NicProfile } from './profile.ts';

type StagingNic = Pick<
  NicProfile,
  | 'numbers'
  | 'pushStores'
  | 'pushNs'
  | 'tagBytes'
  | 'packLines'
  | 'ackAnswers'
  | 'boundPushes'
  | 'stagingLines'
>;

export const STAGING_NIC = Object.freeze<StagingNic>({
  numbers: assumed(
    1,
    'flag',
    'no NIC on sale has it, as with RCOMMIT and ROFENCE; not varied',
    [1, 1],
  ),
  pushStores: assumed(
    1,
    'flag',
    'as the design is meant; 0 is for its ablation; not varied',
    [1, 1],
  ),
  pushNs: assumed(
    8,
    'ns',
    'eight 8-byte stores at one a ns, as for a direct store of 64 B of its own; none if the write-back itself ' +
      'is sent to both places',
    [0, 30],
  ),
  tagBytes: assumed(
    16,
    'B',
    "a line's place and its number, 8 B each; they fit into 8 B if both are short",
    [8, 16],
  ),
  packLines: assumed(
    12,
    'lines',
    '80 B each in a path MTU of 1024 B, which RoCE has on Ethernet of 1500 B; 51 in one of 4096 B',
    [1, 51],
  ),
  ackAnswers: assumed(
    1,
    'flag',
    'as the design is meant; 0 is for its ablation; not varied',
    [1, 1],
  ),
  boundPushes: assumed(
    0,
    'flag',
    'the bound posts for nothing; 1 is for the ablation; not varied',
    [0, 0],
  ),
  stagingLines: assumed(
    4096,
    'lines',
    '256 KiB: what NICs offer programs as memory of their own today; a battery or capacitor has to last ' +
      'until that is copied to flash, or as long as NVDIMM-N',
    [64, 65536],
  ),
});
