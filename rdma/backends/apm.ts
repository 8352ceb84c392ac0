/**
 * The appliance method of librpmem, and librpma's flush: DDIO is off at the replica, and a READ of 8 bytes
 * pushes the WRITEs before it to the memory controller. The core waits for it at every ordering point, since
 * no NIC of today keeps a WRITE behind the effect of an earlier READ.
 *
 * The model takes lines past the cache in order (see sm-dd); the method does not rely on that. Not modelled:
 * the 8 bytes in the READ's answer.
 */

import type { Backend, Posting } from '../backend.ts';
import { Verb } from '../network/verb.ts';

function flush(posting: Posting, core: number): void {
  if (posting.linesSinceAnswer(core) === 0) return;
  posting.post(core, Verb.READ, 0);
  posting.awaitAnswer(core);
}

export const apm = Object.freeze<Backend>({
  name: 'apm',
  aliases: ['rpma-flush'],
  summary: 'appliance method (DDIO off): WRITEs, an 8 B READ and wait at every ordering point',
  role: 'design',
  ddio: 'off',
  needs: ['ddio-off'],
  durability: { after: 'everyEarlierLine', awaitedBy: 'everyFence' },
  refuses: ({ ddio }) =>
    ddio.canTurnOff.value === 0
      ? 'it needs DDIO off at the replica, where it cannot be turned off (ddio.canTurnOff=0)'
      : undefined,
  onLine(posting, core, line, words) {
    posting.post(core, Verb.WRITE_BYPASS, line, words);
  },
  onOrderingPoint: flush,
  onDurabilityPoint: flush,
});
