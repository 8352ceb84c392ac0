/**
 * Ordering barrier: lines are written through the replica's LLC to its memory controller; an
 * ordering point posts an ROFENCE and does not wait, since the replica's NIC keeps the order; only a
 * durability point waits (RDFENCE).
 *
 * Our reading of the first of the two designs of arXiv 1810.09360, whose abstract calls for an
 * ordering fence and a durability fence and names no mechanism.
 */

import type { Backend } from '../backend.ts';
import { Verb } from '../network/verb.ts';

export const smOb = Object.freeze<Backend>({
  name: 'sm-ob',
  aliases: ['design-a'],
  summary: 'ordering barrier: write-through lines, ROFENCE posted, wait at durability points only',
  role: 'design',
  published: { value: 1.8, source: 'arXiv 1810.09360, abstract' },
  ddio: 'on',
  needs: ['fences'],
  durability: { after: 'earlierEpochs', awaitedBy: 'durabilityPoint' },
  onLine(posting, core, line, words) {
    posting.post(core, Verb.WRITE_THROUGH, line, words);
  },
  onOrderingPoint(posting, core) {
    if (posting.linesSinceFence(core) > 0) posting.post(core, Verb.ROFENCE, 0);
  },
  onDurabilityPoint(posting, core) {
    if (posting.linesSinceAnswer(core) === 0) return;
    posting.post(core, Verb.RDFENCE, 0);
    posting.awaitAnswer(core);
  },
});
