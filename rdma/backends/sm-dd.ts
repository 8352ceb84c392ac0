/**
 * DDIO disabled: lines go past the replica's cache and are delivered, queued and accepted in the
 * order of their queue pair, so an ordering point needs nothing; a durability point waits (RDFENCE).
 *
 * Our reading of the second design of arXiv 1810.09360 (see sm-ob).
 */

import type { Backend } from '../backend.ts';
import { Verb } from '../network/verb.ts';

export const smDd = Object.freeze<Backend>({
  name: 'sm-dd',
  aliases: ['design-b'],
  summary: 'DDIO disabled: lines bypass the cache, in order; wait at durability points only',
  role: 'design',
  published: { value: 2.9, source: 'arXiv 1810.09360, abstract' },
  ddio: 'off',
  needs: ['fences', 'ddio-off'],
  durability: { after: 'everyEarlierLine', awaitedBy: 'durabilityPoint' },
  onLine(posting, core, line, words) {
    posting.post(core, Verb.WRITE_BYPASS, line, words);
  },
  onOrderingPoint() {},
  onDurabilityPoint(posting, core) {
    if (posting.linesSinceAnswer(core) === 0) return;
    posting.post(core, Verb.RDFENCE, 0);
    posting.awaitAnswer(core);
  },
});
