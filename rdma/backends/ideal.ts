/**
 * The bound that no correct design can beat: a durability point waits for one round trip of its
 * last line, by the quickest way to the replica that the machine has. Nothing else costs anything: no
 * posting, no ordering, no queue, no flush. Not a design; a yardstick for designs.
 */

import type { Backend } from '../backend.ts';

export const ideal = Object.freeze<Backend>({
  name: 'ideal',
  aliases: ['bound'],
  summary: 'lower bound of any correct design: one round trip per durability point',
  role: 'bound',
  ddio: 'none',
  durability: null,
  onLine(posting, core) {
    posting.sendFree(core);
  },
  onOrderingPoint() {},
  onDurabilityPoint(posting, core) {
    if (posting.linesSinceAnswer(core) > 0) posting.awaitTrip(core);
  },
});
