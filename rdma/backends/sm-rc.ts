/**
 * Remote commit: a WRITE per line into the replica's LLC; at every ordering point an RCOMMIT, and
 * the core waits until all its lines are in the replica's persistence domain. It is what RDMA's
 * proposed commit verb (draft-talpey-rdma-commit) gives a program that orders its persists.
 */

import type { Backend, Posting } from '../backend.ts';
import { Verb } from '../network/verb.ts';

function commit(posting: Posting, core: number): void {
  if (posting.linesSinceAnswer(core) === 0) return;
  posting.post(core, Verb.RCOMMIT, 0);
  posting.awaitAnswer(core);
}

export const smRc = Object.freeze<Backend>({
  name: 'sm-rc',
  aliases: ['remote-commit'],
  summary: 'remote commit: WRITE, RCOMMIT and wait at every ordering point (DDIO on)',
  role: 'baseline',
  ddio: 'on',
  needs: ['rcommit'],
  durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
  onLine(posting, core, line, words) {
    posting.post(core, Verb.WRITE, line, words);
  },
  onOrderingPoint: commit,
  onDurabilityPoint: commit,
});
