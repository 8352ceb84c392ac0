/**
 * Staged, in one order: a design of this project. Of a line that is written back the same 64 bytes go to the
 * primary's NIC (a push: no work request, no doorbell), which numbers what it gets from all cores and packs
 * several lines into a message. The replica's NIC takes lines in the order of their numbers into a persistent
 * buffer. There a line is durable and acknowledged, which is all that a core waits for; it drains to memory
 * later. So what is durable at a replica is at every moment a prefix of what all cores wrote back.
 *
 * An ordering point posts nothing. Its local fence is over when memory controllers and the NIC's port have taken the
 * lines, from where on PCIe keeps their order: what another core does after that fence is numbered behind it.
 *
 * See `rdma/profiles/staging-nic.ts` for what the parts are like today, and for the values that turn each off.
 */

import type { Backend, Numbering } from '../backend.ts';
import { Verb } from '../network/verb.ts';

const NUMBERING = Object.freeze<Numbering>({
  takenWhen: 'pushed',
  holes: 'wait',
  staging: 'persistent',
});

export const smSb = Object.freeze<Backend>({
  name: 'sm-sb',
  aliases: ['ours'],
  summary: 'lines pushed and numbered over all cores; durable in a staging buffer in that order',
  role: 'design',
  ddio: 'off',
  needs: ['numbers'],
  numbered: NUMBERING,
  durability: { after: 'everyEarlierLineOfAll', awaitedBy: 'durabilityPoint' },
  refuses: ({ nic }) =>
    nic.numbers.value === 0
      ? 'its NICs do not number what cores push, and keep no order between queue pairs (nic.numbers=0)'
      : undefined,
  onLine(posting, core, line, words) {
    posting.post(core, Verb.NUMBERED, line, words);
  },
  onOrderingPoint() {},
  onDurabilityPoint(posting, core) {
    if (posting.linesSinceAnswer(core) > 0) posting.awaitDurable(core);
  },
});
