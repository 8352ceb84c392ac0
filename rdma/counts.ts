/** What all parts of a mirror have counted so far, in one record. */

import type { MirrorCounts } from './mirror.ts';
import type { Remote } from './network/remote.ts';
import { Verb } from './network/verb.ts';
import type { Locks } from './primary/locks.ts';
import type { Primary } from './primary/primary.ts';

/** `counts`, which are the mirror's own, with those of its parts. */
export function totalsOf(
  counts: MirrorCounts,
  primary: Primary,
  remote: Remote,
  locks: Locks,
): MirrorCounts {
  const { posted, doorbells, linkBytes, retransmissions, ddioEvictions, mediaBlocks } = remote;
  return {
    ...counts,
    linesWrittenBack: primary.linesSent,
    writes: posted[Verb.WRITE] + posted[Verb.WRITE_THROUGH] + posted[Verb.WRITE_BYPASS],
    rcommits: posted[Verb.RCOMMIT],
    rofences: posted[Verb.ROFENCE],
    rdfences: posted[Verb.RDFENCE],
    doorbells,
    pmLoadMisses: primary.misses,
    linkBytes,
    retransmissions,
    ddioEvictions,
    localMediaBlocks: primary.mediaBlocks,
    remoteMediaBlocks: mediaBlocks,
    lockGrants: locks.grants,
    lockGrantsReordered: locks.reordered,
  };
}
