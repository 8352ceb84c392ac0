/**
 * FLUSH and ATOMIC WRITE of InfiniBand's annex A19 (memory placement extensions), as a program must use them
 * that needs order: at an ordering point a FLUSH is posted. An ATOMIC WRITE, of one aligned word, is ordered
 * behind it, so an epoch of lines of which a single word changed follows at once. Any other line may pass
 * the FLUSH, so before the first of them the core waits for its completion.
 *
 * With a queue pair for all cores each ordering point waits: another core's WRITE, which this one's order is
 * handed on to, might pass the FLUSH.
 */

import { WORD_COUNT } from '../../pm/line.ts';
import type { Backend } from '../backend.ts';
import { Verb } from '../network/verb.ts';

export const ibtaFlush = Object.freeze<Backend>({
  name: 'ibta-flush',
  aliases: ['a19'],
  summary: 'FLUSH at ordering points; one-word lines follow as ATOMIC WRITEs, others wait for it',
  role: 'design',
  ddio: 'on',
  needs: ['flush'],
  durability: { after: 'earlierEpochs', awaitedBy: 'durabilityPoint' },
  tellsWord: true,
  refuses: ({ nic }) =>
    nic.flush.value === 0
      ? 'its NICs have neither FLUSH nor ATOMIC WRITE of InfiniBand annex A19 (nic.flush=0)'
      : undefined,
  onLine(posting, core, line, words) {
    const verb = isOneWord(words) ? Verb.ATOMIC_WRITE : Verb.WRITE;
    posting.post(core, verb, line, words);
  },
  waitsBefore: (words) => !isOneWord(words),
  onOrderingPoint(posting, core) {
    if (posting.linesSinceFence(core) === 0) return;
    posting.post(core, Verb.FLUSH, 0);
    if (posting.sharesQueuePair) posting.awaitAnswer(core);
    else posting.askAnswer(core);
  },
  // Its ordering point asks already.
  onAskedPoint(posting, core) {
    this.onOrderingPoint(posting, core);
  },
  onDurabilityPoint(posting, core) {
    if (posting.linesSinceFence(core) > 0) {
      posting.post(core, Verb.FLUSH, 0);
      posting.awaitAnswer(core);
    } else if (posting.hasAsked(core)) posting.awaitAsked(core);
  },
});

/** Whether these words of a line are one. */
function isOneWord(words: number): boolean {
  return WORD_COUNT[words] === 1;
}
