/**
 * No network: the cores of the primary store to the replica's memory over CXL whatever they write back,
 * and write it back there too. A fence waits for both copies, as it waits for any write-back, so nothing
 * is posted and nothing is kept in order but by waiting.
 *
 * The replica is a memory appliance that keeps its memory when power fails (a battery of its own, or
 * GPF). It takes no part: when the primary is dead, another machine on the same appliance takes over.
 */

import type { Backend } from '../backend.ts';

export const cxlDirect = Object.freeze<Backend>({
  name: 'cxl-direct',
  aliases: ['cxl'],
  summary: "lines stored to the replica's memory over CXL too; every fence waits for both copies",
  role: 'design',
  over: 'cxl',
  ddio: 'off',
  needs: ['cxl'],
  durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
  refuses({ cxl }) {
    return cxl === undefined
      ? "the primary's cores do not reach the replica's memory over CXL (cxl-attached, cxl-switched; a " +
          'profile of yours needs the group cxl)'
      : undefined;
  },
  onLine(posting, core, line, words) {
    posting.storeThere(core, line, words);
  },
  onOrderingPoint(posting, core) {
    posting.awaitStores(core);
  },
  onDurabilityPoint(posting, core) {
    posting.awaitStores(core);
  },
});
