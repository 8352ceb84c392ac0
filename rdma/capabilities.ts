/** What machines may have or lack, beside what a profile says in numbers: what designs need of them. */

export const CAPABILITIES = Object.freeze({
  rcommit: 'NICs with RCOMMIT (draft-talpey-rdma-commit); none on sale has it',
  fences: 'NICs with ROFENCE and RDFENCE, as the paper assumes; none on sale has them',
  flush: 'NICs with FLUSH and ATOMIC WRITE of InfiniBand annex A19; none on sale is known to',
  'ddio-off': 'DDIO can be turned off at the replica',
  'replica-cpu': 'a core of the replica polls for requests',
  numbers:
    'NICs that take pushed lines, number them and stage them persistently; none on sale does',
  cxl: "the primary's cores reach the replica's memory over CXL",
});

/** One of {@link CAPABILITIES}. */
export type Capability = keyof typeof CAPABILITIES;
