/** The machine of `cxl-attached` with a CXL switch before its appliance, so that several machines share that. */

import { ATTACHED, cxlAttached } from './cxl-attached.ts';
import { assumed, type HardwareProfile } from './profile.ts';

export const cxlSwitched = Object.freeze<HardwareProfile>({
  ...cxlAttached,
  name: 'cxl-switched',
  summary: 'cxl-attached with a CXL switch on the way: about twice the latency of a load',
  cxl: {
    ...ATTACHED,
    loadNs: assumed(
      700,
      'ns',
      'about twice that without a switch, as papers on pooled memory say: 265 to 442 ns',
      [530, 884],
    ),
    hopNs: assumed(
      300,
      'ns',
      'half of what such a load takes beyond the 101 ns of local DRAM',
      [215, 392],
    ),
  },
});
