/** What all parts of a mirror have counted so far, in one record. */

import { type MirrorCounts, type MirrorReport, TIME_PARTS, type TimePart } from './mirror.ts';
import type { Remote } from './network/remote.ts';
import { Verb, type VerbCode } from './network/verb.ts';
import type { Posts } from './posts.ts';
import type { Core } from './primary/core.ts';
import type { FarMemory } from './primary/far-memory.ts';
import type { Locks } from './primary/locks.ts';
import type { Primary } from './primary/primary.ts';
import type { Replica } from './replica/replica.ts';

/** `counts`, which are the mirror's own, with those of its parts. */
export function totalsOf(
  counts: MirrorCounts,
  primary: Primary,
  remote: Remote,
  posts: Posts,
  far: FarMemory,
  locks: Locks,
): MirrorCounts {
  const { posted, doorbells, nic, replicas } = remote;
  const ofReplicas = (count: (one: Replica) => number): number =>
    replicas.reduce((sum, one) => sum + count(one), 0);
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
    linkBytes: nic.linkBytes + far.bytes,
    retransmissions: nic.retransmissions,
    ddioEvictions: ofReplicas(({ ddio }) => ddio.evictions),
    localMediaBlocks: primary.mediaBlocks,
    remoteMediaBlocks: ofReplicas(({ memory }) => memory.mediaBlocks) + far.mediaBlocks,
    lockGrants: locks.grants,
    lockGrantsReordered: locks.reordered,
  };
}

/** The report of a run in which `totals` were counted, of them `baseline` before what is measured. */
export function reportOf(
  elapsedPs: number,
  cores: readonly Core[],
  totals: MirrorCounts,
  baseline: MirrorCounts,
): MirrorReport {
  const ofPart = (_: TimePart, i: number): number =>
    cores.reduce((sum, { timePs }) => sum + timePs[i], 0);
  const counts = { ...totals };
  for (const key of Object.keys(counts) as (keyof MirrorCounts)[]) counts[key] -= baseline[key];
  return {
    elapsedPs,
    timePs: Object.fromEntries(TIME_PARTS.map((part, i) => [part, ofPart(part, i)])) as Record<
      TimePart,
      number
    >,
    cores: cores.length,
    counts: Object.freeze(counts),
  };
}

function sumOf(posted: Float64Array, verbs: readonly VerbCode[]): number {
  return verbs.reduce<number>((sum, verb) => sum + posted[verb], 0);
}
