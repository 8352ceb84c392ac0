/**
 * The general-purpose method of librpmem, its default: WRITEs, wherever DDIO puts them; at every ordering
 * point a SEND, for which the replica's processor writes them back, fences and answers, and the core waits.
 * All clients share the one core of the replica that polls for their SENDs.
 */

import type { Backend, Posting } from '../backend.ts';
import { Verb } from '../network/verb.ts';

function persist(posting: Posting, core: number): void {
  if (posting.linesSinceAnswer(core) === 0) return;
  posting.post(core, Verb.SEND, 0);
  posting.awaitAnswer(core);
}

export const gpspm = Object.freeze<Backend>({
  name: 'gpspm',
  aliases: [],
  summary:
    "general-purpose method: WRITEs, a SEND; the replica's processor writes back and answers",
  role: 'design',
  ddio: 'on',
  needs: ['replica-cpu'],
  durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
  refuses: ({ replicaCpu }) =>
    replicaCpu.polls.value === 0
      ? 'no processor of the replica polls for requests there (replicaCpu.polls=0)'
      : undefined,
  onLine(posting, core, line, words) {
    posting.post(core, Verb.WRITE, line, words);
  },
  onOrderingPoint: persist,
  onDurabilityPoint: persist,
});
