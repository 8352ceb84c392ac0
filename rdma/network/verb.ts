/**
 * The messages that a backend can post on a queue pair. WRITEs differ in where the replica puts the
 * line; the others carry no data. Values are stored in typed arrays.
 *
 * - WRITE: into the LLC by DDIO; durable only once evicted or flushed.
 * - WRITE_THROUGH: into the LLC and at once on to the memory controller.
 * - WRITE_BYPASS: not into the cache but to the memory controller, accepted in order on its queue pair.
 * - ATOMIC_WRITE: a word of a line, where DDIO puts it, and not before the FLUSHes ahead of it are done.
 * - SEND_LINE: into a receive buffer of the replica's processor, which copies it to its place when the SEND
 *   behind it comes.
 * - NUMBERED: a line with its number among all that all cores push, taken in that order (see sm-sb).
 * - RCOMMIT: flushes this queue pair's earlier lines out of the LLC; answered when all are durable
 *   (draft-talpey-rdma-commit).
 * - ROFENCE: the replica's NIC holds this queue pair's later messages until its earlier lines are
 *   durable, which it learns by a PCIe read; not answered.
 * - RDFENCE: answered when all earlier lines of this queue pair are durable.
 * - READ: of 8 bytes of the replica's memory, which pushes earlier lines out of PCIe and is answered then;
 *   what DDIO put into the cache stays there.
 * - FLUSH: as RCOMMIT (InfiniBand, annex A19); later lines may pass it, but not an ATOMIC_WRITE.
 * - COMPLETION: answered when the NIC has handed earlier lines to PCIe, which is all that theirs say.
 * - SEND: to the replica's processor, which writes this queue pair's lines back, fences, and answers.
 * - SEND_SEEN: the same to a processor that answers at once.
 */
export const Verb = {
  WRITE: 0,
  WRITE_THROUGH: 1,
  WRITE_BYPASS: 2,
  ATOMIC_WRITE: 3,
  SEND_LINE: 4,
  NUMBERED: 5,
  RCOMMIT: 6,
  ROFENCE: 7,
  RDFENCE: 8,
  READ: 9,
  FLUSH: 10,
  COMPLETION: 11,
  SEND: 12,
  SEND_SEEN: 13,
} as const;

/** One of the values in {@link Verb}. */
export type VerbCode = (typeof Verb)[keyof typeof Verb];

/** How many verbs there are: the length of arrays indexed by verb. */
export const VERB_COUNT = 14;

/** True for the verbs that carry a line, or words of one. */
export function carriesLine(verb: VerbCode): boolean {
  return verb <= Verb.NUMBERED;
}

/** True for the verbs whose answer a core may wait for. */
export function isAnswered(verb: VerbCode): boolean {
  return verb > Verb.NUMBERED && verb !== Verb.ROFENCE;
}

/** True for the verbs that the replica's processor takes. */
export function isForProcessor(verb: VerbCode): boolean {
  return verb >= Verb.SEND;
}
