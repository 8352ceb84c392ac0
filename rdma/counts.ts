/** What all parts of a mirror have counted so far, in one record. */

import type { MirrorCounts } from './mirror.ts';
import type { Remote } from './network/remote.ts';
import { Verb, type VerbCode } from './network/verb.ts';
import type { Posts } from './posts.ts';
import type { FarMemory } from './primary/far-memory.ts';
import type { Locks } from './primary/locks.ts';
import type { Primary } from './primary/primary.ts';

/** `counts`, which are the mirror's own, with those of its parts. */
export function totalsOf(
  counts: MirrorCounts,
  primary: Primary,
  remote: Remote,
  posts: Posts,
  far: FarMemory,
  locks: Locks,
): MirrorCounts {
  const { posted, doorbells, linkBytes, retransmissions, ddioEvictions, mediaBlocks } = remote;
  return {
    ...counts,
    linesWrittenBack: primary.linesSent,
    writes: sumOf(posted, [
      Verb.WRITE,
      Verb.WRITE_THROUGH,
      Verb.WRITE_BYPASS,
      Verb.ATOMIC_WRITE,
      Verb.SEND_LINE,
      Verb.NUMBERED,
    ]),
    rcommits: posted[Verb.RCOMMIT] + posted[Verb.FLUSH],
    rofences: posted[Verb.ROFENCE],
    rdfences: sumOf(posted, [Verb.RDFENCE, Verb.READ, Verb.COMPLETION, Verb.SEND, Verb.SEND_SEEN]),
    doorbells,
    blockingRoundTrips: posts.waits,
    pmLoadMisses: primary.misses,
    linkBytes: linkBytes + far.bytes,
    retransmissions,
    ddioEvictions,
    localMediaBlocks: primary.mediaBlocks,
    remoteMediaBlocks: mediaBlocks + far.mediaBlocks,
    lockGrants: locks.grants,
    lockGrantsReordered: locks.reordered,
  };
}

function sumOf(posted: Float64Array, verbs: readonly VerbCode[]): number {
  return verbs.reduce<number>((sum, verb) => sum + posted[verb], 0);
}
