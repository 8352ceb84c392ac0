/**
 * Chooses for each transaction between write-through (as sm-ob) and past the cache (as sm-dd) by what it has seen
 * of that type (`two-ways.ts`). Past the cache an ordering point posts nothing, and a full DIMM holds up the
 * lines behind; through the cache lines of an epoch reach their DIMMs in any order, and every ordering point
 * costs a PCIe round trip.
 *
 * Lines of one way pass those of the other, so a ROFENCE is posted before the first of another way. On a queue
 * pair of its own a core needs none where it has waited for all before, as at the end of a transaction. With
 * a quorum that wait keeps the order at the replicas that answered in time, as under sm-rc.
 *
 * Assumption: a WRITE says itself whether it bypasses the cache, as PCIe's processing hints could. DDIO can be
 * turned off today for a whole port. Not modelled: a core's two looks at its clock for each transaction.
 */

import type { Backend } from '../backend.ts';
import { Verb } from '../network/verb.ts';
import { smDd } from './sm-dd.ts';
import { TwoWays } from './two-ways.ts';

/** What a line is posted as, by way. */
const VERBS = [Verb.WRITE_BYPASS, Verb.WRITE_THROUGH] as const;

export const smAd = Object.freeze<Backend>({
  name: 'sm-ad',
  aliases: ['adaptive'],
  summary: 'adaptive: for each transaction write-through or past the cache, by what it has seen',
  role: 'design',
  ddio: 'on',
  needs: ['fences', 'ddio-off'],
  durability: { after: 'earlierEpochs', awaitedBy: 'durabilityPoint' },
  createChooser: (cores, sharesQueuePair) => new TwoWays(cores, sharesQueuePair),
  fencesBeforeLines: true,
  onLine(posting, core, line, words) {
    const verb = VERBS[posting.way(core)];
    const before = posting.lineBefore(core);
    if (before !== undefined && before !== verb) posting.post(core, Verb.ROFENCE, 0);
    posting.post(core, verb, line, words);
  },
  onOrderingPoint(posting, core) {
    if (posting.lineBefore(core) !== Verb.WRITE_THROUGH) return;
    if (posting.linesSinceFence(core) > 0) posting.post(core, Verb.ROFENCE, 0);
  },
  onDurabilityPoint: smDd.onDurabilityPoint,
});
