/**
 * The messages that a backend can post on a queue pair. WRITEs differ in where the replica puts the
 * line; the others carry no data. Values are stored in typed arrays.
 *
 * - WRITE: into the LLC by DDIO; durable only once evicted or flushed.
 * - WRITE_THROUGH: into the LLC and at once on to the memory controller.
 * - WRITE_BYPASS: not into the cache but to the memory controller, accepted in order on its queue pair.
 * - RCOMMIT: flushes this queue pair's earlier lines out of the LLC; answered when all are durable
 *   (draft-talpey-rdma-commit).
 * - ROFENCE: the replica's NIC holds this queue pair's later messages until its earlier lines are
 *   durable, which it learns by a PCIe read; not answered.
 * - RDFENCE: answered when all earlier lines of this queue pair are durable.
 */
export const Verb = {
  WRITE: 0,
  WRITE_THROUGH: 1,
  WRITE_BYPASS: 2,
  RCOMMIT: 3,
  ROFENCE: 4,
  RDFENCE: 5,
} as const;

/** One of the values in {@link Verb}. */
export type VerbCode = (typeof Verb)[keyof typeof Verb];

/** How many verbs there are: the length of arrays indexed by verb. */
export const VERB_COUNT = 6;

/** True for the verbs that carry a line. */
export function carriesLine(verb: VerbCode): boolean {
  return verb <= Verb.WRITE_BYPASS;
}
